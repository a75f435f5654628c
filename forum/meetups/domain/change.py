"""Changing one date, or a whole series; confirming.

A date that was given something of its own (`Occurrence.own`) keeps it when the series changes. When a series moves,
its dates move with their answers, cancelled ones included: what was called off stays called off.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.audit.domain import write as audit
from forum.errors import Conflict, Invalid
from forum.kit import walltime
from forum.kit.i18n import N_, Text
from forum.kit.slugs import slugify
from forum.meetups.domain import plan as checks
from forum.meetups.domain import seats
from forum.meetups.domain.after import tell_all
from forum.meetups.domain.announce import MeetupRef, check
from forum.meetups.domain.crew import looked_after, members_of, set_crew
from forum.meetups.domain.dates import materialise
from forum.meetups.domain.locks import TeamView, lock_date, lock_dates, lock_meetup, team, team_of_date
from forum.meetups.domain.moving import move
from forum.meetups.domain.places import place_of
from forum.meetups.domain.plan import DatePlan, Plan
from forum.meetups.domain.questions import set_questions
from forum.meetups.domain.telling import together
from forum.meetups.domain.times import ASKED, derive, schedule
from forum.meetups.models import Meetup, Occurrence
from forum.policy import meetups as policy
from forum.policy.actors import Actor
from forum.threads.compose import check_title

WORD: Final = ("confirmed", "tentative")
"""The hosts' word, as iCalendar's STATUS: what changes when one gives it, or when a series begins to ask for it."""
OF_FIELD: Final = {
    "title": "title", "note": "note", "place_id": "place", "online_url": "place", "capacity": "capacity",
    "guests_allowed": "guests",
}  # fmt: skip
"""Column → name in OWN_FIELDS."""
TOLD: Final = frozenset({"time", "title", "note", "place", *WORD})
"""What stands in people's calendars: a change raises SEQUENCE, and they are told."""


def change_occurrence(
    session: Session, *, actor: Actor, occurrence_id: int, plan: DatePlan, version: int | None, reason: str,
    now: datetime,
) -> Occurrence:  # fmt: skip
    """Change one date. `version`: the one the editor started from. `reason`: wanted where people were told otherwise.

    Raises NotFound, SignInNeeded, Forbidden, Invalid, Conflict (stale, cancelled, begun).
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    title, url = check_title(plan.title), checks.check_url(plan.online_url)
    note = checks.words(plan.note, "note", 500)
    times = checks.check_times(plan.starts_local, plan.ends_local, plan.timezone, plan.fold, plan.deadline, now=now)
    checks.check_numbers(plan.capacity, plan.guests_allowed)
    meetup = lock_meetup(session, crew.meetup_id)
    date = lock_date(session, occurrence_id)
    _check_changeable(date, version, now)
    place_id = place_of(session, actor, plan.place, now, kept=(date.place_id, meetup.place_id))
    if place_id is None and not url:
        raise Invalid({"place": N_("Say where you meet: a place, or the address of an online room.")})
    values = {
        "title": title, "note": note, "place_id": place_id, "online_url": url, "capacity": plan.capacity,
        "guests_allowed": plan.guests_allowed,
    }  # fmt: skip
    before, what = date.starts_at, set_values(session, date, values)
    if set_time(date, plan, times.deadline_at, now):
        what.add("time")
        if checks.lead(date.starts_local, times.deadline_at, date.timezone) != meetup.deadline_minutes:
            what.add("deadline")  # given together with the hour, it is the date's own all the same
    if date.deadline_at != times.deadline_at:
        date.deadline_at = times.deadline_at
        what.add("deadline")
    if meetup.rule:
        date.own = " ".join(sorted(set(date.own.split()) | what))
    announce_change(session, date, meetup, what, before, reason=reason, actor=actor, now=now)
    if not meetup.rule:
        follow_date(meetup, date, now)
    if what:
        _leave_entry(session, actor, crew, "date.changed", f"date:{date.id}", what, reason, now)
    return date


def change_capacity(
    session: Session, *, actor: Actor, occurrence_id: int, capacity: int | None, version: int | None, now: datetime
) -> Occurrence:
    """More seats for one date, or fewer, and nothing else about it. None: as many as like.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(capacity), Conflict (stale, cancelled, begun).
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    meetup = lock_meetup(session, crew.meetup_id)
    date = lock_date(session, occurrence_id)
    _check_changeable(date, version, now)
    checks.check_numbers(capacity, date.guests_allowed)
    what = set_values(session, date, {"capacity": capacity})
    if not meetup.rule:
        follow_date(meetup, date, now)
    elif what:
        date.own = " ".join(sorted(set(date.own.split()) | what))
    announce_change(session, date, meetup, what, date.starts_at, reason="", actor=actor, now=now)
    if what:
        _leave_entry(session, actor, crew, "date.changed", f"date:{date.id}", what, "", now)
    return date


