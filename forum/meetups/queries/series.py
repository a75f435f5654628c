"""Meetups with their dates, for the JSON API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.errors import NotFound
from forum.kit import paging
from forum.meetups.models import Meetup, Occurrence, Place
from forum.meetups.queries.columns import MEETUP, OCCURRENCE, PLACE, occurrence_of
from forum.meetups.views import MeetupView, OccurrenceView, PlaceView
from forum.policy.actors import Actor
from forum.policy.meetups import listed_meetups, visible_meetups
from forum.threads.models import Thread

COMING_SHOWN: Final = 60
PAST_SHOWN: Final = 12


class Series(msgspec.Struct, frozen=True):
    """A meetup and its dates, without what only some may know."""

    meetup: MeetupView
    category: CategoryView
    place: PlaceView | None
    dates: tuple[OccurrenceView, ...]


class SeriesPage(msgspec.Struct, frozen=True):
    """Some meetups. `next`: the cursor of the following page."""

    rows: list[Series]
    next: str | None


def series_list(
    session: Session, actor: Actor, house: House, *, now: datetime, past: bool = False, after: str = "",
    limit: int = paging.PAGE, categories: tuple[CategoryView, ...] | None = None,
) -> SeriesPage:  # fmt: skip
    """Meetups with a coming date, by the next one; `past`: those that have none, by the last one."""
    at = func.max(Occurrence.starts_at) if past else func.min(Occurrence.starts_at)
    query = (
        select(Meetup.id, at.label("at"))
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Occurrence, Occurrence.meetup_id == Meetup.id)
        .where(listed_meetups(actor))
        .group_by(Meetup.id)
        .limit(limit + 1)
    )
    if categories is not None:
        query = query.where(Thread.category_id.in_([category.id for category in categories]))
    cursor = paging.decode(after, datetime, int)
    if past:
        query = query.having(func.max(Occurrence.ends_at) <= now).order_by(at.desc(), Meetup.id.desc())
        query = query.having(tuple_(at, Meetup.id) < cursor) if cursor else query
    else:
        query = query.where(Occurrence.ends_at > now).order_by(at, Meetup.id)
        query = query.having(tuple_(at, Meetup.id) > cursor) if cursor else query
    rows = session.execute(query).all()
    found = _series(session, house, [row.id for row in rows[:limit]], now)
    more = paging.encode(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
    return SeriesPage([found[row.id] for row in rows[:limit] if row.id in found], more)


def series(session: Session, actor: Actor, house: House, meetup_id: int, *, now: datetime) -> Series:
    """One. Raises NotFound."""
    query = (
        select(Meetup.id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Meetup.id == meetup_id, visible_meetups(actor))
    )
    found = _series(session, house, [meetup_id], now) if session.execute(query).first() else {}
    if meetup_id not in found:
        raise NotFound()
    return found[meetup_id]


def _series(session: Session, house: House, ids: Sequence[int], now: datetime) -> dict[int, Series]:
    """Three statements, however many. Nobody learns the address of an online room here."""
    rows: Sequence[Any] = session.execute(
        select(*MEETUP, Thread.category_id, *PLACE)
        .join(Thread, Thread.id == Meetup.thread_id)
        .outerjoin(Place, Place.id == Meetup.place_id)
        .where(Meetup.id.in_(ids))
    ).all()
    dates: dict[int, list[OccurrenceView]] = {}
    own = select(*OCCURRENCE).where(Occurrence.meetup_id.in_(ids))
    ranked = own.order_by(Occurrence.starts_at, Occurrence.id)
    for row in session.execute(ranked):
        one = occurrence_of(row, entitled=False)
        dates.setdefault(one.meetup_id, []).append(one)
    found = {}
    width = len(MEETUP)
    for row in rows:
        category = house.by_id(row[width])
        if category is None:
            continue
        meetup = msgspec.structs.replace(MeetupView(*row[:width]), online_url="")
        place = PlaceView(*row[width + 1 :]) if row[width + 1] is not None else None
        found[meetup.id] = Series(meetup, category, place, _shown(dates.get(meetup.id, []), now))
    return found


def _shown(dates: list[OccurrenceView], now: datetime) -> tuple[OccurrenceView, ...]:
    coming = [one for one in dates if one.ends_at > now][:COMING_SHOWN]
    return (*[one for one in dates if one.ends_at <= now][-PAST_SHOWN:], *coming)
