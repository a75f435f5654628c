"""Yes, maybe, no: for one date, or for each coming date of a series."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.meetups.domain import seats
from forum.meetups.domain.locks import lock_date, lock_dates, lock_meetup, lock_visible_date, team, team_of_date
from forum.meetups.domain.plan import check_reason, line, words
from forum.meetups.domain.telling import seat_changed, together
from forum.meetups.models import ANSWERS, SEATED, Meetup, Occurrence, Question, Rsvp, RsvpAnswer, StandingAnswer
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_member
from forum.threads.models import Thread

MAX_NOTE: Final = 500
NO_END: Final = 10**6


class Reply(msgspec.Struct, frozen=True):
    """What somebody answers. None: as it was before (one tap changes nothing else).

    `answers`: question id → what they say; a page sends all of them, and then what is required must be there.
    """

    answer: str
    guests: int | None = None
    note: str | None = None
    hidden: bool | None = None
    photos: bool | None = None
    answers: dict[int, str] | None = None


class Seat(msgspec.Struct, frozen=True):
    """What came of it. `position`: 1 is first in the queue."""

    rsvp_id: int
    occurrence_id: int
    answer: str
    state: str
    guests: int
    position: int | None
    offered_until: datetime | None
    version: int


def answer(session: Session, *, actor: Actor, occurrence_id: int, reply: Reply, now: datetime) -> Seat:
    """Say whether one comes. A yes to an offer takes it up, a no or maybe gives it on.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(answer, guests, note, answers.ID), Conflict (cancelled, begun,
    closed, no seats for more guests).
    """
    date, meetup = lock_visible_date(session, actor, occurrence_id)
    policy.require_answer(actor)
    return _answer(session, actor.id, date, meetup, reply, now)


def answer_series(
    session: Session, *, actor: Actor, meetup_id: int, reply: Reply, now: datetime, occurrence_id: int | None = None
) -> list[Seat]:
    """The same for every coming date, each in its own queue, and for those that will be added.

    A date that refuses (answers are closed) is left as it is, but for `occurrence_id`: the one that the member has
    before them. Raises NotFound, SignInNeeded, Forbidden, Invalid, Conflict when that one refuses, or all do.
    """
    if team(session, actor, meetup_id) is None:
        raise NotFound()
    policy.require_answer(actor)
    meetup = lock_meetup(session, meetup_id)
    coming = lock_dates(session, meetup.id, Occurrence.starts_at > now, Occurrence.status != "cancelled")
    found, refused = [], None
    with together(session, meetup.id, now=now):
        for date in coming:
            try:
                with session.begin_nested():  # a date that refuses half-way is as it was
                    found.append(_answer(session, actor.id, date, meetup, reply, now))
            except Conflict as error:
                refused = error
                if date.id == occurrence_id:
                    raise
    if not found:
        raise refused or Conflict(N_("There is no coming date to answer for."))
    _stand(session, actor, meetup, reply, now)
    return found


def _stand(session: Session, actor: Actor, meetup: Meetup, reply: Reply, now: datetime) -> None:
    """Keep the answer for dates that will be added. A no ends it: silence says as much."""
    session.execute(
        delete(StandingAnswer).where(StandingAnswer.meetup_id == meetup.id, StandingAnswer.member_id == actor.id)
    )
    if meetup.rule and reply.answer != "no":
        session.add(
            StandingAnswer(
                meetup_id=meetup.id, member_id=actor.id, answer=reply.answer, guests=reply.guests or 0,
                hidden=bool(reply.hidden), at=now,
            )
        )  # fmt: skip
    session.flush()


def end_standing(session: Session, *, actor: Actor, meetup_id: int) -> None:
    """Dates that are added no longer get the actor's answer to the series; what they said to each date stays.

    Ending it twice changes nothing. Raises NotFound, SignInNeeded, Forbidden.
    """
    if team(session, actor, meetup_id) is None:
        raise NotFound()
    require_member(actor)
    session.execute(
        delete(StandingAnswer).where(StandingAnswer.meetup_id == meetup_id, StandingAnswer.member_id == actor.id)
    )


def apply_standing(session: Session, date: Occurrence, meetup: Meetup, *, now: datetime) -> int:
    """Answer a new date for those who answered for the whole series, first come first; how many.

    Who may not open the meetup any more, or is suspended, gets no seat here, and their answer to the series ends.
    """
    rows: Sequence[Any] = session.execute(
        select(StandingAnswer, *READER)
        .join(Member, Member.id == StandingAnswer.member_id)
        .where(StandingAnswer.meetup_id == meetup.id)
        .order_by(StandingAnswer.at, StandingAnswer.member_id)
    ).all()
    thread = session.get_one(Thread, meetup.thread_id)
    category = session.get_one(Category, thread.category_id)
    answered = 0
    for row, *reader in rows:
        if not policy.may_come(reader_of(reader, now), thread, category):
            session.delete(row)
            continue
        answered += 1
        guests = min(row.guests, date.guests_allowed, (date.capacity or NO_END) - 1)
        reply = Reply(row.answer, guests=guests, hidden=row.hidden)
        with suppress(Conflict), session.begin_nested():
            _answer(session, row.member_id, date, meetup, reply, now)
    session.flush()
    return answered


def _answer(session: Session, member_id: int, date: Occurrence, meetup: Meetup, reply: Reply, now: datetime) -> Seat:
    """With the date locked."""
    _check_open(date, now)
    row = seats.settle(session, date, meetup, now=now, member_id=member_id)
    guests = _guests(date, row, reply)
    _check_deadline(date, row, reply.answer, now)
    texts = _texts(session, meetup, row, reply)
    before = (row.state, row.guests) if row else ("no", 0)
    if row is None:
        row = Rsvp(  # written by `seats.put`, with what comes of it: one statement
            occurrence_id=date.id, member_id=member_id, answer="no", state="no", guests=0, created_at=now,
            changed_at=now, version=0, note="", hidden=False, photos=False,
        )  # fmt: skip
    _take(session, date, row, reply.answer, guests, now)
    _say(session, row, reply, texts)
    changed = (row.state, row.guests) != before and "going" in {row.state, before[0]}
    moved = seats.promote(session, date, meetup, now=now)
    if changed:
        seat_changed(session, row, passed=moved > 0, now=now)
    return seat_of(session, row, date)


def _take(session: Session, date: Occurrence, row: Rsvp, answer: str, guests: int, now: datetime) -> None:
    same = row.answer == answer and row.guests == guests and row.version > 0
    row.answer = answer
    if answer == "yes":
        if not (same and row.state in {"going", "waiting"}):  # the same answer again changes nothing
            row.left_late_at = None
            seats.place(session, date, row, guests, now=now)
    elif not same:
        seats.leave(session, date, row, answer, guests=guests, now=now)


def seat_of(session: Session, row: Rsvp, locked: Occurrence | None = None) -> Seat:
    """What an answer amounts to now. `locked`: its date."""
    place = seats.position(session, row, locked)
    return Seat(
        row.id, row.occurrence_id, row.answer, row.state, row.guests, place, row.offered_until, row.version
    )  # fmt: skip


# -- what is wrong with an answer ------------------------------------------------------------------------------------


def _check_open(date: Occurrence, now: datetime) -> None:
    if date.status == "cancelled":
        raise Conflict(N_("This date was cancelled."))
    if date.starts_at <= now:
        raise Conflict(N_("It has begun: answers are closed."))


def _check_deadline(date: Occurrence, row: Rsvp | None, answer: str, now: datetime) -> None:
    """After the deadline nobody new comes in; whoever is in may go, and whoever waits may wait on."""
    if answer == "no" or date.deadline_at is None or now < date.deadline_at:
        return
    if answer == "yes" and row is not None and row.state in {"going", "offered", "waiting"}:
        return
    raise Conflict(N_("The time to answer is over. Write to the hosts in the thread."))


def _guests(date: Occurrence, row: Rsvp | None, reply: Reply) -> int:
    """How many come along. Raises Invalid(answer, guests)."""
    if reply.answer not in ANSWERS:
        raise Invalid({"answer": N_("Choose from the list.")})
    if reply.answer == "no":
        return 0
    kept = row.guests if row is not None else 0
    guests = kept if reply.guests is None else reply.guests
    most = date.guests_allowed if date.capacity is None else min(date.guests_allowed, date.capacity - 1)
    if guests < 0 or (guests > most and not (guests <= kept and row is not None and row.state in SEATED)):
        message: Message = N_("Nobody can be brought along this time.")
        raise Invalid({"guests": message if most == 0 else Text(N_("You can bring up to %(n)s."), {"n": most})})
    return guests


def _texts(session: Session, meetup: Meetup, row: Rsvp | None, reply: Reply) -> dict[int, str] | None:
    """The answers to the hosts' questions as they are kept; None: nothing was said about them."""
    if reply.answers is None or reply.answer == "no":
        return None
    questions = session.scalars(select(Question).where(Question.meetup_id == meetup.id)).all()
    problems: dict[str, Message] = {}
    found: dict[int, str] = {}
    for question in questions:
        said = line(reply.answers.get(question.id, ""), 500)
        offered = {"choice": question.choices, "yesno": ("yes", "no")}.get(question.kind)
        if said and offered is not None and said not in offered:
            problems[f"answers.{question.id}"] = N_("Choose from the list.")
        elif question.required and not said and reply.answer == "yes":
            problems[f"answers.{question.id}"] = N_("The hosts need to know this.")
        elif said:
            found[question.id] = said
    if problems:
        raise Invalid(problems)
    return found


