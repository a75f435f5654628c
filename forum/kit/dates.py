"""Dates and numbers in words, per locale and zone. Babel is slow, so results are cached by the minute."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime, format_timedelta, get_timezone_location
from babel.numbers import format_decimal

BABEL = {"en": "en_GB", "it": "it_IT"}
DAYS_AGO = {"en": {1: "yesterday"}, "it": {1: "ieri", 2: "l’altro ieri"}}
"""Days that have a name of their own. Source: CLDR, field "day", relative."""


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
    """`seconds`: whole days, hours or minutes. The threshold keeps 23 hours from being "1 day"."""
    back = timedelta(seconds=-seconds)
    return str(format_timedelta(back, threshold=1, add_direction=True, format="long", locale=BABEL[locale]))


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


def said(at: datetime, pattern: str, *, locale: str, timezone: str) -> str:
    """`at` by a pattern of CLDR ("EEEE d MMMM y"), on the clocks of `timezone`."""
    return _formatted(_minute(at), pattern, locale, timezone)


@lru_cache(512)
def city(timezone: str, locale: str) -> str:
    """The city that a zone is named after: "Rome", "Roma", "New York"; UTC is UTC."""
    if timezone in {"UTC", "Etc/UTC"}:
        return "UTC"
    return str(get_timezone_location(zone(timezone), locale=BABEL[locale], return_city=True))


def ago(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """As in "12 minutes ago", "23 hours ago", "yesterday", "3 days ago"; after six days the date.

    From 24 hours on the reader's calendar counts: last night's 23:50 and this morning's 00:10 are different days.
    """
    seconds = max(0, int((now - at).total_seconds()))
    if seconds > 6 * 86400:
        return day(at, now=now, locale=locale, timezone=timezone)
    if seconds < 60:
        return {"it": "adesso"}.get(locale, "just now")
    days = _days_between(at, now, timezone) if seconds >= 86400 else 0
    if days:
        return DAYS_AGO[locale].get(days) or _ago(days * 86400, locale)
    unit = 3600 if seconds >= 3600 else 60
    return _ago(min(seconds, 86399) // unit * unit, locale)  # a day may have 25 hours


def _days_between(at: datetime, now: datetime, timezone: str) -> int:
    """Midnights between the two, where the reader is."""
    here = zone(timezone)
    return (now.astimezone(here).date() - at.astimezone(here).date()).days


@lru_cache(4096)
def number(value: float, locale: str) -> str:
    """1,106 or 1.106."""
    return str(format_decimal(value, locale=BABEL[locale]))
