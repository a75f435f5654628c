"""Who comes: as members see it, and as hosts do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from forum.errors import Forbidden, NotFound, SignInNeeded
from forum.kit import paging
from forum.meetups.desk_views import Door, DoorRow, WalkInRow
from forum.meetups.domain.locks import TeamView, team_of_date
from forum.meetups.models import Meetup, MeetupHost, Occurrence, Question, Rsvp, RsvpAnswer, WalkIn
from forum.meetups.queries.columns import QUESTION, question_of
from forum.meetups.views import Attendee
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.policy import meetups as policy
from forum.policy.actors import Actor

REMEMBERED: Final = timedelta(days=365)


class AttendeePage(msgspec.Struct, frozen=True):
    """Some of those who come, in the order in which they said so. `unnamed`: how many chose not to be named."""

    rows: list[Attendee]
    next: str | None
    unnamed: int


def _first_time() -> ColumnElement[bool]:
    """SQL on Rsvp: their member has been at no date that ended before this one began."""
    other, then = aliased(Rsvp), aliased(Occurrence)
    return ~exists(
        select(other.id)
        .join(then, then.id == other.occurrence_id)
        .where(
            other.member_id == Rsvp.member_id, other.id != Rsvp.id, then.status != "cancelled",
            then.ends_at <= Occurrence.starts_at,
            or_(other.arrived_at.is_not(None), and_(other.state == "going", other.no_show_at.is_(None))),
        )
    )  # fmt: skip


def own_state(session: Session, actor: Actor, occurrence_id: int) -> str:
    """The state of the actor's own answer; empty: none."""
    if actor.is_guest:
        return ""
    query = select(Rsvp.state).where(Rsvp.occurrence_id == occurrence_id, Rsvp.member_id == actor.id)
    return session.execute(query).scalar() or ""


def attendees(session: Session, actor: Actor, occurrence_id: int, *, after: str = "", limit: int = 50) -> AttendeePage:
    """Those who have a seat and may be named. Raises NotFound, SignInNeeded, Forbidden (the meetup's privacy)."""
    crew = team_of_date(session, actor, occurrence_id)
    if crew is None:
        raise NotFound()
    privacy = session.execute(select(Meetup.privacy).where(Meetup.id == crew.meetup_id)).scalar_one()
    policy.require_names(actor, crew, privacy, own_state(session, actor, occurrence_id))
    return attendees_of(session, actor, crew, occurrence_id, after=after, limit=limit)


def attendees_if_shown(
    session: Session, actor: Actor, occurrence_id: int, *, after: str = "", limit: int = 50
) -> AttendeePage | None:
    """The same; None when the meetup keeps its names from `actor`. Raises NotFound."""
    try:
        return attendees(session, actor, occurrence_id, after=after, limit=limit)
    except (Forbidden, SignInNeeded):
        return None


def attendees_of(
    session: Session, actor: Actor, crew: TeamView, occurrence_id: int, *, after: str = "", limit: int = 50
) -> AttendeePage:
    """The same, where the caller has asked policy."""
    host = select(MeetupHost.member_id).where(
        MeetupHost.meetup_id == crew.meetup_id, MeetupHost.member_id == Rsvp.member_id
    )
    query = (
        select(*CARD, Rsvp.guests, Rsvp.state, Rsvp.id.label("rsvp_id"), host.exists(), _first_time())
        .join(Rsvp, Rsvp.member_id == Member.id)
        .join(Occurrence, Occurrence.id == Rsvp.occurrence_id)
        .where(Rsvp.occurrence_id == occurrence_id, policy.nameable(actor))
        .order_by(Rsvp.id)
        .limit(limit + 1)
    )
    cursor = paging.decode(after, int)
    if cursor is not None:
        query = query.where(Rsvp.id > cursor[0])
    rows: Sequence[Any] = session.execute(query).all()
    found = [
        Attendee(card_of(row), row.guests, row.state, bool(row[-1]), is_host=bool(row[-2]) or row[0] == crew.author_id)
        for row in rows[:limit]
    ]
    hidden = select(func.count()).where(
        Rsvp.occurrence_id == occurrence_id, Rsvp.state == "going", Rsvp.hidden, Rsvp.member_id != actor.id
    )
    more = paging.encode(rows[limit - 1].rsvp_id) if len(rows) > limit else None
    return AttendeePage(found, more, session.execute(hidden).scalar_one())


