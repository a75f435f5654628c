"""Turning the leaves of the calendar: "2026-11". Pure."""

from datetime import date, timedelta

FIRST, LAST = 2000, 2100  # years one can turn to


def month_of(asked: str, today: date) -> date:
    """The first day of the month "2026-11"; of today's for anything else."""
    try:
        first = date.fromisoformat(f"{asked}-01") if len(asked) == 7 else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)
    return first if FIRST <= first.year < LAST else today.replace(day=1)


def before(first: date) -> str:
    """The month before, as an address says it; empty where the calendar begins."""
    last = first - timedelta(days=1)
    return f"{last:%Y-%m}" if last.year >= FIRST else ""


def after(first: date) -> str:
    """The month after; empty where the calendar ends."""
    following = (first + timedelta(days=32)).replace(day=1)
    return f"{following:%Y-%m}" if following.year < LAST else ""
