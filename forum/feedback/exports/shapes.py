"""The snapshot as JSON, version 1: what every format is made of. `docs/feedback-export.schema.json` is made from it.

Whole people are never told apart in small groups: where a figure of people is null, it is one, two, three or four.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Privacy = Literal["counts", "paraphrase", "quotes"]
Kind = Literal["problem", "wish", "praise", "question", "risk"]
Course = Literal["new", "returning", "rising", "fading", "steady"]
People = Annotated[int | None, Meta(description="Distinct members, staff left out. Null: one to four.")]
Words = Annotated[str, Meta(description="Empty at the level counts.")]


class Trend(msgspec.Struct, frozen=True):
    """People in this period, and in the one before it that is as long."""

    now: People
    before: People
    delta: Annotated[int | None, Meta(description="Null where one of the two is null.")]
    percent: Annotated[int | None, Meta(description="Rounded. Null where one of the two is under five.")]
    small: Annotated[bool, Meta(description="One of the two is under five: no percentage.")]


class TeamName(msgspec.Struct, frozen=True):
    """Whose items these are."""

    slug: str
    name: str


class Quote(msgspec.Struct, frozen=True):
    """Words from a post that every guest may read, of a member who did not say no; names and addresses masked."""

    evidence: int
    said: date
    text: Annotated[str, Meta(description="Empty once it was taken out again.")]
    link: Annotated[str, Meta(description="Path on the site; empty for the survey of a meetup.")]
    redacted: bool = False


class ItemLine(msgspec.Struct, frozen=True):
    """An item that somebody spoke of in this period or the one before, or that is new in it."""

    id: int
    title: Words
    kind: Kind
    theme: str
    team: str
    area: Words
    pain: Annotated[int, Meta(ge=0, le=3)]
    status: str
    owner: Annotated[str, Meta(description="Initials of whoever has it in hand.")]
    created: date
    since: Annotated[date | None, Meta(description="The day of the oldest words that count.")]
    people: Trend
    priority: Annotated[int | None, Meta(description="people.now × max(pain, 1); null where people.now is.")]
    pieces: Annotated[int | None, Meta(description="Pieces of evidence of the period; null for one to four people.")]
    threads: Annotated[int | None, Meta(description="Distinct threads of the period; null for one to four people.")]
    withheld: Annotated[int | None, Meta(description="Pieces that may not be quoted: counted, not shown.")]
    late: Annotated[int, Meta(description="Days since the team should have read it; 0: in time.")]


class ThemeLine(msgspec.Struct, frozen=True):
    """What items are about."""

    id: int
    name: str
    above: Annotated[str, Meta(description="The theme it belongs to, or empty.")]
    items: int
    people: Trend
    course: Course
    done: Annotated[date | None, Meta(description="The newest day on which an item of it was done.")]


class TopLine(msgspec.Struct, frozen=True):
    """One of the five; `item` is found among `lines`."""

    item: int
    quotes: tuple[Quote, ...] = ()


class Missing(msgspec.Struct, frozen=True):
    """What was missed at a meetup."""

    title: str
    people: People


class MeetupLine(msgspec.Struct, frozen=True):
    """A meetup that ended in the period. `came`, `yes`: people with their guests."""

    title: Annotated[str, Meta(description="Empty at the level counts, and once it was taken out again.")]
    day: date
    came: People
    yes: People
    mean: Annotated[float | None, Meta(description="Mean mark of the survey, 1 to 5; null under five answers.")]
    answers: Annotated[int | None, Meta(description="Members, staff and teams left out. Null: one to four.")]
    missing: tuple[Missing, ...] = ()
    id: Annotated[int, Meta(description="Of the date whose title it is; 0 without one.")] = 0
    redacted: bool = False


class Ask(msgspec.Struct, frozen=True):
    """What is needed from the team."""

    item: int
    text: Words


class Promise(msgspec.Struct, frozen=True):
    """What the community was promised."""

    item: int
    text: Words
    due: date
    kept: bool
    late: bool


class Polarity(msgspec.Struct, frozen=True):
    """A hint, not a verdict."""

    points: Annotated[int | None, Meta(description="−100 to 100; null where what was scored is of one to four people.")]
    before: Annotated[int | None, Meta(description="The period before.")]
    scored: Annotated[int | None, Meta(description="Null where the document’s pieces are.")]
    total: Annotated[int | None, Meta(description="Null where the document’s pieces are.")]
    version: int
    corrected: Annotated[int | None, Meta(description="Null where the document’s pieces are.")]
    share: Annotated[
        int | None, Meta(description="In place of scored and total: per cent, to tens. Null for one to four people.")
    ] = None


class EvidenceLine(msgspec.Struct, frozen=True):
    """A piece of evidence that may be quoted; only at the level quotes."""

    id: int
    item: int
    said: date
    alias: Annotated[str, Meta(description="The author within this export; empty for one to four people.")]
    text: str
    link: str
    source: str
    redacted: bool = False


class Document(msgspec.Struct, frozen=True):
    """One run over one period. Every format carries `snapshot` and these figures."""

    version: Literal[1]
    snapshot: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    made_at: datetime
    site: str
    team: Annotated[TeamName | None, Meta(description="Null: all of them.")]
    starts: date
    ends: Annotated[date, Meta(description="The first day that does not count any more.")]
    before: Annotated[date, Meta(description="The first day of the period before.")]
    zone: Annotated[str, Meta(description="Whose midnights bound the days.")]
    privacy: Privacy
    locale: str
    headline: str
    heard: Trend
    items: Annotated[int, Meta(description="Items that somebody spoke of in the period.")]
    new: Annotated[int, Meta(description="Items collected in the period.")]
    answered: Annotated[int, Meta(description="Of `due`: read by the team in time.")]
    due: Annotated[int, Meta(description="Items that the team should have read by a day of the period.")]
    pieces: Annotated[
        int | None,
        Meta(description="Pieces of evidence of the period; null where they would tell those of one to four people."),
    ]
    top: tuple[TopLine, ...]
    praise: tuple[Quote, ...]
    meetups: tuple[MeetupLine, ...]
    asks: tuple[Ask, ...]
    promises: tuple[Promise, ...]
    polarity: Polarity | None
    method: tuple[str, ...]
    redacted: Annotated[int, Meta(description="Quotes and titles of meetups that stood here and may not any more.")]
    lines: tuple[ItemLine, ...]
    themes: tuple[ThemeLine, ...]
    evidence: tuple[EvidenceLine, ...] = ()

    @property
    def last(self) -> date:
        """The last day that counts."""
        return date.fromordinal(self.ends.toordinal() - 1)

    @property
    def before_last(self) -> date:
        """The last day of the period before."""
        return date.fromordinal(self.starts.toordinal() - 1)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All on the page: of the five, then the praise."""
        return (*(quote for top in self.top for quote in top.quotes), *self.praise)

    @property
    def titles_taken_out(self) -> int:
        """How many of `redacted` are titles of meetups; the others are quotes."""
        return sum(it.redacted for it in self.meetups)

    def line(self, item_id: int) -> ItemLine:
        """The line of an item."""
        return next(it for it in self.lines if it.id == item_id)

    def moving(self, *courses: str) -> list[ThemeLine]:
        """Up to three themes that went that way, the strongest first."""
        found = [it for it in self.themes if it.course in courses]
        return sorted(found, key=lambda it: (-abs((it.people.now or 0) - (it.people.before or 0)), it.id))[:3]


Page = Document
"""The summary on one page is the document without its evidence."""


def json_schema() -> dict[str, object]:
    """JSON Schema 2020-12 of a snapshot."""
    found = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Feedback export, version 1", **found}
