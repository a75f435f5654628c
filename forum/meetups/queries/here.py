"""Small questions of pages: the text of a meetup, the party behind a code, the doors that somebody stands at."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import House
from forum.db import MAX_ID
from forum.meetups.desk_views import DoorRow
from forum.meetups.domain.locks import team_of_date
from forum.meetups.models import ChapterHost, Meetup, MeetupHost, Occurrence, Rsvp
from forum.meetups.queries.lists import row
from forum.meetups.queries.people import DOOR
from forum.meetups.views import OccurrenceRow
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy import meetups as policy
from forum.policy.actors import Actor
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread

AROUND: Final = timedelta(hours=24)
"""How long before its start, and after its end, somebody stands at a door."""


class Party(msgspec.Struct, frozen=True):
    """A party and the date it is for. `own`: the reader's."""

    row: DoorRow
    date: OccurrenceRow
    own: bool


def opening(session: Session, actor: Actor, thread_id: int) -> str:
    """The cooked text of a thread's first post; empty when `actor` may not read it."""
    query = (
        select(Post.html)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.thread_id == thread_id, Post.number == 1, visible_posts(actor))
    )
    return session.execute(query).scalar() or ""


def party(session: Session, actor: Actor, house: House, rsvp_id: int) -> Party | None:
    """A party by its id: for who may check it in, and for itself. None for everybody else."""
    if not 0 < rsvp_id <= MAX_ID:
        return None
    found = session.execute(
        select(Rsvp.occurrence_id, *CARD, *DOOR).join(Member, Member.id == Rsvp.member_id).where(Rsvp.id == rsvp_id)
    ).first()
    crew = team_of_date(session, actor, found[0]) if found is not None else None
    if found is None or crew is None:
        return None
    card = MemberCard(*found[1 : 1 + len(CARD)])
    values = found[1 + len(CARD) :]
    if not (policy.may_check_in(actor, crew) or card.id == actor.id):
        return None
    made: list[Any] = [values[0], card, *values[1:], {}]
    shown = DoorRow(*made)
    if not policy.may_change(actor, crew):
        shown = msgspec.structs.replace(shown, note="", no_show_at=None, left_late_at=None)
    return Party(shown, row(session, actor, house, found[0]), card.id == actor.id)


def doors(session: Session, actor: Actor, house: House, *, now: datetime) -> list[OccurrenceRow]:
    """Dates of these hours that `actor` checks people in at."""
    helps = select(MeetupHost.meetup_id).where(MeetupHost.member_id == actor.id)
    query = (
        select(Occurrence.id)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .where(
            Occurrence.starts_at < now + AROUND, Occurrence.ends_at > now - AROUND, Occurrence.status != "cancelled",
            policy.hosted_by(actor) | Meetup.id.in_(helps),
        )
        .order_by(Occurrence.starts_at)
        .limit(5)
    )  # fmt: skip
    ids = session.execute(query, {"actor_id": actor.id}).scalars().all()
    return [row(session, actor, house, one) for one in ids if team_of_date(session, actor, one) is not None]


def announces(session: Session, actor: Actor) -> bool:
    """May `actor` announce a meetup somewhere?"""
    if actor.can_manage or actor.is_guest:
        return policy.may_announce(actor)
    hosts = select(ChapterHost.chapter_id).where(ChapterHost.member_id == actor.id).limit(1)
    return policy.may_announce(actor, chapter_host=session.execute(hosts).first() is not None)
