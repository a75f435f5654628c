"""Dates: a series that moves, ends, is called off; what follows. Clocks are in test_clocks.py."""

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from forum.categories.queries import house
from forum.errors import Conflict, Forbidden, Invalid
from forum.events import HousekeepingDue, record
from forum.kit.i18n import translate
from forum.meetups import domain, queries
from forum.meetups.domain import DatePlan, Reply
from forum.meetups.models import News, Occurrence, Rsvp, RsvpAnswer, StandingAnswer
from forum.moderation.domain import Act, decide, undo
from forum.notifications.models import Notice
from forum.policy.actors import GUEST
from tests.support.meetups import meetup, say

WEEKLY = "FREQ=WEEKLY;COUNT=6"


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager")


@pytest.fixture
def worker(core):
    return core.worker


def dates(make, made):
    with make.core.db.read() as session:
        rows = session.scalars(
            select(Occurrence).where(Occurrence.meetup_id == made.id).order_by(Occurrence.original_local)
        )
        return list(rows)


def write(make, verb, **what):
    with make.core.db.write() as session:
        return verb(session, now=make.now, **what)


def date_plan(row, **more):
    same = DatePlan(
        row.title, row.starts_local, row.ends_local, row.timezone, row.fold, row.note, row.place_id, row.online_url,
        row.capacity, row.guests_allowed, row.deadline_at,
    )  # fmt: skip
    return replace(same, **more)


def test_reminders_are_told_once_to_those_who_come(make, host, worker, clock):
    [date] = meetup(make, host).occurrence_ids
    going, maybe, off, asleep = (make.member() for _ in range(4))
    for who, reply in ((going, "yes"), (maybe, "maybe"), (off, "no"), (asleep, "yes")):
        say(make, who, date, reply)
    with make.core.db.write() as session:
        domain.set_reminders(session, actor=asleep, week=False, day=False, hours=True)
    clock.forward(days=6)
    worker.drain()
    clock.forward(hours=22)
    worker.drain()
    worker.drain()
    with make.core.db.read() as session:
        told = session.execute(
            select(Notice.member_id, func.count()).where(Notice.kind == "meetup_reminder").group_by(Notice.member_id)
        ).all()
    assert dict(map(tuple, told)) == {going.id: 2, maybe.id: 1, asleep.id: 1, host.id: 2}


def test_moving_a_date_needs_a_reason_and_tells_once(make, host, worker, clock):
    made = meetup(make, host)
    [date] = made.occurrence_ids
    one = make.member()
    say(make, one, date)
    [row] = dates(make, made)
    later = date_plan(
        row, starts_local=row.starts_local + timedelta(hours=2), ends_local=row.ends_local + timedelta(hours=2)
    )
    with pytest.raises(Invalid) as refused:
        write(make, domain.change_occurrence, actor=host, occurrence_id=date, plan=later, version=None, reason="")
    assert "reason" in refused.value.fields
    for _ in range(2):
        write(make, domain.change_occurrence, actor=host, occurrence_id=date, plan=later, version=None, reason="Rain.")
    [moved] = dates(make, made)
    assert (moved.sequence, moved.previous_starts_at, moved.uid) == (1, row.starts_at, row.uid)
    worker.drain()
    with make.core.db.read() as session:
        assert session.scalars(select(Notice.kind).where(Notice.member_id == one.id)).all() == ["meetup_changed"]
        [news] = session.scalars(select(News)).all()
    assert (news.what, news.reason, news.starts_before) == ("time", "Rain.", row.starts_at)
    with pytest.raises(Conflict):
        write(make, domain.change_occurrence, actor=host, occurrence_id=date, plan=later, version=1, reason="Again")
    with pytest.raises(Forbidden):
        write(make, domain.change_occurrence, actor=one, occurrence_id=date, plan=later, version=None, reason="Mine")


