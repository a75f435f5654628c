"""Calling off: with a reason that everybody concerned reads. The date stays in calendars, as cancelled."""

from datetime import datetime

from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_
from forum.meetups.domain import seats
from forum.meetups.domain.after import tell_all
from forum.meetups.domain.locks import lock_date, lock_dates, lock_meetup, team, team_of_date
from forum.meetups.domain.plan import check_reason, words
from forum.meetups.domain.telling import together
from forum.meetups.models import Meetup, Occurrence
from forum.policy import meetups as policy
from forum.policy.actors import Actor


def call_off(session: Session, date: Occurrence, meetup: Meetup, *, reason: str, actor: Actor, now: datetime) -> None:
    """With the date locked and the reason checked. Answers stay as they were: they say who has to be told.

    But for seats that are held for somebody: nobody can take them up any more.
    """
    date.status, date.cancelled_at, date.cancelled_by_id = "cancelled", now, actor.id
    date.cancel_reason = reason
    date.sequence += 1
    date.changed_at = now
    date.version += 1
    session.flush()
    seats.end_offers(session, date, now=now)
    tell_all(session, date, "cancelled", key=f"cancelled:{date.id}", reason=reason, by_id=actor.id, now=now)


def cancel_occurrence(session: Session, *, actor: Actor, occurrence_id: int, reason: str, now: datetime) -> Occurrence:
    """Call one date off. Doing it twice changes nothing.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(reason), Conflict when it is over.
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    reason = check_reason(reason)
    meetup = lock_meetup(session, crew.meetup_id)
    date = lock_date(session, occurrence_id)
    if date.status == "cancelled":
        return date
    if date.ends_at <= now:
        raise Conflict(N_("It is over: it cannot be cancelled."))
    call_off(session, date, meetup, reason=reason, actor=actor, now=now)
    audit(
        session, action="date.cancelled", actor_id=actor.id, target=f"date:{date.id}",
        data={"category": crew.category_id}, details={"reason": reason}, now=now,
    )  # fmt: skip
    return date


def cancel_series(session: Session, *, actor: Actor, meetup_id: int, reason: str, now: datetime) -> int:
    """Call all coming dates off and make no new ones; how many there were.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(reason).
    """
    crew = team(session, actor, meetup_id)
    policy.require_change(actor, crew)
    assert crew is not None
    reason = check_reason(reason)
    meetup = lock_meetup(session, meetup_id)
    coming = lock_dates(session, meetup.id, Occurrence.ends_at > now, Occurrence.status != "cancelled")
    with together(session, meetup.id, now=now):
        for date in coming:
            call_off(session, date, meetup, reason=reason, actor=actor, now=now)
    meetup.ended_at = meetup.ended_at or now
    meetup.updated_at = now
    meetup.version += 1
    audit(
        session, action="meetup.cancelled", actor_id=actor.id, target=f"meetup:{meetup.id}",
        data={"category": crew.category_id, "dates": len(coming)}, details={"reason": reason}, now=now,
    )  # fmt: skip
    return len(coming)


def end_series(session: Session, *, actor: Actor, meetup_id: int, reason: str, now: datetime) -> None:
    """No new dates; those in the calendar take place, so nobody is told. The log keeps the reason.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(reason), Conflict for what takes place once.
    """
    crew = team(session, actor, meetup_id)
    policy.require_change(actor, crew)
    assert crew is not None
    reason = words(reason, "reason", 500)
    if not reason:
        raise Invalid({"reason": N_("Say why: the log of the staff keeps it.")})
    meetup = lock_meetup(session, meetup_id)
    if not meetup.rule:
        raise Conflict(N_("It takes place once: there is no series to end."))
    if meetup.ended_at is not None:
        return
    meetup.ended_at = meetup.updated_at = now
    meetup.version += 1
    audit(
        session, action="meetup.ended", actor_id=actor.id, target=f"meetup:{meetup.id}",
        data={"category": crew.category_id}, details={"reason": reason}, now=now,
    )  # fmt: skip
