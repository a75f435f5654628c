"""Dates and numbers in words, per locale and zone. Babel is slow, so results are cached by the minute."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal

BABEL = {"en": "en_GB", "it": "it_IT"}


@lru_cache(256)
def zone(name: str) -> ZoneInfo:
    """The IANA zone `name`; UTC when there is none of that name (a zone that was renamed away)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@lru_cache(8192)
def _formatted(minute: int, pattern: str, locale: str, timezone: str) -> str:
    at = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone(timezone))
    return str(format_datetime(at, pattern, locale=BABEL[locale]))


@lru_cache(2048)
def _ago(seconds: int, locale: str) -> str:
    return str(format_timedelta(timedelta(seconds=-seconds), add_direction=True, format="long", locale=BABEL[locale]))


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _this_year(at: datetime, now: datetime, timezone: str) -> bool:
    return _formatted(_minute(at), "y", "en", timezone) == _formatted(_minute(now), "y", "en", timezone)


def day(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """As in "3 November", "3 novembre"; with the year when it is another one."""
    pattern = "d MMMM" if _this_year(at, now, timezone) else "d MMMM y"
    return _formatted(_minute(at), pattern, locale, timezone)


def weekday(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """As in "Saturday 5 December", "sabato 5 dicembre"; with the year when it is another one.

    In Italian a sentence can go on with it whatever the number: "da sabato 5", where "dal 5" would be "dall’8".
    """
    pattern = "EEEE d MMMM" if _this_year(at, now, timezone) else "EEEE d MMMM y"
    return _formatted(_minute(at), pattern, locale, timezone)


def moment(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """As in "3 Nov, 21:14"; with the year when it is another one."""
    pattern = "d MMM, HH:mm" if _this_year(at, now, timezone) else "d MMM y, HH:mm"
    return _formatted(_minute(at), pattern, locale, timezone)


def full(at: datetime, *, locale: str, timezone: str) -> str:
    """As in "Tuesday 3 November 2026, 21:14": for titles and mails."""
    return _formatted(_minute(at), "EEEE d MMMM y, HH:mm", locale, timezone)


def ago(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """As in "12 minutes ago", "3 hours ago", "2 days ago"; after six days the date."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds > 6 * 86400:
        return day(at, now=now, locale=locale, timezone=timezone)
    if seconds < 60:
        return {"it": "adesso"}.get(locale, "just now")
    for unit in (86400, 3600, 60):
        if seconds >= unit:
            return _ago(seconds // unit * unit, locale)
    raise AssertionError("unreachable")


@lru_cache(4096)
def number(value: float, locale: str) -> str:
    """1,106 or 1.106."""
    return str(format_decimal(value, locale=BABEL[locale]))
