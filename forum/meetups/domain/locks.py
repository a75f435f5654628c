"""Finding what a verb is about, for whoever may see it, and locking it.

Order of locks: member, thread, category, meetup, occurrences by id, the audit log's head. Every change of a seat holds
the row of its occurrence (FOR NO KEY UPDATE; on SQLite the write door is one lock for all), so answers, promotions,
offers that end and changes of capacity stand in one line.
"""

from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID, Id, columns
from forum.errors import NotFound
from forum.meetups.models import ChapterHost, Meetup, MeetupHost, Occurrence
from forum.policy.actors import PATTERNS, Actor, me
from forum.policy.meetups import visible_meetups
from forum.threads.models import Thread


class TeamView(msgspec.Struct, frozen=True):
    """What policy asks about a meetup. `role`: the actor's own: host, helper, chapter, or nothing."""

    meetup_id: int
    author_id: int
    role: str
    category_id: int
    thread_id: int


@cache
def _team_query(kind: str, *, by_date: bool) -> Select[Any]:
    """Built once for each kind of actor: half of what such a statement costs is to write it down."""
    actor = PATTERNS[kind]
    the_id: Any = bindparam("the_id", type_=Id)
    if by_date:
        the_id = select(Occurrence.meetup_id).where(Occurrence.id == the_id).scalar_subquery()
    wanted: tuple[Any, ...] = (
        Meetup.id, Meetup.author_id, MeetupHost.role, ChapterHost.member_id, Thread.category_id, Thread.id,
    )  # fmt: skip
    return (
        select(*wanted)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .outerjoin(MeetupHost, and_(MeetupHost.meetup_id == Meetup.id, MeetupHost.member_id == me(actor)))
        .outerjoin(ChapterHost, and_(ChapterHost.chapter_id == Meetup.chapter_id, ChapterHost.member_id == me(actor)))
        .where(visible_meetups(actor), Meetup.id == the_id)
    )


def _team(row: Any) -> TeamView | None:
    if row is None:
        return None
    meetup_id, author_id, role, chapter, category_id, thread_id = row
    own = "host" if role == "host" else "chapter" if chapter is not None else role or ""
    return TeamView(meetup_id, author_id, own, category_id, thread_id)


def team(session: Session, actor: Actor, meetup_id: int) -> TeamView | None:
    """Who looks after a meetup; None when it is not there or `actor` may not see it."""
    return _find(session, actor, meetup_id, by_date=False)


def team_of_date(session: Session, actor: Actor, occurrence_id: int) -> TeamView | None:
    """The same for one of its dates."""
    return _find(session, actor, occurrence_id, by_date=True)


def _find(session: Session, actor: Actor, the_id: int, *, by_date: bool) -> TeamView | None:
    if not 0 < the_id <= MAX_ID:
        return None
    query = _team_query(actor.kind, by_date=by_date)
    return _team(columns(session, query, {"actor_id": actor.id, "the_id": the_id}).first())


def lock_meetup(session: Session, meetup_id: int) -> Meetup:
    """The series' row, locked. Raises NotFound."""
    query = select(Meetup).where(Meetup.id == meetup_id).with_for_update(key_share=True)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def lock_date(session: Session, occurrence_id: int) -> Occurrence:
    """One date's row, locked. Raises NotFound."""
    query = select(Occurrence).where(Occurrence.id == occurrence_id).with_for_update(key_share=True)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


@cache
def _visible_date(kind: str) -> Select[Occurrence, Meetup]:
    return (
        select(Occurrence, Meetup)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(visible_meetups(PATTERNS[kind]), Occurrence.id == bindparam("the_id", type_=Id))
        .with_for_update(key_share=True, of=Occurrence)
        .execution_options(populate_existing=True)
    )


def queue_of(occurrence_id: int) -> str:
    """Where those who answer for a date at the same moment wait for each other (`Database.write`)."""
    return f"date {occurrence_id}"


def lock_visible_date(session: Session, actor: Actor, occurrence_id: int) -> tuple[Occurrence, Meetup]:
    """A date that `actor` may see, locked, and its series, which is not: one statement. Raises NotFound."""
    known = occurrence_id if 0 < occurrence_id <= MAX_ID else 0
    row = session.execute(_visible_date(actor.kind), {"actor_id": actor.id, "the_id": known}).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def lock_dates(session: Session, meetup_id: int, *conditions: Any) -> list[Occurrence]:
    """The dates of a series that meet `conditions`, locked in the order of their ids, given in the order of time."""
    query = (
        select(Occurrence)
        .where(Occurrence.meetup_id == meetup_id, *conditions)
        .order_by(Occurrence.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return sorted(session.scalars(query), key=lambda row: (row.original_local, row.id))
