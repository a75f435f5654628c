"""Appeals: the member concerned, or the reporter who was not believed, objects; somebody else decides."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID, Base
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.events import AppealDecided, AppealFiled, record
from forum.kit.i18n import N_
from forum.moderation.domain.acts import RULES
from forum.moderation.domain.decide import is_alone, undo
from forum.moderation.domain.targets import load, reporters
from forum.moderation.models import Appeal, Decision, Report
from forum.policy.actors import Actor, require_member
from forum.policy.moderation import Stakes, require_moderator

WINDOW = timedelta(days=184)
"""Six months and a little (DSA Art. 20)."""
ANSWER_WITHIN = timedelta(days=14)
LONGEST = 4000


def side(session: Session, actor: Actor, decision: Decision) -> str:
    """What the decision is to them: "subject" (restricts them), "reporter" (rejected their report), or ""."""
    if decision.subject_id == actor.id and RULES.get(decision.action) and RULES[decision.action].restricts:
        return "subject"
    rejected = select(Report.id).where(
        Report.decision_id == decision.id, Report.reporter_id == actor.id, Report.state == "rejected"
    )
    return "reporter" if decision.action == "dismiss" and session.execute(rejected).first() else ""


def appeal(session: Session, *, actor: Actor, decision_id: int, body: str, now: datetime) -> Appeal:
    """Object to a decision. Also open to those who are silenced, suspended or banned.

    Raises SignInNeeded, NotFound (not theirs), Invalid(text), Conflict (too late, taken back, objected before).
    """
    require_member(actor)
    decision = session.get(Decision, decision_id) if 0 < decision_id <= MAX_ID else None
    which = side(session, actor, decision) if decision is not None else ""
    if decision is None or not which:
        raise NotFound()
    body = check_objection(decision, body, now)
    row = Appeal(
        decision_id=decision.id, appellant_id=actor.id, side=which, body=body, state="open", created_at=now,
        due_at=now + ANSWER_WITHIN, version=1,
    )  # fmt: skip
    file_once(session, row)
    record(session, AppealFiled(row.id), now=now)
    return row


def check_objection(decision: Decision, body: str, now: datetime) -> str:
    """The words of an objection, trimmed. Raises Invalid(text), Conflict (taken back, too late)."""
    body = body.strip()
    if not body:
        raise Invalid({"text": N_("Write why you see it differently.")})
    if len(body) > LONGEST:
        raise Invalid({"text": N_("That is too long: keep to the most important.")})
    if decision.undone_at is not None:
        raise Conflict(N_("This decision has been taken back already."))
    if now > decision.created_at + WINDOW:
        raise Conflict(N_("The six months for objecting are over."))
    return body


def file_once(session: Session, row: Base) -> None:
    """Raises Conflict when the same person has objected to the same decision before."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("You have objected to this decision before.")) from None


def decide_appeal(
    session: Session, *, actor: Actor, appeal_id: int, outcome: str, reasons: str, now: datetime, override: str = "",
) -> Appeal:  # fmt: skip
    """Uphold the decision, or reverse it: everything is restored (a rejected report's case is opened again).

    Raises SignInNeeded, Forbidden (the first decider, the reporter, out of bounds), NotFound, Invalid(outcome,
    reasons), Conflict (decided before; a later decision rests on this one).
    """
    row, decision, stakes = _in_hand(session, actor, appeal_id)
    given = require_other(session, actor, decision, stakes, override, now)
    row.version += 1
    answer(session, actor=actor, row=row, decision=decision, outcome=outcome, reasons=reasons, given=given, now=now)
    record(session, AppealDecided(row.id), now=now)
    audit.write(
        session, action=f"appeal.{outcome}", actor_id=actor.id, subject_id=row.appellant_id,
        target=f"decision:{decision.id}",
        data={"appeal": row.id, "category": decision.category_id, "override": bool(given)},
        details={"reasons": row.reasons, "override": given}, now=now,
    )  # fmt: skip
    return row


class Objection(Protocol):
    """An objection that waits for its answer: an appeal, or a guest's complaint."""

    state: str
    reasons: str
    decided_at: datetime | None
    decided_by_id: int | None
    override: str


def answer(
    session: Session, *, actor: Actor, row: Objection, decision: Decision, outcome: str, reasons: str, given: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write the answer down; `reversed` takes the decision back. `given`: what `require_other` gave.

    Raises Invalid(outcome, reasons), Conflict (answered before; a later decision rests on this one).
    """
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


def _in_hand(session: Session, actor: Actor, appeal_id: int) -> tuple[Appeal, Decision, Stakes]:
    require_moderator(actor)
    seen = session.get(Appeal, appeal_id) if 0 < appeal_id <= MAX_ID else None
    if seen is None:
        raise NotFound()
    decision = session.get_one(Decision, seen.decision_id)
    target = load(session, decision.target_type, decision.target_id)
    others = reporters(session, decision.case_id)
    stakes = Stakes(decision.subject_id, target.member.role, target.category_id, others)
    if not actor.moderates_in(target.category_id) or decision.subject_id == actor.id:
        raise NotFound()
    query = select(Appeal).where(Appeal.id == appeal_id).with_for_update(key_share=True)
    row = session.scalar(query.execution_options(populate_existing=True))
    assert row is not None
    return row, decision, stakes


def barred(actor: Actor, decision: Decision, stakes: Stakes) -> bool:
    """Decided it first, reported it, or objected: somebody else decides the appeal."""
    return actor.id in {decision.actor_id, *stakes.reporters}


def require_other(
    session: Session, actor: Actor, decision: Decision, stakes: Stakes, override: str, now: datetime
) -> str:
    """The override's words, when one was needed and allowed; else empty. Raises Forbidden."""
    if not barred(actor, decision, stakes):
        return ""
    barred_too = Stakes(
        stakes.subject_id, stakes.subject_role, stakes.category_id, stakes.reporters | {decision.actor_id or 0}
    )
    if override.strip() and is_alone(session, actor, barred_too, now):
        return override.strip()[:200]
    raise Forbidden(N_("Somebody else decides this appeal: not who decided first, not who reported it."))
