"""Describing places, and what follows: where one is called otherwise, or stands elsewhere, its dates change with it."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, NotFound
from forum.events import record
from forum.meetups.domain.change import announce_change
from forum.meetups.domain.locks import lock_dates, lock_meetup
from forum.meetups.domain.places import is_host_somewhere, place_of
from forum.meetups.domain.plan import NewPlace, check_place, check_reason
from forum.meetups.domain.telling import together
from forum.meetups.events import PlaceChanged
from forum.meetups.models import Occurrence, Place
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.policy.actors import Actor, require_member, require_writer

TOLD: Final = ("name", "address", "latitude", "longitude")
"""What of a place stands in people's calendars: with another one somebody goes to the wrong door."""


def save_place(
    session: Session, *, actor: Actor, place: NewPlace, now: datetime, place_id: int | None = None,
    version: int | None = None, reason: str = "",
) -> int:  # fmt: skip
    """Describe a place, or describe it better; its id. Hosts of anything add; who added it, and managers, change.

    `reason`: read by those who come to dates there, who are told of another name, address or position.
    Raises SignInNeeded, Forbidden, NotFound, Invalid(place, reason), Conflict (stale version).
    """
    require_writer(actor)
    if not is_host_somewhere(session, actor):
        raise Forbidden()
    if place_id is None:
        found = place_of(session, actor, place, now)
        assert found is not None
        return found
    row = _own(session, actor, place_id)
    if version is not None and version != row.version:
        raise Conflict(current=row.name)
    checked = check_place(place)
    if any(getattr(row, name) != getattr(checked, name) for name in TOLD):
        _leave_word(session, actor, row.id, reason, now)
    for name, value in msgspec.structs.asdict(checked).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    return row.id


def archive_place(session: Session, *, actor: Actor, place_id: int, now: datetime) -> None:
    """Offer a place to nobody any more; meetups that are there stay there. Raises SignInNeeded, Forbidden, NotFound."""
    require_member(actor)
    row = _own(session, actor, place_id)
    row.archived_at = row.archived_at or now
    row.version += 1
    session.flush()


def _own(session: Session, actor: Actor, place_id: int) -> Place:
    query = select(Place).where(Place.id == place_id).with_for_update(key_share=True)
    row = session.scalar(query) if 0 < place_id <= MAX_ID else None
    if row is None or not (row.shared or row.created_by_id == actor.id or actor.can_manage):
        raise NotFound()
    if row.created_by_id != actor.id and not actor.can_manage:
        raise Forbidden()
    return row


def _coming_at(place_id: int, now: datetime) -> ColumnElement[bool]:
    """SQL: dates there that are still to come and take place."""
    return and_(Occurrence.place_id == place_id, Occurrence.starts_at > now, Occurrence.status != "cancelled")


def _leave_word(session: Session, actor: Actor, place_id: int, reason: str, now: datetime) -> None:
    """Have the worker tell of a place that changed. Raises Invalid(reason) where dates are coming and none is given."""
    here = select(Occurrence.id).where(_coming_at(place_id, now)).limit(1)
    if session.execute(here).first() is not None:
        record(session, PlaceChanged(place_id, actor.id, now, check_reason(reason)), now=now)


def tell_next(session: Session, *, event: PlaceChanged, now: datetime) -> None:
    """Announce the change for the dates of the next meetup there, and hand the rest on: one meetup a transaction.

    Dates that changed since then have been told as they stand now, with this place: so running twice tells once.
    """
    untold = and_(_coming_at(event.place_id, now), Occurrence.changed_at <= event.at)
    following = select(func.min(Occurrence.meetup_id)).where(untold, Occurrence.meetup_id > event.after_id)
    meetup_id = session.execute(following).scalar()
    author = session.execute(select(*READER).where(Member.id == event.by_id)).first()
    if meetup_id is None or author is None:
        return
    actor, meetup = reader_of(author, now), lock_meetup(session, meetup_id)
    with together(session, meetup_id, now=now):
        for date in lock_dates(session, meetup_id, untold):
            announce_change(
                session, date, meetup, {"place"}, date.starts_at, reason=event.reason, actor=actor, now=now
            )  # fmt: skip
    rest = PlaceChanged(event.place_id, event.by_id, event.at, event.reason, after_id=meetup_id)
    record(session, rest, now=now, key=f"{event.place_id}-{event.at.timestamp()}-{meetup_id}")
