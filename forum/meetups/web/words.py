"""When a meetup is, in words: on the clocks of the place, and on the reader's where they differ."""

from datetime import datetime
from functools import lru_cache

import msgspec

from forum.kit.dates import city, said, zone
from forum.kit.i18n import N_, Text, translate

DAY, DAY_HERE = "EEEE d MMMM y", "EEEE d MMMM"
HOUR = "HH:mm"


class When(msgspec.Struct, frozen=True):
    """One date in words. What is wall time is that of the place."""

    iso: str
    """For machines: 2026-11-28T10:00+01:00."""
    weekday: str
    day: str
    month: str
    month_short: str
    date: str
    """Saturday 28 November 2026; the year is left out while it is this one."""
    start: str
    """10:00."""
    span: str
    """Saturday 28 November 2026, from 10:00 to 13:30."""
    zone: str
    """Rome time (CET)."""
    yours: str = ""
    """The span on the reader's own clocks; empty when they show the same."""
    yours_zone: str = ""

    @property
    def brief(self) -> str:
        """Saturday 28 November, 10:00."""
        return f"{self.date}, {self.start}"


def when(starts: datetime, ends: datetime, timezone: str, *, locale: str, now: datetime, reader: str = "") -> When:
    """`starts` and `ends` in words. `reader`: the IANA zone of whoever reads; empty: nobody knows (guests, mails)."""
    return _when(starts, ends, timezone, locale, now.astimezone(zone(timezone)).year, reader)


@lru_cache(4096)
def _when(starts: datetime, ends: datetime, timezone: str, locale: str, year: int, reader: str) -> When:
    def on(at: datetime, pattern: str) -> str:
        return said(at, pattern, locale=locale, timezone=timezone)

    local = starts.astimezone(zone(timezone))
    differs = bool(reader) and _offsets(starts, ends, timezone) != _offsets(starts, ends, reader)
    return When(
        iso=local.isoformat(timespec="minutes"), weekday=on(starts, "EEE"), day=on(starts, "d"),
        month=on(starts, "LLLL"), month_short=on(starts, "LLL"),
        date=capital(on(starts, DAY_HERE if local.year == year else DAY)),
        start=on(starts, HOUR), span=span(starts, ends, timezone, locale=locale), zone=zone_words(starts, timezone, locale),
        yours=span(starts, ends, reader, locale=locale) if differs else "",
        yours_zone=zone_words(starts, reader, locale) if differs else "",
    )  # fmt: skip


def _offsets(starts: datetime, ends: datetime, timezone: str) -> tuple[object, object]:
    there = zone(timezone)
    return starts.astimezone(there).utcoffset(), ends.astimezone(there).utcoffset()


def span(starts: datetime, ends: datetime, timezone: str, *, locale: str) -> str:
    """From when to when, on the clocks of `timezone`."""
    here = zone(timezone)
    words = {
        "day": capital(said(starts, DAY, locale=locale, timezone=timezone)),
        "start": said(starts, HOUR, locale=locale, timezone=timezone),
        "last": said(ends, DAY, locale=locale, timezone=timezone),
        "end": said(ends, HOUR, locale=locale, timezone=timezone),
    }
    if starts.astimezone(here).date() == ends.astimezone(here).date():
        return translate(Text(N_("%(day)s, from %(start)s to %(end)s"), words), locale)
    return translate(Text(N_("%(day)s, from %(start)s, until %(last)s at %(end)s"), words), locale)


def zone_words(at: datetime, timezone: str, locale: str) -> str:
    """Whose clocks: "Rome time (CET)"."""
    name = city(timezone, locale)
    short = at.astimezone(zone(timezone)).tzname() or ""
    if name == "UTC":
        return name
    if not short.isalpha():  # zones without letters of their own say "+03"
        short = f"UTC{short}"
    return translate(Text(N_("%(city)s time (%(short)s)"), {"city": name, "short": short}), locale)


def capital(words: str) -> str:
    """The first letter of a line, large."""
    return words[:1].upper() + words[1:]
