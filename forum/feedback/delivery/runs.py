"""Runs: a schedule is due, its summary is counted, made, perhaps looked at, and sent: each in its own transaction."""

from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.audit import domain as audit
from forum.errors import Conflict, Invalid, NotFound
from forum.events import ScheduleDue, SummaryDue, SummaryWaits, record
from forum.feedback.delivery import content, queue
from forum.feedback.delivery.models import NEWS, Destination, Run, Schedule
from forum.feedback.delivery.times import LATEST, next_whole, period_before
from forum.feedback.exports import figures, snapshot
from forum.feedback.exports.models import Snapshot
from forum.feedback.exports.shapes import Privacy
from forum.feedback.exports.snapshot import Packed
from forum.feedback.models import TeamMember
from forum.kit import walltime
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect


def plan(session: Session, schedule: Schedule, after: datetime, now: datetime) -> None:
    """Find the next moment, and leave word for it. None for one that is switched off."""
    if not schedule.active or schedule.archived_at:
        schedule.next_at = None
        return
    when = (schedule.every, schedule.days, schedule.hour, schedule.zone, schedule.period)
    schedule.next_at = next_whole(*when, after)
    session.flush()
    stamp = f"{schedule.id}:{schedule.next_at.isoformat()}:{schedule.version}"
    record(session, ScheduleDue(schedule.id, schedule.next_at), now=now, key=stamp, run_at=schedule.next_at)


def fire(session: Session, schedule_id: int, now: datetime) -> int | None:
    """The run that is due, if one is; its id. Whoever comes second finds it there already.

    The next one is planned in the same transaction, so a chain cannot break. What was missed while the site was down
    is made up for, one after the other, as far as it is not too old.
    """
    schedule = session.scalars(select(Schedule).where(Schedule.id == schedule_id).with_for_update()).first()
    if schedule is None or schedule.next_at is None or schedule.next_at > now:
        return None
    due_at = schedule.next_at
    due_on = walltime.wall_of(due_at, walltime.zone(schedule.zone)).date()
    starts, ends = period_before(schedule.period, due_on)
    made = session.scalar(
        select(Run.id).where(Run.schedule_id == schedule.id, Run.due_on == due_on, Run.starts == starts)
    )
    run_id = None
    if made is None:
        run = Run(schedule_id=schedule.id, due_on=due_on, due_at=due_at, starts=starts, ends=ends)
        session.add(run)
        session.flush()
        run_id = run.id
        record(session, SummaryDue(run.id), now=now, key=str(run.id))
    plan(session, schedule, max(due_at, now - LATEST), now)
    return run_id


class Counted(msgspec.Struct, frozen=True):
    """A run that was counted and is not yet kept."""

    asked: figures.Run
    packed: Packed


def count(session: Session, run_id: int, *, secret: bytes, now: datetime) -> Counted | None:
    """What the run is to say: read for as long as it takes, while others write. None: it was made already."""
    run = session.get(Run, run_id)
    if run is None or run.state != "due":
        return None
    schedule = session.get_one(Schedule, run.schedule_id)
    asked = figures.Run(
        snapshot.new_id(), schedule.team_id, run.starts, run.ends, cast(Privacy, schedule.privacy), schedule.locale, now
    )  # fmt: skip
    return Counted(asked, snapshot.pack(session, asked, secret=secret))


def make(session: Session, run_id: int, counted: Counted, now: datetime) -> bool:
    """The run's snapshot; then it leaves, or waits for somebody's look, or is left out because nothing was said.

    False: the schedule is for another team, level or language than was counted; it is to be counted again.
    """
    run = session.scalars(select(Run).where(Run.id == run_id).with_for_update()).first()
    if run is None or run.state != "due":
        return True
    # Whoever changes the schedule meanwhile waits for us, and finds a run that is to be made anew.
    schedule = session.get_one(Schedule, run.schedule_id, with_for_update=True)
    asked = counted.asked
    if (schedule.team_id, schedule.privacy, schedule.locale) != (asked.team_id, asked.privacy, asked.locale):
        return False
    if schedule.skip_empty and content.is_empty(counted.packed.page):
        run.state = "skipped"  # no snapshot of nothing
        return True
    snapshot.keep(session, asked, counted.packed, by_id=None)
    run.snapshot_id = asked.snapshot
    if schedule.approve:
        run.state = "waiting"
        record(session, SummaryWaits(run.id), now=now, key=f"{run.id}:{run.snapshot_id}")
    else:
        release(session, run, schedule, by_id=None, now=now)
    return True


