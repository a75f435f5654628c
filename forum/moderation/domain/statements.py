"""What the member concerned does with a statement: say that it was read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import NotFound
from forum.members.models import Member
from forum.moderation.domain import derived
from forum.moderation.models import Statement
from forum.policy.actors import Actor, require_member
from forum.policy.statements import require_acknowledge


def acknowledge(session: Session, *, actor: Actor, decision_id: int, now: datetime) -> Statement:
    """`actor` has read the statement about a decision: a warning no longer keeps them from writing. Twice is once.

    Raises SignInNeeded, NotFound (not theirs).
    """
    require_member(actor)
    if not 0 < decision_id <= MAX_ID:
        raise NotFound()
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    row = session.scalar(select(Statement).where(Statement.decision_id == decision_id))
    require_acknowledge(actor, row)
    assert row is not None
    if row.acknowledged_at is None:
        row.acknowledged_at = now
        session.flush()
        derived.warn(session, row.member_id)
    return row
