"""`forum demo`: a community that the forum itself made, and that anybody can walk into."""

import re
from collections import Counter

import pytest
from sqlalchemy import select

from forum.accounts.models import Account
from forum.accounts.passwords import booth
from forum.accounts.queries import acting
from forum.audit.models import AuditEntry
from forum.audit.verify import snapshot, verify
from forum.db import Database
from forum.demo.commands import PASSWORD
from forum.demo.reading import read
from forum.guidelines import queries as guidelines
from forum.guidelines.domain import problems_of
from forum.guidelines.views import Announcement
from forum.kit.clock import utc_now
from forum.members.models import ROLES, Member
from forum.moderation.models import Appeal, Case, Decision, Note, Report, Sanction, Statement
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.threads.models import Post, ReadMark, Revision, Thread
from tests.factories import Make
from tests.integration.importers.test_jsonl import rows
from tests.support.command import Command, Outcome


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_a_whole_community(forum: Command, make: Make) -> None:
    """One loading (some seconds), looked at from all sides."""
    done = forum("demo")
    assert done.status == 0, done.err
    db = make.core.db
    everybody_and_everything_is_there(db)
    how_to_sign_in_is_said_and_true(done, db)
    notices_are_there_and_no_mail_waits(forum, db)
    some_threads_are_read_and_some_are_not(db)
    moderation_has_every_state(db)
    what_the_staff_did_shows_on_the_threads(db)
    the_guidelines_have_a_history(db)
    make.check_counters()
    the_log_is_whole(db)
    the_queue_is_what_each_may_see(make)
    for path in ("/", "/latest", "/c/officina", "/u/livia.o"):
        assert make.browser(language="it").get(path).status_code == 200


def everybody_and_everything_is_there(db: Database) -> None:
    content = read()
    people = rows(db, Member.name, Member.role)
    assert len(people) == len(content.members) == 41 and {role for _, role in people} == set(ROLES)
    assert len(rows(db, Thread.id)) == len(content.threads) + 1, "and the one that was split off"
    assert len(rows(db, Post.id)) == sum(len(thread.post) for thread in content.threads)
    edits = sum(len(post.edits) for thread in content.threads for post in thread.post)
    assert 0 < len(rows(db, Revision.id)) <= edits + 1, "one by a moderator"
    html = "".join(row[0] for row in rows(db, Post.html))
    assert 'class="quote"' in html and 'class="mention"' in html
    assert not re.search(r"\{(quote|day|iso|year):", html)


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
    waiting = [(job, due) for job, due, done in rows(db, Outbox.job, Outbox.run_at, Outbox.done_at) if not done]
    assert {job for job, _ in waiting} == {"moderation.run_timer", "meetups.remind", "meetups.close"}
    assert all(due > utc_now() for _, due in waiting)
    notices = rows(db, Notice.kind, Notice.mail, Notice.read_at, Notice.created_at)
    assert {kind for kind, *_ in notices} == {
        "alarm", "answer", "appeal", "approved", "decision", "guidelines", "heard", "meetup_after", "meetup_cancelled",
        "meetup_reminder", "mention", "outcome", "quote", "receipt", "reply", "undone",
    }  # fmt: skip
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


def moderation_has_every_state(db: Database) -> None:
    with db.read() as session:
        now = utc_now()
        cases = session.scalars(select(Case).where(Case.state != "resolved")).all()
        assert {case.target_type for case in cases} == {"post", "thread", "member"}
        assert {case.state for case in cases} == {"open", "claimed"} and len(cases) == 6
        assert sum(case.held for case in cases) == sum(case.threat for case in cases) == 1
        assert len({case.score for case in cases}) == len(cases), "each weighs something else"
        assert set(session.scalars(select(Report.state))) == {"open", "upheld", "rejected"}
        assert sorted(session.scalars(select(Appeal.state))) == ["open", "reversed", "upheld"]
        undone = session.scalars(select(Decision.action).where(Decision.undone_at.is_not(None))).all()
        assert sorted(undone) == ["hide", "warn"], "one by its moderator, one by an appeal"
        done = set(session.scalars(select(Decision.action)))
        assert {"dismiss", "hide", "remove", "warn", "silence", "suspend", "hold", "edit", "approve"} <= done
        assert {"lock", "pin", "move", "split", "merge", "timer"} <= done
        assert dict(rows(db, Sanction.kind, Sanction.until < now)) == {"silence": True, "suspend": False, "hold": False}
        assert session.scalars(select(Note).where(Note.case_id.is_not(None))).first() is not None
        assert session.scalars(select(Note).where(Note.member_id.is_not(None))).first() is not None
        unread = select(Member.name).where(Member.warning_id.is_not(None))
        assert session.scalars(unread).all() == ["jonas.b"]
        assert set(session.scalars(select(Member.name).where(Member.bound))) == {"nadia.f", "hannes.p", "fiona.m"}
        assert None not in session.scalars(select(Statement.delivered_at)).all()


def what_the_staff_did_shows_on_the_threads(db: Database) -> None:
    with db.read() as session:
        for column, action, count in ((Thread.locked_at, "lock", 2), (Thread.pinned_at, "pin", 2)):
            marked = set(session.scalars(select(Thread.id).where(column.is_not(None))))
            decided = set(session.scalars(select(Decision.target_id).where(Decision.action == action)))
            assert marked == decided and len(marked) == count
        gone = session.scalars(select(Thread.state).where(Thread.state != "visible")).all()
        assert gone == ["merged"]
        assert {"visible", "held", "hidden", "removed"} == set(session.scalars(select(Post.state)))


def the_guidelines_have_a_history(db: Database) -> None:
    with db.read() as session:
        now = utc_now()
        assert guidelines.in_force(session, now).number == 4
        assert guidelines.announced_next(session, now) is None, "no band for anybody"
        started = guidelines.draft(session)
        assert started is not None and started.number == 5 and not problems_of(started)
        announced = session.execute(guidelines.LATEST).one()
        assert announced.number == 4
        joined = rows(db, Member.id, Member.name)
        assert not [name for one, name in joined if guidelines.must_ask(session, one, Announcement(*announced))]


def the_log_is_whole(db: Database) -> None:
    with snapshot(db) as session:
        verdict = verify(session, known={})
        assert verdict.broken is None and verdict.entries > 50
        times = session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).all()
        assert times == sorted(times)


def the_queue_is_what_each_may_see(make: Make) -> None:
    ids = dict(rows(make.core.db, Member.name, Member.id))
    with make.core.db.read() as session:
        people = {name: acting(session, ids[name], utc_now()) for name in ("livia.o", "nadia.f", "fiona.m", "jonas.b")}
    shown = {name: make.browser(actor).get("/moderation") for name, actor in people.items()}
    found = {name: len(set(re.findall(r"/moderation/cases/(\d+)", page.text))) for name, page in shown.items()}
    assert found == {"livia.o": 6, "nadia.f": 3, "fiona.m": 1, "jonas.b": 0}
    assert shown["jonas.b"].status_code == 403
    figures = {name: "/moderation/measures" in page.text for name, page in shown.items()}
    assert figures == {"livia.o": True, "nadia.f": False, "fiona.m": False, "jonas.b": False}
    assert "/decisions/" in make.browser(people["jonas.b"]).get("/decisions").text


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_nobody_s_data_is_touched(forum: Command, make: Make) -> None:
    make.member("lived-here")
    done = forum("demo")
    assert done.status == 1 and "has members already" in done.err and done.err.count("\n") == 1
    assert [row[0] for row in rows(make.core.db, Member.name)] == ["lived-here"]
