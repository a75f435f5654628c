"""What is timed, when the worker is killed in between: everything happens once, and nothing is lost.

A job that ran to its end but was killed before the outbox heard of it runs again when its lease is over; one that was
killed half-way goes on where its last transaction ended. Both are made real here: by running a job without marking its
row, and by a worker process that is killed with SIGKILL while it works.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select, update

from forum.events import EVENTS, HousekeepingDue, record
from forum.meetups import domain, queries
from forum.meetups.domain import NewQuestion
from forum.meetups.models import News, Occurrence, Rsvp, RsvpAnswer, Survey
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.worker import Task, job_for
from tests.e2e.support.house import command
from tests.support.meetups import meetup, say

CROWD = 120
"""More than one batch of those who are told at once."""
KILLS = 3


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager")


def killed(make, *, most=10_000):
    """Run what is due, one row at a time, and "die" after each before it is marked: then do it all properly.

    The outbox keeps every row as not done, so that the drain that follows runs each a second time.
    """
    core, ran = make.core, 0
    seen: set[int] = set()
    while ran < most:
        with core.db.read() as session:
            query = select(Outbox).where(Outbox.done_at.is_(None), Outbox.run_at <= make.now, Outbox.id.not_in(seen))
            row = session.scalars(query.order_by(Outbox.run_at, Outbox.id).limit(1)).first()
        if row is None:
            break
        worker = core.worker
        task = Task(row.id, core.db, core.settings, worker.mailer, core.clock, worker.templates)
        job_for(row.job)(task, msgspec.json.decode(row.payload, type=EVENTS[row.event]))
        seen.add(row.id)
        ran += 1
    make.drain()
    return ran


def told(make, kind):
    with make.core.db.read() as session:
        rows = session.execute(select(Notice.member_id).where(Notice.kind == kind)).scalars().all()
    return Counter(rows)


def kinds(make):
    with make.core.db.read() as session:
        return Counter(session.scalars(select(News.kind)))


def test_reminders_twice_run_are_told_once(make, host, clock, mailbox):
    [date] = meetup(make, host, days=8).occurrence_ids
    people = [make.member() for _ in range(3)]
    for who in people:
        say(make, who, date)
    make.drain()
    mailbox.sent.clear()
    for hours in (24, 6 * 24, 22):
        clock.forward(hours=hours)
        killed(make)
        clock.forward(minutes=30)
        killed(make)
    assert kinds(make) == {"week": 1, "day": 1, "hours": 1}
    assert set(told(make, "meetup_reminder").values()) == {3}
    sent = Counter((mail.to, mail.message_id) for mail in mailbox.sent)
    each = Counter(to for to, _ in sent)
    assert {each[f"{who.name}@example.org"] for who in people} == {3}, "a mail sent twice is the same mail"


def test_an_offer_that_lapses_twice_goes_to_one(make, host, clock):
    [date] = meetup(make, host, capacity=1, offer_minutes=60).occurrence_ids
    people = [make.member() for _ in range(4)]
    for who in people:
        say(make, who, date)
    say(make, people[0], date, "no")
    clock.forward(minutes=61)
    killed(make)
    with make.core.db.read() as session:
        states = session.scalars(select(Rsvp.state).order_by(Rsvp.id)).all()
        row = session.get_one(Occurrence, date)
    assert states == ["no", "lapsed", "offered", "waiting"] and (row.taken, row.waiting) == (1, 1)
    assert kinds(make) == {"offered": 2, "lapsed": 1}


def test_what_follows_the_end_happens_once(make, host, clock):
    """No-shows, the invitation to the survey, and one's answers to the questions, which go in time."""
    made = meetup(make, host, questions=(NewQuestion("Vegan?", "yesno"),), keep_days=5)
    [date] = made.occurrence_ids
    with make.core.db.read() as session:
        question = queries.questions_of(session, made.id)[0].id
    came, missed = make.member(), make.member()
    seat = say(make, came, date, answers={question: "yes"}, note="Arrivo tardi")
    say(make, missed, date, answers={question: "no"})
    clock.forward(days=7)
    with make.core.db.write() as session:
        domain.check_in(session, actor=host, rsvp_id=seat.rsvp_id, now=make.now)
    clock.forward(hours=6)
    killed(make)
    assert told(make, "meetup_after") == {came.id: 1} and kinds(make)["survey"] == 1
    with make.core.db.read() as session:
        before = session.get_one(Occurrence, date).closed_at
        assert [row.no_show_at is not None for row in session.scalars(select(Rsvp).order_by(Rsvp.id))] == [False, True]
    clock.forward(days=4, hours=20)
    housekeep(make)
    assert counted(make, RsvpAnswer) == 2, "five days are not over"
    clock.forward(hours=2)
    housekeep(make)
    assert counted(make, RsvpAnswer) == 0 and counted(make, Rsvp) == 2
    with make.core.db.read() as session:
        assert set(session.scalars(select(Rsvp.note))) == {""}
        assert session.get_one(Occurrence, date).closed_at == before


