"""The moments of a date, derived from its wall time; what is timed by them."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy.orm import Session

from forum.events import record
from forum.kit import walltime
from forum.meetups.events import ConfirmationDue, OccurrenceEnded, ReminderDue
from forum.meetups.models import Meetup, Occurrence

REMINDERS: Final = {"week": timedelta(days=7), "day": timedelta(days=1), "hours": timedelta(hours=2)}
AFTERWARDS: Final = timedelta(hours=2)
"""This long after the end what follows is done: latecomers are checked in by then."""
ASKED: Final = timedelta(days=14)
"""This long before a date its hosts are asked whether it takes place."""


def derive(row: Occurrence, lead: int | None, *, own_deadline: bool = False) -> bool:
    """Set the moments of `row` from its wall time by the rules of today; True when it starts or ends at another one.

    An hour that the rules took away is read on the clock of before. `lead`: minutes on the wall between deadline and
    start; None: no deadline. A deadline of the date's own stays, but never after the start.
    """
    where = walltime.zone(row.timezone)
    before = (row.starts_at, row.ends_at)
    row.starts_at, row.ends_at = span(row.starts_local, row.ends_local, where, row.fold)
    row.zone_rules = walltime.rules_version()
    if own_deadline and row.deadline_at is not None:
        row.deadline_at = min(row.deadline_at, row.starts_at)
    elif not own_deadline:
        row.deadline_at = None if lead is None else walltime.nearest(row.starts_local - timedelta(minutes=lead), where)
    return before != (row.starts_at, row.ends_at)


def span(starts: datetime, ends: datetime, where: tzinfo, fold: int) -> tuple[datetime, datetime]:
    """(start, end) as moments; the end always after the start, even in the night that the clocks change."""
    starts_at = walltime.nearest(starts, where, fold)
    for folded in (fold, 1):
        ends_at = walltime.nearest(ends, where, folded)
        if ends_at > starts_at:
            return starts_at, ends_at
    return starts_at, starts_at + (ends - starts)


def schedule(session: Session, row: Occurrence, meetup: Meetup, *, now: datetime) -> None:
    """Leave what is timed by this date in the outbox; doing it twice leaves it once. A moved date is timed anew.

    Jobs look whether the date still starts (ends) at the moment that they were timed by.
    """
    for kind, ahead in REMINDERS.items():
        at = row.starts_at - ahead
        if at > now:
            event = ReminderDue(row.id, kind, row.starts_at)
            record(session, event, now=now, run_at=at, key=f"{row.id}:{kind}:{stamp(row.starts_at)}")
    ended = OccurrenceEnded(row.id, row.ends_at)
    record(session, ended, now=now, run_at=row.ends_at + AFTERWARDS, key=f"{row.id}:{stamp(row.ends_at)}")
    if meetup.asks_hosts and row.status == "tentative":
        due = ConfirmationDue(row.id, row.starts_at)
        at = max(now, row.starts_at - ASKED)
        record(session, due, now=now, run_at=at, key=f"{row.id}:{stamp(row.starts_at)}")


def stamp(at: datetime) -> int:
    """Seconds since 1970: a moment in a key."""
    return int(at.astimezone(UTC).timestamp())
