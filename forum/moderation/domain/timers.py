"""Timers: an act on a thread that somebody set for later. It leaves a decision like any other, made by nobody."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.events import AccessChanged, DecisionMade, record
from forum.guidelines.queries import in_force
from forum.kit.i18n import N_
from forum.moderation.domain.acts import UNDO, Act
from forum.moderation.domain.apply import APPLY, Applying
from forum.moderation.domain.targets import load
from forum.moderation.models import Decision, ThreadTimer
from forum.policy.actors import Actor
from forum.policy.moderation import require_moderator


def run(session: Session, *, timer_id: int, now: datetime) -> Decision | None:
    """Do what a timer was set for, once; None when it was cancelled, done, or its thread is so already."""
    thread_id = session.execute(select(ThreadTimer.thread_id).where(ThreadTimer.id == timer_id)).scalar()
    if thread_id is None:
        return None
    target = load(session, "thread", thread_id)
    query = select(ThreadTimer).where(ThreadTimer.id == timer_id).with_for_update(key_share=True)
    timer = session.scalar(query.execution_options(populate_existing=True))
    if timer is None or timer.done_at is not None or timer.cancelled_at is not None:
        return None
    timer.done_at = now
    assert target.thread is not None
    decision = Decision(
        actor_id=None, action=timer.action, target_type="thread", target_id=thread_id,
        category_id=target.thread.category_id, subject_id=target.member.id, reason=timer.reason,
        guidelines=in_force(session, now).number, effects=[], summary={}, created_at=now, undo_until=now + UNDO,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    act = Act(action=timer.action, reason=timer.reason)
    going = Applying(session, Actor(id=0, role="admin"), act, target, decision, now)
    try:
        APPLY[timer.action](going)
    except (Conflict, Invalid, Forbidden):
        session.delete(decision)
        return None
    decision.effects, decision.summary = going.journal.entries, going.summary
    record(session, AccessChanged(thread_id=thread_id), now=now)
    record(session, DecisionMade(decision.id), now=now)
    audit.write(
        session, action="timer.ran", actor_id=None, subject_id=target.member.id, target=f"thread:{thread_id}",
        data={
            "timer": timer_id, "decision": decision.id, "act": timer.action, "category": target.category_id,
            "set_by": timer.set_by_id,
        },
        now=now,
    )  # fmt: skip
    return decision


def cancel(session: Session, *, actor: Actor, timer_id: int, now: datetime) -> None:
    """A timer that has not gone off will not. Raises SignInNeeded, Forbidden, NotFound."""
    require_moderator(actor)
    timer = session.get(ThreadTimer, timer_id)
    if timer is None:
        raise NotFound()
    target = load(session, "thread", timer.thread_id)
    if not actor.moderates_in(target.category_id):
        raise NotFound()
    if timer.done_at is not None or timer.cancelled_at is not None:
        raise Conflict(N_("This timer is over already."))
    timer.cancelled_at = now
    session.flush()
    audit.write(
        session, action="timer.cancelled", actor_id=actor.id, subject_id=target.member.id, target=target.key,
        data={"timer": timer_id, "category": target.category_id}, now=now,
    )  # fmt: skip
