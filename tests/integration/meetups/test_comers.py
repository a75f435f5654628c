"""Seats that are given unasked (a standing answer, the queue) go to who may still come, and to nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from forum.categories.models import Category
from forum.meetups import domain
from forum.meetups.domain import Reply
from forum.meetups.domain.dates import materialise
from forum.meetups.domain.locks import lock_meetup
from forum.meetups.models import News, Occurrence, Rsvp, StandingAnswer
from forum.members.models import Member
from tests.support.meetups import meetup, put_capacity, say


@pytest.fixture
def host(make):
    return make.member("livia", role="manager")


def suspend(make, who, until=None):
    with make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == who.id).values(suspended_until=until))


def close(make, slug):
    """The category is the staff's from now on."""
    with make.core.db.write() as session:
        session.execute(update(Category).where(Category.slug == slug).values(visibility="staff"))


def states(make, date):
    with make.core.db.read() as session:
        rows = session.execute(select(Rsvp.member_id, Rsvp.state).where(Rsvp.occurrence_id == date)).all()
    return {row[0]: row[1] for row in rows}


def added(make, ref, clock):
    """A week later the series has one more date; its id."""
    clock.forward(days=8)
    with make.core.db.write() as session:
        (row,) = materialise(session, lock_meetup(session, ref.id), now=make.now)
        return row.id


def standing(make):
    with make.core.db.read() as session:
        return set(session.scalars(select(StandingAnswer.member_id)))


def for_all(make, ref, *people):
    for who in people:
        with make.core.db.write() as session:
            domain.answer_series(session, actor=who, meetup_id=ref.id, reply=Reply("yes"), now=make.now)


def test_a_standing_answer_ends_with_a_suspension(make, host, clock):
    ref = meetup(make, host, rule="FREQ=WEEKLY", capacity=1)
    anna, bruno = make.member("anna"), make.member("bruno")
    for_all(make, ref, anna, bruno)
    suspend(make, anna, make.now + timedelta(days=30))
    date = added(make, ref, clock)
    assert states(make, date) == {bruno.id: "going"}, "the seat is bruno's"
    assert standing(make) == {bruno.id}


def test_a_standing_answer_ends_with_the_category(make, host, clock):
    ref = meetup(make, host, rule="FREQ=WEEKLY", category=make.category("soci"), capacity=1)
    anna, nadia = make.member("anna"), make.member("nadia", role="moderator")
    for_all(make, ref, anna, nadia)
    close(make, "soci")
    date = added(make, ref, clock)
    assert states(make, date) == {nadia.id: "going"} and standing(make) == {nadia.id}


def test_whoever_waits_and_may_no_longer_come_is_passed_over_and_keeps_the_place(make, host):
    [date] = meetup(make, host, capacity=1).occurrence_ids
    anna, bruno, carla = (make.member(name) for name in ("anna", "bruno", "carla"))
    for who in (anna, bruno, carla):
        say(make, who, date)
    suspend(make, bruno, make.now + timedelta(days=1))
    say(make, anna, date, "no")
    assert states(make, date) == {anna.id: "no", bruno.id: "waiting", carla.id: "going"}
    with make.core.db.read() as session:
        assert session.scalars(select(News.member_id)).all() == [carla.id]
    say(make, carla, date, "no")
    assert say(make, make.member("dario"), date).state == "going", "they hold up nobody who comes later"
    suspend(make, bruno)
    with make.core.db.write() as session:
        put_capacity(session, host, date, 2, make.now)
    assert states(make, date)[bruno.id] == "going"


def test_who_lost_the_category_gets_no_seat_when_the_room_grows(make, host):
    [date] = meetup(make, host, capacity=1, category=make.category("soci")).occurrence_ids
    nadia, anna, teo = make.member("nadia", role="moderator"), make.member("anna"), make.member("teo", role="moderator")
    for who in (nadia, anna, teo):
        say(make, who, date)
    close(make, "soci")
    with make.core.db.write() as session:
        put_capacity(session, host, date, 9, make.now)
    assert states(make, date) == {nadia.id: "going", anna.id: "waiting", teo.id: "going"}
    with make.core.db.read() as session:
        row = session.get_one(Occurrence, date)
        assert (row.taken, row.waiting) == (2, 1)


def test_a_long_queue_costs_a_statement_for_twenty(make, host, core):
    [date] = meetup(make, host, capacity=1).occurrence_ids
    people = [make.member(email=False) for _ in range(26)]
    for who in people:
        say(make, who, date)
    with make.core.db.write() as session:
        gone = [who.id for who in people[1:25]]
        session.execute(update(Member).where(Member.id.in_(gone)).values(suspended_until=make.now + timedelta(days=1)))
    asked = []

    def see(_conn, _cursor, statement, *_):
        if "suspended_until" in statement and "rsvps.ticket" in statement:
            asked.append(statement)

    event.listen(core.db.engine, "before_cursor_execute", see)
    try:
        say(make, people[0], date, "no")
    finally:
        event.remove(core.db.engine, "before_cursor_execute", see)
    assert states(make, date)[people[25].id] == "going" and len(asked) == 2
