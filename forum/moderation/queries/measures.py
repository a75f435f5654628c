"""How the desk does: how long people wait, what piles up, who carries it, how often it was wrong.

A handful of statements, each over the rows of the period alone, by an index on their time. Medians are taken in Python
over at most `SAMPLE` cases, the newest of the period; there `sampled` says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from forum.members.models import Member
from forum.moderation.models import Appeal, Case, Decision, Report
from forum.moderation.queries.desk import CLAIMED, COUNTED, LIVING

PERIODS = (7, 30, 90)
SAMPLE = 5000
PEOPLE = 12
WEEKLY_FROM = 60
"""From so many days on a bar is a week."""


class Wait(msgspec.Struct, frozen=True):
    """Seconds that people waited: half of the cases at most `median`, nine of ten at most `p90`. None: no case."""

    median: int | None = None
    p90: int | None = None


class Figures(msgspec.Struct, frozen=True):
    """One period. `look`, `decision`: of the cases decided in it, from their opening on."""

    opened: int
    decided: int
    look: Wait
    decision: Wait
    sampled: bool
    decisions: int
    undone: int
    appeals: int
    reversed: int
    judged: int
    upheld: int


class Load(msgspec.Struct, frozen=True):
    """What one of the staff decided in the period, and holds now."""

    name: str
    display_name: str
    decisions: int
    undone: int


class Bar(msgspec.Struct, frozen=True):
    """A day or a week. `start`: its first moment."""

    start: datetime
    opened: int
    decided: int


class Measures(msgspec.Struct, frozen=True):
    """All of it. `waiting`, `claimed`: now, at most `COUNTED`; `oldest`: when the longest waiting case was opened."""

    days: int
    now: Figures
    before: Figures
    waiting: int
    claimed: int
    oldest: datetime | None
    load: list[Load]
    bars: list[Bar]


def wait(seconds: Sequence[int]) -> Wait:
    """Median and ninetieth percentile by nearest rank: values that did occur."""
    if not seconds:
        return Wait()
    ordered = sorted(seconds)

    def rank(share: float) -> int:
        return ordered[max(0, ceil(share * len(ordered)) - 1)]

    return Wait(rank(0.5), rank(0.9))


def measures(session: Session, days: int, now: datetime) -> Measures:
    """The last `days` days against those before. Eight statements."""
    start = now - timedelta(days=days)
    first = start - timedelta(days=days)
    opened = _opened(session, first, now)
    decisions, appeals, reports = (query(session, first, start, now) for query in (_decisions, _appeals, _reports))
    figures: list[Figures] = []
    resolved = [_resolved(session, start, now), _resolved(session, first, start)]
    for index, (low, high) in enumerate(((start, now), (first, start))):
        rows = resolved[index]
        figures.append(
            Figures(
                opened=sum(low < at <= high for at in opened), decided=_decided(session, low, high, rows),
                look=wait([_seconds(row.opened_at, row.first_look_at) for row in rows if row.first_look_at]),
                decision=wait([_seconds(row.opened_at, row.resolved_at) for row in rows]), sampled=len(rows) == SAMPLE,
                decisions=decisions[2 * index], undone=decisions[2 * index + 1],
                appeals=appeals[2 * index], reversed=appeals[2 * index + 1],
                judged=reports[2 * index], upheld=reports[2 * index + 1],
            )
        )  # fmt: skip
    waiting, claimed, oldest = _backlog(session)
    bars = _bars([at for at in opened if at > start], [row.resolved_at for row in resolved[0]], days, now)
    return Measures(days, figures[0], figures[1], waiting, claimed, oldest, _load(session, start, now), bars)


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def _opened(session: Session, low: datetime, high: datetime) -> list[datetime]:
    query = select(Case.opened_at).where(Case.opened_at > low, Case.opened_at <= high)
    return list(session.scalars(query.order_by(Case.opened_at.desc()).limit(4 * SAMPLE)))


def _in(low: datetime, high: datetime) -> ColumnElement[bool]:
    return and_(Case.state == "resolved", Case.resolved_at > low, Case.resolved_at <= high)


def _resolved(session: Session, low: datetime, high: datetime) -> list[Any]:
    query = select(Case.opened_at, Case.first_look_at, Case.resolved_at).where(_in(low, high))
    return list(session.execute(query.order_by(Case.resolved_at.desc()).limit(SAMPLE)))


def _decided(session: Session, low: datetime, high: datetime, rows: list[Any]) -> int:
    """How many; counted by the database only where there are more than were fetched."""
    if len(rows) < SAMPLE:
        return len(rows)
    return session.scalar(select(func.count()).select_from(Case).where(_in(low, high))) or 0


def _pairs(at: Any, start: datetime, *conditions: ColumnElement[bool]) -> list[Any]:
    """Sums for the period and the one before: all rows, then those that fit."""
    late = (at > start, at <= start)
    return [
        func.coalesce(func.sum(case((and_(part, *more), 1), else_=0)), 0) for part in late for more in ((), conditions)
    ]


def _decisions(session: Session, first: datetime, start: datetime, now: datetime) -> Any:
    at = Decision.created_at
    query = select(*_pairs(at, start, Decision.undone_at.is_not(None)))
    return session.execute(query.where(at > first, at <= now, Decision.actor_id.is_not(None))).one()


def _appeals(session: Session, first: datetime, start: datetime, now: datetime) -> Any:
    at = Appeal.decided_at
    query = select(*_pairs(at, start, Appeal.state == "reversed"))
    return session.execute(query.where(at > first, at <= now, Appeal.state.in_(("upheld", "reversed")))).one()


def _reports(session: Session, first: datetime, start: datetime, now: datetime) -> Any:
    at = Report.decided_at
    query = select(*_pairs(at, start, Report.state == "upheld"))
    return session.execute(query.where(at > first, at <= now, Report.state.in_(("upheld", "rejected")))).one()


def _backlog(session: Session) -> tuple[int, int, datetime | None]:
    def bounded(condition: ColumnElement[bool]) -> Any:
        some = select(Case.id).where(condition).limit(COUNTED).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    oldest = select(Case.opened_at).where(LIVING).order_by(Case.opened_at, Case.id).limit(1).scalar_subquery()
    row = session.execute(select(bounded(LIVING), bounded(CLAIMED), oldest)).one()
    return row[0], row[1], row[2]


def _load(session: Session, start: datetime, now: datetime) -> list[Load]:
    made = func.count()
    undone = func.coalesce(func.sum(case((Decision.undone_at.is_not(None), 1), else_=0)), 0)
    rows = session.execute(
        select(Member.name, Member.display_name, made, undone)
        .join(Decision, Decision.actor_id == Member.id)
        .where(Decision.created_at > start, Decision.created_at <= now)
        .group_by(Member.id, Member.name, Member.display_name)
        .order_by(made.desc(), Member.name)
        .limit(PEOPLE)
    )
    return [Load(*row) for row in rows]


def _bars(opened: Sequence[datetime], decided: Sequence[datetime], days: int, now: datetime) -> list[Bar]:
    """Days, or weeks of a long period, the oldest first; the last one ends now."""
    step = timedelta(days=7 if days >= WEEKLY_FROM else 1)
    many = ceil(timedelta(days=days) / step)
    starts = [now - step * (many - index) for index in range(many)]

    def counted(times: Sequence[datetime]) -> list[int]:
        found = [0] * many
        for at in times:
            index = many - 1 - int((now - at) / step)
            if 0 <= index < many:
                found[index] += 1
        return found

    return [Bar(*one) for one in zip(starts, counted(opened), counted(decided), strict=True)]
