"""Notices at the desk of moderation: what of a case comes from them, whose time runs, who comes first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session

from forum.kit import paging
from forum.kit.i18n import Message
from forum.legal import words
from forum.legal.models import LegalHold, LegalNotice, LegalNoticeItem, NoticeComplaint, TrustedFlagger
from forum.members.models import Member
from forum.moderation.models import Case
from forum.policy.actors import Actor
from forum.policy.legal import require_desk, visible_notices
from forum.policy.moderation import visible_cases

SHOWN = 20
"""Notices that a case shows."""
VIEWS = ("open", "timed", "decided")


class Flag(msgspec.Struct, frozen=True):
    """What a list says of a case. `due`: the next end of a time that the law sets, None when none runs."""

    notices: int
    trusted: bool
    due: datetime | None
    confirmed: bool


class DeskNotice(msgspec.Struct, frozen=True):
    """A notice as the staff reads it: never the mail address; the name only where somebody gave one."""

    id: int
    reference: str
    kind: str
    category: str
    law: str
    explanation: str
    name: str
    member: str
    capacity: str
    flagger: str
    locale: str
    created_at: datetime
    confirm_by: datetime | None
    act_by: datetime | None
    confirmed_at: datetime | None
    decided_at: datetime | None
    outcome: str
    unfounded: bool
    erased: bool
    case_id: int
    items: int

    @property
    def label(self) -> Message:
        """What it is about."""
        return words.label(self.category)

    @property
    def outcome_words(self) -> Message:
        """What came of it."""
        return words.OUTCOMES[self.outcome]

    @property
    def due(self) -> datetime | None:
        """When the law wants the next step; None when nothing is owed."""
        if self.decided_at is not None or self.act_by is None:
            return None
        return self.act_by if self.confirmed_at is not None else self.confirm_by


class NoticePage(msgspec.Struct, frozen=True):
    """`older`: cursor, None at the end."""

    rows: list[DeskNotice]
    older: str | None


def flags(session: Session, case_ids: Sequence[int]) -> dict[int, Flag]:
    """Which of these cases come from notices. One statement, none for no cases."""
    if not case_ids:
        return {}
    rows: Any = session.execute(
        select(
            LegalNoticeItem.case_id, LegalNotice.flagger_id, LegalNotice.confirm_by, LegalNotice.act_by,
            LegalNotice.confirmed_at, LegalNotice.decided_at,
        )
        .join(LegalNotice, LegalNotice.id == LegalNoticeItem.notice_id)
        .where(LegalNoticeItem.case_id.in_(case_ids))
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return {case_id: _flag(of_it) for case_id, of_it in found.items()}


def _flag(rows: list[Any]) -> Flag:
    running = [row for row in rows if row.act_by is not None and row.decided_at is None]
    due = min((row.act_by if row.confirmed_at else row.confirm_by for row in running), default=None)
    confirmed = all(row.confirmed_at is not None for row in running)
    return Flag(len(rows), any(row.flagger_id for row in rows), due, confirmed)


_NOTICE: Any = (
    select(
        LegalNotice.id, LegalNotice.reference, LegalNotice.kind, LegalNotice.category, LegalNotice.law,
        LegalNotice.explanation, LegalNotice.notifier_name, func.coalesce(Member.name, ""), LegalNotice.capacity,
        func.coalesce(TrustedFlagger.name, ""), LegalNotice.locale, LegalNotice.created_at, LegalNotice.confirm_by,
        LegalNotice.act_by, LegalNotice.confirmed_at, LegalNotice.decided_at, LegalNotice.outcome,
        LegalNotice.unfounded, LegalNotice.erased_at.is_not(None), func.min(LegalNoticeItem.case_id),
        func.count(LegalNoticeItem.id, type_=Integer),
    )
    .join(LegalNoticeItem, LegalNoticeItem.notice_id == LegalNotice.id)
    .outerjoin(Member, Member.id == LegalNotice.member_id)
    .outerjoin(TrustedFlagger, TrustedFlagger.id == LegalNotice.flagger_id)
    .group_by(LegalNotice.id, Member.name, TrustedFlagger.name)
)  # fmt: skip


def of_case(session: Session, actor: Actor, case_id: int) -> list[DeskNotice]:
    """The notices of a case, the oldest first. One statement. The caller has asked for the case itself."""
    mine = select(LegalNoticeItem.notice_id).where(LegalNoticeItem.case_id == case_id)
    query = _NOTICE.where(LegalNotice.id.in_(mine), visible_notices(actor)).order_by(LegalNotice.id).limit(SHOWN)
    return [DeskNotice(*row) for row in session.execute(query)]


def hold_of(session: Session, target_type: str, target_id: int) -> str:
    """Whether the target is under legal hold: "sealed", "kept" or "". One statement."""
    held = select(LegalHold.sealed).where(
        LegalHold.target_type == target_type, LegalHold.target_id == target_id, LegalHold.released_at.is_(None)
    )
    row = session.execute(held).first()
    return "" if row is None else "sealed" if row.sealed else "kept"


def notices(session: Session, actor: Actor, view: str, *, after: str = "", limit: int = paging.PAGE) -> NoticePage:
    """The notices that `actor` may see: what waits (oldest first when time runs), or what was decided. One statement.

    Raises SignInNeeded, Forbidden.
    """
    require_desk(actor)
    query = _NOTICE.where(visible_notices(actor))
    if view == "timed":
        query = query.where(LegalNotice.act_by.is_not(None), LegalNotice.decided_at.is_(None))
        query = query.order_by(LegalNotice.act_by, LegalNotice.id)
    else:
        waits = LegalNotice.decided_at.is_(None)
        query = query.where(waits if view == "open" else ~waits).order_by(LegalNotice.id.desc())
        cursor = paging.decode(after, int)
        if cursor:
            query = query.where(LegalNotice.id < cursor[0])
    rows = [DeskNotice(*row) for row in session.execute(query.limit(limit + 1))]
    older = paging.encode(rows[limit - 1].id) if len(rows) > limit and view != "timed" else None
    return NoticePage(rows[:limit], older)


class ComplaintRow(msgspec.Struct, frozen=True):
    """An objection by a guest, at the desk."""

    id: int
    reference: str
    notice_id: int
    decision_id: int
    case_id: int
    body: str
    state: str
    created_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: str


_COMPLAINT: Any = (
    select(
        NoticeComplaint.id, LegalNotice.reference, NoticeComplaint.notice_id, NoticeComplaint.decision_id,
        func.min(LegalNoticeItem.case_id), NoticeComplaint.body, NoticeComplaint.state, NoticeComplaint.created_at,
        NoticeComplaint.due_at, NoticeComplaint.decided_at, NoticeComplaint.reasons,
    )
    .join(LegalNotice, LegalNotice.id == NoticeComplaint.notice_id)
    .join(LegalNoticeItem, LegalNoticeItem.notice_id == LegalNotice.id)
    .join(Case, Case.id == LegalNoticeItem.case_id)
    .group_by(NoticeComplaint.id, LegalNotice.reference)
)  # fmt: skip


def complaints(session: Session, actor: Actor, *, only: int | None = None) -> list[ComplaintRow]:
    """Guests' objections, what waits first; `only`: the one with this id. One statement. Raises as `require_desk`."""
    require_desk(actor)
    query = _COMPLAINT.where(visible_cases(actor))
    if only is not None:
        query = query.where(NoticeComplaint.id == only)
    order = ((NoticeComplaint.state == "open").desc(), NoticeComplaint.due_at, NoticeComplaint.id)
    return [ComplaintRow(*row) for row in session.execute(query.order_by(*order).limit(100))]
