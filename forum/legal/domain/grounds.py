"""What a moderator adds to the record of a restriction: illegal or against the rules, which law, which category."""

from datetime import datetime

from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.kit.mail import one_line
from forum.legal import words
from forum.legal.models import StatementGround
from forum.moderation.domain.acts import RULES
from forum.moderation.models import Decision
from forum.policy.actors import Actor
from forum.policy.legal import require_desk

LONGEST = 500


def set_ground(
    session: Session, *, actor: Actor, decision_id: int, illegal: bool, legal_ground: str, category: str, keyword: str,
    now: datetime,
) -> StatementGround:  # fmt: skip
    """Say on what ground a restriction rests. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
    require_desk(actor)
    decision = session.get(Decision, decision_id)
    if decision is None or decision.subject_id == actor.id or not actor.moderates_in(decision.category_id):
        raise NotFound()
    if not RULES[decision.action].restricts:
        raise NotFound()
    problems: dict[str, Message] = {}
    if category not in words.CATEGORIES:
        problems["category"] = N_("Choose what it is about.")
    if keyword and keyword not in words.KEYWORDS:
        problems["keyword"] = N_("Choose from the list.")
    if illegal and not legal_ground.strip():
        problems["legal_ground"] = N_("Name the law: the member concerned and the authorities may ask for it.")
    if len(legal_ground) > LONGEST:
        problems["legal_ground"] = Text(N_("At most %(n)s characters."), {"n": LONGEST})
    if problems:
        raise Invalid(problems)
    row = session.get(StatementGround, decision_id) or StatementGround(decision_id=decision_id)
    row.illegal, row.legal_ground, row.category, row.keyword = illegal, one_line(legal_ground), category, keyword
    row.set_by_id, row.set_at = actor.id, now
    session.add(row)
    session.flush()
    audit.write(
        session, action="statement.grounded", actor_id=actor.id, subject_id=decision.subject_id,
        target=f"decision:{decision.id}",
        data={"illegal": illegal, "kind": category, "category": decision.category_id}, now=now,
    )  # fmt: skip
    return row
