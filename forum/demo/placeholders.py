"""What the loader fills in: `{quote:3|words}`, `{day:+9,sat}`, `{iso:-40}`, `{year:+1}`. So the demo looks fresh."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from babel.dates import format_date

from forum.kit.dates import BABEL

QUOTE = re.compile(r"^\{quote:(\d+)\|(.+)\}$", re.M)
DAY = re.compile(r"\{day:([+-]\d+)(?:,(mon|tue|wed|thu|fri|sat|sun))?\}")
ISO = re.compile(r"\{iso:([+-]\d+)\}")
YEAR = re.compile(r"\{year:([+-]\d+)\}")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def fill(text: str, *, today: date, locale: str, quote: Callable[[int, str], str] | None = None) -> str:
    """`text` with real dates and quotes. `quote`: makes the quotation of words from post number N of the thread."""

    def day(match: re.Match[str]) -> str:
        at = today + timedelta(days=int(match[1]))
        if match[2] is None:
            return format_date(at, "d MMMM", locale=BABEL[locale])
        at += timedelta(days=(WEEKDAYS.index(match[2]) - at.weekday()) % 7)
        return format_date(at, "EEEE d MMMM", locale=BABEL[locale])

    text = DAY.sub(day, text)
    text = ISO.sub(lambda match: (today + timedelta(days=int(match[1]))).isoformat(), text)
    text = YEAR.sub(lambda match: str(today.year + int(match[1])), text)
    if quote is None:
        return text
    make = quote
    return QUOTE.sub(lambda match: make(int(match[1]), match[2]).rstrip("\n"), text)
