"""Cases: opening, claiming, releasing, notes. A case is locked after its target and before the audit log."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_
from forum.moderation.domain.scores import HELD, SEVERITY
from forum.moderation.domain.targets import Target
from forum.moderation.models import Case, Note, Report
from forum.policy.actors import Actor
from forum.policy.moderation import require_case, require_moderator

IDLE_CLAIM = timedelta(minutes=30)
"""A claim that led to nothing for so long no longer keeps others away."""
LONGEST_NOTE = 4000


class CaseRef(msgspec.Struct, frozen=True):
    """A case after a change."""

    id: int
    state: str
    version: int


def living(session: Session, target_type: str, target_id: int, *, lock: bool = True) -> Case | None:
    """The case about a target that is not resolved."""
    query = select(Case).where(
        Case.target_type == target_type, Case.target_id == target_id, Case.state != "resolved"
    )  # fmt: skip
    query = query.execution_options(populate_existing=True)
    return session.scalar(query.with_for_update(key_share=True) if lock else query)


def open_case(session: Session, target: Target, now: datetime) -> Case:
    """The living case about `target`, made if there is none. Two that open it at once get the same one."""
    found = living(session, target.type, target.id)
    if found is not None:
        return found
    case = Case(
        target_type=target.type, target_id=target.id, thread_id=target.thread.id if target.thread else None,
        category_id=target.category_id, subject_id=target.member.id, opened_at=now, state="open", score=0,
        report_count=0, version=1, held=False, threat=False, reason="other",
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(case)
            session.flush()
    except IntegrityError:
        found = living(session, target.type, target.id)
        assert found is not None
        return found
    return case


def reckon(session: Session, case: Case) -> None:
    """The case's score, count, weightiest reason and threat, from its open reports."""
    rows = session.execute(
        select(Report.reason, Report.weight, Report.threat).where(Report.case_id == case.id, Report.state == "open")
    ).all()
    case.score = sum(row.weight for row in rows) + (HELD if case.held else 0)
    case.report_count = len(rows)
    case.threat = any(row.threat for row in rows)
    if rows:
        case.reason = max((row.reason for row in rows), key=lambda reason: (SEVERITY[reason], reason))
    case.version += 1
    session.flush()


def hold(session: Session, target: Target, now: datetime) -> Case:
    """The target waits for approval: its case says so."""
    case = open_case(session, target, now)
    case.held = True
    reckon(session, case)
    return case


def case_for_update(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, locked. Raises SignInNeeded, Forbidden, NotFound."""
    require_moderator(actor)
    case = None
    if 0 < case_id <= MAX_ID:
        query = select(Case).where(Case.id == case_id).with_for_update(key_share=True)
        case = session.scalar(query.execution_options(populate_existing=True))
    require_case(actor, case)
    assert case is not None
    return case


def check_turn(case: Case, actor: Actor, version: int | None, now: datetime) -> None:
    """Is the caller's screen fresh, and nobody else at it? Raises Conflict(current=CaseRef)."""
    current = CaseRef(case.id, case.state, case.version)
    if case.state == "resolved":
        raise Conflict(N_("This case has been decided meanwhile."), current=current)
    if version is not None and version != case.version:
        raise Conflict(N_("This case has changed meanwhile: look at it again, then decide."), current=current)
    busy = case.state == "claimed" and case.claimed_by_id != actor.id
    if busy and case.claimed_at is not None and now - case.claimed_at < IDLE_CLAIM:
        raise Conflict(N_("Somebody else is looking at this case."), current=current)


def claim(session: Session, *, actor: Actor, case_id: int, version: int | None, now: datetime) -> CaseRef:
    """Take a case: nobody else decides it while it is yours. Yours already: your time begins anew.

    Raises SignInNeeded, Forbidden, NotFound, Conflict (another holds it, or `version` is stale).
    """
    case = case_for_update(session, actor, case_id)
    if case.state == "claimed" and case.claimed_by_id == actor.id:
        case.claimed_at = now
        return CaseRef(case.id, case.state, case.version)
    check_turn(case, actor, version, now)
    case.state, case.claimed_by_id, case.claimed_at = "claimed", actor.id, now
    case.first_look_at = case.first_look_at or now
    case.version += 1
    _log(session, "case.claimed", actor, case, now)
    return CaseRef(case.id, case.state, case.version)


def release(session: Session, *, actor: Actor, case_id: int, now: datetime) -> CaseRef:
    """Give a case back to the queue; somebody else's, too, when it has lain idle.

    Raises SignInNeeded, Forbidden, NotFound, Conflict.
    """
    case = case_for_update(session, actor, case_id)
    if case.state == "open":
        return CaseRef(case.id, case.state, case.version)
    check_turn(case, actor, None, now)
    case.state, case.claimed_by_id, case.claimed_at = "open", None, None
    case.version += 1
    _log(session, "case.released", actor, case, now)
    return CaseRef(case.id, case.state, case.version)


def _log(session: Session, action: str, actor: Actor, case: Case, now: datetime) -> None:
    audit.write(
        session, action=action, actor_id=actor.id, subject_id=case.subject_id, target=f"case:{case.id}",
        data={"category": case.category_id}, now=now,
    )  # fmt: skip


def add_note(
    session: Session, *, actor: Actor, body: str, now: datetime, case_id: int | None = None,
    member_id: int | None = None,
) -> Note:  # fmt: skip
    """A private note among staff, on a case or on a member. Not about oneself.

    Raises SignInNeeded, Forbidden, NotFound, Invalid(body).
    """
    require_moderator(actor)
    body = body.strip()
    if not body:
        raise Invalid({"body": N_("Write something first.")})
    if len(body) > LONGEST_NOTE:
        raise Invalid({"body": N_("That is too long for a note: keep to what others must know.")})
    category: int | None = None
    if case_id is not None:
        case = case_for_update(session, actor, case_id)
        category = case.category_id
    elif member_id is None or member_id == actor.id:
        raise NotFound()
    note = Note(case_id=case_id, member_id=member_id, author_id=actor.id, body=body, created_at=now)
    session.add(note)
    session.flush()
    audit.write(
        session, action="note.added", actor_id=actor.id, subject_id=member_id,
        target=f"case:{case_id}" if case_id else f"member:{member_id}", data={"note": note.id, "category": category},
        now=now,
    )  # fmt: skip
    return note


def was_reported(session: Session, case: Case) -> bool:
    """Did a person report it? Reports with a reference A-… are the software's own (`prevention.jobs`)."""
    people = select(Report.id).where(Report.case_id == case.id, ~Report.reference.startswith("A-"))
    return case.report_count > 0 and session.execute(people.limit(1)).first() is not None


def open_count(session: Session) -> int:
    """Cases that wait, at most 1,000 counted."""
    waiting = select(Case.id).where(Case.state != "resolved").limit(1000).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0
