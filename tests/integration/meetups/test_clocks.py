# ruff: noqa: DTZ001  wall time has no zone
"""Clocks: what is shown, reminded of and exported across the changes of clocks, and after a change of their rules."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select

from forum.errors import Invalid
from forum.events import HousekeepingDue, record
from forum.kit import walltime
from forum.meetups.models import News, Occurrence
from forum.outbox import Outbox
from tests.support.meetups import meetup, say
from tests.support.zones import rules

pytestmark = pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
"""What is made of the rows is the same on both: PostgreSQL in the slow suite."""

ROME, NEW_YORK = "Europe/Rome", "America/New_York"
AHEAD = {"week": timedelta(days=7), "day": timedelta(days=1), "hours": timedelta(hours=2)}


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager")


def dates(make, made):
    with make.core.db.read() as session:
        query = select(Occurrence).where(Occurrence.meetup_id == made.id).order_by(Occurrence.original_local)
        return list(session.scalars(query))


def housekeep(make):
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    make.drain()


def events(data: bytes) -> dict[str, Event]:
    """The entries of a file, each by its UID; their moments by the file's own zone rules."""
    read = Calendar.from_ical(data)
    known = {str(it["tzid"]): it.to_tz(lookup_tzid=False) for it in read.walk("VTIMEZONE")}
    found = {}
    for it in read.walk("VEVENT"):
        for name in ("dtstart", "dtend"):
            if (zone := it[name].params.get("TZID")) is not None:  # a reader that knows no zones but the file's
                it[name].dt = it[name].dt.replace(tzinfo=None).replace(tzinfo=known[str(zone)])
        found[str(it["uid"]).partition("@")[0]] = it
    return found


def everywhere(make: Any, row: Occurrence, shows: str, utc: datetime, *, reader: Any) -> None:
    """The page in words, the calendar file, the API and what search engines read agree on one date."""
    page = make.browser(reader).get(f"/meetups/{row.meetup_id}/x?date={row.id}", follow=True).text
    assert f"from {shows} to" in page, (shows, re.findall(r"from \d\d:\d\d to \d\d:\d\d", page))
    file = make.browser(reader).get(f"/occurrences/{row.id}/calendar.ics").content
    one = events(file)[row.uid]
    assert (one.start.astimezone(UTC), one.end.astimezone(UTC)) == (utc, row.ends_at) == (row.starts_at, row.ends_at)
    answer = make.browser().get(f"/api/v1/meetups/{row.meetup_id}").json()
    [listed] = [it for it in answer["occurrences"] if it["id"] == row.id]
    assert datetime.fromisoformat(listed["starts_at"]) == utc
    guest = make.browser().get(f"/meetups/{row.meetup_id}/x?date={row.id}", follow=True).text
    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', guest, re.DOTALL)
    starts = datetime.fromisoformat(json.loads(found[1])["startDate"])
    assert starts == utc and f"{starts:%H:%M}" == shows


def reminded(make: Any, clock: Any, mailbox: Any, row: Occurrence, shows: str, *, who: Any) -> None:
    """Two hours before, not a minute earlier, and the mail has the hour of the place."""

    def told() -> int:
        with make.core.db.read() as session:
            return len(session.scalars(select(News).where(News.occurrence_id == row.id, News.kind == "hours")).all())

    due = row.starts_at - AHEAD["hours"]
    clock.now = due - timedelta(minutes=1)
    make.drain()
    assert told() == 0
    mailbox.sent.clear()
    clock.now = due
    make.drain()
    assert told() == 1
    clock.forward(minutes=30)
    make.drain()
    [mail] = mailbox.to(f"{who.name}@example.org")
    assert shows in mail.text, mail.text


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        (ROME, datetime(2027, 3, 21, 19, 0), (18, 17)), (ROME, datetime(2027, 10, 24, 19, 0), (17, 18)),
        (NEW_YORK, datetime(2027, 3, 7, 13, 0), (18, 17)), (NEW_YORK, datetime(2027, 10, 31, 13, 0), (17, 18)),
    ],
)  # fmt: skip
def test_the_clock_in_the_room_stays_across_the_change(make, host, clock, mailbox, zone, first, hours):
    made = meetup(make, host, timezone=zone, starts_local=first, rule="FREQ=WEEKLY;COUNT=2")
    rows, shows = dates(make, made), f"{first:%H:%M}"
    one = make.member("ezio", timezone=zone)
    assert [row.starts_at.hour for row in rows] == list(hours)
    with make.core.db.read() as session:
        due = set(session.scalars(select(Outbox.run_at).where(Outbox.event == "ReminderDue")))
    assert due == {row.starts_at - ahead for row in rows for ahead in AHEAD.values()}
    for row in rows:
        say(make, one, row.id)
        everywhere(make, row, shows, row.starts_at, reader=one)
    for row in rows:
        reminded(make, clock, mailbox, row, shows, who=one)


