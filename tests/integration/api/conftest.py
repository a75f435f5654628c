"""Programs that use the API, one for each member and set of scopes."""

from typing import Any

import httpx
import pytest

from forum.accounts.domain import issue_token
from forum.policy.actors import Actor
from forum.web.core import Core
from tests.factories import Make
from tests.support.program import Program, Programs
from tests.support.web import BASE, AsgiTransport

_DOCUMENTS: dict[str, Any] = {}


@pytest.fixture
def document(app: Any) -> dict[str, Any]:
    """The served OpenAPI document."""
    if "it" not in _DOCUMENTS:
        answer = httpx.Client(transport=AsgiTransport(app), base_url=BASE).get("/api/openapi.json")
        assert answer.status_code == 200
        _DOCUMENTS["it"] = answer.json()
    return dict(_DOCUMENTS["it"])


@pytest.fixture
def program(app: Any, core: Core, document: dict[str, Any], make: Make) -> Programs:
    """`program()` is a guest's, `program(actor)` reads and writes, `program(actor, "read")` has those scopes."""

    def of(actor: Actor | None = None, *scopes: str, language: str = "en") -> Program:
        if actor is None:
            return Program(app, document, language=language)
        with core.db.write() as session:
            token = issue_token(
                session, actor=actor, label="test", scopes=scopes or ("read", "write"), now=core.clock()
            )
        return Program(app, document, token, language)

    return of
