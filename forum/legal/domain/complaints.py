"""A guest whose notice was rejected asks for a second look (Art. 20); members do it by appeal, at their reports."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.events import ComplaintDecided, ComplaintFiled, record
from forum.legal.models import LegalNotice, LegalNoticeItem, NoticeComplaint
from forum.moderation.domain.appeals import ANSWER_WITHIN, answer, check_objection, file_once, require_other
from forum.moderation.domain.targets import load, reporters
from forum.moderation.models import Decision, Report
from forum.policy.actors import Actor
from forum.policy.legal import require_desk


def complain(session: Session, *, notice: LegalNotice, body: str, now: datetime) -> NoticeComplaint:
    """Object to the rejection of a notice; the caller holds its key.

    Raises NotFound (nothing was rejected), Invalid(text), Conflict (too late, objected before).
    """
    decision = rejected_by(session, notice)
    if decision is None:
        raise NotFound()
    body = check_objection(decision, body, now)
    row = NoticeComplaint(
        notice_id=notice.id, decision_id=decision.id, body=body, state="open", created_at=now,
        due_at=now + ANSWER_WITHIN,
    )  # fmt: skip
    file_once(session, row)
    record(session, ComplaintFiled(row.id), now=now)
    return row


def rejected_by(session: Session, notice: LegalNotice) -> Decision | None:
    """The newest decision that rejected an address of the notice, and stands."""
    query = (
        select(Decision)
        .join(Report, Report.decision_id == Decision.id)
        .join(LegalNoticeItem, LegalNoticeItem.report_id == Report.id)
        .where(LegalNoticeItem.notice_id == notice.id, Report.state == "rejected", Decision.undone_at.is_(None))
        .where(Decision.action == "dismiss")
        .order_by(Decision.id.desc())
    )
    return session.scalars(query).first()


def decide_complaint(
    session: Session, *, actor: Actor, complaint_id: int, outcome: str, reasons: str, now: datetime,
    override: str = "",
) -> NoticeComplaint:  # fmt: skip
    """Uphold the rejection, or reverse it: the case is opened again and decided anew.

    Raises SignInNeeded, Forbidden (the first decider, a reporter), NotFound, Invalid, Conflict.
    """
    require_desk(actor)
    seen = session.get(NoticeComplaint, complaint_id) if 0 < complaint_id <= MAX_ID else None
    if seen is None:
        raise NotFound()
    decision = session.get_one(Decision, seen.decision_id)
    target = load(session, decision.target_type, decision.target_id)
    if not actor.moderates_in(target.category_id) or decision.subject_id == actor.id:
        raise NotFound()
    query = select(NoticeComplaint).where(NoticeComplaint.id == complaint_id).with_for_update(key_share=True)
    row = session.scalars(query.execution_options(populate_existing=True)).one()
    stakes = target.stakes(reporters(session, decision.case_id))
    given = require_other(session, actor, decision, stakes, override, now)
    answer(session, actor=actor, row=row, decision=decision, outcome=outcome, reasons=reasons, given=given, now=now)
    record(session, ComplaintDecided(row.id), now=now)
    audit.write(
        session, action=f"complaint.{outcome}", actor_id=actor.id, target=f"decision:{decision.id}",
        data={"notice": row.notice_id, "category": decision.category_id, "override": bool(given)},
        details={"reasons": row.reasons, "override": given}, now=now,
    )  # fmt: skip
    return row
