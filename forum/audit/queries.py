"""The audit log as its readers see it."""

import json
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from forum.audit.models import AuditDetail, AuditEntry
from forum.kit import paging
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.policy.actors import Actor
from forum.policy.audit import require_log, visible_details, visible_entries

PAGE = 40
VERIFIED, BROKEN = "audit.verified", "audit.broken"


class EntryView(msgspec.Struct, frozen=True):
    """One act. `actor`, `subject`: None when there was none, or the account is gone (then the id is there).

    `details`: the words beside it, None where they are not for this reader; `has_details`: there were some once.
    """

    id: int
    at: datetime
    action: str
    actor_id: int | None
    actor: MemberCard | None
    subject_id: int | None
    subject: MemberCard | None
    category_id: int | None
    target: str
    data: dict[str, Any]
    has_details: bool
    details: dict[str, Any] | None


class LogPage(msgspec.Struct, frozen=True):
    """A piece of the log, newest first. `older`: cursor, None at the end."""

    entries: list[EntryView]
    older: str | None


class LogFilter(msgspec.Struct, frozen=True):
    """What is looked for. `since` inclusive, `until` exclusive; None and "": anything."""

    actor_id: int | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Check(msgspec.Struct, frozen=True):
    """The last time somebody had the chain checked. `entries`: how many held; `broken`: the first that did not."""

    at: datetime
    by: MemberCard | None
    entries: int
    broken: int | None


def log_page(session: Session, actor: Actor, wanted: LogFilter, *, after: str = "", limit: int = PAGE) -> LogPage:
    """Two statements, and one for each date. Raises SignInNeeded, Forbidden."""
    require_log(actor)
    theirs = and_(AuditDetail.entry_id == AuditEntry.id, visible_details(actor))
    query = (
        select(AuditEntry, AuditDetail.body)
        .outerjoin(AuditDetail, theirs)
        .where(visible_entries(actor), *_filters(session, wanted))
        .order_by(AuditEntry.id.desc())
        .limit(limit + 1)
    )
    cursor = paging.decode(after, int)
    if cursor:
        query = query.where(AuditEntry.id < cursor[0])
    rows = [(entry, body) for entry, body in session.execute(query)]
    people = _people(session, {who for entry, _ in rows for who in (entry.actor_id, entry.subject_id) if who})
    found = [_view(entry, body, people) for entry, body in rows[:limit]]
    return LogPage(found, paging.encode(found[-1].id) if len(rows) > limit else None)


def _filters(session: Session, wanted: LogFilter) -> list[ColumnElement[bool]]:
    """Dates become ranges of ids, for the log is in the order of its ids and a page is a range of them.

    Clocks of several machines differ a little, so an entry near the edge may stand on the other side of it.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.actor_id is not None:
        found.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.action:
        found.append(AuditEntry.action == wanted.action)
    if wanted.since:
        found.append(AuditEntry.id > _last_before(session, wanted.since))
    if wanted.until:
        found.append(AuditEntry.id <= _last_before(session, wanted.until))
    return found


def _last_before(session: Session, moment: datetime) -> int:
    query = select(AuditEntry.id).where(AuditEntry.at < moment)
    return session.scalar(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1)) or 0


def _people(session: Session, ids: set[int]) -> dict[int, MemberCard]:
    if not ids:
        return {}
    rows = session.execute(select(*CARD).where(Member.id.in_(ids)))
    return {row.id: card_of(row) for row in rows}


def _view(entry: AuditEntry, body: dict[str, Any] | None, people: dict[int, MemberCard]) -> EntryView:
    return EntryView(
        id=entry.id, at=entry.at, action=entry.action, actor_id=entry.actor_id,
        actor=people.get(entry.actor_id or 0), subject_id=entry.subject_id, subject=people.get(entry.subject_id or 0),
        category_id=entry.category_id, target=entry.target, data=json.loads(entry.data),
        has_details=bool(entry.details_digest), details=body,
    )  # fmt: skip


def last_check(session: Session, actor: Actor) -> Check | None:
    """The last check that left an entry; None: there was none. Raises SignInNeeded, Forbidden."""
    require_log(actor)
    query = select(AuditEntry).where(AuditEntry.action.in_([VERIFIED, BROKEN])).order_by(AuditEntry.id.desc()).limit(1)
    entry = session.scalars(query).first()
    if entry is None:
        return None
    data = json.loads(entry.data)
    return Check(
        entry.at, _people(session, {entry.actor_id or 0}).get(entry.actor_id or 0), data["entries"], data.get("broken")
    )


def member_named(session: Session, actor: Actor, name: str) -> MemberCard | None:
    """Whoever has that name, in any spelling, with or without the @. Raises SignInNeeded, Forbidden."""
    require_log(actor)
    row = session.execute(select(*CARD).where(Member.name_key == name.strip().removeprefix("@").lower()[:30])).first()
    return card_of(row) if row else None
