"""A month as weeks of days: the grid of the calendar, from Monday to Sunday. Pure."""

from calendar import Calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

import msgspec

FIRST, LAST = 2000, 2100  # years one can turn to
DAYS_SHOWN = 4  # meetups in one square; the agenda below has them all


class Dated(Protocol):
    """Whatever stands on a day."""

    @property
    def starts_local(self) -> datetime: ...


T = TypeVar("T", bound=Dated)


class Day(msgspec.Struct, Generic[T], frozen=True):
    """One square. `out`: of the month before or after."""

    on: date
    out: bool
    today: bool
    rows: tuple[T, ...] = ()
    more: int = 0


class Month(msgspec.Struct, Generic[T], frozen=True):
    """Whole weeks around one month. `before`, `after`: "2026-10", or "" where the calendar ends."""

    first: date
    weeks: tuple[tuple[Day[T], ...], ...]
    before: str
    after: str

    @property
    def key(self) -> str:
        """2026-11."""
        return f"{self.first:%Y-%m}"


def month_of(asked: str, today: date) -> date:
    """The first day of the month "2026-11"; of today's for anything else."""
    try:
        first = date.fromisoformat(f"{asked}-01") if len(asked) == 7 else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)
    return first if FIRST <= first.year < LAST else today.replace(day=1)


def bounds(first: date) -> tuple[date, date]:
    """The first day shown for this month, and the day after the last one."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return weeks[0][0], weeks[-1][-1] + timedelta(days=1)


def grid(first: date, today: date, rows: Iterable[T]) -> Month[T]:
    """The month with each row in its square, by the clock of the place where it is."""
    placed: dict[date, list[T]] = {}
    for row in rows:
        placed.setdefault(row.starts_local.date(), []).append(row)

    def square(on: date) -> Day[T]:
        here = placed.get(on, [])
        shown = here if len(here) <= DAYS_SHOWN else here[: DAYS_SHOWN - 1]
        return Day(on, on.month != first.month, on == today, tuple(shown), len(here) - len(shown))

    weeks = Calendar().monthdatescalendar(first.year, first.month)
    before, after = first - timedelta(days=1), (first + timedelta(days=32)).replace(day=1)
    return Month(
        first, tuple(tuple(square(on) for on in week) for week in weeks),
        f"{before:%Y-%m}" if before.year >= FIRST else "", f"{after:%Y-%m}" if after.year < LAST else "",
    )  # fmt: skip