def test_a_series_moves_with_its_answers_and_what_was_called_off_stays_off(make, host):
    made = meetup(make, host, rule=WEEKLY, capacity=5)
    rows = dates(make, made)
    one = make.member()
    say(make, one, rows[2].id)
    write(make, domain.cancel_occurrence, actor=host, occurrence_id=rows[3].id, reason="Strike.")
    own = date_plan(rows[4], starts_local=rows[4].starts_local - timedelta(hours=3), ends_local=rows[4].ends_local)
    write(make, domain.change_occurrence, actor=host, occurrence_id=rows[4].id, plan=own, version=None, reason="")
    with make.core.db.read() as session:
        now = queries.plan_of(session, host, made.id)
    day = timedelta(days=1)
    moved = replace(now, starts_local=now.starts_local + day, ends_local=now.ends_local + day, capacity=3)
    write(
        make, domain.change_series, actor=host, meetup_id=made.id, plan=moved, version=None, reason="Sundays suit us."
    )
    after = dates(make, made)
    assert [row.id for row in after] == [row.id for row in rows], "no date was doubled"
    assert [row.original_local for row in after] == [row.original_local + day for row in rows]
    assert [row.status for row in after] == ["confirmed"] * 3 + ["cancelled"] + ["confirmed"] * 2
    assert after[2].taken == 1 and after[2].starts_local == rows[2].starts_local + day
    assert after[4].starts_local == own.starts_local, "it has a time of its own"
    assert {row.capacity for row in after if row.status != "cancelled"} == {3}
    assert [row.sequence for row in after] == [1, 1, 1, 1, 1, 1]


