"""Measures against misuse (DSA Art. 23): counted over a year, a warning first, then a suspension for a time."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from forum.errors import Forbidden
from forum.kit.i18n import N_, Text
from forum.legal.models import MisuseMeasure
from forum.policy.actors import Actor

WINDOW = timedelta(days=365)


def require_not_suspended(session: Session, actor: Actor, hashed: str, now: datetime) -> None:
    """Raises Forbidden while notices of this member, or from this mail address, are not dealt with."""
    who = []
    if not actor.is_guest:
        who.append(MisuseMeasure.member_id == actor.id)
    if hashed:
        who.append(MisuseMeasure.mail_key == hashed)
    if not who:
        return
    query = select(MisuseMeasure.ends_at).where(
        MisuseMeasure.side == "notifier", MisuseMeasure.kind == "suspension", MisuseMeasure.ends_at > now, or_(*who)
    )
    until = session.scalar(query.order_by(MisuseMeasure.ends_at.desc()).limit(1))
    if until is not None:
        words = N_("After many unfounded notices and a warning we do not deal with yours until %(day)s.")
        raise Forbidden(Text(words, {"day": f"{until:%d.%m.%Y}"}))
