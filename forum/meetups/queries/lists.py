"""Dates in lists: agenda, month, near a town, of a thread. Every one asks `listed_meetups`, and nothing else shows."""

from calendar import Calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import asin, cos, pi, radians, sin, sqrt
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, bindparam, false, select, true, tuple_, union_all
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID, columns
from forum.errors import NotFound
from forum.kit import paging, walltime
from forum.meetups.domain.plan import MAX_LENGTH
from forum.meetups.models import COMING, Meetup, Occurrence, Place, Rsvp
from forum.meetups.queries.columns import ROW, row_of
from forum.meetups.views import DayCell, MonthView, Near, OccurrenceRow
from forum.members.models import Member
from forum.members.queries import CARD
from forum.policy.actors import PATTERNS, Actor, me
from forum.policy.meetups import hosted_by, listed_meetups
from forum.threads.models import Thread

A_DAY: Final = 3
"""Dates that a day of the month's table names; then it says that there are more."""
EARTH: Final = 6371.0088  # kilometres, mean radius (IUGG)
PIECE: Final = 50
"""Ids that SQLite looks up one by one. Asked for a hundred, it would rather read all visible threads."""
NEAREST: Final = 500  # dates in the box around a town that are measured


class Agenda(msgspec.Struct, frozen=True):
    """Dates in the order of time. `next`: the cursor of the following page."""

    rows: list[OccurrenceRow]
    next: str | None


class Filters(msgspec.Struct, frozen=True):
    """What a list is narrowed to. `online`: True only online, False only in a place; None: both."""

    categories: bool = False
    chapter: bool = False
    mine: bool = False
    online: bool | None = None


@cache
def _joined(kind: str, filters: Filters) -> Select[Any]:
    """Listed dates with all that a row needs."""
    actor = PATTERNS[kind]
    query = (
        select(*ROW, *CARD)
        .select_from(Occurrence)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Meetup.author_id)
        .outerjoin(Place, Place.id == Occurrence.place_id)
        .where(listed_meetups(actor), *_on_meetup(filters), *_on_date(actor, filters))
    )
    if not actor.is_guest:
        own = and_(Rsvp.occurrence_id == Occurrence.id, Rsvp.member_id == me(actor))
        query = query.outerjoin(Rsvp, own)
        query = query.add_columns(
            Rsvp.state.label("my_state"), Rsvp.offered_until.label("my_until"), hosted_by(actor).label("is_host")
        )
    return query


@cache
def _ids(kind: str, filters: Filters) -> Select[Any]:
    """The ids of listed dates. What is asked of their meetups is asked of each, so that the database goes by the
    start and stops when it has enough: joined, it would begin with all threads.
    """
    actor = PATTERNS[kind]
    listed = (
        select(Meetup.id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Meetup.id == Occurrence.meetup_id, listed_meetups(actor), *_on_meetup(filters))
        .correlate(Occurrence)
    )
    return select(Occurrence.id).where(listed.scalar_subquery().is_not(None), *_on_date(actor, filters))


