"""A meetup's page: the series, one of its dates, place, people, and what the reader may do."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import House
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.meetups.domain.after import SURVEY_OPEN, was_there
from forum.meetups.domain.locks import TeamView, team
from forum.meetups.domain.plan import NewQuestion, Plan
from forum.meetups.models import (
    Chapter,
    Meetup,
    MeetupHost,
    News,
    Occurrence,
    Place,
    Question,
    Rsvp,
    RsvpAnswer,
    StandingAnswer,
)
from forum.meetups.queries.columns import (
    CHAPTER,
    ENTITLED,
    MEETUP,
    OCCURRENCE,
    PLACE,
    QUESTION,
    THREAD,
    occurrence_of,
    question_of,
)
from forum.meetups.queries.people import attendees_of
from forum.meetups.views import (
    ChapterView,
    HostView,
    MeetupPage,
    MeetupView,
    MyAnswer,
    OccurrenceView,
    PlaceView,
    QuestionView,
    Rights,
)
from forum.members.models import Member
from forum.members.queries import CARD, card_of
from forum.policy import meetups as policy
from forum.policy.actors import Actor
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread
from forum.threads.views import ThreadView

DATES_SHOWN: Final = 12
NAMES_SHOWN: Final = 24


def page(
    session: Session, actor: Actor, house: House, meetup_id: int, *, now: datetime, occurrence_id: int | None = None
) -> MeetupPage:
    """A meetup and one of its dates: the one named, else the next, else the last. Raises NotFound."""
    crew = team(session, actor, meetup_id)
    if crew is None:
        raise NotFound()
    row: Any = session.execute(
        select(*MEETUP, *THREAD).join(Thread, Thread.id == Meetup.thread_id).where(Meetup.id == meetup_id)
    ).one()
    meetup, thread = MeetupView(*row[: len(MEETUP)]), ThreadView(*row[len(MEETUP) :])
    category = house.by_id(thread.category_id)
    if category is None:  # made a moment ago by another process
        raise NotFound()
    shown_id = _chosen(session, meetup_id, occurrence_id, now)
    mine = my_answer(session, actor, shown_id)
    change = policy.may_change(actor, crew)
    entitled = change or (mine is not None and mine.state in ENTITLED)
    dates = _dates(session, meetup_id, shown_id, now, entitled=entitled, change=change)
    date = next(one for one in dates if one.id == shown_id)
    rights = _rights(session, actor, crew, meetup, date, mine, now, entitled=entitled)
    people = attendees_of(session, actor, crew, date.id, limit=NAMES_SHOWN) if rights.names else None
    return MeetupPage(
        meetup if entitled else msgspec.structs.replace(meetup, online_url=""), date, dates, thread, category,
        _chapter(session, meetup.chapter_id), _place(session, date.place_id), hosts_of(session, crew),
        questions_of(session, meetup_id), mine, tuple(people.rows) if people else (),
        people.unnamed if people else 0, rights, _standing(session, actor, meetup_id),
    )  # fmt: skip


def _chosen(session: Session, meetup_id: int, occurrence_id: int | None, now: datetime) -> int:
    """The id of the date to show. Raises NotFound."""
    if occurrence_id is not None:
        here = select(Occurrence.id).where(Occurrence.meetup_id == meetup_id, Occurrence.id == occurrence_id)
        found = session.scalar(here) if 0 < occurrence_id <= MAX_ID else None
    else:
        own = select(Occurrence.id).where(Occurrence.meetup_id == meetup_id)
        coming = own.where(Occurrence.ends_at > now).order_by(Occurrence.starts_at)
        found = (
            session.scalar(coming.where(Occurrence.status != "cancelled").limit(1))
            or session.scalar(coming.limit(1))
            or session.scalar(own.order_by(Occurrence.starts_at.desc()).limit(1))
        )
    if found is None:
        raise NotFound()
    return found


def _dates(
    session: Session, meetup_id: int, shown_id: int, now: datetime, *, entitled: bool, change: bool
) -> tuple[OccurrenceView, ...]:
    """The coming ones, and the one that is shown. Another date's room is not this one's: only hosts see them all."""
    own = select(*OCCURRENCE).where(Occurrence.meetup_id == meetup_id)
    coming = own.where(Occurrence.ends_at > now).order_by(Occurrence.starts_at).limit(DATES_SHOWN)
    rows = {row[0]: row for row in session.execute(coming)}
    if shown_id not in rows:
        rows[shown_id] = session.execute(own.where(Occurrence.id == shown_id)).one()
    found = [occurrence_of(row, entitled=change or (entitled and key == shown_id)) for key, row in rows.items()]
    return tuple(sorted(found, key=lambda one: (one.starts_at, one.id)))


def my_answer(session: Session, actor: Actor, occurrence_id: int) -> MyAnswer | None:
    """The actor's own answer for a date."""
    if actor.is_guest:
        return None
    row = session.scalar(select(Rsvp).where(Rsvp.occurrence_id == occurrence_id, Rsvp.member_id == actor.id))
    if row is None:
        return None
    position = None
    if row.state == "waiting":
        before = select(func.count()).where(
            Rsvp.occurrence_id == occurrence_id, Rsvp.state == "waiting", Rsvp.ticket < row.ticket
        )
        position = session.execute(before).scalar_one() + 1
    said = session.scalars(select(RsvpAnswer).where(RsvpAnswer.rsvp_id == row.id))
    return MyAnswer(
        row.id, row.answer, row.state, row.guests, row.note, row.hidden, row.photos, position, row.offered_until,
        row.arrived_at, {one.question_id: one.value for one in said}, row.version,
    )  # fmt: skip


