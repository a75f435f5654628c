"""Places to meet, used again and again."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Invalid
from forum.kit.i18n import N_
from forum.meetups.domain.plan import NewPlace, check_place
from forum.meetups.models import ChapterHost, Meetup, MeetupHost, Place
from forum.policy.actors import Actor


def place_of(
    session: Session, actor: Actor, place: int | NewPlace | None, now: datetime, *, kept: Sequence[int | None] = ()
) -> int | None:
    """The id of a place that is there, or of a new one. Raises Invalid(place).

    `kept`: those that the meetup has, which its other hosts may keep, even somebody's home.
    """
    if place is None:
        return None
    if isinstance(place, int):
        if place in kept:
            return place
        row = session.get(Place, place) if 0 < place <= MAX_ID else None
        if row is None or not (row.shared or row.created_by_id == actor.id or actor.can_manage):
            raise Invalid({"place": N_("Choose from the list.")})
        return row.id
    checked = check_place(place)
    same = session.scalar(
        select(Place).where(
            func.lower(Place.name) == checked.name.lower(), Place.address == checked.address, Place.shared,
            Place.archived_at.is_(None),
        )
    )  # fmt: skip
    if same is not None and checked.shared and _adds_nothing(same, checked):
        return same.id  # the same place again: used, not doubled
    row = Place(created_by_id=actor.id, created_at=now, version=1, **msgspec.structs.asdict(checked))
    session.add(row)
    session.flush()
    return row.id


def _adds_nothing(row: Place, new: NewPlace) -> bool:
    values = msgspec.structs.asdict(new)
    return all(value in (None, "", getattr(row, name)) for name, value in values.items())


def is_host_somewhere(session: Session, actor: Actor) -> bool:
    """Does `actor` look after any meetup or chapter (or all of them)?"""
    if actor.can_manage:
        return True
    if actor.is_guest or actor.is_suspended:
        return False
    for query in (
        select(Meetup.id).where(Meetup.author_id == actor.id),
        select(MeetupHost.meetup_id).where(MeetupHost.member_id == actor.id, MeetupHost.role == "host"),
        select(ChapterHost.chapter_id).where(ChapterHost.member_id == actor.id),
    ):
        if session.execute(query.limit(1)).first() is not None:
            return True
    return False
