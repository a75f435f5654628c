"""What the rules look like to whoever reads them."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from forum.guidelines.text import titles

ASKED_AFTER: Final = timedelta(days=30)
"""So long after new rules took effect whoever has not read them yet is still asked to."""


class Rule(NamedTuple):
    """One rule. `number`: "1", "2" …, as decisions cite it."""

    number: str
    title_en: str
    title_it: str

    def title(self, locale: str) -> str:
        """Its words in `locale`; English for any other language."""
        return self.title_it if locale == "it" else self.title_en


class Guidelines(msgspec.Struct, frozen=True):
    """One version. `effective_at` None: from the first day (the built-in text), or a draft that has no day yet.

    `announced_at` None: a draft, or the built-in text. `version`: of the draft, grows with every save.
    """

    number: int
    source_en: str
    source_it: str
    html_en: str
    html_it: str
    changes_en: str = ""
    changes_it: str = ""
    significant: bool = False
    announced_at: datetime | None = None
    effective_at: datetime | None = None
    withdrawn_at: datetime | None = None
    version: int = 1

    def source(self, locale: str) -> str:
        """The Markdown in `locale`."""
        return self.source_it if locale == "it" else self.source_en

    def html(self, locale: str) -> str:
        """Sanitised HTML; each rule stands under an anchor: `#rule-3`."""
        return self.html_it if locale == "it" else self.html_en

    def changes(self, locale: str) -> str:
        """What is new, one paragraph of plain words; may be empty."""
        return self.changes_it if locale == "it" else self.changes_en

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in order. A draft may have more titles in one language: then they end with the shorter."""
        pairs = zip(titles(self.source_en), titles(self.source_it), strict=False)
        return tuple(Rule(str(number), *pair) for number, pair in enumerate(pairs, 1))

    @property
    def is_draft(self) -> bool:
        """Nobody but its managers knows it."""
        return self.announced_at is None and self.number > 1

    @property
    def url(self) -> str:
        """Its own address, for ever; `#rule-3` points to a rule."""
        return f"/guidelines/{self.number}"

    def state(self, now: datetime) -> str:
        """draft, withdrawn, announced (its day is to come) or public (in force, or once was)."""
        if self.is_draft:
            return "draft"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "announced" if self.effective_at is not None and self.effective_at > now else "public"


class Announcement(msgspec.Struct, frozen=True):
    """New rules that members are asked to read. Holds nothing that depends on the hour, so it may be kept."""

    number: int
    announced_at: datetime
    effective_at: datetime
    changes_en: str
    changes_it: str

    def changes(self, locale: str) -> str:
        """What is new, one paragraph."""
        return self.changes_it if locale == "it" else self.changes_en

    def asks(self, now: datetime) -> bool:
        """Is this the time to ask? From the announcement until `ASKED_AFTER` its day."""
        return self.announced_at <= now < self.effective_at + ASKED_AFTER

    @property
    def url(self) -> str:
        """Where the rules stand."""
        return f"/guidelines/{self.number}"


class Step(msgspec.Struct, frozen=True):
    """A line of the history. `until`: when the next one takes its place, if that is known."""

    number: int
    changes_en: str
    changes_it: str
    significant: bool
    announced_at: datetime | None
    effective_at: datetime | None
    withdrawn_at: datetime | None
    state: str
    """in_force, announced, over, withdrawn or draft."""
    until: datetime | None = None
    before: int | None = None
    """The version that this one is compared with; None for the first."""

    def changes(self, locale: str) -> str:
        """What was new, one paragraph; may be empty."""
        return self.changes_it if locale == "it" else self.changes_en
