"""Threads through the API, as guest, member, staff."""

import pytest

from forum.threads.models import Thread
from tests.factories import Make
from tests.support.program import Programs


def test_a_thread_is_opened_listed_and_read(make: Make, program: Programs, clock: object) -> None:
    nadia, category = make.member("nadia"), make.category("officina")
    made = program(nadia).post(
        "/threads",
        {"category": category, "title": "Chain skips on the 13", "body": "It **skips**.", "tags": ["Drive Train"]},
    )
    assert made.status_code == 201, made.text
    thread = made.json()
    assert made.headers["location"] == f"http://127.0.0.1:8000/api/v1/threads/{thread['id']}"
    assert thread == {
        "id": thread["id"], "slug": "chain-skips-on-the-13", "title": "Chain skips on the 13", "category": "officina",
        "tags": ["drive-train"], "author": "nadia", "created_at": "2026-11-21T09:00:00Z",
        "last_post_at": "2026-11-21T09:00:00Z", "post_count": 1, "locked": False, "pinned": False,
        "url": f"http://127.0.0.1:8000/t/{thread['id']}/chain-skips-on-the-13", "version": 1,
    }  # fmt: skip
    guest = program()
    assert guest.get(f"/threads/{thread['id']}").json() == thread
    assert guest.get("/threads", category="officina", author="Nadia", tag="drive-train").json() == {
        "items": [thread],
        "next": None,
    }
    (post,) = guest.get(f"/threads/{thread['id']}/posts").json()["items"]
    assert post["number"] == 1 and post["body"] == "It **skips**." and "<strong>skips</strong>" in post["html"]
    assert post["url"] == f"http://127.0.0.1:8000/p/{post['id']}" and post["state"] == "visible"


@pytest.mark.parametrize("order", ["latest", "new", "top"])
def test_lists_go_on_without_gaps_or_doubles(make: Make, program: Programs, clock: object, order: str) -> None:
    nadia, category = make.member("nadia", role="moderator"), make.category()
    opened = []
    for number in range(7):
        clock.forward(minutes=1)  # type: ignore[attr-defined]
        opened.append(make.thread(nadia, category))
        for _ in range(number % 3):
            make.reply(nadia, opened[-1].thread_id)
    found = program().all("/threads", order=order, limit=2)
    assert sorted(one["id"] for one in found) == sorted(one.thread_id for one in opened)
    if order == "new":
        assert [one["id"] for one in found] == [one.thread_id for one in reversed(opened)]
    if order == "top":
        assert [one["post_count"] for one in found] == sorted((one["post_count"] for one in found), reverse=True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"limit": "ten"}, "limit"), ({"limit": "٣"}, "limit"),
        ({"order": "hot"}, "order"), ({"after": "nonsense"}, "after"), ({"after": "WzFd"}, "after"),
        ({"limit": 2**70}, "limit"),
    ],
)  # fmt: skip
def test_a_wrong_query_says_what_is_wrong(program: Programs, query: dict[str, object], field: str) -> None:
    answer = program().get("/threads", **query)
    assert answer.status_code == 422 and list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("query", [{"category": "nowhere"}, {"category": "secret"}, {"author": "nobody"}])
def test_a_filter_for_what_is_not_there_or_not_to_be_seen_is_404(
    make: Make, program: Programs, query: dict[str, str]
) -> None:
    make.category("secret", visibility="staff")
    assert program(make.member("nadia")).get("/threads", **query).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"category"}),
        ({"category": "officina", "title": " ", "body": " \n"}, {"title", "body"}),
        ({"category": "nowhere", "title": "Fine words", "body": "Text"}, {"category"}),
        ({"category": "secret", "title": "Fine words", "body": "Text"}, {"category"}),
        ({"category": "officina", "title": "x" * 151, "body": "x" * 33_000, "tags": []}, {"title", "body"}),
        ({"category": "officina", "title": "Fine words", "body": "Text", "tags": list("abcdef")}, {"tags"}),
        ({"category": "officina", "title": "Fine words", "body": "Text", "tags": "one"}, {"tags"}),
        ({"category": "officina", "title": "Fine words", "body": 5}, {"body"}),
        ({"category": "officina", "title": "Fine words", "body": "Text", "pinned": True}, {"pinned"}),
        ({"category": "officina", "title": "Fine words", "body": "Text", "author_id": 1}, {"author_id"}),
    ],
)
def test_a_wrong_body_says_which_field(make: Make, program: Programs, body: object, fields: set[str]) -> None:
    make.category("officina")
    make.category("secret", visibility="staff")
    answer = program(make.member("nadia")).post("/threads", body)
    assert answer.status_code == 422 and set(answer.json()["errors"]) == fields
    assert all(answer.json()["errors"].values())


