"""Seats and the queue, step by step. What many do at once is in tests/property/test_meetups.py."""

import pytest
from sqlalchemy import select

from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.meetups.domain import change_occurrence, remove_party
from forum.meetups.domain.plan import DatePlan
from forum.meetups.models import News, Occurrence, Rsvp
from forum.policy.actors import GUEST
from tests.support.meetups import meetup, say


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager")


@pytest.fixture
def worker(core):
    return core.worker


def seats(make, occurrence_id):
    with make.core.db.read() as session:
        row = session.get(Occurrence, occurrence_id)
        return row.taken, row.waiting, row.maybe


def states(make, occurrence_id):
    with make.core.db.read() as session:
        rows = session.scalars(select(Rsvp).where(Rsvp.occurrence_id == occurrence_id).order_by(Rsvp.id))
        return [row.state for row in rows]


def resize(make, host, occurrence_id, capacity, **more):
    with make.core.db.write() as session:
        date = session.get(Occurrence, occurrence_id)
        same = DatePlan(
            date.title, date.starts_local, date.ends_local, date.timezone, date.fold, date.note, date.place_id,
            date.online_url, capacity, date.guests_allowed, date.deadline_at,
        )  # fmt: skip
        change_occurrence(
            session, actor=host, occurrence_id=occurrence_id, plan=same, version=None, reason="", now=make.now
        )


def test_first_come_first_served_and_a_freed_seat_goes_to_the_first(make, host):
    [date] = meetup(make, host, capacity=2).occurrence_ids
    people = [make.member() for _ in range(4)]
    found = [say(make, one, date) for one in people]
    assert [(seat.state, seat.position) for seat in found] == [
        ("going", None), ("going", None), ("waiting", 1), ("waiting", 2),
    ]  # fmt: skip
    assert seats(make, date) == (2, 2, 0)
    assert say(make, people[0], date, "no").state == "no"
    assert states(make, date) == ["no", "going", "going", "waiting"]
    with make.core.db.read() as session:
        news = session.scalars(select(News)).all()
    assert [(one.kind, one.member_id) for one in news] == [("promoted", people[2].id)]


def test_the_same_answer_again_changes_nothing(make, host):
    [date] = meetup(make, host, capacity=1).occurrence_ids
    one, two = make.member(), make.member()
    first, waits = say(make, one, date), say(make, two, date)
    assert say(make, one, date) == first and say(make, two, date) == waits


def test_a_party_comes_whole_or_waits_whole_and_nobody_passes_it(make, host):
    [date] = meetup(make, host, capacity=3, guests_allowed=3).occurrence_ids
    one, big, small = (make.member() for _ in range(3))
    say(make, one, date, guests=1)
    assert say(make, big, date, guests=1).state == "waiting"
    assert say(make, small, date).state == "waiting", "a free seat stays free until the first party fits"
    assert seats(make, date) == (2, 2, 0)
    assert say(make, one, date, guests=0).state == "going"  # fewer guests: the party of two fits
    assert states(make, date) == ["going", "going", "waiting"] and seats(make, date) == (3, 1, 0)
    with pytest.raises(Conflict, match="no seats for more guests"):
        say(make, big, date, guests=2)
    assert seats(make, date) == (3, 1, 0)
    with pytest.raises(Invalid):
        say(make, make.member(), date, guests=3)  # four will never fit into three


def test_growing_while_waiting_goes_to_the_end_shrinking_keeps_the_place(make, host):
    [date] = meetup(make, host, capacity=2, guests_allowed=1).occurrence_ids
    inside, first, second = (make.member() for _ in range(3))
    say(make, inside, date, guests=1)
    say(make, first, date, guests=1)
    say(make, second, date)
    assert say(make, first, date, guests=0).position == 1
    assert say(make, first, date, guests=1).position == 2


def test_a_larger_room_lets_people_in_and_a_smaller_one_throws_nobody_out(make, host):
    [date] = meetup(make, host, capacity=1).occurrence_ids
    people = [make.member() for _ in range(3)]
    for one in people:
        say(make, one, date)
    resize(make, host, date, 2)
    assert states(make, date) == ["going", "going", "waiting"]
    with pytest.raises(Invalid) as refused:
        resize(make, host, date, 1)
    assert "capacity" in refused.value.fields
    resize(make, host, date, None)
    assert seats(make, date) == (3, 0, 0)


def test_an_offer_counts_as_taken_and_ends(make, host, clock):
    [date] = meetup(make, host, capacity=1, offer_minutes=720).occurrence_ids
    one, two, three = (make.member() for _ in range(3))
    for who in (one, two, three):
        say(make, who, date)
    say(make, one, date, "no")
    assert states(make, date) == ["no", "offered", "waiting"] and seats(make, date) == (1, 1, 0)
    assert say(make, make.member(), date).state == "waiting"
    clock.forward(hours=13)
    assert say(make, three, date).state == "going", "the worker was late; the answer itself ends the offer before it"
    assert states(make, date) == ["no", "lapsed", "going", "waiting"]
    assert say(make, two, date).position == 2, "whoever let it lapse queues anew"


def test_the_worker_ends_an_offer(make, host, clock, worker):
    [date] = meetup(make, host, capacity=1, offer_minutes=60).occurrence_ids
    one, two = make.member(), make.member()
    say(make, one, date)
    say(make, two, date)
    say(make, one, date, "no")
    clock.forward(minutes=61)
    worker.drain()
    assert states(make, date) == ["no", "lapsed"] and seats(make, date) == (0, 0, 0)


def test_after_the_deadline_whoever_is_in_may_go(make, host, clock):
    [date] = meetup(make, host, capacity=5).occurrence_ids
    one, two = make.member(), make.member()
    say(make, one, date)
    with make.core.db.write() as session:
        session.get(Occurrence, date).deadline_at = make.now
    clock.forward(minutes=1)
    with pytest.raises(Conflict):
        say(make, two, date)
    assert say(make, one, date, note="I bring tools").state == "going"
    assert say(make, one, date, "no").state == "no"
    with make.core.db.read() as session:
        row = session.scalars(select(Rsvp)).one()
        assert row.left_late_at == make.now and row.no_show_at is None and row.note == ""


def test_who_may_not_answer(make, host, clock):
    hidden = make.category(visibility="staff")
    [secret] = meetup(make, host, category=hidden).occurrence_ids
    [date] = meetup(make, host).occurrence_ids
    with pytest.raises(NotFound):
        say(make, make.member(), secret)
    with pytest.raises(Forbidden):
        say(make, GUEST, date)
    clock.forward(days=8)
    with pytest.raises(Conflict):
        say(make, make.member(), date)


def test_a_host_takes_somebody_off_the_list(make, host):
    [date] = meetup(make, host, capacity=1).occurrence_ids
    one, two = make.member(), make.member()
    seat = say(make, one, date)
    say(make, two, date)
    with make.core.db.write() as session:
        remove_party(session, actor=host, rsvp_id=seat.rsvp_id, reason="You asked me to.", now=make.now)
    assert states(make, date) == ["no", "going"]
    with pytest.raises(Forbidden), make.core.db.write() as session:
        remove_party(session, actor=one, rsvp_id=seat.rsvp_id, reason="No.", now=make.now)
