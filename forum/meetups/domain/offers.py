"""Offers that end by themselves."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.meetups.domain import seats
from forum.meetups.domain.locks import lock_date
from forum.meetups.models import Meetup, Rsvp


def end_offer(session: Session, *, rsvp_id: int, now: datetime) -> None:
    """End the offers of a date that are over by now, and let the next in. Doing it twice, or late, changes nothing."""
    found = session.execute(select(Rsvp.occurrence_id).where(Rsvp.id == rsvp_id)).scalar()
    if found is None:
        return
    date = lock_date(session, found)
    seats.settle(session, date, session.get_one(Meetup, date.meetup_id), now=now)
