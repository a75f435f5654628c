"""Places, chapters, choices, album, survey, recap."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID
from forum.errors import Forbidden, NotFound, SignInNeeded
from forum.kit.i18n import N_
from forum.meetups.desk_views import SurveyAnswer, SurveySummary
from forum.meetups.domain.after import all_there, was_there
from forum.meetups.domain.locks import team_of_date
from forum.meetups.models import (
    CalendarToken,
    Chapter,
    ChapterHost,
    Meetup,
    MeetupChoice,
    Occurrence,
    Photo,
    Place,
    Rsvp,
    Survey,
    WalkIn,
)
from forum.meetups.queries.columns import CHAPTER, PLACE
from forum.meetups.queries.people import _first_time, own_state
from forum.meetups.views import ChapterView, PhotoView, PlaceView
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_member
from forum.policy.categories import visible_categories


def places(
    session: Session, actor: Actor, q: str = "", *, kept: Collection[int] = (), limit: int = 500
) -> list[PlaceView]:
    """Places that `actor` may choose for a meetup, by name; `q`: part of name or address.

    `kept`: ids of those that the actor's own meetup has: they are there even if they are somebody's home, or closed.
    """
    offered: ColumnElement[bool] = Place.archived_at.is_(None)
    if not actor.can_manage:
        offered = and_(offered, or_(Place.shared, Place.created_by_id == actor.id))
    if kept:
        first = [PlaceView(*row) for row in session.execute(select(*PLACE).where(Place.id.in_(kept)))]
        rest = places(session, actor, q, limit=limit)
        return sorted({one.id: one for one in (*first, *rest)}.values(), key=lambda one: (one.name, one.id))
    query = select(*PLACE).where(offered)
    if q.strip():
        part = f"%{q.strip()[:60].replace('%', '').replace('_', '')}%"
        query = query.where(or_(Place.name.ilike(part), Place.address.ilike(part)))
    return [PlaceView(*row) for row in session.execute(query.order_by(Place.name, Place.id).limit(limit))]


def place(session: Session, actor: Actor, place_id: int) -> PlaceView:
    """One that `actor` may choose. Raises NotFound."""
    query = select(*PLACE).where(Place.id == place_id)
    if not actor.can_manage:
        query = query.where(or_(Place.shared, Place.created_by_id == actor.id))
    row = session.execute(query).first() if 0 < place_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    return PlaceView(*row)


class ChapterPage(msgspec.Struct, frozen=True):
    """A chapter, its category, and who looks after it."""

    chapter: ChapterView
    category: CategoryView
    hosts: tuple[MemberCard, ...]
    may_change: bool
    may_announce: bool


def chapters(session: Session, actor: Actor) -> list[ChapterView]:
    """Living chapters whose category `actor` may see, by name."""
    query = (
        select(*CHAPTER)
        .join(Category, Category.id == Chapter.category_id)
        .where(Chapter.archived_at.is_(None), visible_categories(actor))
        .order_by(Chapter.name)
    )
    return [ChapterView(*row) for row in session.execute(query)]


def chapters_of(session: Session, actor: Actor) -> list[ChapterView]:
    """Those for which `actor` may announce."""
    if actor.can_manage:
        return chapters(session, actor)
    own = set(session.scalars(select(ChapterHost.chapter_id).where(ChapterHost.member_id == actor.id)))
    if not own or not policy.may_announce(actor, chapter_host=True):
        return []
    return [one for one in chapters(session, actor) if one.id in own]


def chapter(session: Session, actor: Actor, house: House, slug: str) -> ChapterPage:
    """One by its slug, closed ones too. Raises NotFound."""
    row: Any = session.execute(
        select(*CHAPTER)
        .join(Category, Category.id == Chapter.category_id)
        .where(Chapter.slug == slug[:60], visible_categories(actor))
    ).first()
    category = house.by_id(row.category_id) if row is not None else None
    if row is None or category is None:
        raise NotFound()
    found = ChapterView(*row)
    hosts = session.execute(
        select(*CARD)
        .join(ChapterHost, ChapterHost.member_id == Member.id)
        .where(ChapterHost.chapter_id == found.id)
        .order_by(Member.display_key)
    ).all()
    cards = tuple(card_of(host) for host in hosts)
    is_host = any(card.id == actor.id for card in cards)
    announces = found.archived_at is None and policy.may_announce(actor, chapter_host=is_host)
    return ChapterPage(found, category, cards, actor.can_manage, announces)


class ChoicesView(msgspec.Struct, frozen=True):
    """What a member chose. Coordinates are coarse."""

    remind_week: bool = True
    remind_day: bool = True
    remind_hours: bool = True
    town: str = ""
    latitude: float | None = None
    longitude: float | None = None
    calendar_since: datetime | None = None
    """Since when the own calendar address works; None: there is none."""


def choices(session: Session, actor: Actor) -> ChoicesView:
    """The actor's own. Raises SignInNeeded."""
    require_member(actor)
    row = session.get(MeetupChoice, actor.id)
    since = session.execute(
        select(CalendarToken.created_at).where(CalendarToken.member_id == actor.id)
    ).scalar()  # fmt: skip
    if row is None:
        return ChoicesView(calendar_since=since)
    return ChoicesView(
        row.remind_week, row.remind_day, row.remind_hours, row.town, row.latitude, row.longitude, since
    )  # fmt: skip


