"""When a schedule is due, and which days its summary tells of. Wall time in, moments out; no clock, no database."""

import calendar
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from forum.feedback.exports.counting import midnight
from forum.kit import walltime

LATEST = timedelta(days=35)
"""What was due longer ago than this, while the site was down, is not made up for."""


def next_due(every: str, days: Iterable[int], hour: int, zone: str, after: datetime) -> datetime:
    """The first moment (UTC) after `after` at which clocks in `zone` show `hour` on one of `days`.

    Each day counts once: an hour that the clock leaps over is read on the clock of before, of one that comes twice the
    first is meant. Raises UnknownZone.
    """
    where, wanted = walltime.zone(zone), set(days)
    start = walltime.wall_of(after, where).date() - timedelta(days=1)
    for day in _days(start):
        if matches(every, wanted, day):
            due = walltime.nearest(datetime.combine(day, time(hour)), where)
            if due > after:
                return due
    raise ValueError("no day of the calendar fits")  # unreachable: `days` is not empty and each month has its last day


def next_whole(every: str, days: Iterable[int], hour: int, zone: str, period: str, after: datetime) -> datetime:
    """The same, but not before the period that is told of is over where its days are counted (`counting.ZONE`).

    East of there the schedule's own day begins earlier: at Monday's midnight in Athens Sunday has an hour left. It
    stays the same day, for no clock is a day ahead. Raises UnknownZone.
    """
    where, due = walltime.zone(zone), after - timedelta(days=1)
    while True:
        due = next_due(every, days, hour, zone, due)
        _, ends = period_before(period, walltime.wall_of(due, where).date())
        if (whole := max(due, midnight(ends))) > after:
            return whole


def matches(every: str, days: set[int], day: date) -> bool:
    """True when `day` is one of the schedule's. The 31st is the last of every month, so are the 29th and 30th."""
    if every == "week":
        return day.weekday() in days
    last = calendar.monthrange(day.year, day.month)[1]
    return day.day in days or (day.day == last and any(it > last for it in days))


def _days(start: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range(800))


def period_before(period: str, day: date) -> tuple[date, date]:
    """The last whole week (Monday to Sunday) or month before `day`: the first day, and the first one after it."""
    if period == "week":
        ends = day - timedelta(days=day.weekday())
        return ends - timedelta(days=7), ends
    ends = day.replace(day=1)
    return (ends - timedelta(days=1)).replace(day=1), ends
