"""What becomes of an item: sent to a team, read, planned, done or declined, and the answer to those who spoke."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.events import FeedbackAnswered, record
from forum.feedback.domain.shared import LONGEST_REASON, LONGEST_REPLY, check_version, locked, note
from forum.feedback.models import ANSWERED, Item, Team, TeamMember
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import may_collect, require_answer

STEPS: dict[str, tuple[str, ...]] = {
    "new": ("triaged", "sent", "declined"),
    "triaged": ("sent", "planned", "done", "declined"),
    "sent": ("triaged", "acknowledged", "planned", "done", "declined"),
    "acknowledged": ("sent", "planned", "done", "declined"),
    "planned": ("acknowledged", "done", "declined"),
    "done": ("acknowledged", "planned"),
    "declined": ("acknowledged", "planned", "done"),
}
"""From → to. Nothing is final: what was declined may be planned after all. `duplicate` is what `merge` does."""
TEAMS_STEPS = frozenset({"acknowledged", "planned", "done", "declined"})
"""What a team says itself."""
REASONED = frozenset({"declined"})
"""Not without saying why: those who asked read it."""


class StatusChange(msgspec.Struct, frozen=True):
    """What is said. `reason`: why, for those who spoke too. `reply`: the team's words to them.

    `public`: the words are posted in the threads they spoke in, too, signed by the team.
    """

    status: str
    reason: str = ""
    reply: str = ""
    public: bool = False
    version: int | None = None


def set_status(session: Session, *, actor: Actor, item_id: int, change: StatusChange, now: datetime) -> int:
    """Take the step; the id of the change. Planned, done and declined are told to everybody who spoke.

    The same status again with other words corrects what was said. Raises SignInNeeded, Forbidden, NotFound, Invalid,
    Conflict (a stale version, or a step that cannot be taken from here).
    """
    of_team = _of_team(session, actor, item_id)
    require_answer(actor, session.get(Item, item_id), of_team=of_team)
    (item,) = locked(session, item_id)
    require_answer(actor, item, of_team=of_team)
    check_version(item, change.version)
    reason, reply = change.reason.strip(), change.reply.strip()
    _check(item, change.status, reason, reply, collects=may_collect(actor))
    before, item.status, item.reason = item.status, change.status, reason
    item.reply = reply or item.reply
    if of_team and change.status in TEAMS_STEPS:
        item.owner_id = item.owner_id or actor.id  # who reads it first has it in hand
    _dates(session, item, now)
    told = change.status in ANSWERED or bool(reply)
    change_id = note(
        session, item, actor=actor, what="status", before=before, after=change.status, reason=reason, reply=reply,
        public=change.public and bool(reply), now=now,
    )  # fmt: skip
    if told:
        record(session, FeedbackAnswered(change_id), now=now)
    return change_id


def _of_team(session: Session, actor: Actor, item_id: int) -> bool:
    return session.scalar(
        select(TeamMember.member_id)
        .join(Item, Item.team_id == TeamMember.team_id)
        .where(Item.id == item_id, TeamMember.member_id == actor.id)
    ) is not None  # fmt: skip


def _check(item: Item, to: str, reason: str, reply: str, *, collects: bool) -> None:
    """Raises Invalid."""
    if item.status == "duplicate":
        raise Invalid({"status": N_("This one was merged into another: answer that one.")})
    again = to == item.status and (reason or reply)
    if not again and to not in STEPS[item.status]:
        raise Invalid({"status": N_("From here, this is not the next step.")})
    if not collects and to not in TEAMS_STEPS:
        raise Invalid({"status": N_("A team reads, plans, does or declines.")})
    if to == "sent" and item.team_id is None:
        raise Invalid({"team": N_("Choose the team first.")})
    problems = {}
    if to in REASONED and not reason:
        problems["reason"] = N_("Say why: those who asked will read it.")
    if len(reason) > LONGEST_REASON:
        problems["reason"] = N_("At most 1,000 characters.")
    if len(reply) > LONGEST_REPLY:
        problems["reply"] = N_("At most 4,000 characters.")
    if problems:
        raise Invalid(problems)


def _dates(session: Session, item: Item, now: datetime) -> None:
    """When it was sent, read, answered; going back forgets what has not happened after all."""
    status = item.status
    if status in {"new", "triaged"}:
        item.sent_at = item.due_at = item.acknowledged_at = item.answered_at = None
    elif status == "sent":
        team = session.get_one(Team, item.team_id)
        item.sent_at, item.due_at = now, now + timedelta(days=team.ack_days)
        item.acknowledged_at = item.answered_at = None
    else:
        item.acknowledged_at = item.acknowledged_at or now
        item.answered_at = now if status in ANSWERED else None
