"""At the door: checking parties in by their signed code or by the list, and who came without having answered."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit import tokens
from forum.kit.i18n import N_, Text
from forum.meetups.domain.crew import member_named
from forum.meetups.domain.locks import TeamView, lock_date, team_of_date
from forum.meetups.domain.plan import MAX_GUESTS, line
from forum.meetups.domain.times import REMINDERS
from forum.meetups.models import Occurrence, Rsvp, WalkIn
from forum.members.models import Member
from forum.policy import meetups as policy
from forum.policy.actors import Actor

PURPOSE: Final = "meetup party"
MAX_WALK_IN: Final = 50
EARLY: Final = REMINDERS["day"]
"""Check-in opens this long before the start: tents are put up the evening before."""


class Arrival(msgspec.Struct, frozen=True):
    """A party that was checked in. `again`: it had been before, and nothing changed."""

    rsvp_id: int
    name: str
    party: int
    """People who were expected."""
    arrived: int
    state: str
    again: bool
    at: datetime


def party_token(secret: bytes, rsvp_id: int, occurrence_id: int) -> str:
    """What a party's QR code holds, after /check-in/: who they are, signed. It opens nothing but a host's list."""
    value = f"{rsvp_id}.{occurrence_id}"
    return f"{value}.{tokens.sign(secret, PURPOSE, value)}"


def read_party_token(secret: bytes, token: str) -> tuple[int, int] | None:
    """(rsvp id, occurrence id); None when it is not ours."""
    if len(token) > 80 or not token.isascii():
        return None
    value, _, signature = token.rpartition(".")
    rsvp, _, occurrence = value.partition(".")
    if not (rsvp.isdigit() and occurrence.isdigit() and tokens.verify(secret, PURPOSE, value, signature)):
        return None
    return int(rsvp), int(occurrence)


def check_in(session: Session, *, actor: Actor, rsvp_id: int, arrived: int | None = None, now: datetime) -> Arrival:
    """A party is here, with `arrived` people (None: all of them). Again with another number: that many came.

    Anybody who answered may come in, whatever they answered: who had no seat counts as one who walked in.
    Raises NotFound, SignInNeeded, Forbidden, Invalid(arrived), Conflict (cancelled, too early).
    """
    row = _party(session, actor, rsvp_id, now)
    people = 1 + row.guests if arrived is None else arrived
    if not 1 <= people <= 1 + max(row.guests, MAX_GUESTS):
        raise Invalid({"arrived": Text(N_("Choose a number from 1 to %(n)s."), {"n": 1 + max(row.guests, MAX_GUESTS)})})
    again = row.arrived_at is not None and (arrived is None or row.arrived == people)
    if not again:
        row.arrived_at = row.arrived_at or now
        row.arrived, row.checked_in_by_id, row.no_show_at = people, actor.id, None
        session.flush()
    name = session.execute(select(Member.display_name).where(Member.id == row.member_id)).scalar_one()
    assert row.arrived_at is not None and row.arrived is not None
    return Arrival(row.id, name, 1 + row.guests, row.arrived, row.state, again, row.arrived_at)


def undo_check_in(session: Session, *, actor: Actor, rsvp_id: int, now: datetime) -> None:
    """It was somebody else. Raises NotFound, SignInNeeded, Forbidden, Conflict."""
    row = _party(session, actor, rsvp_id, now)
    if row.state == "walk_in":
        session.delete(row)
    else:
        row.arrived_at = row.arrived = row.checked_in_by_id = None
    session.flush()


def excuse(session: Session, *, actor: Actor, rsvp_id: int, now: datetime) -> None:
    """They had a good reason, or were there and nobody saw. Raises NotFound, SignInNeeded, Forbidden."""
    date_id = _date_of(session, rsvp_id)
    policy.require_change(actor, team_of_date(session, actor, date_id) if date_id else None)
    row = session.get_one(Rsvp, rsvp_id)
    row.no_show_at = None
    session.flush()


def walk_in(
    session: Session, *, actor: Actor, occurrence_id: int, name: str = "", member: str = "", people: int = 1,
    submission: str = "", now: datetime,
) -> int:  # fmt: skip
    """Somebody came who had not answered: a member by name, or `people` without an account. Takes no planned seat.

    `submission`: the form's key, so that a double tap counts once. The id of their row.
    Raises NotFound, SignInNeeded, Forbidden, Invalid(member, people), Conflict.
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_check_in(actor, crew)
    date = lock_date(session, occurrence_id)
    _check_day(date, now)
    if not 1 <= people <= MAX_WALK_IN:
        raise Invalid({"people": Text(N_("Choose a number from 1 to %(n)s."), {"n": MAX_WALK_IN})})
    if member.strip():
        return _member_in(session, actor, date, member_named(session, member, "member"), people, now)
    key = submission[:64] or None
    if key is not None:
        same = select(WalkIn.id).where(WalkIn.occurrence_id == date.id, WalkIn.submission == key)
        if (known := session.scalar(same)) is not None:
            return known
    row = WalkIn(
        occurrence_id=date.id, name=line(name, 60), people=people, at=now, by_id=actor.id, submission=key
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _member_in(session: Session, actor: Actor, date: Occurrence, member_id: int, people: int, now: datetime) -> int:
    row = session.scalar(select(Rsvp).where(Rsvp.occurrence_id == date.id, Rsvp.member_id == member_id))
    if row is None:
        row = Rsvp(
            occurrence_id=date.id, member_id=member_id, answer="yes", state="walk_in", guests=people - 1, note="",
            hidden=False, photos=False, created_at=now, changed_at=now, version=1,
        )  # fmt: skip
        session.add(row)
    if row.arrived_at is None:
        row.arrived_at, row.arrived, row.checked_in_by_id, row.no_show_at = now, people, actor.id, None
    session.flush()
    return row.id


def remove_walk_in(session: Session, *, actor: Actor, occurrence_id: int, walk_in_id: int) -> None:
    """It was a mistake. Doing it twice changes nothing. Raises NotFound, SignInNeeded, Forbidden."""
    policy.require_check_in(actor, team_of_date(session, actor, occurrence_id))
    if 0 < walk_in_id <= MAX_ID:
        session.execute(delete(WalkIn).where(WalkIn.id == walk_in_id, WalkIn.occurrence_id == occurrence_id))


def _date_of(session: Session, rsvp_id: int) -> int | None:
    if not 0 < rsvp_id <= MAX_ID:
        return None
    return session.execute(select(Rsvp.occurrence_id).where(Rsvp.id == rsvp_id)).scalar()


def _party(session: Session, actor: Actor, rsvp_id: int, now: datetime) -> Rsvp:
    """With the date locked: two helpers who tap at once count once."""
    date_id = _date_of(session, rsvp_id)
    crew: TeamView | None = team_of_date(session, actor, date_id) if date_id is not None else None
    policy.require_check_in(actor, crew)
    assert date_id is not None
    date = lock_date(session, date_id)
    _check_day(date, now)
    row = session.scalar(select(Rsvp).where(Rsvp.id == rsvp_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _check_day(date: Occurrence, now: datetime) -> None:
    if date.status == "cancelled":
        raise Conflict(N_("This date was cancelled."))
    if now < date.starts_at - EARLY:
        raise Conflict(N_("Check-in opens a day before it begins."))


__all__ = ["Arrival", "check_in", "excuse", "party_token", "read_party_token", "remove_walk_in",
           "undo_check_in", "walk_in"]  # fmt: skip