def _on_meetup(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.categories:
        found.append(Thread.category_id.in_(bindparam("categories", expanding=True)))
    if filters.chapter:
        found.append(Meetup.chapter_id == bindparam("chapter_id"))
    return found


def _on_date(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.mine:
        answered = select(Rsvp.occurrence_id).where(Rsvp.member_id == me(actor), Rsvp.state.in_(COMING))
        found.append(false() if actor.is_guest else Occurrence.id.in_(answered))
    if filters.online is not None:
        found.append(Occurrence.place_id.is_(None) if filters.online else Occurrence.place_id.is_not(None))
    return found


def _values(
    actor: Actor, categories: tuple[CategoryView, ...] | None, chapter_id: int | None, **more: Any
) -> dict[str, Any]:
    values: dict[str, Any] = {"actor_id": actor.id, **more}
    if categories is not None:
        values["categories"] = [category.id for category in categories]
    if chapter_id is not None:
        values["chapter_id"] = chapter_id
    return values


def _rows(
    session: Session, actor: Actor, house: House, query: Select[Any], values: dict[str, Any]
) -> list[OccurrenceRow]:
    found = columns(session, query, values).all()
    if actor.is_guest:
        return [row_of(row, house, None) for row in found]
    return [row_of(row, house, row.my_state, entitled=bool(row.is_host) or actor.can_manage) for row in found]


@cache
def _by_ids(kind: str) -> Select[Any]:
    return _joined(kind, Filters()).where(Occurrence.id.in_(bindparam("ids", expanding=True)))


def _rows_of(session: Session, actor: Actor, house: House, ids: Sequence[int]) -> list[OccurrenceRow]:
    """In the order of time. Two small statements are cheaper than one whose plan somebody has to guess."""
    size = PIECE if session.get_bind().dialect.name == "sqlite" else max(1, len(ids))
    found: list[OccurrenceRow] = []
    for at in range(0, len(ids), size):
        values = {"actor_id": actor.id, "ids": ids[at : at + size]}
        found += _rows(session, actor, house, _by_ids(actor.kind), values)
    return sorted(found, key=lambda row: (row.occurrence.starts_at, row.occurrence.id))


@cache
def _agenda_statement(kind: str, filters: Filters, *, past: bool, after: bool) -> Select[Any]:
    order: tuple[Any, ...] = (Occurrence.starts_at, Occurrence.id)
    if past:
        order = (Occurrence.starts_at.desc(), Occurrence.id.desc())
    key = tuple_(Occurrence.starts_at, Occurrence.id)
    at = tuple_(bindparam("after_at", type_=Occurrence.starts_at.type), bindparam("after_id"))
    now = bindparam("now", type_=Occurrence.ends_at.type)
    ids = _ids(kind, filters)
    if past:
        ids = ids.where(Occurrence.ends_at <= now)
    else:
        soonest = bindparam("soonest", type_=Occurrence.starts_at.type)  # the index is on the start
        ids = ids.where(Occurrence.starts_at > soonest, Occurrence.ends_at > now)
    if after:
        ids = ids.where(key < at if past else key > at)
    return ids.order_by(*order).limit(bindparam("limit"))


def agenda(
    session: Session, actor: Actor, house: House, *, now: datetime, after: str = "", limit: int = paging.PAGE,
    categories: tuple[CategoryView, ...] | None = None, chapter_id: int | None = None, mine: bool = False,
    online: bool | None = None, past: bool = False,
) -> Agenda:  # fmt: skip
    """A page of dates that are coming or under way (`past`: over, the latest first); two statements.

    An unreadable `after` starts from the top. `mine`: those that `actor` answered with yes or maybe.
    """
    filters = Filters(categories is not None, chapter_id is not None, mine, online)
    cursor = paging.decode(after, datetime, int)
    query = _agenda_statement(actor.kind, filters, past=past, after=cursor is not None)
    values = _values(actor, categories, chapter_id, now=now, limit=limit + 1)
    if not past:
        values["soonest"] = now - MAX_LENGTH
    if cursor is not None:
        values["after_at"], values["after_id"] = cursor
    ids = [row[0] for row in session.connection().execute(query, values)]
    rows = _rows_of(session, actor, house, ids)
    if past:
        rows.reverse()
    if len(rows) <= limit:
        return Agenda(rows, None)
    last = rows[limit - 1].occurrence
    return Agenda(rows[:limit], paging.encode(last.starts_at, last.id))


# -- the month ------------------------------------------------------------------------------------------------------


@cache
def _month_statement(kind: str, filters: Filters, days: int) -> CompoundSelect[Any]:
    """The first few of each day. One look into the index for each day, however many dates the month holds."""
    ids = _ids(kind, filters)
    kind_of = Occurrence.starts_at.type
    parts = [
        select(
            ids.where(
                Occurrence.starts_at >= bindparam(f"day_{n}", type_=kind_of),
                Occurrence.starts_at < bindparam(f"day_{n + 1}", type_=kind_of),
            )
            .order_by(Occurrence.starts_at, Occurrence.id)
            .limit(A_DAY + 1)
            .subquery(f"day{n}")
        )
        for n in range(days)
    ]
    return union_all(*parts)


@cache
def _month_laterally(kind: str, filters: Filters, days: int) -> Select[Any]:
    """The same for PostgreSQL, which plans one branch faster than forty."""
    kind_of = Occurrence.starts_at.type
    bounds = [bindparam(f"day_{n}", type_=kind_of) for n in range(days + 1)]
    table = union_all(
        *[select(low.label("low"), high.label("high")) for low, high in pairwise(bounds)]
    ).subquery("days")  # fmt: skip
    some = (
        _ids(kind, filters)
        .where(Occurrence.starts_at >= table.c.low, Occurrence.starts_at < table.c.high)
        .order_by(Occurrence.starts_at, Occurrence.id)
        .limit(A_DAY + 1)
        .lateral("some")
    )
    return select(some.c.id).select_from(table.join(some, true()))


def month(
    session: Session, actor: Actor, house: House, *, year: int, month: int, timezone: str,
    categories: tuple[CategoryView, ...] | None = None, chapter_id: int | None = None, mine: bool = False,
    online: bool | None = None,
) -> MonthView:  # fmt: skip
    """A month in whole weeks, days as they are in `timezone`; two statements (SQLite: up to four).

    Raises NotFound for a year beyond 9998.
    """
    if not (1 <= month <= 12 and 1970 <= year <= 9998):
        raise NotFound()
    weeks = Calendar(0).monthdatescalendar(year, month)
    days = [day for week in weeks for day in week]
    where = walltime.zone(timezone)
    ends = [walltime.nearest(datetime(d.year, d.month, d.day), where) for d in (*days, days[-1] + timedelta(days=1))]  # noqa: DTZ001
    filters = Filters(categories is not None, chapter_id is not None, mine, online)
    build = _month_statement if session.get_bind().dialect.name == "sqlite" else _month_laterally
    query: Select[Any] | CompoundSelect[Any] = build(actor.kind, filters, len(days))
    values = _values(actor, categories, chapter_id, **{f"day_{n}": at for n, at in enumerate(ends)})
    by_day: dict[date, list[OccurrenceRow]] = {}
    ids = [row[0] for row in session.connection().execute(query, values)]
    for row in _rows_of(session, actor, house, ids):
        by_day.setdefault(walltime.wall_of(row.occurrence.starts_at, where).date(), []).append(row)
    cells = [
        DayCell(day, tuple(by_day.get(day, ())[:A_DAY]), len(by_day.get(day, ())) > A_DAY, outside=day.month != month)
        for day in days
    ]
    return MonthView(year, month, tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)))


