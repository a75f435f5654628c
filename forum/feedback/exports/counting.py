"""The figures of a period, counted by the database: a fixed number of statements, however much was said."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import CTE, ColumnElement, and_, case, exists, func, literal, null, or_, select, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.feedback.exports.shapes import Trend
from forum.feedback.models import Evidence, Item, Theme, Voice
from forum.feedback.views import FEW
from forum.policy.feedback import SENT, public_words
from forum.threads.models import Post, Thread

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
    threads: int = 0


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


def public_evidence() -> ColumnElement[bool]:
    """SQL on Evidence: from a post that every guest may read now, or from a survey."""
    post = (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id == Evidence.post_id, public_words())
    )
    return or_(Evidence.survey_id.is_not(None), exists(post))


def people(
    session: Session, team_id: int | None, over: Span
) -> tuple[Counted, dict[int, Counted], dict[int, Counted], dict[int, Pieces]]:
    """(all, item → members, theme → members, item → evidence), distinct, staff left out: one statement."""
    said = _said(team_id, over)
    columns = (
        func.count((case((said.c.is_now == 1, said.c.member_id))).distinct()),
        func.count((case((said.c.is_now == 0, said.c.member_id))).distinct()),
    )
    none = (literal(0), literal(0))
    words = and_(said.c.is_now == 1, said.c.is_words == 1)
    written = (func.sum(case((words, 1), else_=0)), func.count(case((words, said.c.thread_id)).distinct()))
    rows = session.execute(
        union_all(
            select(literal("all"), literal(0), *columns, *none).select_from(said),
            select(literal("item"), said.c.item_id, *columns, *written).group_by(said.c.item_id),
            select(literal("theme"), said.c.theme_id, *columns, *none)
            .where(said.c.theme_id.is_not(None))
            .group_by(said.c.theme_id),
        )
    )
    found: dict[str, dict[int, Counted]] = {"all": {}, "item": {}, "theme": {}}
    pieces: dict[int, Pieces] = {}
    for what, key, now, before, count, threads in rows:
        found[what][key] = Counted(now, before)
        if what == "item":
            pieces[key] = Pieces(count, threads)
    return found["all"].get(0, Counted()), found["item"], found["theme"], pieces


def _said(team_id: int | None, over: Span) -> CTE:
    """Who spoke of what, where, in which of the two periods."""
    wrote = select(
        Evidence.item_id, Evidence.author_id.label("member_id"), Evidence.said_at.label("at"), Evidence.thread_id,
        literal(1).label("is_words"),
    ).where(
        Evidence.by_staff.is_(False), Evidence.said_at >= over.before, Evidence.said_at < over.ends, public_evidence()
    )  # fmt: skip
    agreed = select(
        Voice.item_id, Voice.member_id, Voice.at, sql_cast(null(), Evidence.thread_id.type), literal(0)
    ).where(Voice.by_staff.is_(False), Voice.at >= over.before, Voice.at < over.ends)
    every = union_all(wrote, agreed).subquery()
    return (
        select(
            every.c.item_id, Item.theme_id, every.c.member_id, every.c.thread_id, every.c.is_words,
            case((every.c.at >= literal(over.starts, Evidence.said_at.type), 1), else_=0).label("is_now"),
        )
        .join(Item, Item.id == every.c.item_id)
        .where(in_scope(team_id))
        .cte("said")
    )  # fmt: skip


def quotables(
    session: Session, team_id: int | None, over: Span, may_quote: ColumnElement[bool]
) -> dict[int, int]:  # fmt: skip
    """Item → how many pieces of the period may be quoted: one statement. `may_quote`: SQL on Evidence."""
    rows = session.execute(
        select(Evidence.item_id, func.count())
        .join(Item, Item.id == Evidence.item_id)
        .where(in_scope(team_id), of_period(over), may_quote)
        .group_by(Evidence.item_id)
    )
    return {row[0]: row[1] for row in rows}


def of_period(over: Span) -> ColumnElement[bool]:
    """SQL on Evidence: what counts of it."""
    return and_(
        Evidence.by_staff.is_(False), Evidence.said_at >= over.starts, Evidence.said_at < over.ends, public_evidence()
    )


def oldest(session: Session, team_id: int | None) -> dict[int, datetime]:
    """Item → when the oldest words were written: one statement, from an index."""
    rows = session.execute(
        select(Evidence.item_id, func.min(Evidence.said_at))
        .join(Item, Item.id == Evidence.item_id)
        .where(in_scope(team_id))
        .group_by(Evidence.item_id)
    )
    return {row[0]: row[1] for row in rows}


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
    """Of these themes, those that somebody spoke of before both periods: one statement."""
    if not theme_ids:
        return set()
    words = exists(
        select(Evidence.id)
        .join(Item, Item.id == Evidence.item_id)
        .where(Item.theme_id == Theme.id, in_scope(team_id), Evidence.by_staff.is_(False))
        .where(Evidence.said_at < over.before)
    )
    voices = exists(
        select(Voice.member_id)
        .join(Item, Item.id == Voice.item_id)
        .where(Item.theme_id == Theme.id, in_scope(team_id), Voice.by_staff.is_(False), Voice.at < over.before)
    )
    return set(session.scalars(select(Theme.id).where(Theme.id.in_(theme_ids), or_(words, voices))))
