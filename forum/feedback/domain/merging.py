"""Items merged into one another, and taken apart again: in any order, each with its own words and its own status."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.feedback.domain.counts import recount
from forum.feedback.domain.evidence import move
from forum.feedback.domain.shared import locked, note
from forum.feedback.models import STATUSES, Change, Evidence, Item, Voice
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect


def merge(session: Session, *, actor: Actor, item_id: int, into: int, now: datetime) -> None:
    """Put one item into another: words and voices move, each member counts once, the old number leads on.

    Raises SignInNeeded, Forbidden, NotFound, Invalid.
    """
    require_collect(actor)
    if item_id == into:
        raise Invalid({"into": N_("An item cannot be merged into itself.")})
    item, target = locked(session, item_id, into)
    if item.status == "duplicate" or target.status == "duplicate":
        raise Invalid({"into": N_("One of them was merged before: choose the one that it went into.")})
    mine = within(session, item.id)
    for row in move(session, list(session.scalars(select(Evidence).where(Evidence.item_id == item.id))), target):
        if row.came_from_id not in mine:  # what was merged into this one before stays the other one's
            row.came_from_id = item.id
    _agree(session, item, target)
    before = item.status
    item.status, item.merged_into_id = "duplicate", target.id
    _counted(session, item, target)
    note(session, item, actor=actor, what="merged", before=before, after=str(target.id), now=now)


def _agree(session: Session, item: Item, target: Item) -> None:
    """Whoever said "me too" of the one has said it of the other."""
    has = set(session.scalars(select(Voice.member_id).where(Voice.item_id == target.id)))
    voices = session.execute(
        select(Voice.member_id, Voice.by_staff, Voice.at).where(Voice.item_id == item.id)
    ).all()  # fmt: skip
    new = [
        {"item_id": target.id, "member_id": it.member_id, "by_staff": it.by_staff, "at": it.at}
        for it in voices if it.member_id not in has
    ]  # fmt: skip
    if new:
        session.execute(insert(Voice), new)


def unmerge(session: Session, *, actor: Actor, item_id: int, now: datetime) -> None:
    """Take a merged item out again, as it stood, with its words and those of what was merged into it before.

    Voices stay in both: nobody said less. Raises SignInNeeded, Forbidden, NotFound, Invalid (it is not merged, or what
    it went into is itself: its words are further on).
    """
    require_collect(actor)
    target_id = session.scalar(select(Item.merged_into_id).where(Item.id == item_id))
    if target_id is None:
        raise Invalid({"item": N_("This item was not merged.")})
    item, target = locked(session, item_id, target_id)
    if item.merged_into_id != target.id:
        raise Invalid({"item": N_("This item was not merged.")})
    if target.status == "duplicate":
        raise Invalid({"item": FURTHER})
    came = select(Evidence).where(Evidence.item_id == target.id, Evidence.came_from_id.in_(within(session, item.id)))
    for row in move(session, list(session.scalars(came)), item):
        if row.came_from_id == item.id:
            row.came_from_id = None  # at home
    _stand(session, item)
    item.merged_into_id = None
    _counted(session, item, target)
    note(session, item, actor=actor, what="unmerged", before=str(target.id), now=now)


FURTHER = N_("What it went into was merged into another one since. Take that one out again first.")


def _stand(session: Session, item: Item) -> None:
    """The status that it had when it was merged, whose dates were kept; sent to nobody by now, it is for looking at."""
    before = session.scalar(
        select(Change.before)
        .where(Change.item_id == item.id, Change.what == "merged")
        .order_by(Change.id.desc())
        .limit(1)
    )
    item.status = before if before in STATUSES and before != "duplicate" else "triaged"
    if item.status in {"sent", "acknowledged"} and item.team_id is None:
        item.status = "triaged"
        item.sent_at = item.due_at = item.acknowledged_at = None


def within(session: Session, item_id: int) -> set[int]:
    """An item, and all that were merged into it, one after another: one statement."""
    inside = select(Item.id).where(Item.id == item_id).cte("inside", recursive=True)
    inside = inside.union(select(Item.id).where(Item.merged_into_id == inside.c.id))
    return set(session.scalars(select(inside.c.id)))


def _counted(session: Session, item: Item, target: Item) -> None:
    recount(session, item.id, target.id)
    session.refresh(item)
    session.refresh(target)
    target.version += 1
