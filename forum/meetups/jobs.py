"""What happens after the events of meetups. Every job may run twice: keys, versions and notices see to it."""

from collections.abc import Sequence

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from forum.events import HousekeepingDue, record
from forum.meetups.domain import after, dates, offers, placing
from forum.meetups.domain.crew import crew_ids
from forum.meetups.domain.locks import lock_meetup
from forum.meetups.domain.telling import of_act
from forum.meetups.events import (
    ConfirmationDue,
    MeetupTold,
    OccurrenceEnded,
    OfferEnds,
    PlaceChanged,
    ReminderDue,
    SeriesTold,
)
from forum.meetups.models import COMING, HOST_ROLES, TO_CREW, Meetup, MeetupChoice, News, Occurrence, Rsvp
from forum.members.models import Member
from forum.notifications.domain import About
from forum.notifications.domain import tell as tell_members
from forum.notifications.kinds import Subject
from forum.notifications.models import Notice
from forum.worker import Task

BATCH = 100
"""Members told in one transaction: people want to write in between."""
KINDS = {
    "changed": "meetup_changed", "cancelled": "meetup_cancelled", "promoted": "meetup_seat", "offered": "meetup_seat",
    "lapsed": "meetup_seat", "removed": "meetup_seat", "week": "meetup_reminder", "day": "meetup_reminder",
    "hours": "meetup_reminder", "confirm": "meetup_host", "survey": "meetup_after",
    "message": "meetup_message",
}  # fmt: skip
REMINDED = {"week": MeetupChoice.remind_week, "day": MeetupChoice.remind_day, "hours": MeetupChoice.remind_hours}


def tell(task: Task, event: MeetupTold) -> None:
    """Tell the next members whom the news concerns, and hand the rest on. Permission is asked for each, by the notice.

    A reminder that was overtaken (moved, cancelled, begun) tells nobody.
    """
    now = task.clock()
    with task.db.write() as session:
        news = session.get(News, event.news_id)
        if news is None:
            return
        date = session.get_one(Occurrence, news.occurrence_id)
        if news.kind in REMINDED and (date.status != "confirmed" or date.starts_at <= now):
            return
        members = session.scalars(
            audience(news).where(Member.id > event.after_id).order_by(Member.id).limit(BATCH)
        ).all()  # fmt: skip
        thread_id = session.execute(
            select(Meetup.thread_id).where(Meetup.id == date.meetup_id)
        ).scalar_one()  # fmt: skip
        about = About(Subject("meetup", news.id), news.by_id, thread_id)
        tell_members(session, about=about, kinds=dict.fromkeys(members, KINDS[news.kind]), now=now)
        if len(members) == BATCH:
            following = MeetupTold(news.id, after_id=members[-1])
            record(session, following, now=now, key=f"news-{news.id}-{members[-1]}")


def tell_series(task: Task, event: SeriesTold) -> None:
    """Tell the next members of one act on many dates: each once for what happened, whichever dates concern them.

    The notice is about the first of those dates; its mail looks up the others.
    """
    now = task.clock()
    with task.db.write() as session:
        news = of_act(session, event.meetup_id, event.act)
        members = _concerned(session, event.meetup_id, news, event.after_id)
        thread_id = session.execute(select(Meetup.thread_id).where(Meetup.id == event.meetup_id)).scalar()
        heard = _heard(session, news, list(members))
        for one in news:
            first = [key for key, kinds in members.items() if kinds.get(one.kind) == one.id]
            to = [key for key in first if (key, one.kind) not in heard]
            about = About(Subject("meetup", one.id), one.by_id, thread_id)
            tell_members(session, about=about, kinds=dict.fromkeys(to, KINDS[one.kind]), now=now)
        if len(members) == BATCH:
            following = SeriesTold(event.meetup_id, event.act, after_id=max(members))
            record(session, following, now=now, key=f"{event.act}-{following.after_id}")


def _concerned(session: Session, meetup_id: int, news: Sequence[News], after_id: int) -> dict[int, dict[str, int]]:
    """The next members whom some of the news concerns: id → kind → the first of its news that does."""
    for_crew = any(one.kind in TO_CREW for one in news)
    crew = set(session.scalars(crew_ids(meetup_id, *HOST_ROLES))) if for_crew else set()
    to_all = [one.occurrence_id for one in news if one.member_id is None]
    coming = (Rsvp.occurrence_id.in_(to_all), Rsvp.state.in_(COMING))
    answered = select(Rsvp.member_id).where(*coming, Rsvp.member_id > after_id).distinct()
    ids = {one.member_id for one in news if one.member_id is not None and one.member_id > after_id}
    ids |= set(session.scalars(answered.order_by(Rsvp.member_id).limit(BATCH)))
    ids |= {key for key in crew if key > after_id}
    found: dict[int, dict[str, int]] = {key: {} for key in sorted(ids)[:BATCH]}
    rows = select(Rsvp.member_id, Rsvp.occurrence_id).where(*coming, Rsvp.member_id.in_(found))
    theirs = {(row.member_id, row.occurrence_id) for row in session.execute(rows)}
    for one in news:
        for key, kinds in found.items():
            follows = (key, one.occurrence_id) in theirs or (key in crew and one.kind in TO_CREW)
            if one.member_id == key or (one.member_id is None and follows):
                kinds.setdefault(one.kind, one.id)
    return found


