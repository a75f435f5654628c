"""Times as exports write them, some of them odd."""

import re
from datetime import UTC, datetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d{1,14}(\.\d+)?")
MILLISECONDS = 100_000_000_000  # a number of seconds above this would be after the year 5138


def moment(raw: str | float | None, now: datetime) -> datetime | None:
    """`raw` as an aware UTC datetime; None when it cannot be read, or lies before 1970 or after `now`.

    Read: ISO 8601 with or without zone (none: UTC), a date alone, Unix seconds or milliseconds.
    """
    try:
        found = _read(raw)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and EARLIEST <= found <= now else None


def _read(raw: str | float | None) -> datetime | None:
    if isinstance(raw, str):
        text = raw.strip()
        if not _NUMBER.fullmatch(text):
            found = datetime.fromisoformat(text.replace(" UTC", "Z"))
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if len(text) == 8:  # 20180830 is a day, not a second of August 1970
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
        raw = float(text)
    if raw is None:
        return None
    return datetime.fromtimestamp(raw / 1000 if abs(raw) > MILLISECONDS else raw, UTC)
