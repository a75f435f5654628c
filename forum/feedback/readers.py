"""Which teams can read a member's words on the site: nobody notes who looks, so the page says who can."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from forum.feedback.exports.counting import with_posts
from forum.feedback.models import Change, Evidence, Item, Team
from forum.policy.feedback import SENT, quotable, quotable_survey
from forum.threads.models import Post


class Reading(msgspec.Struct, frozen=True):
    """A team that something with the member's words was passed on to. `since`: when the first of them could be read.

    `words`: ids of the evidence that it can read now; `counted`: how many pieces it only knows of.
    """

    team: str
    since: datetime
    words: tuple[int, ...]
    counted: int


def readings(session: Session, member_id: int) -> tuple[Reading, ...]:
    """By team, the first one that could read them first. Two statements; whose words these are was asked before."""
    shown = and_(
        Evidence.redacted_at.is_(None),
        or_(and_(Evidence.post_id.is_not(None), quotable(Post.author_id)), quotable_survey()),
    )
    columns = (Evidence.id, Evidence.item_id, Evidence.added_at, Item.updated_at, Team.name, case((shown, 1), else_=0))
    rows = session.execute(
        with_posts(
            select(*columns)
            .join(Item, Item.id == Evidence.item_id)
            .join(Team, Team.id == Item.team_id)
        )
        .where(Evidence.author_id == member_id, Item.status.in_(SENT))
        .order_by(Evidence.id)
    ).all()  # fmt: skip
    passed_on = _passed_on(session, member_id) if rows else {}
    found: dict[str, list[tuple[int, datetime, bool]]] = {}
    for id_, item_id, added_at, updated_at, team, is_shown in rows:
        since = max(added_at, passed_on.get(item_id) or updated_at)
        found.setdefault(team, []).append((id_, since, bool(is_shown)))
    return tuple(sorted((_reading(team, of) for team, of in found.items()), key=lambda it: (it.since, it.team)))


def _reading(team: str, of: list[tuple[int, datetime, bool]]) -> Reading:
    words = [it for it in of if it[2]]
    return Reading(
        team, min(at for _, at, _ in words or of), tuple(id_ for id_, _, _ in words), len(of) - len(words)
    )  # fmt: skip


def _passed_on(session: Session, member_id: int) -> dict[int, datetime]:
    """Item → when the team that has it now could first read it. What it had read once, it had read: taken back and
    sent again counts from the first time.
    """
    mine = select(Evidence.item_id).where(Evidence.author_id == member_id)
    rows: Any = session.execute(
        select(Change.item_id, Change.at, Change.what, Change.after)
        .where(Change.item_id.in_(mine), Change.what.in_(("status", "changed")))
        .order_by(Change.id)
    )
    since: dict[int, datetime] = {}
    sent: dict[int, bool] = {}
    for item_id, at, what, after in rows:
        if what == "status":
            sent[item_id] = after in SENT
            if sent[item_id]:
                since.setdefault(item_id, at)
        elif "team_id" in after.split():
            since.pop(item_id, None)
            if sent.get(item_id):
                since[item_id] = at
    return since
