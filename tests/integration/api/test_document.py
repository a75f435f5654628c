"""The OpenAPI document and its page."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.web import Browser

CALLS = {
    ("GET", "/api/v1/me"): "getMe",
    ("GET", "/api/v1/categories"): "listCategories",
    ("POST", "/api/v1/categories"): "createCategory",
    ("GET", "/api/v1/threads"): "listThreads",
    ("POST", "/api/v1/threads"): "createThread",
    ("GET", "/api/v1/threads/{thread_id}"): "getThread",
    ("GET", "/api/v1/threads/{thread_id}/posts"): "listPosts",
    ("POST", "/api/v1/threads/{thread_id}/posts"): "createPost",
    ("GET", "/api/v1/posts/{post_id}"): "getPost",
    ("PATCH", "/api/v1/posts/{post_id}"): "editPost",
    ("GET", "/api/v1/posts/{post_id}/revisions"): "listRevisions",
    ("GET", "/api/v1/members/{name}"): "getMember",
    ("GET", "/api/v1/meetups"): "listMeetups",
    ("POST", "/api/v1/meetups"): "createMeetup",
    ("GET", "/api/v1/meetups/{meetup_id}"): "getMeetup",
    ("PUT", "/api/v1/occurrences/{occurrence_id}/rsvp"): "putRsvp",
    ("GET", "/api/v1/occurrences/{occurrence_id}/attendees"): "listAttendees",
    ("POST", "/api/v1/occurrences/{occurrence_id}/cancel"): "cancelOccurrence",
}
THREAD = [
    "id", "slug", "title", "category", "tags", "author", "created_at", "last_post_at", "post_count", "locked", "pinned",
    "url", "version",
]  # fmt: skip
POST = [
    "id",
    "number",
    "thread_id",
    "author",
    "body",
    "html",
    "created_at",
    "edited_at",
    "reply_to",
    "state",
    "version",
    "url",
]

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # nothing here depends on the database


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_it_holds_the_calls_of_the_contract_and_no_page(document: dict[str, Any]) -> None:
    found = {
        (method.upper(), path): operation["operationId"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert {key: found.get(key) for key in CALLS} == CALLS
    assert all(path.startswith("/api/v1/") for _, path in found)


def test_threads_and_posts_have_the_contracts_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert list(schemas["Thread"]["properties"]) == THREAD and sorted(schemas["Thread"]["required"]) == sorted(THREAD)
    assert list(schemas["Post"]["properties"]) == POST and sorted(schemas["Post"]["required"]) == sorted(POST)
    assert schemas["NewThread"]["required"] == ["category", "title", "body"]
    assert schemas["NewPost"]["additionalProperties"] is False


def test_everything_is_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, inner in schema["properties"].items():
            assert inner.get("description") or "$ref" in inner or "items" in inner or "anyOf" in inner, (
                f"{name}.{field}"
            )
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"] and operation["description"], f"{method} {path}"
            assert operation["security"], f"{method} {path}"


def test_every_post_takes_a_key_and_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for method, operation in operations.items():
            names = {item["name"] for item in operation.get("parameters", [])}
            assert ("Idempotency-Key" in names) == (method == "post")
            for status, response in operation["responses"].items():
                assert (int(status) >= 400) == ("application/problem+json" in response["content"])


@pytest.mark.parametrize("path", ["/schema", "/schema/openapi.json", "/api", "/api/redoc", "/api/swagger", "/api/v1"])
def test_nothing_else_of_litestars_is_served(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {303, 404} and "unpkg" not in answer.text and "jsdelivr" not in answer.text


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_page_shows_every_call_and_loads_nothing_from_elsewhere(
    make: Any, document: dict[str, Any], language: str
) -> None:
    page = make.browser(language=language).get("/api/docs")
    assert page.status_code == 200 and f'<html lang="{language}"' in page.text
    operations = [it["operationId"] for methods in document["paths"].values() for it in methods.values()]
    assert set(CALLS.values()) <= set(operations)
    for operation in operations:
        assert f'id="{operation}"' in page.text, operation
    for address in re.findall(r'(?:src|href)="(https?://[^"]+)"', page.text):
        assert address.startswith("http://127.0.0.1:8000/")
    assert "curl" in page.text and "Idempotency-Key" in page.text
