"""A page as templates read it: the figures, already in words."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace

import msgspec

from forum.feedback.exports import phrases, tables
from forum.feedback.exports.formats.texts import promise_state
from forum.feedback.exports.shapes import Document, ItemLine, MeetupLine, Promise, ThemeLine, Trend
from forum.kit.i18n import N_


class Said(msgspec.Struct, frozen=True):
    """Says what stands on a page, in one language. `base`: before every path; empty on the site itself."""

    page: Document
    base: str = ""

    @property
    def locale(self) -> str:
        """The page's language."""
        return self.page.locale

    @property
    def period(self) -> str:
        """As in "1–31 October 2026"."""
        return phrases.period(self.page.starts, self.page.last, self.locale)

    @property
    def period_before(self) -> str:
        """The days compared with."""
        return phrases.period(self.page.before, self.page.before_last, self.locale)

    @property
    def made(self) -> str:
        """The day of the snapshot."""
        return phrases.day(self.page.made_at.date(), self.locale)

    @property
    def taken_out(self) -> str:
        """Empty while nothing was."""
        return phrases.taken_out(self.page)

    @property
    def polarity(self) -> str:
        """Empty without a signal."""
        return phrases.polarity(self.page.polarity, self.locale) if self.page.polarity else ""

    def people(self, value: int | None) -> str:
        """38, or "<5"."""
        return phrases.people(value, self.locale)

    def difference(self, trend: Trend) -> str:
        """+29, or "small numbers"."""
        return phrases.difference(trend, self.locale)

    def percentage(self, trend: Trend) -> str:
        """+6%, or "small numbers"."""
        return phrases.percentage(trend, self.locale)

    def day(self, at: date) -> str:
        """4 October 2026."""
        return phrases.day(at, self.locale)

    def short(self, at: date) -> str:
        """4 Oct."""
        return phrases.short_day(at, self.locale, year=self.page.starts.year)

    def status(self, line: ItemLine) -> str:
        """Where it stands, and with whom."""
        return phrases.status(line.status, self.locale)

    def title(self, line: ItemLine) -> str:
        """What it is about; at the level counts its kind and number."""
        return line.title or f"{phrases.kind(line.kind, self.locale)} {line.id}"

    def meetup(self, line: MeetupLine) -> str:
        """How many came, and how it was."""
        return phrases.meetup(line, self.locale, year=self.page.starts.year)

    def missing(self, line: MeetupLine) -> str:
        """What was missed."""
        return phrases.missing(line, self.locale)

    def promise(self, promise: Promise) -> str:
        """Kept, overdue, open."""
        return promise_state(promise.kept, promise.late, self.locale)

    def course(self, line: ThemeLine) -> str:
        """Where it goes."""
        return phrases.say(phrases.COURSES[line.course], self.locale)

    @property
    def moves(self) -> list[ThemeLine]:
        """Themes that rise, then those that fade."""
        return [*self.page.moving("new", "returning", "rising"), *self.page.moving("fading")]

    @property
    def figures(self) -> list[tuple[str, str]]:
        """(label, value) of the head, all of them."""
        return [
            (tables.figure_label(key, self.locale), tables.plain(value)) for key, value in tables.figures(self.page)
        ]

    @property
    def tables(self) -> Sequence[SimpleNamespace]:
        """All items and themes, in cells."""
        return self.first(len(self.page.lines))

    def first(self, most: int) -> Sequence[SimpleNamespace]:
        """The same with at most so many items: the weightiest."""
        all_of_them = len(self.page.lines) <= most
        rows = {
            N_("All items") if all_of_them else N_("The weightiest items"): (
                tables.ITEMS,
                [tables.item(it, self.locale) for it in self.page.lines[:most]],
            ),
            N_("Themes"): (tables.THEMES, [tables.theme(it, self.locale) for it in self.page.themes]),
        }
        return [
            SimpleNamespace(
                title=phrases.say(title, self.locale), heads=tables.labels(columns, self.locale),
                rows=[[tables.plain(cell) for cell in row] for row in found],
            )
            for title, (columns, found) in rows.items()
            if found
        ]  # fmt: skip
