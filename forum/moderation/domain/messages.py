"""Canned explanations of one's own: managers write them, every moderator uses them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.moderation.domain.acts import LONGEST_EXPLANATION
from forum.moderation.models import REASONS, CannedMessage
from forum.policy.actors import Actor, require_manager

LONGEST_TITLE = 80
MOST = 200


def save(
    session: Session, *, actor: Actor, message_id: int | None = None, title: str, reason: str, body_en: str,
    body_it: str, now: datetime,
) -> int:  # fmt: skip
    """Add one, or (with `message_id`) change it. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
    require_manager(actor)
    words = {"title": title.strip(), "body_en": body_en.strip(), "body_it": body_it.strip()}
    problems: dict[str, Message] = {name: N_("Write something first.") for name, text in words.items() if not text}
    if len(words["title"]) > LONGEST_TITLE:
        problems["title"] = Text(N_("At most %(n)s characters."), {"n": LONGEST_TITLE})
    for name in ("body_en", "body_it"):
        if len(words[name]) > LONGEST_EXPLANATION:
            problems[name] = Text(N_("At most %(n)s characters."), {"n": LONGEST_EXPLANATION})
    if reason not in ("", *REASONS):
        problems["reason"] = N_("Choose from the list.")
    if problems:
        raise Invalid(problems)
    if message_id is None:
        count = session.scalar(select(func.count()).select_from(CannedMessage)) or 0
        if count >= MOST:
            raise Invalid({"title": N_("There are 200 already: take one away first.")})
        row = CannedMessage(position=count)
    else:
        row = _open(session, message_id)
    row.title, row.reason, row.body_en, row.body_it = words["title"], reason, words["body_en"], words["body_it"]
    session.add(row)
    session.flush()
    _log(session, "message.added" if message_id is None else "message.changed", actor, row, now)
    return row.id


def remove(session: Session, *, actor: Actor, message_id: int, now: datetime) -> None:
    """Take one away. Raises SignInNeeded, Forbidden, NotFound."""
    require_manager(actor)
    row = _open(session, message_id)
    session.delete(row)
    session.flush()
    _log(session, "message.removed", actor, row, now)


def _open(session: Session, message_id: int) -> CannedMessage:
    row = session.get(CannedMessage, message_id) if 0 < message_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    return row


def _log(session: Session, action: str, actor: Actor, row: CannedMessage, now: datetime) -> None:
    audit.write(
        session, action=action, actor_id=actor.id, target=f"message:{row.id}", data={"reason": row.reason},
        details={"title": row.title, "en": row.body_en, "it": row.body_it}, now=now,
    )  # fmt: skip
