"""People sleep: the content counts minutes, this keeps what was written out of the small hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Rome")
WAKE = 6.5  # hours after midnight
DAY = 24.0


def awake(at: datetime, now: datetime) -> datetime:
    """`at` moved into the waking hours of its day, in the same order as before and never after `now`.

    A whole day is squeezed into what lies between WAKE and midnight; today, into what lies between WAKE and now.
    """
    local, today = at.astimezone(HERE), now.astimezone(HERE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = _hours(local)
    end = _hours(today) if local.date() == today.date() else DAY
    if end <= WAKE:
        return at  # loaded before anybody is up
    moved = midnight + timedelta(hours=WAKE + hours / end * (end - WAKE))
    return min(moved.astimezone(UTC), now)


def _hours(local: datetime) -> float:
    return local.hour + local.minute / 60 + (local.second + local.microsecond / 1_000_000) / 3600