@pytest.mark.parametrize(
    ("zone", "first", "utc"),
    [
        (ROME, datetime(2027, 3, 21, 2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 3, 7, 2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_does_not_exist(make, host, clock, mailbox, zone, first, utc):
    """Nobody can announce it; a series that comes to it is read on the clock of before (RFC 5545, 3.3.5)."""
    gap = first + timedelta(days=7)
    with pytest.raises(Invalid) as refused:
        meetup(make, host, timezone=zone, starts_local=gap, hours=1)
    assert "starts_local" in refused.value.fields
    made = meetup(make, host, timezone=zone, starts_local=first, hours=1, rule="FREQ=WEEKLY;COUNT=3")
    before, row, after = dates(make, made)
    one = make.member("ezio", timezone=zone)
    say(make, one, row.id)
    assert row.starts_local == gap and row.starts_at == utc and row.ends_at > utc
    everywhere(make, before, "02:30", before.starts_at, reader=one)
    everywhere(make, row, "03:30", utc, reader=one)
    everywhere(make, after, "02:30", after.starts_at, reader=one)
    reminded(make, clock, mailbox, row, "03:30", who=one)


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        (ROME, datetime(2027, 10, 31, 2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 11, 7, 1, 30), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_comes_twice(make, host, clock, mailbox, zone, wall, utc, fold):
    made = meetup(make, host, timezone=zone, starts_local=wall, hours=0.25, fold=fold)
    [row] = dates(make, made)
    one = make.member("ezio", timezone=zone)
    say(make, one, row.id)
    meant = utc + timedelta(hours=fold)
    assert row.ends_at - row.starts_at == timedelta(minutes=15)
    everywhere(make, row, f"{wall:%H:%M}", meant, reader=one)
    reminded(make, clock, mailbox, row, f"{wall:%H:%M}", who=one)


def test_a_series_that_began_in_the_second_of_two_hours_comes_to_the_gap(make, host):
    made = meetup(make, host, starts_local=datetime(2027, 10, 31, 2, 30), hours=0.25, fold=1, rule="FREQ=WEEKLY")
    with make.core.db.read() as session:
        query = select(Occurrence.starts_at).where(Occurrence.meetup_id == made.id).order_by(Occurrence.starts_at)
        starts = session.scalars(query).all()
    assert starts[0] == datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "the second"
    assert {at.astimezone(walltime.zone(ROME)).strftime("%H:%M") for at in starts} <= {"02:30", "03:30"}


@pytest.mark.parametrize(
    ("zone", "rule", "wall", "before", "after", "shows"),
    [
        pytest.param(ROME, "CET-1", datetime(2027, 7, 10, 19, 0), 17, 18, "19:00", id="no summer time any more"),
        pytest.param(ROME, "CEST-2", datetime(2027, 1, 9, 19, 0), 18, 17, "19:00", id="summer time for ever"),
        pytest.param(NEW_YORK, "EST5EDT,M4.1.0,M10.5.0", datetime(2027, 3, 20, 13, 0), 17, 18, "13:00", id="later"),
        pytest.param(NEW_YORK, "EST5EDT,M3.3.0,M11.1.0", datetime(2027, 3, 21, 2, 30), 6, 7, "03:30", id="a new gap"),
        pytest.param(ROME, "CET-1CEST,M3.5.0,M9.5.0/3", datetime(2027, 9, 26, 2, 30), 0, 0, "02:30", id="now twice"),
    ],
)
def test_other_rules_of_a_zone_move_the_moment_and_not_the_clock(
    make, host, clock, mailbox, tmp_path, zone, rule, wall, before, after, shows
):  # fmt: skip
    """Zone data that was updated, as a system brings it: what was agreed on stays, whatever the world says."""
    made = meetup(make, host, timezone=zone, starts_local=wall, hours=2, rule="FREQ=WEEKLY;COUNT=2")
    far = meetup(make, host, timezone="Asia/Tokyo", starts_local=wall)
    one = make.member("ezio", timezone=zone)
    say(make, one, made.occurrence_ids[0])
    old, there = dates(make, made)[0], dates(make, far)[0]
    assert old.starts_at.hour == before
    with rules(tmp_path, "2027z", **{zone.replace("/", "__"): rule}):
        housekeep(make)
        row, untouched = dates(make, made)[0], dates(make, far)[0]
        assert (row.starts_local, row.ends_local) == (old.starts_local, old.ends_local), "what people agreed on"
        assert row.starts_at.hour == after and row.zone_rules == untouched.zone_rules == "2027z"
        assert (untouched.starts_at, untouched.sequence) == (there.starts_at, 0)
        changed = (row.starts_at, row.ends_at) != (old.starts_at, old.ends_at)
        assert row.sequence == int(changed)
        everywhere(make, row, shows, row.starts_at, reader=one)
        if row.starts_at > old.starts_at:
            clock.now = old.starts_at - AHEAD["hours"]
            make.drain()
            with make.core.db.read() as session:
                assert "hours" not in session.scalars(select(News.kind)).all(), "not at the old hour"
        reminded(make, clock, mailbox, row, shows, who=one)
        housekeep(make)
        assert dates(make, made)[0].sequence == int(changed), "once"


def test_the_rules_of_a_zone_change_while_a_date_stands_on_its_own(make, host, tmp_path):
    """Deadlines are wall time, too; a cancelled date stays cancelled, a date of the past stays where it was."""
    deadline = datetime(2027, 7, 9, 12, 0)
    made = meetup(make, host, starts_local=datetime(2027, 7, 10, 19, 0), deadline=deadline)
    [old] = dates(make, made)
    assert old.deadline_at == datetime(2027, 7, 9, 10, 0, tzinfo=UTC)
    gone = meetup(make, host, starts_local=datetime(2027, 6, 12, 19, 0))
    make.core.clock.now = datetime(2027, 6, 20, tzinfo=UTC)
    with rules(tmp_path, "2027z", Europe__Rome="CET-1"):
        housekeep(make)
        [row], [past] = dates(make, made), dates(make, gone)
        assert row.deadline_at == datetime(2027, 7, 9, 11, 0, tzinfo=UTC) and row.starts_at.hour == 18
        assert past.starts_at.hour == 17 and past.zone_rules != "2027z"


def test_both_clocks_are_shown_where_they_differ(make, host):
    far = make.member(timezone="America/New_York")
    ref = meetup(make, host, starts_local=datetime(2026, 11, 28, 10, 0), hours=3.5)

    def page(actor=None):
        return make.browser(actor).get(f"/meetups/{ref.id}/x", follow=True).text

    text = page(far)
    assert "Saturday 28 November 2026, from 10:00 to 13:30" in text and "Rome\xa0time (CET)" in text
    assert "from 04:00 to 07:30" in text and "New York\xa0time (EST)" in text
    assert "For you" not in page(make.member(timezone="Europe/Paris"))
    assert "For you" not in page()