def _check_changeable(date: Occurrence, version: int | None, now: datetime) -> None:
    if version is not None and date.version != version:
        raise Conflict(current=date.title)
    if date.status == "cancelled":
        raise Conflict(N_("This date was cancelled."))
    if date.starts_at <= now:
        raise Conflict(N_("It has begun: nothing can be changed any more."))


def set_values(session: Session, date: Occurrence, values: dict[str, Any]) -> set[str]:
    """Give a date other values; names (OWN_FIELDS) of what changed. Raises Invalid(capacity) below the seats taken."""
    capacity = values.get("capacity", date.capacity)
    if capacity is not None and capacity < date.taken:
        message = Text(N_("%(n)s seats are taken already: fewer are not possible."), {"n": date.taken})
        raise Invalid({"capacity": message})
    what = {OF_FIELD[name] for name, value in values.items() if getattr(date, name) != value}
    for name, value in values.items():
        setattr(date, name, value)
    return what


def set_time(date: Occurrence, plan: DatePlan, deadline_at: datetime | None, now: datetime) -> bool:
    """Put a date at another wall time; True when anything about it is another one."""
    starts, ends = (wall.replace(second=0, microsecond=0) for wall in (plan.starts_local, plan.ends_local))
    new = (starts, ends, plan.timezone, plan.fold)
    same_wall = new[:3] == (date.starts_local, date.ends_local, date.timezone)
    if same_wall and (plan.fold == date.fold or not walltime.is_ambiguous(starts, walltime.zone(plan.timezone))):
        return False  # of hours that come once it makes no difference which is meant
    before = date.starts_at
    date.starts_local, date.ends_local, date.timezone, date.fold = new
    date.deadline_at = deadline_at
    derive(date, None, own_deadline=True)
    if before != date.starts_at:
        date.previous_starts_at = before
    return True


def announce_change(
    session: Session, date: Occurrence, meetup: Meetup, what: set[str], before: datetime, *, reason: str,
    actor: Actor, now: datetime, hosted: bool | None = None,
) -> None:  # fmt: skip
    """What follows from a change: version, SEQUENCE, reminders, news, and seats that became free.

    `hosted`: others look after the meetup, too, if that is known already.

    Raises Invalid(reason) where time or place change for people who have answered, and nobody says why.
    """
    if not what:
        return
    date.version += 1
    concerned = bool(date.taken or date.waiting or date.maybe)
    told = what & TOLD
    if told & {"time", "place"} and concerned:
        reason = checks.check_reason(reason)
    if told:
        date.sequence += 1
        date.changed_at = now
        reason = checks.words(reason, "reason", 500)
        date.change_reason = reason if told - set(WORD) else date.change_reason
    session.flush()
    if what & {"time", *WORD}:
        schedule(session, date, meetup, now=now)
    if told and (concerned or (_others(session, meetup, actor) if hosted is None else hosted)):
        tell_all(
            session, date, "changed", key=f"changed:{date.id}:{date.sequence}", reason=reason,
            what=" ".join(sorted(told)), by_id=actor.id, starts_before=before, now=now,
        )  # fmt: skip
    seats.settle(session, date, meetup, now=now)


def _others(session: Session, meetup: Meetup, actor: Actor) -> bool:
    return looked_after(session, meetup.id, Account.member_id != actor.id)


def follow_date(meetup: Meetup, date: Occurrence, now: datetime) -> None:
    """A meetup of one date is what its date is."""
    for name in ("title", "place_id", "online_url", "capacity", "guests_allowed", "timezone", "starts_local",
                 "ends_local", "fold"):  # fmt: skip
        setattr(meetup, name, getattr(date, name))
    meetup.slug = slugify(date.title, fallback="meetup")
    meetup.deadline_minutes = checks.lead(date.starts_local, date.deadline_at, date.timezone)
    date.original_local = date.starts_local
    meetup.updated_at = now
    meetup.version += 1


