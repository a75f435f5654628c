"""The dates of a series as rows: made ahead from its rule, derived anew when a zone's rules change."""

import secrets
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.kit import walltime
from forum.meetups import recurrence
from forum.meetups.domain.answers import apply_standing
from forum.meetups.domain.telling import together
from forum.meetups.domain.times import derive, schedule
from forum.meetups.models import Meetup, Occurrence

HORIZON: Final = timedelta(days=366)
"""How far ahead the dates of a series stand in the calendar."""
MOST_AHEAD: Final = 52
"""Coming dates of one series at the most: a daily one reaches seven weeks."""
LONGEST: Final = 5000
"""Dates of a rule that are looked at: a daily series of thirteen years."""


def new_uid() -> str:
    """Of a VEVENT, for good. Calendars add "@" and the site's host."""
    return secrets.token_hex(16)


def missing(session: Session, meetup: Meetup, *, now: datetime) -> list[datetime]:
    """The wall times that the rule names up to the horizon and that have no row yet. No date of the past is made."""
    if meetup.ended_at is not None:
        return []
    where = walltime.zone(meetup.timezone)
    known = set(session.scalars(select(Occurrence.original_local).where(Occurrence.meetup_id == meetup.id)))
    last = max(known) if known else None
    ahead = sum(wall > walltime.wall_of(now, where) for wall in known)
    limit = walltime.wall_of(now + HORIZON, where).replace(fold=0)
    found: list[datetime] = []
    for wall in islice(recurrence.dates(meetup.rule, meetup.starts_local), LONGEST):
        if (known or found) and (wall > limit or ahead + len(found) >= MOST_AHEAD):
            break
        if wall in known or (last is not None and wall < last):
            continue
        if known and walltime.nearest(wall, where) <= now:
            continue
        found.append(wall)
    return found


def materialise(session: Session, meetup: Meetup, *, now: datetime) -> list[Occurrence]:
    """Make the rows that are missing, with the answers of those who answered for the whole series.

    The meetup's row is locked. The very first date is confirmed by being announced.
    """
    first = session.execute(select(func.count()).where(Occurrence.meetup_id == meetup.id)).scalar_one() == 0
    made: list[Occurrence] = []
    with together(session, meetup.id, now=now):
        for wall in missing(session, meetup, now=now):
            made.append(add_date(session, meetup, wall, confirmed=first and not made, now=now))
    return made


def add_date(session: Session, meetup: Meetup, wall: datetime, *, confirmed: bool, now: datetime) -> Occurrence:
    """One row at `wall`, as the series has it now."""
    length = meetup.ends_local - meetup.starts_local
    status = "confirmed" if confirmed or not meetup.asks_hosts else "tentative"
    row = Occurrence(
        meetup_id=meetup.id, uid=new_uid(), original_local=wall, timezone=meetup.timezone, starts_local=wall,
        ends_local=wall + length, fold=meetup.fold, title=meetup.title, note="", place_id=meetup.place_id,
        online_url=meetup.online_url, capacity=meetup.capacity, guests_allowed=meetup.guests_allowed, own="",
        status=status, changed_at=now, sequence=0, taken=0, waiting=0, maybe=0, last_ticket=0, version=1,
        cancel_reason="", change_reason="",
    )  # fmt: skip
    derive(row, meetup.deadline_minutes)
    session.add(row)
    session.flush()
    schedule(session, row, meetup, now=now)
    apply_standing(session, row, meetup, now=now)
    return row


class Rederived(msgspec.Struct, frozen=True):
    """What a change of zone rules did."""

    looked_at: int
    moved: int


def rederive(session: Session, *, now: datetime, limit: int = 200) -> Rederived:
    """Derive the moments of up to `limit` dates anew that other zone rules had derived; call until none is left.

    The wall time is what people agreed on, so nobody is told; calendars get a new SEQUENCE, reminders a new hour.
    """
    rules = walltime.rules_version()
    query = (
        select(Occurrence)
        .where(Occurrence.ends_at > now, Occurrence.zone_rules != rules)
        .order_by(Occurrence.id)
        .limit(limit)
        .with_for_update(key_share=True)
    )
    rows, moved = session.scalars(query).all(), 0
    for row in rows:
        meetup = session.get_one(Meetup, row.meetup_id)
        if derive(row, meetup.deadline_minutes, own_deadline="deadline" in row.own.split()):
            row.sequence += 1
            row.changed_at = now
            moved += 1
            session.flush()
            schedule(session, row, meetup, now=now)
    session.flush()
    return Rederived(len(rows), moved)
