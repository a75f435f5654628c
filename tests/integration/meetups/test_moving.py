"""A series that is given another hour or day: which date goes where."""

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from forum.errors import Invalid
from forum.events import HousekeepingDue, record
from forum.meetups import domain, queries
from forum.meetups.domain import DatePlan
from forum.meetups.models import News, Occurrence
from tests.support.meetups import meetup, say

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHLY, WEEKLY = "FREQ=MONTHLY;BYDAY=4SA", "FREQ=WEEKLY"


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager")


def dates(make, made):
    with make.core.db.read() as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.meetup_id == made.id))
        return sorted(rows, key=lambda row: (row.starts_at, row.id))


def change(make, host, made, *, by=timedelta(0), reason="It suits us better.", **more):
    """The series, moved `by` as one moves it in the form: on its first date."""
    with make.core.db.read() as session:
        now = queries.plan_of(session, host, made.id)
    lead = {} if now.deadline is None else {"deadline": now.deadline + by}
    plan = replace(now, **{"starts_local": now.starts_local + by, "ends_local": now.ends_local + by, **lead, **more})
    with make.core.db.write() as session:
        domain.change_series(
            session, actor=host, meetup_id=made.id, plan=plan, version=None, reason=reason, now=make.now
        )  # fmt: skip


@pytest.mark.parametrize("own", [True, False])
def test_a_deadline_that_came_with_a_new_hour_is_kept(make, host, own):
    made = meetup(make, host, rule=WEEKLY)
    change(make, host, made, deadline=dates(make, made)[0].starts_local - DAY)
    row = dates(make, made)[2]
    later, lead = row.starts_local + HOUR, 2 * DAY if own else DAY
    plan = DatePlan(row.title, later, row.ends_local + HOUR, row.timezone, place=row.place_id, deadline=later - lead)
    with make.core.db.write() as session:
        domain.change_occurrence(
            session, actor=host, occurrence_id=row.id, plan=plan, version=None, reason="", now=make.now
        )  # fmt: skip
    given = dates(make, made)[2]
    assert given.deadline_at == given.starts_at - lead and ("deadline" in given.own.split()) is own
    change(make, host, made, title="Officina chiusa", deadline=dates(make, made)[0].starts_local - 3 * DAY)
    after = dates(make, made)
    assert after[2].deadline_at == given.starts_at - (lead if own else 3 * DAY), "its own, or the series'"
    assert after[1].deadline_at == after[1].starts_at - 3 * DAY


def series(make, host, clock, rule=MONTHLY, nth=0):
    """A series with an answer for each of its first dates, and its rows; the clock stands at the start of the nth."""
    made = meetup(make, host, rule=rule)
    one = make.member()
    for date in made.occurrence_ids[:6]:
        say(make, one, date)
    rows = dates(make, made)
    clock.now = rows[nth].starts_at
    return made, rows


def housekeep(make):
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    make.drain()


@pytest.mark.parametrize("nth", [0, 2])
@pytest.mark.parametrize("rule", [MONTHLY, WEEKLY])
def test_a_later_hour_while_a_date_is_going_on(make, host, clock, rule, nth):
    made, rows = series(make, host, clock, rule, nth)
    clock.forward(minutes=15)
    change(make, host, made, by=HOUR)
    after = {row.id: row for row in dates(make, made)}
    for n, row in enumerate(rows):
        meant = row.starts_local + (HOUR if n > nth else timedelta(0))
        assert after[row.id].starts_local == meant, f"date {n} went elsewhere"
    assert [after[row.id].taken for row in rows[:6]] == [1] * 6
    housekeep(make)
    days = [row.starts_local.date() for row in dates(make, made)]
    assert len(days) == len(set(days)), "one date was doubled"
    with make.core.db.read() as session:
        told = session.scalar(select(func.count()).select_from(News).where(News.kind == "changed"))
    assert told == 5 - nth, "each date that somebody answered to, once"


def test_the_last_date_is_not_held_twice(make, host, clock):
    made, rows = series(make, host, clock, "FREQ=WEEKLY;COUNT=3", 2)
    clock.forward(minutes=15)
    change(make, host, made, by=HOUR)
    housekeep(make)
    assert [row.starts_at for row in dates(make, made)] == [row.starts_at for row in rows]
    change(make, host, made, rule="FREQ=DAILY;COUNT=60", by=HOUR)
    days = [row.starts_local.date() for row in dates(make, made)]
    assert len(days) == len(set(days)), "with another rule neither"


@pytest.mark.parametrize("nth", [0, 2])
def test_an_earlier_hour_that_is_over_today(make, host, clock, nth):
    """The one of today stays when people expect it; the others keep their day."""
    made, rows = series(make, host, clock, MONTHLY, nth)
    clock.forward(hours=-1)
    change(make, host, made, by=-3 * HOUR)
    after = {row.id: row for row in dates(make, made)}
    assert after[rows[nth].id].starts_at == rows[nth].starts_at and after[rows[nth].id].sequence == 0
    assert [after[row.id].starts_local for row in rows[nth + 1 :]] == [
        row.starts_local - 3 * HOUR for row in rows[nth + 1 :]
    ]
    change(make, host, made, by=HOUR)
    again = {row.id: row for row in dates(make, made)}
    assert again[rows[nth].id].starts_at == rows[nth].starts_at
    assert all(again[row.id].starts_local == row.starts_local - 2 * HOUR for row in rows[nth + 1 :])
    housekeep(make)
    assert [row.id for row in dates(make, made)][: len(rows)] == [row.id for row in rows]


def test_nothing_moves_into_the_past(make, host, clock):
    made, rows = series(make, host, clock, "FREQ=WEEKLY;COUNT=2", 1)
    clock.forward(hours=-1)
    with pytest.raises(Invalid) as refused:
        change(make, host, made, by=-3 * HOUR)
    assert "starts_local" in refused.value.fields
    assert [row.starts_at for row in dates(make, made)] == [row.starts_at for row in rows]


def test_another_weekday_in_the_middle_of_a_series(make, host, clock):
    made, rows = series(make, host, clock, WEEKLY, 3)
    clock.forward(days=2)
    change(make, host, made, by=DAY)
    after = {row.id: row for row in dates(make, made)}
    assert [after[row.id].starts_local for row in rows[4:]] == [row.starts_local + DAY for row in rows[4:]]
    # and again, by the day from which on it is another one
    first = after[rows[4].id].starts_local + DAY
    change(make, host, made, starts_local=first, ends_local=first + 3 * HOUR)
    again = {row.id: row for row in dates(make, made)}
    assert [again[row.id].starts_local for row in rows[4:]] == [row.starts_local + 2 * DAY for row in rows[4:]]
    assert all(again[row.id].starts_at == row.starts_at for row in rows[:4]), "what was stays what it was"


def test_another_rhythm_begins_after_the_date_that_is_going_on(make, host, clock):
    made, rows = series(make, host, clock, WEEKLY, 2)
    clock.forward(minutes=15)
    first = rows[2].starts_local + HOUR
    change(make, host, made, starts_local=first, ends_local=first + 3 * HOUR, rule="FREQ=WEEKLY;INTERVAL=2")
    standing = [row.starts_local for row in dates(make, made) if row.status != "cancelled"]
    assert standing[2] == rows[2].starts_local and standing[3] == first + 14 * DAY
    assert {b - a for a, b in pairwise(standing[3:])} == {14 * DAY}
