"""Whatever is sent, the answer is one that the document promises, and never a 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.policy.actors import Actor
from tests.factories import Make
from tests.support.program import Program, Programs

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
NAMES = [
    "category",
    "title",
    "body",
    "tags",
    "reply_to",
    "reason",
    "version",
    "slug",
    "name",
    "parent",
    "visibility",
    "colour",
    "locale",
    "who_starts",
]
BODY = VALUE | st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=6)
QUERY = st.dictionaries(st.sampled_from(["limit", "after", "order", "category", "tag", "author"]), TEXT, max_size=4)
SLOW = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def rita(make: Make) -> Actor:
    """A manager: staff has no quota, so that every body is looked at."""
    return make.member("rita", role="manager")


@pytest.fixture
def api(program: Programs, rita: Actor) -> Program:
    """Her program, with every scope that a manager has."""
    return program(rita, "read", "write", "manage")


@SLOW
@given(body=BODY)
def test_bodies(api: Program, make: Make, rita: Actor, body: Any) -> None:
    if not hasattr(api, "thread"):
        api.thread = make.thread(rita, make.category("officina"))  # type: ignore[attr-defined]
    thread = api.thread  # type: ignore[attr-defined]
    for method, path in (
        ("POST", "/threads"),
        ("POST", f"/threads/{thread.thread_id}/posts"),
        ("PATCH", f"/posts/{thread.id}"),
        ("POST", "/categories"),
    ):
        assert api.call(method, path, json=body).status_code < 500


@SLOW
@given(title=TEXT, text=TEXT, tags=st.lists(TEXT, max_size=6), reason=TEXT, key=st.text(max_size=8))
def test_words(api: Program, make: Make, title: str, text: str, tags: list[str], reason: str, key: str) -> None:
    if not hasattr(api, "place"):
        api.place = make.category("officina")  # type: ignore[attr-defined]
    headers = {"Idempotency-Key": key.encode("utf-8")} if key else {}
    body = {"category": "officina", "title": title, "body": text, "tags": tags}
    try:
        made = api.call("POST", "/threads", json=body, headers=headers)
    except UnicodeEncodeError:
        return  # a key that no client can send
    assert made.status_code in {201, 400, 422}
    if made.status_code == 201:
        post = api.get(f"/threads/{made.json()['id']}/posts").json()["items"][0]
        changed = api.patch(f"/posts/{post['id']}", {"body": text + "\nmore", "reason": reason, "version": 1})
        assert changed.status_code == 200 and changed.json()["body"].endswith("more")


@SLOW
@given(query=QUERY, name=TEXT)
def test_queries_and_names(api: Program, query: dict[str, str], name: str) -> None:
    for path in ("/threads", "/categories"):
        assert api.get(path, **query).status_code < 500
    from urllib.parse import quote

    assert api.call("GET", f"/members/{quote(name, safe='')}").status_code < 500