def change_series(
    session: Session, *, actor: Actor, meetup_id: int, plan: Plan, version: int | None, reason: str, now: datetime
) -> MeetupRef:
    """Change a meetup with all its coming dates, but for what they have of their own, and who looks after it.

    Thread and chapter stay, and so does the place if it is kept, whosever it is.

    Raises NotFound, SignInNeeded, Forbidden, Invalid, Conflict (stale).
    """
    crew = team(session, actor, meetup_id)
    policy.require_change(actor, crew)
    assert crew is not None
    meetup = lock_meetup(session, meetup_id)
    if version is not None and meetup.version != version:
        raise Conflict(current=meetup.title)
    plan, deadline = check(plan, now=min(now, meetup.created_at) - timedelta(seconds=1))
    set_crew(session, meetup, members_of(session, plan), actor=actor, category_id=crew.category_id, now=now)
    place_id = place_of(session, actor, plan.place, now, kept=(meetup.place_id,))
    rows = lock_dates(session, meetup.id)
    coming = [date for date in rows if date.starts_at > now]
    before = {date.id: date.starts_at for date in coming}
    changed, hosted = set[str](), _others(session, meetup, actor)
    with together(session, meetup.id, now=now):
        moved = move(session, meetup, rows, plan, actor=actor, reason=reason, now=now)
        asked, values = meetup.asks_hosts, _settings(meetup, plan, deadline, place_id, now)
        set_questions(session, meetup.id, plan.questions)
        for date in coming:
            if date.status != "cancelled":
                what = _follow_series(session, date, meetup, values)
                what |= {"time"} if date.id in moved else set()
                if meetup.asks_hosts != asked and date is not rows[0]:  # the first is confirmed by being announced
                    what |= _follow_option(date, meetup, now)
                announce_change(
                    session, date, meetup, what, before[date.id], reason=reason, actor=actor, now=now, hosted=hosted
                )
                changed |= what
        made = materialise(session, meetup, now=now)
    _leave_entry(session, actor, crew, "meetup.changed", f"meetup:{meetup.id}", changed, reason, now)
    ids = tuple(date.id for date in (*coming, *made) if date.status != "cancelled")
    return MeetupRef(meetup.id, meetup.slug, meetup.thread_id, ids)


def _settings(
    meetup: Meetup, plan: Plan, deadline: datetime | None, place_id: int | None, now: datetime
) -> dict[str, Any]:
    """Set the series' own columns; what its dates take over."""
    meetup.slug = slugify(plan.title, fallback="meetup")
    meetup.deadline_minutes = checks.lead(plan.starts_local, deadline, plan.timezone)
    for name in ("offer_minutes", "privacy", "keep_days", "survey", "locale"):
        setattr(meetup, name, getattr(plan, name))
    meetup.asks_hosts = plan.asks_hosts and bool(plan.rule)
    values = {
        "title": plan.title, "place_id": place_id, "online_url": plan.online_url, "capacity": plan.capacity,
        "guests_allowed": plan.guests_allowed,
    }  # fmt: skip
    for name, value in values.items():
        setattr(meetup, name, value)
    meetup.updated_at = now
    meetup.version += 1
    return values


def _follow_series(session: Session, date: Occurrence, meetup: Meetup, values: dict[str, Any]) -> set[str]:
    own = set(date.own.split())
    what = set_values(session, date, {name: value for name, value in values.items() if OF_FIELD[name] not in own})
    if "deadline" not in own:
        lead, where = meetup.deadline_minutes, walltime.zone(date.timezone)
        at = None if lead is None else walltime.nearest(date.starts_local - timedelta(minutes=lead), where)
        if at != date.deadline_at:
            date.deadline_at = at
            what.add("deadline")
    return what


def _follow_option(date: Occurrence, meetup: Meetup, now: datetime) -> set[str]:
    """A series begins to wait for its hosts' word about each date, or waits no longer.

    What a host has confirmed stays so, and what is nearer than the day on which hosts are asked: people rely on it.
    """
    if not meetup.asks_hosts and date.status == "tentative":
        date.status = "confirmed"
        return {"confirmed"}
    unsaid = date.status == "confirmed" and date.confirmed_at is None
    if meetup.asks_hosts and unsaid and date.starts_at > now + ASKED:
        date.status = "tentative"
        return {"tentative"}
    return set()


def confirm_occurrence(session: Session, *, actor: Actor, occurrence_id: int, now: datetime) -> Occurrence:
    """A host says that a date takes place, and whoever answered hears of it; saying it twice changes nothing.

    That is instead of the reminders whose time has passed meanwhile; those that are still to come are sent.

    Raises NotFound, SignInNeeded, Forbidden, Conflict (cancelled, over).
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    meetup = lock_meetup(session, crew.meetup_id)
    date = lock_date(session, occurrence_id)
    if date.status == "confirmed":
        return date
    _check_changeable(date, None, now)
    date.status, date.confirmed_at, date.confirmed_by_id = "confirmed", now, actor.id
    announce_change(session, date, meetup, {"confirmed"}, date.starts_at, reason="", actor=actor, now=now)
    _leave_entry(session, actor, crew, "date.confirmed", f"date:{date.id}", set(), "", now)
    return date


def _leave_entry(
    session: Session, actor: Actor, crew: TeamView, action: str, target: str, what: set[str], reason: str,
    now: datetime,
) -> None:  # fmt: skip
    data = {"category": crew.category_id, **({"what": sorted(what)} if what else {})}
    details = {"reason": reason} if reason else None
    audit(session, action=action, actor_id=actor.id, target=target, data=data, details=details, now=now)