def album(session: Session, actor: Actor, occurrence_id: int) -> list[PhotoView]:
    """The pictures of a date: they show who came, so they are for whoever may read that, and for who was there.

    Who added one is named as the list names people: not those who do not show their name.
    Raises NotFound, SignInNeeded, Forbidden.
    """
    crew = team_of_date(session, actor, occurrence_id)
    if crew is None:
        raise NotFound()
    privacy = session.execute(select(Meetup.privacy).where(Meetup.id == crew.meetup_id)).scalar_one()
    names = policy.may_read_names(actor, crew, privacy, own_state(session, actor, occurrence_id))
    every = policy.may_change(actor, crew) or actor.moderates_in(crew.category_id)
    every = every or (not actor.is_guest and was_there(session, occurrence_id, actor.id))
    if not (names or every):
        require_member(actor)
        raise Forbidden(N_("The photos are for those who may read who came."))
    hidden = select(Rsvp.id).where(Rsvp.occurrence_id == occurrence_id, Rsvp.member_id == Member.id, Rsvp.hidden)
    rows: Sequence[Any] = session.execute(
        select(*CARD, Photo.id, Photo.file, Photo.width, Photo.height, Photo.alt, Photo.created_at, hidden.exists())
        .join(Photo, Photo.member_id == Member.id)
        .where(Photo.occurrence_id == occurrence_id, Photo.removed_at.is_(None))
        .order_by(Photo.id)
    ).all()
    host, width, found = policy.may_change(actor, crew), len(CARD), []
    for row in rows:
        mine = row[0] == actor.id
        named = mine or host or (names and not row[-1])
        rest: tuple[Any, ...] = (*row[width + 1 : -1], every or mine)
        found.append(PhotoView(row[width], card_of(row) if named else None, *rest))
    return found


def not_on_pictures(session: Session, occurrence_id: int) -> int:
    """How many members who were there have not said that they may be seen on pictures. For whoever adds some."""
    silent = select(func.count()).select_from(Rsvp).where(all_there(occurrence_id), Rsvp.photos.is_(False))
    return int(session.execute(silent).scalar_one())


def album_if_shown(session: Session, actor: Actor, occurrence_id: int) -> list[PhotoView]:
    """The same; nothing for whom it is not. Raises NotFound."""
    try:
        return album(session, actor, occurrence_id)
    except (Forbidden, SignInNeeded):
        return []


def may_see_photo(session: Session, actor: Actor, file: str) -> bool:
    """Whether a file is a picture of an album that `actor` may open: an address that was passed on opens nothing."""
    found = session.execute(select(Photo.occurrence_id).where(Photo.file == file, Photo.removed_at.is_(None))).scalar()
    try:
        return found is not None and bool(album(session, actor, found))
    except (NotFound, Forbidden, SignInNeeded):
        return False


def my_survey(session: Session, actor: Actor, occurrence_id: int) -> SurveyAnswer | None:
    """What the actor said of a date."""
    row = session.scalar(select(Survey).where(Survey.occurrence_id == occurrence_id, Survey.member_id == actor.id))
    return None if row is None else SurveyAnswer(row.rating, row.liked, row.better, row.quotable)


def survey(session: Session, actor: Actor, occurrence_id: int) -> SurveySummary:
    """What those who were there said, without names, in no order. Raises NotFound, SignInNeeded, Forbidden."""
    policy.require_change(actor, team_of_date(session, actor, occurrence_id))
    rows = session.scalars(
        select(Survey).where(Survey.occurrence_id == occurrence_id).order_by(Survey.rating.desc(), Survey.liked)
    ).all()
    one, two, three, four, five = (sum(row.rating == stars for row in rows) for stars in range(1, 6))
    answers = tuple(SurveyAnswer(row.rating, row.liked, row.better, row.quotable) for row in rows)
    return SurveySummary((one, two, three, four, five), answers)


class Recap(msgspec.Struct, frozen=True):
    """What a host may tell in the thread, where everybody reads it: figures, and nobody's name or words.

    Who ticked “may be quoted” in the survey spoke to the teams (DECISIONS 43), not to the public.
    """

    people: int
    parties: int
    first_timers: int
    photos: int


def recap(session: Session, actor: Actor, occurrence_id: int) -> Recap:
    """Raises NotFound, SignInNeeded, Forbidden."""
    policy.require_change(actor, team_of_date(session, actor, occurrence_id))
    rows = session.execute(
        select(Rsvp.arrived, _first_time())
        .join(Occurrence, Occurrence.id == Rsvp.occurrence_id)
        .where(Rsvp.occurrence_id == occurrence_id, Rsvp.arrived_at.is_not(None))
    ).all()
    walk_ins = session.scalars(select(WalkIn.people).where(WalkIn.occurrence_id == occurrence_id)).all()
    photos = session.scalars(
        select(Photo.id).where(Photo.occurrence_id == occurrence_id, Photo.removed_at.is_(None))
    ).all()
    return Recap(
        people=sum(row.arrived or 0 for row in rows) + sum(walk_ins), parties=len(rows) + len(walk_ins),
        first_timers=sum(bool(row[1]) for row in rows), photos=len(photos),
    )  # fmt: skip
