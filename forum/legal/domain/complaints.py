"""A guest whose notice was rejected asks for a second look (Art. 20); members do it by appeal, at their reports."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.events import ComplaintDecided, ComplaintFiled, record
from forum.kit.i18n import N_
from forum.legal.models import LegalNotice, LegalNoticeItem, NoticeComplaint
from forum.moderation.domain.appeals import ANSWER_WITHIN, LONGEST, WINDOW, barred
from forum.moderation.domain.decide import is_alone, undo
from forum.moderation.domain.targets import load, reporters
from forum.moderation.models import Decision, Report
from forum.policy.actors import Actor
from forum.policy.legal import require_desk
from forum.policy.moderation import Stakes


def complain(session: Session, *, notice: LegalNotice, body: str, now: datetime) -> NoticeComplaint:
    """Object to the rejection of a notice; the caller holds its key.

    Raises NotFound (nothing was rejected), Invalid(text), Conflict (too late, objected before).
    """
    decision = rejected_by(session, notice)
    if decision is None:
        raise NotFound()
    body = body.strip()
    if not body:
        raise Invalid({"text": N_("Write why you see it differently.")})
    if len(body) > LONGEST:
        raise Invalid({"text": N_("That is too long: keep to the most important.")})
    if now > decision.created_at + WINDOW:
        raise Conflict(N_("The six months for objecting are over."))
    row = NoticeComplaint(
        notice_id=notice.id, decision_id=decision.id, body=body, state="open", created_at=now,
        due_at=now + ANSWER_WITHIN,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("You have objected to this decision before.")) from None
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
    given = _require_other(session, actor, decision, target.member.role, target.category_id, override, now)
    if outcome not in ("upheld", "reversed"):
        raise Invalid({"outcome": N_("Choose how you decide.")})
    if not reasons.strip() or len(reasons) > LONGEST:
        raise Invalid({"reasons": N_("Write a few sentences: whoever objected reads them.")})
    if row.state != "open":
        raise Conflict(N_("This appeal has been decided meanwhile."))
    row.state, row.reasons, row.decided_at, row.decided_by_id = outcome, reasons.strip(), now, actor.id
    row.override = given
    session.flush()
    if outcome == "reversed" and decision.undone_at is None:
        undo(session, actor=actor, decision_id=decision.id, now=now, reversal=True)
    record(session, ComplaintDecided(row.id), now=now)
    audit.write(
        session, action=f"complaint.{outcome}", actor_id=actor.id, target=f"decision:{decision.id}",
        data={"notice": row.notice_id, "category": decision.category_id, "override": bool(given)},
        details={"reasons": row.reasons, "override": given}, now=now,
    )  # fmt: skip
    return row


def _require_other(
    session: Session, actor: Actor, decision: Decision, role: str, category_id: int | None, override: str, now: datetime
) -> str:
    """The override's words, when one was needed and allowed; else empty. Raises Forbidden."""
    others = reporters(session, decision.case_id)
    stakes = Stakes(decision.subject_id, role, category_id, others)
    if not barred(actor, decision, stakes):
        return ""
    barred_too = Stakes(decision.subject_id, role, category_id, others | {decision.actor_id or 0})
    if override.strip() and is_alone(session, actor, barred_too, now):
        return override.strip()[:200]
    raise Forbidden(N_("Somebody else decides this appeal: not who decided first, not who reported it."))
