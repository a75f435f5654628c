"""Moving a series: each coming date goes to where the new rule puts it, with its answers."""

from collections.abc import Sequence
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
    session: Session, meetup: Meetup, rows: Sequence[Occurrence], plan: Plan, *, actor: Actor, reason: str,
    now: datetime,
) -> set[int]:  # fmt: skip
    """Make the series follow the plan's times and rule; ids of the dates that moved (others may have been called off).

    `rows`: all dates of the series, locked. Where only the day or the hour is another one, the nth date of the old rule
    becomes the nth of the new: dates that were called off keep their place in the row, and stay called off. Where the
    pattern is another one, the nth coming date becomes the nth place to come. A date whose new place has passed already
    takes place when people expect it; one that has begun only gives its place in the row.
    Sets the meetup's own columns. Raises Invalid(starts_local, reason).
    """
    new = (plan.starts_local, plan.ends_local, plan.timezone, plan.fold, plan.rule)
    if new == (meetup.starts_local, meetup.ends_local, meetup.timezone, meetup.fold, meetup.rule):
        return set()
    same, before = _pattern(plan.rule) == _pattern(meetup.rule), _walls(meetup)
    meetup.starts_local, meetup.ends_local, meetup.timezone, meetup.fold, meetup.rule = new
    walls, standing = _walls(meetup), [row for row in rows if row.starts_at > now and row.status != "cancelled"]
    ahead = {wall for wall in walls if _at(meetup, wall) > now}
    if standing and not ahead:
        raise Invalid({"starts_local": N_("This is in the past.")})
    places = _by_number(before, walls, rows, now, ahead) if same else _by_order(walls, rows, now, ahead)
    _place(session, rows, places)
    moved = set()
    for row in rows:
        wall = places.get(row.id)
        if row.starts_at > now and wall is not None and _put(row, meetup, wall, passed=wall not in ahead):
            moved.add(row.id)
    session.flush()
    for row in standing:
        if row.id not in places:
            call_off(session, row, meetup, reason=check_reason(reason), actor=actor, now=now)
    return moved


def _pattern(rule: str) -> object:
    """What makes two rules the same but for the day: frequency, interval, how many days a week."""
    if not rule:
        return None
    it = recurrence.parse(rule)
    return (*msgspec.structs.astuple(it)[:2], len(it.days) or 1)


def _walls(meetup: Meetup) -> list[datetime]:
    return list(islice(recurrence.dates(meetup.rule, meetup.starts_local), LONGEST))


def _at(meetup: Meetup, wall: datetime) -> datetime:
    return walltime.nearest(wall, walltime.zone(meetup.timezone), meetup.fold)


def _by_number(
    before: list[datetime], walls: list[datetime], rows: Sequence[Occurrence], now: datetime, ahead: set[datetime]
) -> dict[int, datetime]:
    """Id of a date → its place: the nth of `before` becomes the nth of `walls`.

    Unless the series was given a first day in the middle of it: then that day's date becomes the first.
    """
    known = {wall: n for n, wall in enumerate(before)}
    numbers = {row.id: known[row.original_local] for row in rows if row.original_local in known}
    coming = [numbers[row.id] for row in rows if row.id in numbers and row.starts_at > now]
    begun = {row.starts_local.date(): numbers[row.id] for row in rows if row.id in numbers and row.starts_at <= now}
    first, skipped = min(coming, default=0), 0
    if walls[0].date() in begun:  # the date that is going on: its hour changes, for those after it
        skipped = begun[walls[0].date()]
    elif walls[0] in ahead:
        skipped = first
    elif len(before) > 1 and walls[0].date() >= before[1].date():
        skipped = min(range(len(before)), key=lambda n: abs(before[n] - walls[0]))
    skipped = min(skipped, first)
    return {key: walls[n - skipped] for key, n in numbers.items() if 0 <= n - skipped < len(walls)}


def _by_order(
    walls: list[datetime], rows: Sequence[Occurrence], now: datetime, ahead: set[datetime]
) -> dict[int, datetime]:
    """The same where the rules have nothing in common. What was called off stays aside, and so does its hour."""
    off = {row.original_local for row in rows if row.starts_at > now and row.status == "cancelled"}
    begun = {row.starts_local.date(): row.id for row in rows if row.starts_at <= now}
    today = {begun[wall.date()]: wall for wall in walls if wall in ahead and wall.date() in begun}
    free = [wall for wall in walls if wall in ahead and wall not in off and wall.date() not in begun]
    coming = [row.id for row in rows if row.starts_at > now and row.status != "cancelled"]
    return dict(zip(coming, free, strict=False)) | today


def _place(session: Session, rows: Sequence[Occurrence], places: dict[int, datetime]) -> None:
    """Give each date its place in the row; one that has none stays beside the one it had, so that none is lost."""
    for row in rows:
        row.original_local += ASIDE
    session.flush()
    taken = set(places.values())
    for row in rows:
        wall = places.get(row.id)
        if wall is None:
            wall = row.original_local - ASIDE
            while wall in taken:
                wall += timedelta(seconds=1)
            taken.add(wall)
        row.original_local = wall
    session.flush()


def _put(date: Occurrence, meetup: Meetup, wall: datetime, *, passed: bool) -> bool:
    """To `wall`, unless the date has a time of its own; True when it starts or ends at another moment.

    `passed`: that hour is over. Nobody is called to a date in the past: this one keeps its time, from now on its own.
    """
    own = set(date.own.split())
    if "time" in own or passed:
        date.own = " ".join(sorted(own | {"time"}))
        return False
    length = meetup.ends_local - meetup.starts_local
    before = date.starts_at
    date.starts_local, date.ends_local, date.timezone, date.fold = wall, wall + length, meetup.timezone, meetup.fold
    changed = derive(date, meetup.deadline_minutes, own_deadline="deadline" in own)
    if changed and date.status != "cancelled":
        date.previous_starts_at = before
    return changed