def housekeep(make):
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    killed(make)


def counted(make, table):
    with make.core.db.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_survey_says_what_feedback_needs(make, host, clock):
    """The event names the answer; the answer knows who, which date, what, and whether it may be quoted."""
    [date] = meetup(make, host).occurrence_ids
    who = make.member()
    say(make, who, date)
    clock.forward(days=8)
    for words in ("Il caffè", "Il caffè e i freni"):  # said again: the same answer, said otherwise
        with make.core.db.write() as session:
            key = domain.answer_survey(
                session, actor=who, occurrence_id=date, rating=4, liked=words, better="Più luci", quotable=False,
                now=make.now,
            )  # fmt: skip
    make.drain()
    with make.core.db.read() as session:
        row = session.scalars(select(Survey)).one()
    assert EVENTS["SurveyAnswered"](row.id).survey_id == key == row.id
    assert (row.occurrence_id, row.member_id, row.rating) == (date, who.id, 4)
    assert (row.liked, row.better, row.quotable) == ("Il caffè e i freni", "Più luci", False)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_worker_that_is_killed_while_it_tells(make, host, clock, settings):
    """`forum worker` is killed with SIGKILL, again and again, while a call-off goes to many; each hears once."""
    [date] = meetup(make, host).occurrence_ids
    people = [make.member() for _ in range(CROWD)]
    for who in people:
        say(make, who, date)
    make.drain()
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=host, occurrence_id=date, reason="Neve.", now=make.now)
        session.execute(update(Outbox).values(run_at=make.now))
    line, environ = command(settings.data_dir, "worker", database_url=settings.database_url)
    for turn in range(KILLS + 1):
        process = subprocess.Popen(line, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline, before = time.monotonic() + 60, done(make)
        last = turn == KILLS
        while time.monotonic() < deadline and (done(make) < before + 20 or last) and waiting(make):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with make.core.db.write() as session:  # the leases of the dead run out
            session.execute(update(Outbox).values(leased_until=make.now - timedelta(days=1)))
    assert waiting(make) == 0
    assert told(make, "meetup_cancelled") == {who.id: 1 for who in people}
    mails = list((settings.data_dir / "mail").glob("*.eml"))
    ids = Counter(path.read_bytes().partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for path in mails)
    assert len(ids) == CROWD, "one mail for each, under one name however often it left"


def done(make):
    with make.core.db.read() as session:
        return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.done_at.is_not(None)))


def waiting(make):
    with make.core.db.read() as session:
        mine = Outbox.job.in_(("meetups.tell", "notifications.mail_notice"))
        query = select(func.count()).select_from(Outbox).where(mine, Outbox.done_at.is_(None), Outbox.dead_at.is_(None))
        return session.scalar(query)