def make_anew(session: Session, schedule: Schedule, now: datetime) -> int:
    """What waits for a look and was counted for another team, level or language is counted again; how many.

    Nothing may leave to one team with the figures, or the words, that another was meant to have.
    """
    waiting = select(Run).where(Run.schedule_id == schedule.id, Run.state == "waiting").order_by(Run.id)
    found = 0
    for run in session.scalars(waiting.with_for_update()):
        kept = session.get(Snapshot, run.snapshot_id) if run.snapshot_id else None
        fits = (schedule.team_id, schedule.privacy, schedule.locale)
        if kept is not None and (kept.team_id, kept.privacy, kept.locale) == fits:
            continue
        run.state, run.snapshot_id = "due", None
        record(session, SummaryDue(run.id), now=now, key=f"{run.id}:{schedule.version}")
        found += 1
    return found


def team_of(session: Session, run: Run) -> int | None:
    """Whose summary it is; None: of all teams. The snapshot says so, whatever the schedule is for by now."""
    if run.snapshot_id is None:
        return session.get_one(Schedule, run.schedule_id).team_id
    return session.get_one(Snapshot, run.snapshot_id).team_id


def approve(session: Session, *, actor: Actor, run_id: int, now: datetime, version: int | None = None) -> None:
    """It may leave. `version`: of the schedule, as it was when somebody looked at who gets it.

    Raises SignInNeeded, Forbidden, NotFound, Conflict (somebody else has decided, or changed who gets it).
    """
    run, schedule = _waiting(session, actor, run_id)
    if version is not None and version != schedule.version:
        raise Conflict(N_("The schedule was changed in the meantime. Look at it again: who gets it, and what."))
    release(session, run, schedule, by_id=actor.id, now=now)
    _decided(session, run, actor, "delivery.approved", now)


def reject(session: Session, *, actor: Actor, run_id: int, reason: str, now: datetime) -> None:
    """It does not leave; the next one comes when it is due. Raises as `approve`, and Invalid."""
    run, _ = _waiting(session, actor, run_id)
    reason = " ".join(reason.split())
    if len(reason) > 300:
        raise Invalid({"reason": N_("At most 300 characters.")})
    run.state, run.reason = "rejected", reason
    _decided(session, run, actor, "delivery.rejected", now)


def release(session: Session, run: Run, schedule: Schedule, *, by_id: int | None, now: datetime) -> None:
    """Put it into the queue of everybody who gets it; each of them once."""
    run.state = "sent"
    session.flush()
    for member_id, address in _readers(session, schedule, team_of(session, run), now):
        queue.enqueue(
            session, key=f"run:{run.id}:mail:{address.casefold()}"[:120], what="summary", address=address,
            member_id=member_id, run_id=run.id, by_id=by_id, now=now,
        )  # fmt: skip
    wanted = select(Destination.id).where(
        Destination.id.in_(schedule.destinations), Destination.kind.in_(NEWS), Destination.archived_at.is_(None)
    )
    for destination_id in session.scalars(wanted.order_by(Destination.id)):
        queue.enqueue(
            session, key=f"run:{run.id}:to:{destination_id}", what="summary", destination_id=destination_id,
            run_id=run.id, by_id=by_id, now=now,
        )  # fmt: skip


def _readers(session: Session, schedule: Schedule, team_id: int | None, now: datetime) -> list[tuple[int | None, str]]:
    """Members of the team with a verified address, then the addresses that were written down; nobody twice."""
    found: dict[str, tuple[int | None, str]] = {}
    if schedule.to_team and team_id is not None:
        for member_id, address in session.execute(_of_team(team_id, now)):
            found.setdefault(address.casefold(), (member_id, address))
    for address in schedule.addresses:
        found.setdefault(address.casefold(), (None, address))
    return list(found.values())


def still_reads(session: Session, team_id: int | None, member_id: int, now: datetime) -> bool:
    """A member may have a team's mail: asked when it is queued, and again when it leaves."""
    if team_id is None:
        return False
    return session.execute(_of_team(team_id, now).where(Member.id == member_id)).first() is not None


def _of_team(team_id: int, now: datetime) -> Select[int, str]:
    return (
        select(TeamMember.member_id, Account.email)
        .join(Member, Member.id == TeamMember.member_id)
        .join(Account, Account.member_id == Member.id)
        .where(
            TeamMember.team_id == team_id, Account.verified_at.is_not(None),
            Member.role.in_(("team", "manager", "admin")),
            or_(Member.suspended_until.is_(None), Member.suspended_until <= now),
        )
        .order_by(TeamMember.member_id)
    )  # fmt: skip


def _waiting(session: Session, actor: Actor, run_id: int) -> tuple[Run, Schedule]:
    require_collect(actor)
    run = session.scalars(select(Run).where(Run.id == run_id).with_for_update()).first()
    if run is None:
        raise NotFound()
    if run.state != "waiting":
        raise Conflict(N_("Somebody has decided about this summary in the meantime."))
    return run, session.get_one(Schedule, run.schedule_id)


def _decided(session: Session, run: Run, actor: Actor, action: str, now: datetime) -> None:
    run.decided_by_id, run.decided_at = actor.id, now
    audit.write(
        session, action=action, actor_id=actor.id, target=f"run:{run.id}", now=now,
        details={"reason": run.reason} if run.reason else None,
    )  # fmt: skip
