"""Seats: who has one, who waits, who is next. Everything here runs while the occurrence's row is locked.

The rules, in this order:
1. `taken` never exceeds the capacity; an offer that is still open counts as taken.
2. The queue is first in, first out. Nobody gets a seat while somebody who came before them waits, and could ever get
   one: a free seat stays free until the whole first party fits. (A party larger than the whole room is passed over.)
3. A party comes whole or waits whole.
Every change ends with `promote`, in the same transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import Id, Moment
from forum.errors import Conflict
from forum.events import record
from forum.kit.i18n import N_
from forum.meetups.domain.telling import leave as leave_news
from forum.meetups.domain.times import stamp
from forum.meetups.events import OfferEnds
from forum.meetups.models import SEATED, Meetup, News, Occurrence, Rsvp
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.policy import meetups as policy
from forum.threads.models import Thread

SHORTEST_OFFER: Final = timedelta(minutes=30)
"""With less time left than this a seat is given, not offered: nobody would read the mail in time."""
LATE: Final = timedelta(hours=24)
"""Where no deadline is set, giving a seat back this shortly before the start is late."""

PIECE: Final = 20
"""Of the queue, looked at with one statement."""
PASSED: Final = "passed"
"""What news about an offer that ended say, where somebody else has the seat."""


def party(row: Rsvp) -> int:
    """People: the member and their guests."""
    return 1 + row.guests


def put(session: Session, date: Occurrence, row: Rsvp, state: str, *, guests: int, now: datetime) -> None:
    """Give an answer another state or size, and keep the date's counts right. Raises nothing: callers looked.

    `row` may be new, and not in the session yet.
    """
    taken, waiting, maybe = _weight(row.state, party(row))
    row.state, row.guests = state, guests
    row.version += 1
    row.changed_at = now
    if state != "waiting":
        row.ticket = None
    if state != "offered":
        row.offered_until = None
    after = _weight(state, party(row))
    date.taken += after[0] - taken
    date.waiting += after[1] - waiting
    date.maybe += after[2] - maybe
    session.add(row)
    session.flush()


def _weight(state: str, people: int) -> tuple[int, int, int]:
    """(seats, waiting parties, undecided parties)."""
    return (people if state in SEATED else 0, int(state == "waiting"), int(state == "maybe"))


def join_queue(session: Session, date: Occurrence, row: Rsvp, *, guests: int, now: datetime) -> None:
    """To the end of the queue."""
    date.last_ticket += 1
    row.ticket = date.last_ticket
    put(session, date, row, "waiting", guests=guests, now=now)


def place(session: Session, date: Occurrence, row: Rsvp, guests: int, *, now: datetime) -> None:
    """A yes for a party of `guests` and one: a seat, or the queue. Raises Conflict when a seated party cannot grow."""
    people, held = 1 + guests, party(row) if row.state in SEATED else 0
    fits = date.capacity is None or date.taken - held + people <= date.capacity
    free = fits and not _others_wait(session, date, row, now)
    if held and people > held and not free:
        raise Conflict(N_("There are no seats for more guests. Yours are kept as they were."))
    if held or free:
        put(session, date, row, "going", guests=guests, now=now)
    elif row.state == "waiting" and people <= party(row):
        put(session, date, row, "waiting", guests=guests, now=now)  # keeps its place
    else:
        join_queue(session, date, row, guests=guests, now=now)


def _others_wait(session: Session, date: Occurrence, row: Rsvp, now: datetime) -> bool:
    """Does anybody else wait who could ever get in?"""
    if date.capacity is None or not date.waiting:
        return False
    return next((one for one in _queue(session, date, now) if one.member_id != row.member_id), None) is not None


def _queue(session: Session, date: Occurrence, now: datetime) -> Iterator[Rsvp]:
    """Whoever waits and could ever get in, first come first; one statement for each `PIECE` of them.

    Who may not open the meetup any more, or is suspended, is passed over: they keep their place, and hold up nobody.
    """
    after, size = 0, PIECE
    while size == PIECE:
        query = (
            select(Rsvp, Thread, Category, *READER)
            .join(Member, Member.id == Rsvp.member_id)
            .join(Meetup, Meetup.id == date.meetup_id)
            .join(Thread, Thread.id == Meetup.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .where(Rsvp.occurrence_id == date.id, Rsvp.state == "waiting", Rsvp.ticket > after)
        )
        if date.capacity is not None:
            query = query.where(Rsvp.guests < date.capacity)
        rows: Sequence[Any] = session.execute(
            query.order_by(Rsvp.ticket).limit(PIECE).execution_options(populate_existing=True)
        ).all()
        for row, thread, category, *reader in rows:
            after = row.ticket
            if policy.may_come(reader_of(reader, now), thread, category):
                yield row
        size = len(rows)


def promote(session: Session, date: Occurrence, meetup: Meetup, *, now: datetime) -> int:
    """Seat whoever is first, as long as they fit; how many parties got (or were offered) a seat."""
    if date.status == "cancelled" or date.starts_at <= now:
        return 0
    moved, free = 0, date.capacity is None or date.taken < date.capacity
    for first in _queue(session, date, now) if date.waiting and free else ():
        if date.capacity is not None and date.taken + party(first) > date.capacity:
            break
        _seat(session, date, meetup, first, now)
        moved += 1
        if not date.waiting or date.taken == date.capacity:
            break
    return moved


def _seat(session: Session, date: Occurrence, meetup: Meetup, row: Rsvp, now: datetime) -> None:
    until = offer_until(date, meetup, now)
    if until is None:
        put(session, date, row, "going", guests=row.guests, now=now)
        tell_one(session, date, row, "promoted", now=now)
        return
    row.offered_until = until
    put(session, date, row, "offered", guests=row.guests, now=now)
    tell_one(session, date, row, "offered", now=now)
    record(session, OfferEnds(row.id, until), now=now, run_at=until, key=f"{row.id}:{stamp(until)}:{row.version}")


def offer_until(date: Occurrence, meetup: Meetup, now: datetime) -> datetime | None:
    """How long a seat that frees up now is held; None: it is given at once."""
    if meetup.offer_minutes is None:
        return None
    until = min(now + timedelta(minutes=meetup.offer_minutes), date.starts_at)
    return until if until - now >= SHORTEST_OFFER else None


_CONCERNED = (  # written down once: it is asked at every answer
    select(Rsvp)
    .where(
        Rsvp.occurrence_id == bindparam("date", type_=Id),
        or_(
            Rsvp.member_id == bindparam("member", type_=Id),
            and_(Rsvp.state == "offered", Rsvp.offered_until <= bindparam("now", type_=Moment)),
        ),
    )
    .order_by(Rsvp.id)
    .execution_options(populate_existing=True)
)


def lapse(
    session: Session, date: Occurrence, *, now: datetime, member_id: int | None = None
) -> tuple[Rsvp | None, list[Rsvp]]:
    """Offers that were not taken up in time end; gives the answer of `member_id`, and what ended: one statement.

    Asked before every change: what holds is right without the worker. Who is told is the caller's matter.
    """
    rows = session.scalars(_CONCERNED, {"date": date.id, "member": member_id or 0, "now": now}).all()
    ended = [row for row in rows if row.state == "offered" and row.offered_until and row.offered_until <= now]
    for row in ended:
        put(session, date, row, "lapsed", guests=row.guests, now=now)
    return next((row for row in rows if row.member_id == member_id), None), ended


def settle(
    session: Session, date: Occurrence, meetup: Meetup, *, now: datetime, member_id: int | None = None
) -> Rsvp | None:  # fmt: skip
    """Offers that are over end, and whoever is next moves up; gives the answer of `member_id`.

    Whose offer ended hears whether somebody has the seat now. Once a date has begun or is called off, they hear
    nothing: there is no seat to be had.
    """
    row, ended = lapse(session, date, now=now, member_id=member_id)
    passed = promote(session, date, meetup, now=now) >= len(ended)
    if date.status != "cancelled" and date.starts_at > now:
        for one in ended:
            tell_one(session, date, one, "lapsed", what=PASSED if passed else "", now=now)
    return row


def end_offers(session: Session, date: Occurrence, *, now: datetime) -> None:
    """A date is called off: seats that were held are nobody's, and whoever they were held for waited, as before.

    They are told of that like everybody who waits, and of nothing else.
    """
    held = select(Rsvp).where(Rsvp.occurrence_id == date.id, Rsvp.state == "offered").order_by(Rsvp.id)
    for row in session.scalars(held.execution_options(populate_existing=True)).all():
        join_queue(session, date, row, guests=row.guests, now=now)


def leave(session: Session, date: Occurrence, row: Rsvp, state: str, *, guests: int, now: datetime) -> None:
    """A no or a maybe. Giving a seat back late is noted: it is not the same as not coming."""
    if row.state in SEATED and now >= (date.deadline_at or date.starts_at - LATE):
        row.left_late_at = now
    put(session, date, row, state, guests=guests, now=now)


def position(session: Session, row: Rsvp, last: Occurrence | None = None) -> int | None:
    """1 is first in the queue; None: does not wait. `last`: the date, if it is locked: it knows who came last."""
    if row.state != "waiting":
        return None
    if last is not None and row.ticket == last.last_ticket:
        return last.waiting
    before = select(func.count()).where(
        Rsvp.occurrence_id == row.occurrence_id, Rsvp.state == "waiting", Rsvp.ticket < row.ticket
    )
    return int(session.execute(before).scalar_one()) + 1


def tell_one(session: Session, date: Occurrence, row: Rsvp, kind: str, *, now: datetime, reason: str = "",
             what: str = "", by_id: int | None = None) -> None:  # fmt: skip
    """Leave news for one member about their seat."""
    news = News(
        occurrence_id=date.id, kind=kind, key=f"{kind}:{row.id}:{row.version}:{stamp(now)}",
        member_id=row.member_id, by_id=by_id, sequence=date.sequence, what=what, reason=reason, at=now,
    )  # fmt: skip
    leave_news(session, news, now=now)