def test_strange_characters_are_kept_or_made_harmless(make: Make, program: Programs) -> None:
    category = make.category()
    made = program(make.member("nadia")).post(
        "/threads", {"category": category, "title": "A\u0000B \u202e C", "body": "x\u0000y", "tags": ["\u0000a", "è"]}
    )
    assert made.status_code == 201
    assert "\u0000" not in made.text and "\\u0000" not in made.text


def test_a_member_without_the_scope_or_the_right_is_refused(make: Make, program: Programs) -> None:
    nadia = make.member("nadia")
    make.category("officina")
    make.category("news", who_starts="staff")
    words = {"title": "Fine words", "body": "Text"}
    assert program(nadia, "read").post("/threads", {"category": "officina", **words}).status_code == 403
    assert program(nadia, "write").post("/threads", {"category": "officina", **words}).status_code == 201
    assert program(nadia, "write").get("/threads").status_code == 403
    assert program(nadia).post("/threads", {"category": "news", **words}).status_code == 403
    assert program().post("/threads", {"category": "officina", **words}).status_code == 401


def test_a_newcomer_who_hurries_is_told_how_long_to_wait(make: Make, program: Programs, clock: object) -> None:
    nadia, category = program(make.member("nadia")), make.category()
    thread = nadia.post("/threads", {"category": category, "title": "Fine words", "body": "Text"}).json()["id"]
    answers = [nadia.post(f"/threads/{thread}/posts", {"body": f"Number {n}"}) for n in range(8)]
    assert answers[0].status_code == 201 and answers[-1].status_code == 429
    wait = int(answers[-1].headers["retry-after"])
    clock.forward(seconds=wait)  # type: ignore[attr-defined]
    assert 0 < wait <= 61
    assert nadia.post(f"/threads/{thread}/posts", {"body": "At last"}).status_code == 201


def test_what_one_may_not_see_is_not_there(make: Make, program: Programs) -> None:
    author, staff = make.member("author"), make.member("staff", role="moderator")
    hidden = make.thread(author)
    make.state(hidden, "hidden", thread=True)
    secret = make.thread(staff, make.category(visibility="staff"))
    for who in (program(), program(make.member("other"))):
        assert {who.get(f"/threads/{one.thread_id}").status_code for one in (hidden, secret)} == {404}
        assert {who.get(f"/threads/{one.thread_id}/posts").status_code for one in (hidden, secret)} == {404}
        assert who.all("/threads") == []
    assert program(staff).get(f"/threads/{secret.thread_id}").status_code == 200
    assert program(staff).get(f"/threads/{hidden.thread_id}").status_code == 200


@pytest.mark.parametrize("name", ["0", "-1", "9" * 30, str(2**63), str(2**63 - 1), "٣", "abc", "1.5", "%00", "1%2F2"])
def test_ids_that_cannot_be_are_404(program: Programs, name: str) -> None:
    for path in (f"/threads/{name}", f"/threads/{name}/posts", f"/posts/{name}", f"/posts/{name}/revisions"):
        assert program().call("GET", path).status_code == 404


def test_a_locked_thread_says_so(make: Make, program: Programs) -> None:
    nadia = make.member("nadia")
    thread = make.thread(nadia)
    make.lock(thread)
    assert program().get(f"/threads/{thread.thread_id}").json()["locked"] is True
    answer = program(nadia).post(f"/threads/{thread.thread_id}/posts", {"body": "But still"})
    assert answer.status_code == 403
    assert make.get(Thread, thread.thread_id).last_number == 1