def test_fewer_dates_call_the_rest_off(make, host):
    made = meetup(make, host, rule=WEEKLY)
    with make.core.db.read() as session:
        now = queries.plan_of(session, host, made.id)
    every_other = replace(now, rule="FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    write(make, domain.change_series, actor=host, meetup_id=made.id, plan=every_other, version=1, reason="Fewer.")
    standing = [row for row in dates(make, made) if row.status != "cancelled"]
    assert len(standing) == 3 and {b.starts_local - a.starts_local for a, b in pairwise(standing)} == {
        timedelta(days=14)
    }
    assert sum(row.status == "cancelled" for row in dates(make, made)) == 3


def test_an_answer_for_the_series_reaches_dates_that_are_added(make, host, clock, worker):
    made = meetup(make, host, rule="FREQ=WEEKLY", capacity=1)
    assert len(made.occurrence_ids) == 52, "as far as a year"
    one, two = make.member(), make.member()
    for who in (one, two):
        with make.core.db.write() as session:
            found = domain.answer_series(session, actor=who, meetup_id=made.id, reply=Reply("yes"), now=make.now)
    assert {seat.state for seat in found} == {"waiting"} and len(found) == 52
    clock.forward(days=8)
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    worker.drain()
    newest = dates(make, made)[-1]
    assert newest.id not in made.occurrence_ids and (newest.taken, newest.waiting) == (1, 1)
    with make.core.db.write() as session:
        domain.answer_series(session, actor=one, meetup_id=made.id, reply=Reply("no"), now=make.now)
        assert session.scalars(select(StandingAnswer.member_id)).all() == [two.id]
    assert dates(make, made)[-1].waiting == 0


def test_hosts_are_asked_whether_a_date_takes_place(make, host, clock, worker):
    made = meetup(make, host, rule=WEEKLY, asks_hosts=True)
    assert [row.status for row in dates(make, made)] == ["confirmed"] + ["tentative"] * 5
    worker.drain()
    with make.core.db.read() as session:
        assert session.scalars(select(Notice.kind)).all() == ["meetup_host"], "the one in two weeks"
    second = made.occurrence_ids[1]
    write(make, domain.confirm_occurrence, actor=host, occurrence_id=second)
    assert (dates(make, made)[1].status, dates(make, made)[1].sequence) == ("confirmed", 1)


def test_cancelling_wants_a_reason_and_the_date_stays(make, host, worker):
    made = meetup(make, host, capacity=1)
    [date] = made.occurrence_ids
    one, two = make.member(), make.member()
    say(make, one, date)
    say(make, two, date)
    with pytest.raises(Invalid):
        write(make, domain.cancel_occurrence, actor=host, occurrence_id=date, reason="  ")
    write(make, domain.cancel_occurrence, actor=host, occurrence_id=date, reason="The inn has closed.")
    worker.drain()
    with make.core.db.read() as session:
        [row] = queries.feed(session, one, house(session), now=make.now)
        assert row.row.occurrence.status == "cancelled" and row.row.occurrence.sequence == 1
        told = session.execute(select(Notice.member_id).where(Notice.kind == "meetup_cancelled")).scalars().all()
    assert sorted(told) == [one.id, two.id]


def test_after_the_end(make, host, clock, worker):
    made = meetup(make, host, keep_days=30, questions=(domain.NewQuestion("Vegan?", "yesno"),))
    [date] = made.occurrence_ids
    came, missed, late = make.member(), make.member(), make.member()
    with make.core.db.read() as session:
        question = queries.questions_of(session, made.id)[0].id
    seat = say(make, came, date, note="I bring a stand", answers={question: "yes"})
    say(make, missed, date)
    say(make, late, date)
    clock.forward(days=6, hours=20)
    say(make, late, date, "no")
    clock.forward(hours=4)
    for again in (False, True):
        assert write(make, domain.check_in, actor=host, rsvp_id=seat.rsvp_id).again is again
    for _ in range(2):
        write(make, domain.walk_in, actor=host, occurrence_id=date, people=2, submission="tap")
    with make.core.db.read() as session:
        door = queries.door(session, host, date, now=make.now)
    assert (door.parties, door.people, door.expected) == (2, 3, 2)
    clock.forward(hours=6)
    worker.drain()
    with make.core.db.read() as session:
        assert queries.no_show_rates(session, [came.id, missed.id, late.id], now=make.now) == {
            came.id: (0, 1), missed.id: (1, 1),
        }  # fmt: skip
        told = session.scalars(select(Notice.member_id).where(Notice.kind == "meetup_after")).all()
    assert told == [came.id]
    write(make, domain.answer_survey, actor=came, occurrence_id=date, rating=5, liked="All", better="", quotable=True)
    with pytest.raises(Forbidden):
        write(
            make, domain.answer_survey, actor=missed, occurrence_id=date, rating=1, liked="", better="", quotable=True
        )
    clock.forward(days=31)
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    worker.drain()
    with make.core.db.read() as session:
        assert session.scalars(select(RsvpAnswer)).all() == [] and set(session.scalars(select(Rsvp.note))) == {""}
    clock.forward(days=366)
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    worker.drain()
    with make.core.db.read() as session:
        assert session.scalars(select(Rsvp).where(Rsvp.no_show_at.is_not(None))).all() == []


def test_a_merged_thread_takes_its_meetup_along_and_back(make, host):
    made = meetup(make, host)
    other, boss = make.thread(make.member()), make.member(role="admin")

    def where():
        with make.core.db.read() as session:
            [row] = queries.agenda(session, GUEST, house(session), now=make.now).rows or [None]
            return row and row.thread_id

    with make.core.db.write() as session:
        act = Act(action="merge", into=other.thread_id, reason="off_topic", explanation="Talked about there.")
        decision = decide(
            session, actor=boss, act=act, target_type="thread", target_id=made.thread_id, now=make.now
        ).id  # fmt: skip
    assert where() == other.thread_id
    with make.core.db.write() as session:
        undo(session, actor=boss, decision_id=decision, now=make.now)
    assert where() == made.thread_id


def test_the_hosts_word_is_told_and_reminds(make, host, clock, worker, mailbox):
    """Until then nobody is reminded; then whoever answered hears once, and their calendar shows it as certain."""
    made = meetup(make, host, rule=WEEKLY, asks_hosts=True)
    second, third = made.occurrence_ids[1:3]
    anna, bruno = make.member("anna", locale="it"), make.member("bruno")
    for date in (second, third):
        say(make, anna, date)
    say(make, bruno, second, "maybe")
    worker.drain()
    clock.now = dates(make, made)[1].starts_at - timedelta(days=6)
    worker.drain()
    with make.core.db.read() as session:
        told = select(News.id).where(News.occurrence_id == second, News.kind.in_(("week", "day", "hours")))
        assert session.scalars(told).all() == [], "its week has begun, and it is uncertain"
    mailbox.sent.clear()
    for _ in range(2):
        write(make, domain.confirm_occurrence, actor=host, occurrence_id=second)
    worker.drain()
    clock.forward(minutes=30)
    worker.drain()
    [mail] = mailbox.to("anna@example.org")
    assert mail.method == "REQUEST" and "STATUS:CONFIRMED" in mail.calendar.decode()
    assert translate("It takes place: a host has confirmed it.", "it") in mail.text
    [other] = mailbox.to("bruno@example.org")
    assert other.method == "" and "It takes place" in other.text, "who has no seat has no entry"
    clock.now = dates(make, made)[1].starts_at - timedelta(hours=23)
    worker.drain()
    with make.core.db.read() as session:
        assert session.scalars(select(News.kind).where(News.occurrence_id == second, News.kind == "day")).all()
        kinds = session.scalars(select(Notice.kind).where(Notice.member_id == anna.id).order_by(Notice.id)).all()
        assert kinds == ["meetup_changed", "meetup_reminder"]
        row = session.get_one(Occurrence, second)
        assert (row.change_reason, row.sequence, row.status) == ("", 1, "confirmed")


def test_a_wrong_tap_at_the_door_confirms_nothing(make, host, clock, worker):
    made = meetup(make, host, rule=WEEKLY, asks_hosts=True)
    second = made.occurrence_ids[1]
    anna = make.member()
    seat = say(make, anna, second)
    worker.drain()
    clock.now = dates(make, made)[1].starts_at - timedelta(hours=20)
    write(make, domain.check_in, actor=host, rsvp_id=seat.rsvp_id)
    write(make, domain.undo_check_in, actor=host, rsvp_id=seat.rsvp_id)
    assert dates(make, made)[1].status == "tentative"
    write(make, domain.confirm_occurrence, actor=host, occurrence_id=second)
    with make.core.db.read() as session:
        told = session.scalars(select(News.what).where(News.occurrence_id == second, News.kind == "changed")).all()
    assert told == ["confirmed"], "whoever answered hears of it"


def test_nothing_follows_a_date_that_no_host_ever_confirmed(make, host, clock, worker):
    made = meetup(make, host, rule=WEEKLY, asks_hosts=True)
    second, third = made.occurrence_ids[1:3]
    one, two = make.member(), make.member()
    for date in (second, third):
        seat = say(make, one, date)
        say(make, two, date)
    clock.now = dates(make, made)[2].starts_at + timedelta(minutes=5)
    write(make, domain.check_in, actor=host, rsvp_id=seat.rsvp_id)  # to the third: whoever is here says that it is
    clock.forward(hours=6)
    worker.drain()
    with make.core.db.read() as session:
        asked = session.scalars(select(News.occurrence_id).where(News.kind == "survey")).all()
        rows = session.scalars(select(Rsvp).where(Rsvp.no_show_at.is_not(None))).all()
    assert asked == [made.occurrence_ids[0], third], "the first was confirmed by being announced"
    assert [(row.occurrence_id, row.member_id) for row in rows] == [(third, two.id)]
    unsaid, held = (make.browser(one).get(f"/meetups/{made.id}/officina-aperta?date={date}").text
                    for date in (second, third))  # fmt: skip
    assert "No host has ever confirmed this date." in unsaid and "Afterwards" not in unsaid
    assert "It has taken place" not in unsaid and "Never confirmed" in unsaid
    assert "It has taken place" in held and f"/occurrences/{third}/survey" in held
    assert "Never confirmed" in make.browser().get("/meetups/past").text
    assert make.browser(one).get(f"/occurrences/{second}/survey").status_code == 403
    with pytest.raises(Forbidden, match="No host has ever confirmed"):
        write(make, domain.answer_survey, actor=one, occurrence_id=second, rating=5, liked="", better="", quotable=True)


def test_a_series_that_waits_for_its_hosts_from_now_on_or_no_longer(make, host, clock, worker, mailbox):
    made = meetup(make, host, rule=WEEKLY)
    anna = make.member("anna")
    for date in made.occurrence_ids[2:5]:
        say(make, anna, date)
    clock.forward(days=1)
    worker.drain()
    with make.core.db.read() as session:
        now = queries.plan_of(session, host, made.id)

    def turn(asks):
        mailbox.sent.clear()
        plan = replace(now, asks_hosts=asks)
        write(make, domain.change_series, actor=host, meetup_id=made.id, plan=plan, version=None, reason="")
        worker.drain()
        clock.forward(minutes=30)
        worker.drain()
        return [row.status for row in dates(make, made)], len(mailbox.to("anna@example.org"))

    near = ["confirmed"] * 2  # the first, and the one in less than two weeks
    assert turn(asks=True) == (near + ["tentative"] * 4, 1)
    assert turn(asks=True) == (near + ["tentative"] * 4, 0)
    clock.now = dates(make, made)[2].starts_at - timedelta(days=14)
    worker.drain()
    with make.core.db.read() as session:
        asked = session.scalars(select(News.occurrence_id).where(News.kind == "confirm")).all()
    assert asked == [made.occurrence_ids[2]]
    write(make, domain.confirm_occurrence, actor=host, occurrence_id=made.occurrence_ids[3])
    worker.drain()
    clock.forward(minutes=30)
    worker.drain()
    assert turn(asks=False) == (["confirmed"] * 6, 1)
    assert [row.sequence for row in dates(make, made)] == [0, 0, 2, 2, 2, 2]
    clock.now = dates(make, made)[4].starts_at - timedelta(hours=23)
    worker.drain()
    with make.core.db.read() as session:
        reminded = session.scalars(select(News.occurrence_id).where(News.kind == "day")).all()
    assert reminded == [made.occurrence_ids[4]], "the others began while the clock leapt"
