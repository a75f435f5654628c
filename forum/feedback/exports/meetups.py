"""What a period's meetups say: who came, how it was, what was missed."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.feedback.exports.counting import Span, day_of, in_scope, shown
from forum.feedback.exports.shapes import MeetupLine, Missing
from forum.feedback.models import Evidence, Item
from forum.feedback.views import FEW
from forum.meetups.models import SEATED, Meetup, Occurrence, Rsvp, Survey, WalkIn
from forum.members.models import Member
from forum.policy.feedback import NOT_COUNTED
from forum.threads.models import Thread

MOST = 4
"""Meetups on the page: those that most people came to."""
MISSED = 2
"""Wishes and problems for each."""


def meetups(session: Session, team_id: int | None, over: Span, *, titles: bool) -> tuple[MeetupLine, ...]:
    """Dates that ended in the period, of meetups that every guest may see: three statements.

    `titles`: what was missed is said in the staff's words; without, it is left out, and nothing names the date.
    """
    rows = session.execute(
        select(Occurrence.id, Occurrence.title, Occurrence.starts_at, _came(), _yes())
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Occurrence.ends_at >= over.starts, Occurrence.ends_at < over.ends, Occurrence.status != "cancelled")
        .where(_public())
        .order_by(_came().desc(), Occurrence.starts_at, Occurrence.id)
        .limit(MOST)
    ).all()
    if not rows:
        return ()
    marks = _marks(session, [row[0] for row in rows])
    missing = _missing(session, team_id, [row[0] for row in rows]) if titles else {}
    found = []
    for id_, title, starts_at, came, yes in sorted(rows, key=lambda row: (row[2], row[0])):
        mean, answers = marks.get(id_, (None, 0))
        found.append(
            MeetupLine(
                title=title, day=day_of(starts_at), came=shown(came), yes=shown(yes),
                mean=round(float(mean), 1) if mean is not None and answers >= FEW else None, answers=shown(answers),
                missing=tuple(missing.get(id_, [])[:MISSED]), id=id_ if titles else 0,
            )
        )  # fmt: skip
    return tuple(found)


def public(session: Session, dates: Collection[int]) -> set[int]:
    """Of these dates, those whose meetup every guest may see now: one statement."""
    return set(
        session.scalars(
            select(Occurrence.id)
            .join(Meetup, Meetup.id == Occurrence.meetup_id)
            .join(Thread, Thread.id == Meetup.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .where(Occurrence.id.in_(dates), _public())
        )
    )


def _public() -> ColumnElement[bool]:
    return and_(Thread.state == "visible", Category.visibility == "public")


def _came() -> ColumnElement[int]:
    """People who came, with their guests, and those without an account."""
    parties = select(func.coalesce(func.sum(Rsvp.arrived), 0)).where(
        Rsvp.occurrence_id == Occurrence.id, Rsvp.arrived_at.is_not(None)
    )
    others = select(func.coalesce(func.sum(WalkIn.people), 0)).where(WalkIn.occurrence_id == Occurrence.id)
    return parties.scalar_subquery() + others.scalar_subquery()


def _yes() -> ColumnElement[int]:
    """People who had said yes and had a seat, with their guests."""
    return (
        select(func.coalesce(func.sum(1 + Rsvp.guests), 0))
        .where(Rsvp.occurrence_id == Occurrence.id, Rsvp.state.in_(SEATED))
        .scalar_subquery()
    )


def _marks(session: Session, dates: list[int]) -> dict[int, tuple[float | None, int]]:
    """Date → mean mark and how many answers: those of the house are left out, as everywhere."""
    rows = session.execute(
        select(Survey.occurrence_id, func.avg(Survey.rating), func.count())
        .join(Member, Member.id == Survey.member_id)
        .where(Survey.occurrence_id.in_(dates), Member.role.not_in(NOT_COUNTED))
        .group_by(Survey.occurrence_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _missing(session: Session, team_id: int | None, dates: list[int]) -> dict[int, list[Missing]]:
    """What surveys of a date became evidence for: problems and wishes of five people or more."""
    people = func.count(Evidence.author_id.distinct())
    rows = session.execute(
        select(Survey.occurrence_id, Item.title, people)
        .join(Evidence, Evidence.survey_id == Survey.id)
        .join(Item, Item.id == Evidence.item_id)
        .where(Survey.occurrence_id.in_(dates), Evidence.by_staff.is_(False), in_scope(team_id))
        .where(Item.kind.in_(("problem", "wish")))
        .group_by(Survey.occurrence_id, Item.id, Item.title)
        .having(people >= FEW)
        .order_by(people.desc(), Item.id)
    )
    found: dict[int, list[Missing]] = {}
    for date_id, title, count in rows:
        found.setdefault(date_id, []).append(Missing(title, count))
    return found
