"""Canned explanations: those of the house and those written here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.moderation.canned import BUILTIN, Canned
from forum.moderation.models import CannedMessage

MOST = 200
"""Own messages; more than anybody would look through."""
_COLUMNS = (
    CannedMessage.id, CannedMessage.title, CannedMessage.reason, CannedMessage.body_en, CannedMessage.body_it,
    CannedMessage.position,
)  # fmt: skip


def own(session: Session) -> list[Canned]:
    """What was written here, in its order. One statement."""
    rows = session.execute(select(*_COLUMNS).order_by(CannedMessage.position, CannedMessage.id).limit(MOST))
    return [Canned(f"o:{row.id}", row.title, row.reason, row.body_en, row.body_it) for row in rows]


def offered(session: Session, reason: str) -> list[Canned]:
    """Own ones, then the house's; those for `reason` first, then those for all, then the rest. One statement."""
    return sorted([*own(session), *BUILTIN], key=lambda one: 0 if one.reason == reason else 1 if not one.reason else 2)