DOOR: Final = (
    Rsvp.id, Rsvp.answer, Rsvp.state, Rsvp.guests, Rsvp.note, Rsvp.hidden, Rsvp.photos, Rsvp.ticket,
    Rsvp.offered_until, Rsvp.changed_at, Rsvp.arrived_at, Rsvp.arrived, Rsvp.no_show_at, Rsvp.left_late_at,
)  # fmt: skip


def door(session: Session, actor: Actor, occurrence_id: int, *, now: datetime) -> Door:
    """Everything about those who come, for the hosts; helpers see no notes, answers or misses.

    Raises NotFound, SignInNeeded, Forbidden.
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_check_in(actor, crew)
    assert crew is not None
    whole = policy.may_change(actor, crew)
    rows: Sequence[Any] = session.execute(
        select(*CARD, *DOOR)
        .join(Rsvp, Rsvp.member_id == Member.id)
        .where(Rsvp.occurrence_id == occurrence_id)
        .order_by(Rsvp.ticket, Member.display_key, Rsvp.id)
    ).all()
    answers = _answers(session, occurrence_id) if whole else {}
    misses = no_show_rates(session, [row[0] for row in rows], now=now) if whole else {}
    found = tuple(_door_row(row, answers, misses, whole=whole) for row in rows)
    walk_ins = tuple(
        WalkInRow(*row)
        for row in session.execute(
            select(WalkIn.id, WalkIn.name, WalkIn.people, WalkIn.at)
            .where(WalkIn.occurrence_id == occurrence_id)
            .order_by(WalkIn.id)
        )
    )
    questions = session.execute(
        select(*QUESTION).where(Question.meetup_id == crew.meetup_id).order_by(Question.position)
    )
    here = [row for row in found if row.arrived_at is not None]
    return Door(
        found, walk_ins, tuple(question_of(row) for row in questions) if whole else (),
        parties=len(here) + len(walk_ins),
        people=sum(row.arrived or 0 for row in here) + sum(row.people for row in walk_ins),
        expected=sum(1 + row.guests for row in found if row.state in {"going", "offered"}),
    )  # fmt: skip


def _door_row(
    row: Any, answers: dict[int, dict[int, str]], misses: dict[int, tuple[int, int]], *, whole: bool
) -> DoorRow:
    """`whole`: for a host; a helper sees who is expected, and no more."""
    card, values = MemberCard(*row[: len(CARD)]), row[len(CARD) :]
    missed, known = misses.get(card.id, (0, 0))
    rest: tuple[Any, ...] = (*values[1:], answers.get(values[0], {}), missed, known)
    found = DoorRow(values[0], card, *rest)
    return found if whole else msgspec.structs.replace(found, note="", no_show_at=None, left_late_at=None)


def _answers(session: Session, occurrence_id: int) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    query = select(RsvpAnswer).join(Rsvp, Rsvp.id == RsvpAnswer.rsvp_id).where(Rsvp.occurrence_id == occurrence_id)
    for row in session.scalars(query):
        found.setdefault(row.rsvp_id, {})[row.question_id] = row.value
    return found


def no_show_rates(session: Session, member_ids: Sequence[int], *, now: datetime) -> dict[int, tuple[int, int]]:
    """Member id → (missed, of how many they had a seat for), over the last twelve months. For hosts alone.

    Only dates at which somebody was checked in count; who gave a seat back, however late, missed nothing.
    """
    other = aliased(Rsvp)
    counted = exists(select(other.id).where(other.occurrence_id == Rsvp.occurrence_id, other.arrived_at.is_not(None)))
    query = (
        select(Rsvp.member_id, func.count(Rsvp.no_show_at), func.count())
        .join(Occurrence, Occurrence.id == Rsvp.occurrence_id)
        .where(
            Rsvp.member_id.in_(member_ids), Rsvp.state == "going", Occurrence.status != "cancelled",
            Occurrence.ends_at > now - REMEMBERED, Occurrence.ends_at <= now, counted,
        )
        .group_by(Rsvp.member_id)
    )  # fmt: skip
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
