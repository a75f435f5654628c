"""Posts and their history through the API."""

import pytest

from forum.threads.models import Post
from tests.factories import Make
from tests.support.program import Programs


def test_an_answer_is_written_and_read(make: Make, program: Programs) -> None:
    thread, marco = make.thread(make.member("nadia")), make.member("marco")
    made = program(marco).post(
        f"/threads/{thread.thread_id}/posts", {"body": "Look at the hanger.", "reply_to": thread.id}
    )
    assert made.status_code == 201, made.text
    post = made.json()
    assert (post["number"], post["author"], post["reply_to"]) == (2, "marco", thread.id)
    assert made.headers["location"].endswith(f"/api/v1/posts/{post['id']}")
    assert program().get(f"/posts/{post['id']}").json() == post
    assert program().get(f"/threads/{thread.thread_id}").json()["post_count"] == 2


def test_posts_that_may_not_be_read_do_not_appear(make: Make, program: Programs) -> None:
    nadia, marco, staff = make.member("nadia"), make.member("marco"), make.member("staff", role="moderator")
    thread = make.thread(nadia)
    posts = {
        state: make.reply(marco, thread.thread_id, f"Words {state}")
        for state in ("held", "hidden", "removed", "deleted", "visible")
    }
    for state, ref in posts.items():
        make.state(ref, state)
    path = f"/threads/{thread.thread_id}/posts"
    for who in (program(), program(nadia)):
        assert [(p["number"], p["state"]) for p in who.all(path, limit=1)] == [(1, "visible"), (6, "visible")]
        for state in ("held", "hidden", "removed", "deleted"):
            assert who.get(f"/posts/{posts[state].id}").status_code == 404
            assert who.get(f"/posts/{posts[state].id}/revisions").status_code == 404
    own = ["visible", "held", "hidden", "deleted", "visible"]
    assert [p["state"] for p in program(marco).all(path, limit=2)] == own
    assert [p["state"] for p in program(staff).all(path)] == [*own[:3], "removed", *own[3:]]


def test_a_reply_to_another_thread_or_a_hidden_post_is_refused(make: Make, program: Programs) -> None:
    nadia = make.member("nadia")
    thread, other = make.thread(nadia), make.thread(nadia)
    hidden = make.reply(nadia, thread.thread_id)
    make.state(hidden, "hidden")
    for target in (other.id, hidden.id, 2**63, -1, 999_999):
        answer = program(make.member()).post(f"/threads/{thread.thread_id}/posts", {"body": "Hm", "reply_to": target})
        assert answer.status_code == 422 and set(answer.json()["errors"]) == {"reply_to"}


def test_an_edit_keeps_what_was_there(make: Make, program: Programs, clock: object) -> None:
    nadia = make.member("nadia")
    thread = make.thread(nadia, body="First words")
    make.reply(make.member("marco"), thread.thread_id)
    api, path = program(nadia), f"/posts/{thread.id}"
    for number in range(2, 5):
        clock.forward(minutes=10)  # type: ignore[attr-defined]
        changed = api.patch(path, {"body": f"Words {number}", "reason": f"Reason\u0000{number}", "version": number - 1})
        assert changed.status_code == 200, changed.text
        assert changed.json()["version"] == number and changed.json()["edited_at"]
    history = program().all(path + "/revisions", limit=1)
    assert [(one["version"], one["body"]) for one in history] == [
        (4, "Words 4"), (3, "Words 3"), (2, "Words 2"), (1, "First words"),
    ]  # fmt: skip
    assert history == program().all(path + "/revisions", limit=3)
    assert history[0]["reason"] == "Reason\ufffd4" and history[0]["author"] == "nadia"


def test_a_stale_version_is_409_and_none_is_no_check(make: Make, program: Programs) -> None:
    nadia = make.member("nadia")
    post = make.thread(nadia, body="First words")
    api, path = program(nadia), f"/posts/{post.id}"
    assert api.patch(path, {"body": "Second", "version": 1}).status_code == 200
    stale = api.patch(path, {"body": "Third", "version": 1})
    assert stale.status_code == 409 and stale.json()["current"] == "Second"
    assert make.get(Post, post.id).source == "Second"
    assert api.patch(path, {"body": "Third"}).status_code == 200
    assert api.patch(path, {"body": "Fourth", "version": 2**80}).status_code == 409
    assert make.get(Post, post.id).source == "Third"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": ""},
        {"body": "x", "state": "visible"},
        {"body": "x", "version": "1"},
        {"body": "x", "reason": "y" * 201},
    ],
)
def test_a_wrong_change_is_422(make: Make, program: Programs, body: object) -> None:
    nadia = make.member("nadia")
    post = make.thread(nadia, body="First words")
    assert program(nadia).patch(f"/posts/{post.id}", body).status_code == 422
    assert make.get(Post, post.id).source == "First words"


def test_only_the_author_edits(make: Make, program: Programs) -> None:
    nadia = make.member("nadia")
    post = make.thread(nadia, body="First words")
    path = f"/posts/{post.id}"
    assert program().patch(path, {"body": "Mine"}).status_code == 401
    assert program(make.member()).patch(path, {"body": "Mine"}).status_code == 403
    assert program(make.member(role="admin"), "read", "write", "admin").patch(path, {"body": "Mine"}).status_code == 403
    assert program(nadia, "read").patch(path, {"body": "Mine"}).status_code == 403
    make.state(post, "hidden")
    assert program(make.member()).patch(path, {"body": "Mine"}).status_code == 404
    assert make.get(Post, post.id).source == "First words"
