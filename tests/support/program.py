"""A program that uses the API, and holds every answer it gets against the OpenAPI document."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httpx
from openapi_schema_validator import OAS31Validator

from tests.support.web import BASE, AsgiTransport


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


def check(document: dict[str, Any], answer: httpx.Response) -> None:
    """`answer` is one that the document promises: its status, its type, its shape."""
    path = answer.request.url.path
    found = [one for pattern, one in document["paths"].items() if _pattern(pattern).fullmatch(path)]
    if not found or answer.request.method.lower() not in found[0]:
        assert answer.status_code in {404, 405}
        return
    promised = found[0][answer.request.method.lower()]["responses"]
    assert str(answer.status_code) in promised, (
        f"{answer.request.method} {path} promises no {answer.status_code}: {answer.text}"
    )
    kinds = promised[str(answer.status_code)]["content"]
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in kinds
    schema = {**kinds[kind]["schema"], "components": document["components"]}
    OAS31Validator(schema).validate(answer.json())


class Program:
    """Calls with one token (or none)."""

    def __init__(self, app: Any, document: dict[str, Any], token: str = "", language: str = "en") -> None:
        headers = {"Accept-Language": language, **({"Authorization": f"Bearer {token}"} if token else {})}
        self.http = httpx.Client(transport=AsgiTransport(app), base_url=BASE + "/api/v1", headers=headers)
        self.document = document

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any call; its answer is held against the document."""
        answer = self.http.request(method, path, **more)
        check(self.document, answer)
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any, *, key: str = "") -> httpx.Response:
        return self.call("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self.call("PATCH", path, json=body)

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every item of a list, following the cursors."""
        items: list[Any] = []
        after: str | None = ""
        while after is not None:
            answer = self.get(path, **query, **({"after": after} if after else {}))
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            after = answer.json()["next"]
        return items


Programs = Callable[..., Program]
