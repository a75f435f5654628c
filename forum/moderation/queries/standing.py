"""What restricts a member now, for the band above every page of theirs; which of their posts wait for a moderator."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.moderation.models import Case, Sanction
from forum.policy.actors import FOREVER, Actor
from forum.threads.models import Post, Thread

MOST_WAITING = 20


class Standing(msgspec.Struct, frozen=True):
    """`kind`: suspend, silence or warning; `until`: its end, if it has one; `decision_id`: which says why, or 0."""

    kind: str
    until: datetime | None
    decision_id: int

    @property
    def url(self) -> str:
        """The statement of reasons."""
        return f"/decisions/{self.decision_id}" if self.decision_id else "/decisions"


def restricted(actor: Actor) -> bool:
    """Is there anything to tell them?"""
    return bool(actor.suspended_until or actor.silenced_until or actor.warning)


def standing(session: Session, actor: Actor, now: datetime) -> Standing | None:
    """The weightiest of what restricts `actor`; a statement only for who is silenced or suspended."""
    ends = actor.suspended_until or actor.silenced_until
    if ends is None:
        return Standing("warning", None, actor.warning) if actor.warning else None
    kinds = ("suspend", "ban") if actor.suspended_until else ("silence",)
    decision = session.execute(
        select(Sanction.decision_id)
        .where(
            Sanction.member_id == actor.id, Sanction.kind.in_(kinds), Sanction.ended_at.is_(None), Sanction.until > now
        )
        .order_by(Sanction.until.desc(), Sanction.id.desc())
        .limit(1)
    ).scalar()
    return Standing("suspend" if actor.suspended_until else "silence", None if ends == FOREVER else ends, decision or 0)


class Waiting(msgspec.Struct, frozen=True):
    """A post of the reader's that a moderator has yet to look at. `since`: when it came into the queue."""

    url: str
    title: str
    since: datetime


def own_waiting(session: Session, actor: Actor) -> list[Waiting]:
    """The reader's posts that wait, the oldest first, at most `MOST_WAITING`; none for guests. One statement.

    Of the case nothing is told but that it waits: who reported what else is nobody's business.
    """
    if actor.is_guest or actor.is_suspended:
        return []
    rows = session.execute(
        select(Post.id, Thread.title, Case.opened_at)
        .join(Post, Post.id == Case.target_id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(
            Case.subject_id == actor.id, Case.target_type == "post", Case.held, Case.state != "resolved",
            Post.author_id == actor.id, Post.state.in_(("held", "hidden")),
        )
        .order_by(Case.id)
        .limit(MOST_WAITING)
    )  # fmt: skip
    return [Waiting(f"/p/{row.id}", row.title, row.opened_at) for row in rows]
