"""What administrators see: who has a role, what is in the outbox."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import NotFound
from forum.events import EVENTS
from forum.health.queries import WAITING
from forum.kit import paging
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.moderation.models import CategoryModerator
from forum.outbox import SPENT, Outbox
from forum.policy.actors import RANK, Actor, require_admin

VIEWS = ("dead", "failing", "waiting")


class OutboxRow(msgspec.Struct, frozen=True):
    """An effect that has not happened. `about`: the ids in its event, never its secrets. `spent`: those are gone."""

    id: int
    job: str
    event: str
    about: str
    created_at: datetime
    run_at: datetime
    attempts: int
    running: bool
    dead: bool
    spent: bool
    error: str


class OutboxPage(msgspec.Struct, frozen=True):
    """A piece of the outbox. `older`: cursor, None at the end."""

    rows: list[OutboxRow]
    older: str | None


def _about(event: str, payload: str) -> str:
    """As in "post_id 12, thread_id 4": numbers only, so that no address and no token is shown."""
    kind = EVENTS.get(event)
    try:
        values: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.DecodeError:
        return ""
    if kind is None:
        return ""
    return ", ".join(f"{name} {value}" for name, value in values.items() if type(value) is int)


def _view(view: str) -> ColumnElement[bool]:
    if view == "dead":
        return Outbox.dead_at.is_not(None)
    return and_(WAITING, Outbox.attempts > 0) if view == "failing" else WAITING


def outbox(
    session: Session, actor: Actor, *, view: str, after: str = "", limit: int = paging.PAGE, now: datetime
) -> OutboxPage:
    """Newest first. One statement. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    query = select(Outbox).where(_view(view)).order_by(Outbox.id.desc()).limit(limit + 1)
    cursor = paging.decode(after, int)
    if cursor:
        query = query.where(Outbox.id < cursor[0])
    rows = session.scalars(query).all()
    found = [_row(row, now) for row in rows[:limit]]
    return OutboxPage(found, paging.encode(found[-1].id) if len(rows) > limit else None)


def _row(row: Outbox, now: datetime) -> OutboxRow:
    kind = EVENTS.get(row.event)
    return OutboxRow(
        id=row.id, job=row.job, event=row.event, about=_about(row.event, row.payload), created_at=row.created_at,
        run_at=row.run_at, attempts=row.attempts, running=row.leased_until is not None and row.leased_until > now,
        dead=row.dead_at is not None, spent=bool(kind and kind.secret and row.payload == SPENT), error=row.error,
    )  # fmt: skip


def with_roles(session: Session, actor: Actor, *, limit: int = 200) -> list[MemberCard]:
    """Everybody who is more than a member: administrators first. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    rank = case({role: -rank for role, rank in RANK.items()}, value=Member.role)
    query = select(*CARD).where(Member.role != "member").order_by(rank, Member.name_key).limit(limit)
    return [card_of(row) for row in session.execute(query)]


def member(session: Session, actor: Actor, member_id: int) -> MemberCard:
    """One member. Raises SignInNeeded, Forbidden, NotFound."""
    require_admin(actor)
    row = session.execute(select(*CARD).where(Member.id == member_id)).first() if 0 < member_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    return card_of(row)


def bound_to(session: Session, actor: Actor, member_id: int) -> frozenset[int]:
    """The categories that a moderator is bound to; empty: to none. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    mine = CategoryModerator.member_id == member_id
    return frozenset(session.scalars(select(CategoryModerator.category_id).where(mine)))


def member_named(session: Session, actor: Actor, name: str) -> MemberCard | None:
    """The member with that name, in any spelling, with or without the @. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    key = name.strip().removeprefix("@").lower()[:30]
    row = session.execute(select(*CARD).where(Member.name_key == key)).first() if key else None
    return card_of(row) if row else None
