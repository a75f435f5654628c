"""The figures of a period, counted by the database: a fixed number of statements, however much was said."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypeVarTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.feedback.exports.shapes import Trend
from forum.feedback.models import Evidence, Item, Theme, Voice
from forum.feedback.polarity.models import Override, Value
from forum.feedback.views import FEW
from forum.policy.feedback import SENT, public_surveys, public_words
from forum.threads.models import Post, Thread

Ts = TypeVarTuple("Ts")
ZONE = "Europe/Rome"
"""Whose midnights bound the days."""


class Span(msgspec.Struct, frozen=True):
    """A period, and the one before it that is as long. All three are midnights in `ZONE`."""

    before: datetime
    starts: datetime
    ends: datetime


class Counted(msgspec.Struct, frozen=True):
    """Members now and before, exactly: not to be shown."""

    now: int = 0
    before: int = 0

    def trend(self) -> Trend:
        """What may be shown of it."""
        small = self.now < FEW or self.before < FEW
        hidden = 0 < self.now < FEW or 0 < self.before < FEW
        return Trend(
            now=shown(self.now), before=shown(self.before), delta=None if hidden else self.now - self.before,
            percent=None if small else round(100 * (self.now - self.before) / self.before), small=small,
        )  # fmt: skip


class Pieces(msgspec.Struct, frozen=True):
    """Evidence of an item in the period."""

    pieces: int = 0
    told_in: str = ""
    """The numbers of its threads as the database lists them: counted for the few items whose line is shown."""

    @property
    def threads(self) -> int:
        """In how many threads it was said."""
        return len(set(self.told_in.split(","))) if self.told_in else 0


class Tone(msgspec.Struct, frozen=True):
    """Of the evidence of a period: pieces, how many a person read, how many nobody and nothing has read yet.

    `scored`: how many have a value, whoever read it; `sum`: of these values; `members`: who wrote them; five
    are enough.
    """

    pieces: int = 0
    corrected: int = 0
    unread: int = 0
    scored: int = 0
    sum: float = 0.0
    members: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: list[Any], members: set[str]) -> "Tone":
        """Of all these (pieces, corrected, unread, scored, sum)."""
        pieces, corrected, unread, scored, total = map(sum, zip(*rows, strict=True)) if rows else (0, 0, 0, 0, 0.0)
        return cls(pieces, corrected, unread, scored, total, frozenset(members))


class Heard(msgspec.Struct, frozen=True):
    """What was said in the period, and who by: members by item and by theme, evidence by item. Staff is left out."""

    people: Counted
    items: dict[int, Counted]
    themes: dict[int, Counted]
    words: dict[int, Pieces]
    tone: Tone
    tone_before: Tone


def shown(people: int) -> int | None:
    """A number of people, or None for one to four."""
    return None if 0 < people < FEW else people


def span(starts: date, ends: date) -> Span:
    """The days from `starts` up to, not including, `ends`; and as many before them."""
    return Span(midnight(previous(starts, ends)), midnight(starts), midnight(ends))


def previous(starts: date, ends: date) -> date:
    """The first day of the period before."""
    return date.fromordinal(2 * starts.toordinal() - ends.toordinal())


def midnight(day: date) -> datetime:
    """Where a day begins in `ZONE`, UTC."""
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)


def day_of(at: datetime) -> date:
    """The day in `ZONE`."""
    return at.astimezone(ZoneInfo(ZONE)).date()


def in_scope(team_id: int | None) -> ColumnElement[bool]:
    """SQL on Item: what was sent to a team; without one, everything. What was merged counts where it went."""
    if team_id is None:
        return Item.status != "duplicate"
    return and_(Item.team_id == team_id, Item.status.in_(SENT))


def with_posts(statement: Select[*Ts]) -> Select[*Ts]:
    """A statement on Evidence with the posts it was taken from, where it was.

    Joined, not asked for with EXISTS: PostgreSQL takes a subquery for so dear that it weighs nothing else any more.
    """
    return (
        statement.outerjoin(Post, Post.id == Evidence.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
    )


def public_evidence() -> ColumnElement[bool]:
    """SQL on Evidence `with_posts`: from a post that every guest may read now, or said after a meetup they may see."""
    return or_(public_words(), Evidence.survey_id.in_(public_surveys()))


def heard(session: Session, team_id: int | None, over: Span, lexicon: int) -> Heard:
    """Who was heard of what: one statement, one look at each piece. `lexicon`: the version that reads the tone.

    The database lists the members of each item; who is the same is told here, because it would sort all of it anew
    for each figure. What is in memory is their numbers.
    """
    said = _said(over, lexicon)
    value = said.c.value
    scored = case((value.is_not(None), said.c.member_id), else_=-said.c.member_id)  # one list says both
    rows = session.execute(
        select(
            said.c.item_id, func.max(Item.theme_id), said.c.is_now, _listed(scored),
            _listed(said.c.thread_id), func.sum(said.c.is_words), func.sum(said.c.corrected), func.sum(said.c.unread),
            func.count(value), func.coalesce(func.sum(value), 0.0),
        )
        .join(Item, Item.id == said.c.item_id)
        .where(in_scope(team_id))
        .group_by(said.c.item_id, said.c.is_now)
    )  # fmt: skip
    who, before = Who(set(), {}, {}, set()), Who(set(), {}, {}, set())
    words: dict[int, Pieces] = {}
    tones: list[list[Any]] = [[], []]
    for item_id, theme_id, is_now, members, threads, pieces, *tone in rows:
        (who if is_now else before).add(item_id, theme_id, members or "")
        if is_now:
            words[item_id] = Pieces(pieces, threads or "")
        tones[is_now].append((pieces, *tone))
    return Heard(
        Counted(len(who.all), len(before.all)), _both(who.items, before.items), _both(who.themes, before.themes),
        words, Tone.of(tones[1], who.scored), Tone.of(tones[0], before.scored),
    )  # fmt: skip


class Who(msgspec.Struct, frozen=True):
    """Members of one period, as the database writes their numbers. `scored`: five whose words have a value, or all."""

    all: set[str]
    items: dict[int, set[str]]
    themes: dict[int, set[str]]
    scored: set[str]

    def add(self, item_id: int, theme_id: int | None, listed: str) -> None:
        """They, and nobody else, spoke of this item. `listed`: a minus before whose words have no value."""
        members = set(listed.replace("-", "").split(",")) if listed else set[str]()
        if len(self.scored) < FEW:  # nobody asks for more
            self.scored.update(members.intersection(listed.split(",")))
        self.all.update(members)
        self.items[item_id] = members
        if theme_id is not None:
            self.themes.setdefault(theme_id, set()).update(members)


def _both(now: dict[int, set[str]], before: dict[int, set[str]]) -> dict[int, Counted]:
    none = frozenset[str]()
    return {key: Counted(len(now.get(key, none)), len(before.get(key, none))) for key in now.keys() | before.keys()}


def _listed(column: ColumnElement[int]) -> ColumnElement[str]:
    return func.aggregate_strings(sql_cast(column, String), ",")


def _said(over: Span, lexicon: int) -> CTE:
    """Who spoke of what, where, in which of the two periods, and in which tone.

    On SQLite materialized, and without a condition that an index of items and days would answer, so that it reads the
    evidence in its own order: the posts come nearly in theirs then, which is three times as fast as item by item.
    PostgreSQL goes that way by itself, and needs no copy of it on the disk.
    """
    is_now = case(
        (Evidence.said_at >= over.ends, None),
        (Evidence.said_at >= over.starts, 1),
        (Evidence.said_at >= over.before, 0),
    )
    corrected, erased = Override.value.is_not(None), Evidence.redacted_at.is_not(None)
    read = case((~erased, Value.value))  # erased words are no longer read
    unread = and_(Override.value.is_(None), Value.evidence_id.is_(None), ~erased)
    wrote = with_posts(
        select(
            Evidence.item_id, Evidence.author_id.label("member_id"), Post.thread_id, literal(1).label("is_words"),
            is_now.label("is_now"), func.coalesce(Override.value * 1.0, read).label("value"),
            _flag(corrected).label("corrected"), _flag(unread).label("unread"),
        )
        .outerjoin(Override, Override.evidence_id == Evidence.id)
        .outerjoin(Value, and_(Value.evidence_id == Evidence.id, Value.version == lexicon))
        .where(Evidence.by_staff.is_(False), is_now.is_not(None), public_evidence())
    )  # fmt: skip
    agreed = select(
        Voice.item_id, Voice.member_id, sql_cast(null(), Evidence.thread_id.type), literal(0),
        _flag(Voice.at >= over.starts), sql_cast(null(), Value.value.type), literal(0), literal(0),
    ).where(Voice.by_staff.is_(False), Voice.at >= over.before, Voice.at < over.ends)  # fmt: skip
    return union_all(wrote, agreed).cte("said").prefix_with("MATERIALIZED", dialect="sqlite")


def _flag(which: ColumnElement[bool]) -> ColumnElement[int]:
    return case((which, 1), else_=0)


def quotables(
    session: Session, team_id: int | None, over: Span, may_quote: ColumnElement[bool]
) -> dict[int, int]:  # fmt: skip
    """Item → how many pieces of the period may be quoted: one statement. `may_quote`: SQL on Evidence `with_posts`."""
    rows = session.execute(
        with_posts(select(Evidence.item_id, func.count()).join(Item, Item.id == Evidence.item_id))
        .where(in_scope(team_id), said_within(over.starts, over.ends), may_quote)
        .group_by(Evidence.item_id)
    )
    return {row[0]: row[1] for row in rows}


def of_period(over: Span) -> ColumnElement[bool]:
    """SQL on Evidence `with_posts`: what counts of it."""
    return and_(said_within(over.starts, over.ends), public_evidence())


def said_within(starts: datetime, ends: datetime) -> ColumnElement[bool]:
    """SQL on Evidence: by members, from `starts` up to, not including, `ends`."""
    return and_(Evidence.by_staff.is_(False), Evidence.said_at >= starts, Evidence.said_at < ends)


def oldest(session: Session, team_id: int | None, item_ids: Sequence[int] | None = None) -> dict[int, datetime]:
    """Item → when the oldest words that count were written: one statement. `item_ids`: only of these.

    What was said behind closed doors, or by the staff, tells no day. For each item the index of its days is read up to
    the first words that count: mostly one row.
    """
    first: ScalarSelect[Any] = (
        with_posts(select(Evidence.said_at))
        .where(Evidence.item_id == Item.id, Evidence.by_staff.is_(False), public_evidence())
        .order_by(Evidence.said_at)
        .limit(1)
        .correlate(Item)
        .scalar_subquery()
    )
    statement = select(Item.id, first).where(in_scope(team_id))
    rows = session.execute(statement if item_ids is None else statement.where(Item.id.in_(item_ids)))
    return {row[0]: row[1] for row in rows if row[1] is not None}


def deadlines(session: Session, team_id: int | None, over: Span) -> tuple[int, int]:
    """(read in time, due) of the items that a team should have read by a moment of the period: one statement."""
    in_time = case((Item.acknowledged_at <= Item.due_at, 1), else_=0)
    row = session.execute(
        select(func.coalesce(func.sum(in_time), 0), func.count()).where(
            in_scope(team_id), Item.due_at >= over.starts, Item.due_at < over.ends
        )
    ).one()
    return int(row[0]), int(row[1])


def spoken_before(session: Session, team_id: int | None, over: Span, theme_ids: Sequence[int]) -> set[int]:
    """Of these themes, those that somebody spoke of, in words that count, before both periods: one statement."""
    if not theme_ids:
        return set()
    words = exists(
        with_posts(select(Evidence.id).join(Item, Item.id == Evidence.item_id))
        .where(Item.theme_id == Theme.id, in_scope(team_id), Evidence.by_staff.is_(False), public_evidence())
        .where(Evidence.said_at < over.before)
    )
    voices = exists(
        select(Voice.member_id)
        .join(Item, Item.id == Voice.item_id)
        .where(Item.theme_id == Theme.id, in_scope(team_id), Voice.by_staff.is_(False), Voice.at < over.before)
    )
    return set(session.scalars(select(Theme.id).where(Theme.id.in_(theme_ids), or_(words, voices))))
