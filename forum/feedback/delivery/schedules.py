"""Schedules: made, changed, switched off and on, taken away."""

import re
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Invalid, NotFound
from forum.feedback.delivery import runs
from forum.feedback.delivery.models import EVERY, FORMATS, NEWS, PRIVACIES, Destination, Schedule
from forum.feedback.models import Team
from forum.kit import walltime
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect
from forum.settings import LOCALES

ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,180}\.[^\s@<>,;:\"()\[\]\\]{2,60}")
MOST_ADDRESSES = 20
MOST = 100


class NewSchedule(msgspec.Struct, frozen=True):
    """What somebody chose. `team`: slug; empty: all teams. `days`, `hour`, `zone`: wall time (models.Schedule)."""

    team: str
    every: str
    days: tuple[int, ...]
    hour: int
    zone: str
    period: str
    locale: str
    privacy: str = "paraphrase"
    skip_empty: bool = True
    approve: bool = True
    formats: tuple[str, ...] = ()
    to_team: bool = True
    addresses: tuple[str, ...] = ()
    destinations: tuple[int, ...] = ()


def save(
    session: Session, *, actor: Actor, new: NewSchedule, now: datetime, schedule_id: int | None = None,
    version: int | None = None,
) -> int:  # fmt: skip
    """Make or change one; its id. The next time is found from now on. What waits for a look and was made for another
    team, level or language is made anew.

    Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict.
    """
    require_collect(actor)
    row = locked(session, actor, schedule_id, version) if schedule_id else None
    team_id = _check(session, new)
    if row is None:
        if len(list(session.scalars(select(Schedule.id).where(Schedule.archived_at.is_(None))))) >= MOST:
            raise Conflict(N_("A hundred schedules are the most: take one away that nobody needs."))
        row = Schedule(created_by_id=actor.id, created_at=now, active=True, version=0)
        session.add(row)
    for name in ("every", "hour", "zone", "period", "locale", "privacy", "skip_empty", "approve", "to_team"):
        setattr(row, name, getattr(new, name))
    row.team_id, row.days = team_id, sorted(set(new.days))
    row.formats = [it for it in FORMATS if it in new.formats]
    row.addresses = list(dict.fromkeys(it.strip() for it in new.addresses if it.strip()))
    row.destinations = sorted(set(new.destinations))
    row.version += 1
    session.flush()
    runs.plan(session, row, now, now)
    if schedule_id:
        runs.make_anew(session, row, now)
    _log(session, "schedule.changed" if schedule_id else "schedule.added", actor, row, now)
    return row.id


def switch(session: Session, *, actor: Actor, schedule_id: int, on: bool, version: int | None, now: datetime) -> None:
    """Off: nothing is due. On: from now on. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    row = locked(session, actor, schedule_id, version)
    if row.active == on:
        return
    row.active = on
    row.version += 1
    runs.plan(session, row, now, now)
    _log(session, "schedule.switched_on" if on else "schedule.switched_off", actor, row, now)


def remove(session: Session, *, actor: Actor, schedule_id: int, version: int | None, now: datetime) -> None:
    """Nothing is due any more; its runs are still in the list. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    row = locked(session, actor, schedule_id, version)
    row.archived_at, row.next_at = now, None
    row.version += 1
    _log(session, "schedule.removed", actor, row, now)


def locked(session: Session, actor: Actor, schedule_id: int, version: int | None) -> Schedule:
    """For change. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    require_collect(actor)
    row = session.scalars(
        select(Schedule).where(Schedule.id == schedule_id, Schedule.archived_at.is_(None)).with_for_update()
    ).first()
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Conflict(N_("Somebody has changed this in the meantime. Look at it again, then decide."))
    return row


def _check(session: Session, new: NewSchedule) -> int | None:
    """The team's id. Raises Invalid."""
    problems = _when(new) | _who(session, new)
    team = session.scalars(select(Team).where(Team.slug == new.team, Team.archived_at.is_(None))).first()
    if new.team and team is None:
        problems["team"] = N_("There is no such team.")
    if new.privacy not in PRIVACIES:
        problems["privacy"] = N_("Choose one of these.")
    if new.locale not in LOCALES:
        problems["locale"] = N_("Choose one of these.")
    if any(it not in FORMATS for it in new.formats):
        problems["formats"] = N_("Choose from these.")
    if problems:
        raise Invalid(problems)
    return team.id if team else None


def _when(new: NewSchedule) -> dict[str, Message]:
    found: dict[str, Message] = {}
    among = range(7) if new.every == "week" else range(1, 32)
    if new.every not in EVERY or new.period not in EVERY:
        found["every"] = N_("Choose one of these.")
    elif not new.days or any(day not in among for day in new.days):
        found["days"] = N_("Choose at least one day.")
    if not 0 <= new.hour <= 23:
        found["hour"] = N_("From 0 to 23.")
    try:
        walltime.zone(new.zone)
    except walltime.UnknownZone:
        found["zone"] = N_("There is no such time zone.")
    return found


def _who(session: Session, new: NewSchedule) -> dict[str, Message]:
    found: dict[str, Message] = {}
    written = [it.strip() for it in new.addresses if it.strip()]
    if len(written) > MOST_ADDRESSES or any(not (ADDRESS.fullmatch(it) and it.isprintable()) for it in written):
        found["addresses"] = N_("One mail address on each line, twenty at the most.")
    known = select(Destination.id).where(
        Destination.id.in_(new.destinations), Destination.kind.in_(NEWS), Destination.archived_at.is_(None)
    )
    if set(session.scalars(known)) != set(new.destinations):
        found["destinations"] = N_("Choose from these.")
    if not (written or new.destinations or (new.to_team and new.team)):
        found["addresses"] = N_("Somebody should get it: the team, an address or a destination.")
    return found


def _log(session: Session, action: str, actor: Actor, row: Schedule, now: datetime) -> None:
    audit.write(
        session, action=action, actor_id=actor.id, target=f"schedule:{row.id}", now=now,
        data={"team": row.team_id, "privacy": row.privacy, "formats": row.formats},
        details={"addresses": row.addresses} if row.addresses else None,
    )  # fmt: skip
