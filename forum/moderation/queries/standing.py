"""What restricts a member now, for the band above every page of theirs."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.moderation.models import Sanction
from forum.policy.actors import FOREVER, Actor


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
