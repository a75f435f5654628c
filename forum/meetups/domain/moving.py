"""Moving a series: each coming date goes to where the new rule puts it, with its answers."""

from datetime import datetime, timedelta
from itertools import islice

import msgspec
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.kit import walltime
from forum.kit.i18n import N_
from forum.meetups import recurrence
from forum.meetups.domain.cancel import call_off
from forum.meetups.domain.dates import LONGEST
from forum.meetups.domain.plan import Plan, check_reason
from forum.meetups.domain.times import derive
from forum.meetups.models import Meetup, Occurrence
from forum.policy.actors import Actor

ASIDE = timedelta(days=400_000)
"""Places of dates are unique within a series: while they move they stand aside, a thousand years ahead."""


def move(
    session: Session, meetup: Meetup, coming: list[Occurrence], plan: Plan, *, actor: Actor, reason: str,
    now: datetime,
) -> set[int]:  # fmt: skip
    """Make the series follow the plan's times and rule; ids of the dates that moved (others may have been called off).

    The nth coming date becomes the nth of the new rule. Where only the time or weekday changes, dates that were called
    off keep their place in the row, and stay called off; where the pattern is another one, they stand aside for good.
    Sets the meetup's own columns. Raises Invalid(starts_local, reason).
    """
    new = (plan.starts_local, plan.ends_local, plan.timezone, plan.fold, plan.rule)
    if new == (meetup.starts_local, meetup.ends_local, meetup.timezone, meetup.fold, meetup.rule):
        return set()
    same = _pattern(plan.rule) == _pattern(meetup.rule)
    meetup.starts_local, meetup.ends_local, meetup.timezone, meetup.fold, meetup.rule = new
    places = _places(meetup, len(coming), now)
    if not places and any(date.status != "cancelled" for date in coming):
        raise Invalid({"starts_local": N_("This is in the past.")})
    lined = [date for date in coming if same or date.status != "cancelled"]
    for date in lined:
        date.original_local += ASIDE
    session.flush()
    moved: set[int] = set()
    taken = {date.original_local for date in coming if date not in lined}
    free = [place for place in places if place not in taken]
    for date, wall in zip(lined, free, strict=False):
        if _put(date, meetup, wall):
            moved.add(date.id)
    session.flush()
    known = {date.original_local for date in coming}
    for date in lined[len(free) :]:  # the new rule has no place for it: beside the one it had, so that none is lost
        date.original_local -= ASIDE
        while date.original_local in known:
            date.original_local += timedelta(seconds=1)
        known.add(date.original_local)
        session.flush()
        if date.status != "cancelled":
            call_off(session, date, meetup, reason=check_reason(reason), actor=actor, now=now)
    return moved


def _pattern(rule: str) -> object:
    """What makes two rules the same but for the day: frequency and interval."""
    if not rule:
        return None
    it = recurrence.parse(rule)
    return msgspec.structs.astuple(it)[:2]


def _places(meetup: Meetup, most: int, now: datetime) -> list[datetime]:
    where = walltime.zone(meetup.timezone)
    walls = islice(recurrence.dates(meetup.rule, meetup.starts_local), LONGEST)
    found = (wall for wall in walls if walltime.nearest(wall, where, meetup.fold) > now)
    return list(islice(found, most))


def _put(date: Occurrence, meetup: Meetup, wall: datetime) -> bool:
    """To `wall`, unless the date has a time of its own; True when it starts or ends at another moment."""
    date.original_local = wall
    if "time" in date.own.split():
        return False
    length = meetup.ends_local - meetup.starts_local
    before = date.starts_at
    date.starts_local, date.ends_local, date.timezone, date.fold = wall, wall + length, meetup.timezone, meetup.fold
    changed = derive(date, meetup.deadline_minutes, own_deadline="deadline" in date.own.split())
    if changed and date.status != "cancelled":
        date.previous_starts_at = before
    return changed