def _rights(
    session: Session, actor: Actor, crew: TeamView, meetup: MeetupView, date: OccurrenceView, mine: MyAnswer | None,
    now: datetime, *, entitled: bool,
) -> Rights:  # fmt: skip
    change, state = policy.may_change(actor, crew), mine.state if mine else ""
    past = date.starts_at <= now and date.status == "confirmed"
    there = past and mine is not None and was_there(session, date.id, actor.id)
    return Rights(
        change=change, check_in=policy.may_check_in(actor, crew),
        answer=policy.may_answer(actor) and not date.is_cancelled and now < date.starts_at,
        names=policy.may_read_names(actor, crew, meetup.privacy, state), link=entitled,
        album=past and (change or there), survey=there and now <= date.ends_at + SURVEY_OPEN and meetup.survey,
        announce=change and policy.may_announce(actor, chapter_host=crew.role == "chapter"),
    )  # fmt: skip


def _chapter(session: Session, chapter_id: int | None) -> ChapterView | None:
    if chapter_id is None:
        return None
    return ChapterView(*session.execute(select(*CHAPTER).where(Chapter.id == chapter_id)).one())


def _place(session: Session, place_id: int | None) -> PlaceView | None:
    if place_id is None:
        return None
    return PlaceView(*session.execute(select(*PLACE).where(Place.id == place_id)).one())


def hosts_of(session: Session, crew: TeamView) -> tuple[HostView, ...]:
    """Who announced it first, then the hosts, then the helpers."""
    author = session.execute(select(*CARD).where(Member.id == crew.author_id)).one()
    rows = session.execute(
        select(*CARD, MeetupHost.role)
        .join(MeetupHost, MeetupHost.member_id == Member.id)
        .where(MeetupHost.meetup_id == crew.meetup_id, Member.id != crew.author_id)
        .order_by(Member.display_key)
    ).all()
    # the last column: `row.role` is the member's on the whole site
    others = sorted((HostView(card_of(row), row[-1]) for row in rows), key=lambda host: host.role != "host")
    return (HostView(card_of(author), "host"), *others)


def questions_of(session: Session, meetup_id: int) -> tuple[QuestionView, ...]:
    """In their order."""
    rows = session.execute(select(*QUESTION).where(Question.meetup_id == meetup_id).order_by(Question.position))
    return tuple(question_of(row) for row in rows)


def _standing(session: Session, actor: Actor, meetup_id: int) -> str:
    if actor.is_guest:
        return ""
    row = session.get(StandingAnswer, (meetup_id, actor.id))
    return row.answer if row is not None else ""


# -- what forms start from --------------------------------------------------------------------------------------------


def plan_of(session: Session, actor: Actor, meetup_id: int, *, starts_local: datetime | None = None) -> Plan:
    """A meetup as a plan, to change it; at another first date, to clone it. Raises NotFound, Forbidden."""
    crew = team(session, actor, meetup_id)
    policy.require_change(actor, crew)
    assert crew is not None
    row = session.get_one(Meetup, meetup_id)
    opening = (
        select(Post.source, Category.slug)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.thread_id == row.thread_id, Post.number == 1, visible_posts(actor))
    )
    body, category = session.execute(opening).one_or_none() or ("", "")
    crew_rows = hosts_of(session, crew)[1:]
    chapter = _chapter(session, row.chapter_id)
    starts = starts_local or row.starts_local
    lead = row.deadline_minutes
    return Plan(
        title=row.title, starts_local=starts, ends_local=starts + (row.ends_local - row.starts_local),
        timezone=row.timezone, body=body, category=category, fold=row.fold if starts_local is None else 0,
        place=row.place_id, online_url=row.online_url, capacity=row.capacity, guests_allowed=row.guests_allowed,
        deadline=None if lead is None else starts - timedelta(minutes=lead), rule=row.rule,
        offer_minutes=row.offer_minutes, privacy=row.privacy, keep_days=row.keep_days, asks_hosts=row.asks_hosts,
        survey=row.survey, locale=row.locale, chapter=chapter.slug if chapter else "",
        hosts=tuple(one.member.name for one in crew_rows if one.role == "host"),
        helpers=tuple(one.member.name for one in crew_rows if one.role == "helper"),
        questions=tuple(
            NewQuestion(one.prompt, one.kind, one.choices, one.required, one.id if starts_local is None else 0)
            for one in questions_of(session, meetup_id)
        ),
    )  # fmt: skip


class NewsView(msgspec.Struct, frozen=True):
    """What was said to everybody about a date."""

    kind: str
    what: tuple[str, ...]
    reason: str
    starts_before: datetime | None
    at: datetime


def news(session: Session, actor: Actor, meetup_id: int, occurrence_id: int) -> list[NewsView]:
    """What changed about a date, and when it was called off; the newest first. Raises NotFound."""
    if team(session, actor, meetup_id) is None:
        raise NotFound()
    query = (
        select(News.kind, News.what, News.reason, News.starts_before, News.at)
        .join(Occurrence, Occurrence.id == News.occurrence_id)
        .where(
            News.occurrence_id == occurrence_id, Occurrence.meetup_id == meetup_id, News.member_id.is_(None),
            News.kind.in_(("changed", "cancelled")),
        )
        .order_by(News.id.desc())
    )  # fmt: skip
    return [NewsView(row.kind, tuple(row.what.split()), *row[2:]) for row in session.execute(query)]
