"""Accounts that wait for a moderator, where the administrator switched that on."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.accounts import queries as accounts
from forum.accounts.domain.signup import admit
from forum.accounts.models import Signup
from forum.audit import domain as audit
from forum.errors import Forbidden, Invalid
from forum.events import SignupDecided, record
from forum.kit.i18n import N_
from forum.moderation.domain import cases
from forum.moderation.domain.acts import LONGEST_EXPLANATION
from forum.moderation.domain.scores import HELD
from forum.moderation.models import Case
from forum.policy.actors import Actor


def open_case(session: Session, signup_id: int, now: datetime) -> Case | None:
    """The case about a sign-up that waits; None when it is gone. Opening it twice makes one."""
    waiting = select(Signup.id).where(Signup.id == signup_id, Signup.verified_at.is_not(None))
    if session.execute(waiting).first() is None:
        return None
    before = session.scalar(select(Case).where(Case.target_type == "signup", Case.target_id == signup_id))
    if before is not None:
        return before
    case = Case(
        target_type="signup", target_id=signup_id, opened_at=now, state="open", held=True, score=HELD, report_count=0,
        threat=False, reason="other", version=1,
    )  # fmt: skip
    session.add(case)
    session.flush()
    return case


def decide_signup(
    session: Session, *, actor: Actor, case_id: int, version: int | None, action: str, explanation: str = "",
    now: datetime,
) -> int:  # fmt: skip
    """Let somebody in (`approve`: the new member's id) or turn them down (`reject`: 0; what they entered is deleted).

    Not for moderators who are bound to categories. Cannot be undone: a member can be sanctioned, and who was turned
    down can sign up again. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict.
    """
    case = cases.case_for_update(session, actor, case_id)
    if actor.kind == "bound" or case.target_type != "signup":
        raise Forbidden()
    cases.check_turn(case, actor, version, now)
    if action not in ("approve", "reject"):
        raise Invalid({"action": N_("Choose what to do.")})
    if len(explanation) > LONGEST_EXPLANATION:
        raise Invalid({"explanation": N_("That is too long: keep to the most important.")})
    found = accounts.signup_by_id(session, case.target_id)
    member_id = 0
    if found is not None:
        session.execute(delete(Signup).where(Signup.id == found.id))
        if action == "approve":
            member_id = admit(session, found, now).id
        word = SignupDecided(found.email, found.name, found.locale, member_id, explanation.strip())
        record(session, word, now=now)
    case.state, case.resolved_at, case.held = "resolved", now, False
    case.first_look_at, case.claimed_by_id = case.first_look_at or now, actor.id
    case.version += 1
    audit.write(
        session, action="signup.approved" if action == "approve" else "signup.rejected", actor_id=actor.id,
        subject_id=member_id or None, target=f"signup:{case.target_id}", data={"case": case.id},
        details={"name": found.name, "explanation": explanation.strip()} if found else None, now=now,
    )  # fmt: skip
    return member_id
