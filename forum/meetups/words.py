"""When a meetup is, in words: on the clocks of the place, and on the reader's where they differ."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

import msgspec
from babel.dates import format_date
from babel.lists import format_list

from forum.kit.dates import BABEL, city, said, zone
from forum.kit.i18n import N_, NN_, Text, translate
from forum.meetups import recurrence

DAY, DAY_HERE = "EEEE d MMMM y", "EEEE d MMMM"
HOUR = "HH:mm"
SUNDAY = 6


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
    date_inside: str = ""
    """`date` as it stands inside a sentence: Italian days are small."""
    span_inside: str = ""
    yours: str = ""
    """The span on the reader's own clocks, as it stands inside a sentence; empty when they show the same."""
    yours_zone: str = ""
    yours_brief: str = ""
    """When it begins on the reader's own clocks: the hour, with the day where that differs, too."""

    @property
    def brief(self) -> str:
        """Saturday 28 November, 10:00."""
        return f"{self.date}, {self.start}"


def when(starts: datetime, ends: datetime, timezone: str, *, locale: str, now: datetime, reader: str = "") -> When:
    """`starts` and `ends` in words. `reader`: the IANA zone of whoever reads; empty: nobody knows (guests, mails)."""
    return _when(starts, ends, timezone, locale, now.astimezone(zone(timezone)).year, reader)


class Timed(Protocol):
    """A date of a meetup, as far as its words go."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def timezone(self) -> str: ...


def sayer(locale: str, now: datetime, reader: str) -> Callable[[Timed], When]:
    """A function that says dates to one reader. `reader`: as for `when`."""
    return lambda date: when(date.starts_at, date.ends_at, date.timezone, locale=locale, now=now, reader=reader)


@lru_cache(4096)
def _when(starts: datetime, ends: datetime, timezone: str, locale: str, year: int, reader: str) -> When:
    def on(at: datetime, pattern: str) -> str:
        return said(at, pattern, locale=locale, timezone=timezone)

    local = starts.astimezone(zone(timezone))
    date = on(starts, DAY_HERE if local.year == year else DAY)
    differs = bool(reader) and _offsets(starts, ends, timezone) != _offsets(starts, ends, reader)
    return When(
        iso=local.isoformat(timespec="minutes"), weekday=on(starts, "EEE"), day=on(starts, "d"),
        month=on(starts, "LLLL"), month_short=on(starts, "LLL"),
        date=capital(date), date_inside=date,
        start=on(starts, HOUR), span=capital(span(starts, ends, timezone, locale=locale)),
        span_inside=span(starts, ends, timezone, locale=locale),
        zone=zone_words(starts, timezone, locale),
        yours=span(starts, ends, reader, locale=locale) if differs else "",
        yours_zone=zone_words(starts, reader, locale) if differs else "",
        yours_brief=_brief(starts, timezone, reader, locale) if differs else "",
    )  # fmt: skip


def _brief(starts: datetime, timezone: str, reader: str, locale: str) -> str:
    there, here = (starts.astimezone(zone(name)).date() for name in (timezone, reader))
    return said(starts, HOUR if there == here else f"{DAY_HERE}, {HOUR}", locale=locale, timezone=reader)


def _offsets(starts: datetime, ends: datetime, timezone: str) -> tuple[object, object]:
    there = zone(timezone)
    return starts.astimezone(there).utcoffset(), ends.astimezone(there).utcoffset()


def span(starts: datetime, ends: datetime, timezone: str, *, locale: str) -> str:
    """From when to when, on the clocks of `timezone`, as it stands inside a sentence."""
    here = zone(timezone)
    words = {
        "day": said(starts, DAY, locale=locale, timezone=timezone),
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
    return translate(Text(N_("%(city)s\N{NO-BREAK SPACE}time (%(short)s)"), {"city": name, "short": short}), locale)


def capital(words: str) -> str:
    """The first letter of a line, large."""
    return words[:1].upper() + words[1:]


NTH = {
    1: N_("first %(day)s"), 2: N_("second %(day)s"), 3: N_("third %(day)s"), 4: N_("fourth %(day)s"),
    -1: N_("last %(day)s"),
}  # fmt: skip
NTH_SUNDAY = {
    1: N_("first Sunday"), 2: N_("second Sunday"), 3: N_("third Sunday"), 4: N_("fourth Sunday"),
    -1: N_("last Sunday"),
}  # fmt: skip
"""Sundays have words of their own: in Italian they are feminine, the other days are not."""


def rule_words(rule: str, locale: str) -> str:
    """How a series comes again: "Every last Saturday of the month"; empty for what takes place once."""
    if not rule:
        return ""
    it = recurrence.parse(rule)
    words = translate(_every(it, locale), locale)
    if it.until is not None:
        until = _date(it.until, locale)
        words = translate(Text(N_("%(rule)s, until %(day)s"), {"rule": words, "day": until}), locale)
    if it.count is not None:
        one, many = NN_("%(rule)s, %(n)s time", "%(rule)s, %(n)s times")
        words = translate(Text(one, {"rule": words, "n": it.count}, many), locale)
    return capital(words)


def _every(it: recurrence.Rule, locale: str) -> Text:
    if it.freq == "daily":
        one, many = NN_("every day", "every %(n)s days")
        return Text(one, {"n": it.interval}, many)
    if it.freq == "weekly":
        days = format_list([weekday(day, locale) for day in it.days], locale=BABEL[locale]) if it.days else ""
        if not days:
            one, many = NN_("every week", "every %(n)s weeks")
        elif it.interval == 1:
            return Text(N_("every %(days)s"), {"days": days})
        else:
            one, many = NN_("every week on %(days)s", "every %(n)s weeks on %(days)s")
        return Text(one, {"n": it.interval, "days": days}, many)
    if it.freq == "monthly_date":
        one, many = NN_("every month on the %(day)s", "every %(n)s months on the %(day)s")
        return Text(one, {"n": it.interval, "day": it.month_day}, many)
    which = Text(NTH_SUNDAY[it.nth]) if it.day == SUNDAY else Text(NTH[it.nth], {"day": weekday(it.day, locale)})
    one, many = NN_("every %(which)s of the month", "every %(n)s months: %(which)s")
    return Text(one, {"n": it.interval, "which": which}, many)


def weekday(day: int, locale: str) -> str:
    """0 Monday … 6 Sunday, in words."""
    return str(format_date(date(2024, 1, 1 + day), "EEEE", locale=BABEL[locale]))


def _date(on: date, locale: str) -> str:
    return str(format_date(on, "d MMMM y", locale=BABEL[locale]))


def month_name(first: date, locale: str) -> str:
    """November 2026."""
    return capital(str(format_date(first, "LLLL y", locale=BABEL[locale])))


def week(locale: str) -> tuple[tuple[str, str], ...]:
    """(short, long) names of the days, Monday first."""
    names = [date(2024, 1, 1 + day) for day in range(7)]
    return tuple(
        (str(format_date(on, "ccc", locale=BABEL[locale])), str(format_date(on, "cccc", locale=BABEL[locale])))
        for on in names
    )


def day_name(on: date, locale: str) -> str:
    """Saturday 28 November."""
    return str(format_date(on, "EEEE d MMMM", locale=BABEL[locale]))


def moment(at: datetime, timezone: str, locale: str) -> str:
    """Thursday 26 November, 20:00."""
    return said(at, f"{DAY_HERE}, {HOUR}", locale=locale, timezone=timezone)
