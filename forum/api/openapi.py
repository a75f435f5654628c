"""The OpenAPI 3.1 document of `/api/v1`: paths by Litestar, schemas by msgspec, from the very structs that answer."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import MediaType, Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server, Tag

from forum.api.docs import Reference, reference
from forum.api.shared import PROBLEM, Problem
from forum.kit.i18n import N_

Structs = Sequence[type[msgspec.Struct]]
TAGS = {
    "Threads": N_("Conversations: lists of them, one of them, the posts in it."),
    "Posts": N_("What people wrote, and what they wrote before they changed it."),
    "Categories": N_("Where threads stand."),
    "Members": N_("Who writes here, and whose token this is."),
    "Search": N_("What was written, found."),
    "Meetups": N_("Meeting in person: dates, places, who comes."),
    "Feedback": N_("What members say, brought to the team that can answer."),
    "Moderation": N_("Reports, cases, decisions, appeals."),
}
TITLE = N_("The API of this forum")
DESCRIPTION = N_(
    "JSON over HTTP. Without a token a call sees what a guest sees; with one, what its member sees, within the scopes "
    "of the token. Lists answer items and next; errors are problem+json; every POST takes an Idempotency-Key."
)
BEARER = N_("A token from your settings or from the command forum token create.")
RETRY_AFTER = {"Retry-After": {"description": N_("Seconds to wait."), "schema": {"type": "integer", "minimum": 1}}}
ALSO: dict[str, dict[str, Any]] = {
    "200": {"description": N_("What was asked for.")},
    "201": {
        "description": N_("Made."),
        "headers": {
            "Location": {"description": N_("Where it can be read."), "schema": {"type": "string", "format": "uri"}},
            "Idempotent-Replayed": {
                "description": N_("Present when this answer was given before, for the same key."),
                "schema": {"type": "string", "enum": ["true"]},
            },
        },
    },
    "429": {"headers": RETRY_AFTER},
    "503": {"headers": RETRY_AFTER},
}
"""What a status carries on every call."""
REF = "#/components/schemas/{name}"


def schemas(structs: Structs) -> dict[str, Any]:
    """Component schemas, JSON Schema 2020-12 as OpenAPI 3.1 has it."""
    _, components = msgspec.json.schema_components([*structs, Problem], ref_template=REF)
    return components


class Document(JsonRenderPlugin):
    """`/api/openapi.json`."""

    def __init__(self, structs: Structs) -> None:
        """`structs`: everything that bodies and answers are made of."""
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)
        self.structs = structs
        self._body = b""
        self._shown: Reference | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document, made once."""
        self._body = self._body or msgspec.json.encode(self.whole(openapi_schema))
        return self._body

    def whole(self, openapi_schema: dict[str, Any]) -> dict[str, Any]:
        """The document as it is served."""
        return complete(openapi_schema, self.structs)

    def shown(self, openapi_schema: dict[str, Any], base: str) -> Reference:
        """The document for people, made once. `base`: the site's address."""
        self._shown = self._shown or reference(self.whole(openapi_schema), base)
        return self._shown

    def receive_router(self, router: Router) -> None:
        """Litestar adds an HTML 404 page of its own below the path: ours is the better one."""
        router.routes[:] = [route for route in router.routes if route.path.endswith("openapi.json")]


def complete(made: dict[str, Any], structs: Structs) -> dict[str, Any]:
    """Litestar's document with our schemas, our refusals only, and the headers that answers carry."""
    document = {**made, "components": {**made["components"], "schemas": schemas(structs)}}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in list(operation["responses"].items()):
                if int(status) >= 400 and PROBLEM not in response.get("content", {}):
                    del operation["responses"][status]  # Litestar's own error, which we never answer with
                response.update(ALSO.get(status, {}))
    return document


def config(structs: Structs) -> OpenAPIConfig:
    """What Litestar needs to know. `structs`: everything that bodies and answers are made of."""
    return OpenAPIConfig(
        title=TITLE, version="1", description=DESCRIPTION, path="/api", render_plugins=[Document(structs)],
        servers=[Server(url="/")], tags=[Tag(name, words) for name, words in TAGS.items()],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", description=BEARER)}
        ),
    )  # fmt: skip
