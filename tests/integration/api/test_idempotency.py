"""The same call twice, at once, with another body, after a refusal, a day later."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.api.idempotency import purge
from forum.api.models import IdempotentAnswer
from forum.db import Database
from forum.threads.models import Post, Thread
from tests.factories import Make
from tests.support.program import Programs


def count(db: Database, table: Any) -> int:
    with db.read() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_repeated_call_gets_the_first_answer(make: Make, program: Programs, db: Database) -> None:
    api, body = program(make.member("nadia")), {"category": make.category(), "title": "Hello there", "body": "Text"}
    first, again = (api.post("/threads", body, key="abc") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.content == again.content and first.headers["location"] == again.headers["location"]
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert count(db, Thread) == 1


def test_another_request_under_the_same_key_is_422(make: Make, program: Programs, db: Database) -> None:
    api, thread = program(make.member("nadia")), make.thread(make.member())
    path = f"/threads/{thread.thread_id}/posts"
    assert api.post(path, {"body": "One"}, key="abc").status_code == 201
    assert api.post(path, {"body": "Two"}, key="abc").status_code == 422
    assert api.post(path, {"body": "Two"}, key="abd").status_code == 201
    assert count(db, Post) == 3


def test_keys_are_each_members_own(make: Make, program: Programs, db: Database) -> None:
    thread = make.thread(make.member())
    for name in ("nadia", "marco"):
        answer = program(make.member(name)).post(f"/threads/{thread.thread_id}/posts", {"body": "One"}, key="abc")
        assert answer.json()["author"] == name
    assert count(db, Post) == 3


def test_a_refusal_is_not_kept(make: Make, program: Programs) -> None:
    api, body = program(make.member("nadia")), {"category": "later", "title": "Hello there", "body": "Text"}
    assert api.post("/threads", body, key="abc").status_code == 422
    make.category("later")
    assert api.post("/threads", body, key="abc").status_code == 201


def test_many_at_once_make_one(make: Make, program: Programs, db: Database) -> None:
    nadia, thread = make.member("nadia"), make.thread(make.member())
    programs = [program(nadia) for _ in range(6)]
    answers: list[Any] = []

    def call(api: Any) -> None:
        answers.append(api.post(f"/threads/{thread.thread_id}/posts", {"body": "Only once"}, key="abc"))

    threads = [threading.Thread(target=call, args=(api,)) for api in programs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(db, Post) == 2


@pytest.mark.parametrize("key", [" ", "x" * 101, "é"])
def test_a_key_that_cannot_be_one_is_refused(make: Make, program: Programs, db: Database, key: str) -> None:
    thread = make.thread(make.member())
    answer = program(make.member()).call(
        "POST", f"/threads/{thread.thread_id}/posts", json={"body": "x"}, headers={"Idempotency-Key": key.encode()}
    )
    assert answer.status_code in {400, 422} and count(db, Post) == 1


def test_answers_are_forgotten_after_a_day(make: Make, program: Programs, db: Database, clock: Any) -> None:
    api, thread = program(make.member("nadia")), make.thread(make.member())
    for body in ("One", "Two"):
        assert api.post(f"/threads/{thread.thread_id}/posts", {"body": body}, key="abc").status_code == 201
        clock.forward(days=1, seconds=1)
    with db.write() as session:
        assert purge(session, clock()) == 1
    assert count(db, IdempotentAnswer) == 0
