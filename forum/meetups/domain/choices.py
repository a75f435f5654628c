"""What a member chooses for themselves: reminders, roughly where they live, the address of their calendar."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.kit import tokens
from forum.kit.i18n import N_
from forum.meetups.domain.plan import line
from forum.meetups.models import CalendarToken, MeetupChoice
from forum.members.models import Member
from forum.policy.actors import Actor, require_member

COARSE: Final = 1
"""Decimals of a degree that are kept of where somebody lives: some ten kilometres."""


def set_reminders(session: Session, *, actor: Actor, week: bool, day: bool, hours: bool) -> None:
    """Which reminders one wants; by mail or on the site is chosen with the notices. Raises SignInNeeded, Forbidden."""
    row = _own(session, actor)
    row.remind_week, row.remind_day, row.remind_hours = week, day, hours
    session.flush()


def set_town(session: Session, *, actor: Actor, town: str, latitude: float | None, longitude: float | None) -> None:
    """Keep where "near my town" is, coarsely; nothing at all forgets it. Raises SignInNeeded, Forbidden, Invalid."""
    row = _own(session, actor)
    latitude, longitude = check_point(latitude, longitude)
    row.town = line(town, 80)
    row.latitude = None if latitude is None else round(latitude, COARSE)
    row.longitude = None if longitude is None else round(longitude, COARSE)
    session.flush()


def check_point(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Raises Invalid(latitude)."""
    if (latitude is None) != (longitude is None):
        raise Invalid({"latitude": N_("Give both latitude and longitude, or neither.")})
    if latitude is not None and longitude is not None and not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid({"latitude": N_("Latitude runs from -90 to 90, longitude from -180 to 180.")})
    return latitude, longitude


def _own(session: Session, actor: Actor) -> MeetupChoice:
    require_member(actor)
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    row = session.get(MeetupChoice, actor.id)
    if row is None:
        row = MeetupChoice(member_id=actor.id, remind_week=True, remind_day=True, remind_hours=True, town="")
        session.add(row)
    return row


def new_calendar_token(session: Session, *, actor: Actor, now: datetime) -> str:
    """The secret of one's own calendar address, shown once; the one before ends. Raises SignInNeeded, Forbidden."""
    require_member(actor)
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    token = tokens.new_token()
    row = session.get(CalendarToken, actor.id) or CalendarToken(member_id=actor.id)
    row.token_hash, row.created_at, row.used_at = tokens.digest(token), now, None
    session.add(row)
    session.flush()
    return token


def revoke_calendar_token(session: Session, *, actor: Actor) -> None:
    """End the address. Raises SignInNeeded, Forbidden."""
    require_member(actor)
    session.execute(delete(CalendarToken).where(CalendarToken.member_id == actor.id))
