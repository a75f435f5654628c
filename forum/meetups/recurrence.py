"""When a series comes again: a subset of RFC 5545's RRULE, as text in `Meetup.rule`, expanded in wall time.

    FREQ=DAILY · FREQ=WEEKLY[;BYDAY=SA,SU] · FREQ=MONTHLY;BYMONTHDAY=15 · FREQ=MONTHLY;BYDAY=2SA · …;BYDAY=-1FR
    each with [;INTERVAL=n] and either [;COUNT=n] or [;UNTIL=20271231] (a date on the wall, inclusive)

A date that a month does not have (the 31st) is left out, as the RFC says. A "fifth Saturday" is refused: most months
have none; "last" is what people mean.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import msgspec
from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: Final = ("daily", "weekly", "monthly_date", "monthly_day")
MAX_INTERVAL: Final = 12
MAX_COUNT: Final = 200
_WEEKDAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
_FREQ = {"daily": DAILY, "weekly": WEEKLY, "monthly_date": MONTHLY, "monthly_day": MONTHLY}
_NTH = re.compile(r"(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")


class BadRule(ValueError):
    """Not a rule that a series may have. `field`: which part of it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Rule(msgspec.Struct, frozen=True):
    """A rule in parts. `days`: 0 Monday … 6 Sunday, weekly. `nth` (1–4, or -1: last) and `day`: monthly_day.

    `month_day` 0: the day of the first date.
    """

    freq: str
    interval: int = 1
    days: tuple[int, ...] = ()
    month_day: int = 0
    nth: int = 0
    day: int = 0
    count: int | None = None
    until: date | None = None

    def check(self) -> None:
        """Raises BadRule."""
        problems = {
            "freq": self.freq not in FREQUENCIES,
            "interval": not 1 <= self.interval <= MAX_INTERVAL,
            "days": any(not 0 <= day <= 6 for day in self.days),
            "month_day": self.freq == "monthly_date" and not 0 <= self.month_day <= 31,
            "nth": self.freq == "monthly_day" and (self.nth not in {1, 2, 3, 4, -1} or not 0 <= self.day <= 6),
            "count": self.count is not None and not 1 <= self.count <= MAX_COUNT,
            "until": self.count is not None and self.until is not None,
        }
        for field, wrong in problems.items():
            if wrong:
                raise BadRule(field)

    def __str__(self) -> str:
        """As the database and RFC 5545 spell it."""
        parts = [f"FREQ={self.freq.partition('_')[0].upper()}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.freq == "weekly" and self.days:
            parts.append("BYDAY=" + ",".join(DAYS[day] for day in sorted(set(self.days))))
        if self.freq == "monthly_date" and self.month_day:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.freq == "monthly_day":
            parts.append(f"BYDAY={self.nth}{DAYS[self.day]}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)


def parse(text: str) -> Rule:
    """A rule from its text. Raises BadRule for what is no rule, or none of the subset."""
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
    freq, by_day = parts.pop("FREQ", "").lower(), parts.pop("BYDAY", "")
    rule = Rule(
        freq, _number(parts, "INTERVAL", 1), month_day=_number(parts, "BYMONTHDAY", 0),
        count=_number(parts, "COUNT", 0) or None, until=_until(parts.pop("UNTIL", "")),
    )  # fmt: skip
    parts.pop("WKST", None)
    if parts:
        raise BadRule(next(iter(parts)).lower())
    rule = _with_days(rule, by_day)
    rule.check()
    return rule


def _with_days(rule: Rule, by_day: str) -> Rule:
    if rule.freq == "monthly":
        if not by_day:
            return msgspec.structs.replace(rule, freq="monthly_date")
        found = _NTH.fullmatch(by_day)
        if found is None or rule.month_day:
            raise BadRule("nth")
        return msgspec.structs.replace(rule, freq="monthly_day", nth=int(found[1]), day=DAYS.index(found[2]))
    if rule.month_day or (by_day and rule.freq != "weekly"):
        raise BadRule("days")
    names = by_day.split(",") if by_day else []
    if any(name not in DAYS for name in names):
        raise BadRule("days")
    return msgspec.structs.replace(rule, days=tuple(sorted({DAYS.index(name) for name in names})))


def _number(parts: dict[str, str], key: str, default: int) -> int:
    text = parts.pop(key, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise BadRule(key.lower())
    return int(text)


def _until(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007  a date on the wall has no zone
    except ValueError:
        raise BadRule("until") from None


def dates(rule: str, starts: datetime) -> Iterator[datetime]:
    """Every wall time of the series in order, the first one included, wherever it falls; without end if the rule has.

    The first date is what was announced, and counts (RFC 5545, 3.8.5.3), even if the rule would not name it.
    """
    if not rule:
        yield starts
        return
    it = parse(rule)
    yield starts
    left = it.count - 1 if it.count is not None else None
    for wall in _expanded(it, starts):
        if wall <= starts:
            continue
        if (it.until is not None and wall.date() > it.until) or left == 0:
            return
        yield wall
        left = None if left is None else left - 1


def _expanded(it: Rule, starts: datetime) -> Iterator[datetime]:
    more: dict[str, object] = {}
    if it.freq == "weekly" and it.days:
        more["byweekday"] = [_WEEKDAYS[DAYS[day]] for day in it.days]
    if it.freq == "monthly_date" and it.month_day:
        more["bymonthday"] = it.month_day
    if it.freq == "monthly_day":
        more["byweekday"] = _WEEKDAYS[DAYS[it.day]](it.nth)
    yield from rrule(_FREQ[it.freq], dtstart=starts, interval=it.interval, wkst=MO, **more)  # type: ignore[arg-type]


def suggestions(starts: datetime) -> dict[str, str]:
    """Rules that fit a first date, by name: what a form offers. "nth" is left out in a fifth week; "last" if it is."""
    day, week = DAYS[starts.weekday()], (starts.day - 1) // 7 + 1
    found = {
        "daily": "FREQ=DAILY", "weekly": f"FREQ=WEEKLY;BYDAY={day}",
        "fortnightly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}", "monthly": f"FREQ=MONTHLY;BYMONTHDAY={starts.day}",
    }  # fmt: skip
    if week <= 4:
        found["nth"] = f"FREQ=MONTHLY;BYDAY={week}{day}"
    if starts.day + 7 > _days_in_month(starts):
        found["last"] = f"FREQ=MONTHLY;BYDAY=-1{day}"
    return found


def _days_in_month(at: datetime) -> int:
    following = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return (following - date(at.year, at.month, 1)).days
