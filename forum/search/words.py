"""What filters are called, in the reader's language."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from forum.categories.queries import House
from forum.kit import dates
from forum.kit.i18n import N_, Message, Text, translate
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.search import language
from forum.search.filters import today
from forum.search.views import Chip

FIXED: dict[tuple[str, str], str] = {
    ("in", "title"): N_("only in titles"),
    ("has", "image"): N_("with pictures"),
    ("is", "unanswered"): N_("without an answer"),
}
NAMED: dict[str, str] = {
    "category": N_("in %(value)s"),
    "tag": N_("tag %(value)s"),
    "author": N_("by %(value)s"),
    "before": N_("before %(value)s"),
    "after": N_("from %(value)s on"),
}
NEGATIVE: dict[str, str] = {
    "category": N_("not in %(value)s"),
    "tag": N_("without the tag %(value)s"),
    "author": N_("not by %(value)s"),
}
PERIODS: dict[str, str] = {
    "7": N_("The last 7 days"), "30": N_("The last 30 days"), "365": N_("The last year"),
}  # fmt: skip
EXAMPLES: tuple[tuple[str, str], ...] = (
    (N_("brake pads wet"), N_("all of these words, in any form and order")),
    (N_("\"wet roads\""), N_("these words, one after the other, in any form")),
    (N_("pads -sintered"), N_("without a word")),
    (N_("in:title firmware"), N_("only in the titles of threads")),
    (N_("author:nadia.f"), N_("only what one member wrote")),
    (N_("tag:brakes after:2026-01"), N_("with this tag, since January 2026")),
    (N_("is:unanswered"), N_("threads that nobody has answered yet")),
    (N_("has:image before:2026"), N_("with pictures, before 2026")),
)  # fmt: skip
"""Searches to try, and what they find."""


class Labelled(msgspec.Struct, frozen=True):
    """A filter in words, and the search without it."""

    label: str
    href: str


class Reader(msgspec.Struct, frozen=True):
    """Who reads: what says names and dates."""

    actor: Actor
    locale: str
    now: datetime

    @property
    def today(self) -> date:
        """The day that it is where they are."""
        return today(self.actor, self.now)


def chip_words(chip: Chip, house: House, reader: Reader) -> str:
    """What a filter is called: "in Officina", "from 1 May on"."""
    fixed = FIXED.get((chip.kind, chip.value))
    if fixed:
        return translate(fixed, reader.locale)
    said: Message = (NEGATIVE if chip.negative else NAMED).get(chip.kind, "")
    if not said:
        return f"{chip.kind}: {chip.value}"
    value = _SAID.get(chip.kind, _as_it_is)(chip.value, house, reader)
    return translate(Text(str(said), {"value": value}), reader.locale)


def _as_it_is(value: str, _house: House, _reader: Reader) -> str:
    return value


def _category(value: str, house: House, reader: Reader) -> str:
    found = house.by_slug(value)
    return found.name if found and may_see(reader.actor, found) else value


def _date(value: str, _house: House, reader: Reader) -> str:
    found = language.day(value, reader.today)
    if found is None:
        return value
    noon = datetime.combine(found, time(12), UTC)
    return dates.day(noon, now=reader.now, locale=reader.locale, timezone="UTC")


def _author(value: str, _house: House, _reader: Reader) -> str:
    return f"@{value}"


_SAID: dict[str, Callable[[str, House, Reader], str]] = {
    "category": _category, "before": _date, "after": _date, "author": _author,
}  # fmt: skip


def labelled(chips: Sequence[Chip], house: House, reader: Reader) -> list[Labelled]:
    """All filters that count now, in words."""
    return [Labelled(chip_words(chip, house, reader), chip.href) for chip in chips]


def query_words(query: str, house: House, reader: Reader) -> str:
    """A whole search in words: "pads wet, in Officina, from 1 May on"."""
    read = language.parse(query, today=reader.today)
    text = language.clean(query)
    for filter_ in reversed(read.filters):
        text = text[: filter_.start] + " " + text[filter_.end :]
    filters = [chip_words(Chip(it.kind, it.value, it.negative, ""), house, reader) for it in read.filters]
    return ", ".join(part for part in (" ".join(text.split()), *filters) if part)