def _say(session: Session, row: Rsvp, reply: Reply, texts: dict[int, str] | None) -> None:
    """Keep note, wishes and answers; a no forgets what the hosts needed to know."""
    if reply.answer == "no" or reply.note is not None:
        row.note = "" if reply.answer == "no" and reply.note is None else words(reply.note or "", "note", MAX_NOTE)
    row.hidden = row.hidden if reply.hidden is None else reply.hidden
    row.photos = row.photos if reply.photos is None else reply.photos
    if reply.answer == "no" or texts is not None:
        session.execute(delete(RsvpAnswer).where(RsvpAnswer.rsvp_id == row.id))
        for question_id, value in (texts or {}).items():
            session.add(RsvpAnswer(rsvp_id=row.id, question_id=question_id, value=value))
    session.flush()


# -- hosts -------------------------------------------------------------------------------------------------------


def remove_party(session: Session, *, actor: Actor, rsvp_id: int, reason: str, now: datetime) -> Seat:
    """A host takes somebody off the list; they are told why, and may answer again.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(reason), Conflict (over, cancelled).
    """
    found = session.execute(
        select(Rsvp.occurrence_id).where(Rsvp.id == rsvp_id) if 0 < rsvp_id <= MAX_ID else select(Rsvp.id).limit(0)
    ).scalar()
    crew = team_of_date(session, actor, found) if found is not None else None
    policy.require_change(actor, crew)
    assert found is not None and crew is not None
    reason = check_reason(reason)
    date = lock_date(session, found)
    _check_open(date, now)
    meetup = session.get_one(Meetup, date.meetup_id)
    row = session.scalar(select(Rsvp).where(Rsvp.id == rsvp_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    if row.member_id == crew.author_id and row.member_id != actor.id:
        raise Forbidden(N_("Only the hosts of this meetup do that."))
    if row.state in {"going", "offered", "waiting", "maybe"}:
        row.answer = "no"
        seats.put(session, date, row, "no", guests=0, now=now)
        seats.tell_one(session, date, row, "removed", now=now, reason=reason, by_id=actor.id)
        seats.settle(session, date, meetup, now=now)
        audit(
            session, action="party.removed", actor_id=actor.id, subject_id=row.member_id, target=f"date:{date.id}",
            data={"category": crew.category_id}, details={"reason": reason}, now=now,
        )  # fmt: skip
    return seat_of(session, row)
