"""`forum demo`: a community that the forum itself made, and that anybody can walk into."""

import re
from collections import Counter

import pytest
from sqlalchemy import select

from forum.accounts.models import Account
from forum.accounts.passwords import booth
from forum.db import Database
from forum.demo.commands import PASSWORD
from forum.demo.reading import read
from forum.events import Outbox
from forum.members.models import ROLES, Member
from forum.notifications.models import Notice
from forum.threads.models import Post, ReadMark, Revision, Thread
from tests.factories import Make
from tests.integration.importers.test_jsonl import counters_are_right, rows
from tests.support.command import Command, Outcome


@pytest.mark.timeout(300)
def test_a_whole_community(forum: Command, make: Make) -> None:
    """One loading (some seconds), looked at from all sides."""
    done = forum("demo")
    assert done.status == 0, done.err
    db = make.core.db
    everybody_and_everything_is_there(db)
    how_to_sign_in_is_said_and_true(done, db)
    notices_are_there_and_no_mail_waits(forum, db)
    some_threads_are_read_and_some_are_not(db)
    for path in ("/", "/latest", "/c/officina", "/u/livia.o"):
        assert make.browser(language="it").get(path).status_code == 200


def everybody_and_everything_is_there(db: Database) -> None:
    content = read()
    people = rows(db, Member.name, Member.role)
    assert len(people) == len(content.members) == 40 and {role for _, role in people} == set(ROLES)
    assert len(rows(db, Thread.id)) == len(content.threads)
    assert len(rows(db, Post.id)) == sum(len(thread.post) for thread in content.threads)
    counters_are_right(db)
    edits = sum(len(post.edits) for thread in content.threads for post in thread.post)
    assert 0 < len(rows(db, Revision.id)) <= edits
    html = "".join(row[0] for row in rows(db, Post.html))
    assert 'class="quote"' in html and 'class="mention"' in html
    assert not re.search(r"\{(quote|day|iso|year):", html)
    assert len([row for row in rows(db, Thread.locked_at) if row[0]]) == 1
    assert len([row for row in rows(db, Thread.pinned_at) if row[0]]) == 2


def how_to_sign_in_is_said_and_true(done: Outcome, db: Database) -> None:
    names = re.findall(r"^  (\S+) +(admin|manager|moderator|team|member)", done.out, re.M)
    assert [role for _, role in names] == ["admin", "manager", "moderator", "team", "member", "member"]
    assert PASSWORD in done.out
    with db.read() as session, booth() as at:
        for name, role in names:
            found = session.execute(
                select(Member.role, Account.password_hash, Account.verified_at).join(Account).where(Member.name == name)
            ).one()
            assert found[0] == role and found[2] and at.verify(found[1], PASSWORD)


def notices_are_there_and_no_mail_waits(forum: Command, db: Database) -> None:
    assert all(done for _, done in rows(db, Outbox.id, Outbox.done_at))
    notices = rows(db, Notice.kind, Notice.mail, Notice.read_at, Notice.created_at)
    assert {kind for kind, *_ in notices} == {"mention", "quote", "reply"}
    assert {mail for _, mail, *_ in notices} <= {"none", "dropped"}
    unread = [row for row in notices if row[2] is None]
    assert 0 < len(unread) < len(notices) / 4
    assert not (forum.settings.data_dir / "mail").exists()


def some_threads_are_read_and_some_are_not(db: Database) -> None:
    last = dict(rows(db, Thread.id, Thread.last_number))
    marks = Counter(
        "whole" if number == last[thread] else "part"
        for thread, number in rows(db, ReadMark.thread_id, ReadMark.number)
    )
    assert marks["whole"] > marks["part"] > 50
    assert sum(marks.values()) < 40 * len(last)


def test_nobody_s_data_is_touched(forum: Command, make: Make) -> None:
    make.member("lived-here")
    done = forum("demo")
    assert done.status == 1 and "has members already" in done.err and done.err.count("\n") == 1
    assert [row[0] for row in rows(make.core.db, Member.name)] == ["lived-here"]