# -- near a town ----------------------------------------------------------------------------------------------------


def distance(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Kilometres between two points on the ground, in degrees (haversine)."""
    one, other = radians(latitude), radians(to_latitude)
    half = sin((other - one) / 2) ** 2
    half += cos(one) * cos(other) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(half)))


def near(
    session: Session, actor: Actor, house: House, *, latitude: float, longitude: float, km: float = 50.0,
    now: datetime, limit: int = paging.PAGE,
) -> list[Near]:  # fmt: skip
    """Coming dates in a place at most `km` away, in the order of time; one statement."""
    tall = km / (EARTH * pi / 180)
    wide = tall / max(0.01, cos(radians(min(89.0, abs(latitude) + tall))))
    query = _joined(actor.kind, Filters()).where(
        Occurrence.starts_at > now - MAX_LENGTH, Occurrence.ends_at > now, Occurrence.status != "cancelled",
        Place.latitude.between(latitude - tall, latitude + tall),
    )  # fmt: skip
    if wide < 180:
        west, east = longitude - wide, longitude + wide
        inside: ColumnElement[bool] = Place.longitude.between(west, east)
        if west < -180 or east > 180:  # across the date line
            inside = inside | Place.longitude.between(west + 360, 180.0) | Place.longitude.between(-180.0, east - 360)
        query = query.where(inside)
    query = query.add_columns(Place.latitude.label("lat"), Place.longitude.label("lon"))
    query = query.order_by(Occurrence.starts_at, Occurrence.id).limit(NEAREST)
    found: list[Near] = []
    for row in columns(session, query, _values(actor, None, None)).all():
        far = distance(latitude, longitude, row.lat, row.lon)
        if far <= km:
            state = None if actor.is_guest else row.my_state
            found.append(Near(row_of(row, house, state), round(far)))
    return found[:limit]


# -- one --------------------------------------------------------------------------------------------------------------


def row(session: Session, actor: Actor, house: House, occurrence_id: int) -> OccurrenceRow:
    """One date, as lists show it. Raises NotFound."""
    query = _joined(actor.kind, Filters()).where(Occurrence.id == bindparam("occurrence_id"))
    known = occurrence_id if 0 < occurrence_id <= MAX_ID else 0
    found = _rows(session, actor, house, query, _values(actor, None, None, occurrence_id=known))
    if not found:
        raise NotFound()
    return found[0]


def rows_of_thread(
    session: Session, actor: Actor, house: House, thread_id: int, *, now: datetime
) -> list[OccurrenceRow]:
    """The next date (else the last) of each meetup that a thread announces; for the card above its posts."""
    query = _joined(actor.kind, Filters()).where(Meetup.thread_id == bindparam("thread_id"))
    query = query.order_by(Occurrence.starts_at, Occurrence.id)
    chosen: dict[int, OccurrenceRow] = {}
    for one in _rows(session, actor, house, query, _values(actor, None, None, thread_id=thread_id)):
        known = chosen.get(one.occurrence.meetup_id)
        if known is None or known.occurrence.ends_at <= now or known.occurrence.is_cancelled:
            chosen[one.occurrence.meetup_id] = one
    return list(chosen.values())