def _heard(session: Session, news: Sequence[News], members: Sequence[int]) -> set[tuple[int, str]]:
    """Who was told of which kind: a second run may find another first date, if somebody answered meanwhile."""
    kinds = {str(Subject("meetup", one.id)): one.kind for one in news}
    told = select(Notice.member_id, Notice.subject).where(Notice.member_id.in_(members), Notice.subject.in_(kinds))
    return {(row.member_id, kinds[row.subject]) for row in session.execute(told)}


def audience(news: News) -> Select[int]:
    """Whom some news concerns: ids of members."""
    query = select(Member.id)
    if news.member_id is not None:
        return query.where(Member.id == news.member_id)
    if news.kind == "confirm":
        return query.where(Member.id.in_(_hosts(news.occurrence_id)))
    rsvp = and_(Rsvp.member_id == Member.id, Rsvp.occurrence_id == news.occurrence_id)
    if news.kind == "survey":
        return query.join(Rsvp, rsvp).where(after.all_there(news.occurrence_id))
    if news.kind == "message":
        return query.join(Rsvp, rsvp).where(Rsvp.state.in_(news.what.split()))
    if news.kind in TO_CREW:
        theirs = select(Rsvp.member_id).where(Rsvp.occurrence_id == news.occurrence_id, Rsvp.state.in_(COMING))
        return query.where(or_(Member.id.in_(theirs), Member.id.in_(_hosts(news.occurrence_id, "helper"))))
    states = ("going",) if news.kind == "hours" else ("going", "offered", "maybe")
    wanted = REMINDED[news.kind]
    concerned = or_(
        Member.id.in_(select(Rsvp.member_id).where(Rsvp.occurrence_id == news.occurrence_id, Rsvp.state.in_(states))),
        Member.id.in_(_hosts(news.occurrence_id)),
    )
    chosen = query.outerjoin(MeetupChoice, MeetupChoice.member_id == Member.id)
    return chosen.where(concerned, or_(MeetupChoice.member_id.is_(None), wanted))


def _hosts(occurrence_id: int, *more: str) -> Select[int]:
    """Who looks after the meetup of a date: its hosts, and who has a role of `more` in it."""
    meetup = select(Occurrence.meetup_id).where(Occurrence.id == occurrence_id).scalar_subquery()
    return crew_ids(meetup, "host", *more)


def tell_of_place(task: Task, event: PlaceChanged) -> None:
    """A place changed: the dates of one meetup there change with it, the next ones' in the next run."""
    with task.db.write() as session:
        placing.tell_next(session, event=event, now=task.clock())


def end_offer(task: Task, event: OfferEnds) -> None:
    """A seat that nobody took up goes to whoever is next."""
    with task.db.write() as session:
        offers.end_offer(session, rsvp_id=event.rsvp_id, now=task.clock())


def remind(task: Task, event: ReminderDue) -> None:
    """A week, a day, two hours before."""
    with task.db.write() as session:
        after.remind(
            session, occurrence_id=event.occurrence_id, kind=event.kind, starts_at=event.starts_at, now=task.clock()
        )  # fmt: skip


def ask_hosts(task: Task, event: ConfirmationDue) -> None:
    """Does it take place?"""
    with task.db.write() as session:
        after.ask_hosts(session, occurrence_id=event.occurrence_id, starts_at=event.starts_at, now=task.clock())


def close(task: Task, event: OccurrenceEnded) -> None:
    """Who was missing; how was it?"""
    with task.db.write() as session:
        after.close(session, occurrence_id=event.occurrence_id, ends_at=event.ends_at, now=task.clock())


def clean_up(task: Task, event: HousekeepingDue) -> None:
    """Once an hour: new dates of series, other rules of zones, what is forgotten. Each in small transactions."""
    now = task.clock()
    with task.db.read() as session:
        series = session.scalars(
            select(Meetup.id).where(Meetup.rule != "", Meetup.ended_at.is_(None)).order_by(Meetup.id)
        ).all()  # fmt: skip
        short = [
            meetup_id for meetup_id in series if dates.missing(session, session.get_one(Meetup, meetup_id), now=now)
        ]  # fmt: skip
    for meetup_id in short:
        with task.db.write() as session:
            dates.materialise(session, lock_meetup(session, meetup_id), now=now)
    more = True
    while more:
        with task.db.write() as session:
            more = dates.rederive(session, now=now).looked_at > 0
    while True:
        with task.db.write() as session:
            if after.forget(session, now=now) < 200:
                return
