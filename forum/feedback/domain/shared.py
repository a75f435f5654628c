"""What the verbs share: taking an item in hand, and writing down what happened to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Invalid, NotFound
from forum.feedback.models import Change, Item, Team, Theme
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor

LONGEST_TITLE = 200
LONGEST_REASON = 1000
LONGEST_REPLY = 4000


def locked(session: Session, *item_ids: int) -> list[Item]:
    """The items for change, locked in the order of their ids. Raises NotFound."""
    rows = list(session.scalars(select(Item).where(Item.id.in_(item_ids)).order_by(Item.id).with_for_update()))
    if len(rows) != len(set(item_ids)):
        raise NotFound()
    found = {row.id: row for row in rows}
    return [found[item_id] for item_id in item_ids]


def check_version(row: Item | Team | Theme, version: int | None) -> None:
    """Raises Conflict when somebody changed it since. None: whatever stands there."""
    if version is not None and version != row.version:
        raise Conflict(N_("Somebody has changed this in the meantime. Look at it again, then decide."))


def one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """Spaces in order, nothing else changed; cut by nobody: too long is the caller's to refuse."""
    return " ".join(text.replace("\0", "").split())[: longest + 1]


def title_of(text: str) -> str:
    """A title that can be kept. Raises Invalid."""
    title = one_line(text)
    if not title:
        raise Invalid({"title": N_("Say in a few words what it is about.")})
    if len(title) > LONGEST_TITLE:
        raise Invalid({"title": N_("At most 200 characters.")})
    return title


def chosen(field: str, value: str, among: tuple[str, ...]) -> str:
    """Raises Invalid unless `value` is one of `among`."""
    if value not in among:
        raise Invalid({field: _CHOOSE})
    return value


_CHOOSE: Message = N_("Choose one of these.")


def note(
    session: Session, item: Item, *, actor: Actor, what: str, now: datetime, before: str = "", after: str = "",
    reason: str = "", reply: str = "", public: bool = False, data: dict[str, Any] | None = None,
) -> int:  # fmt: skip
    """Write down what happened to `item`: in its own history and in the log of the staff; the id of the change.

    Raises the item's version. Call it last: the log's head is the last lock (`audit/domain.py`).
    """
    item.version += 1
    item.updated_at = now
    entry = Change(
        item_id=item.id, at=now, by_id=actor.id or None, what=what, before=before[:200], after=after[:200],
        reason=reason, reply=reply, public=public,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    facts = {key: value for key, value in {"from": before, "to": after, **(data or {})}.items() if value != ""}
    audit.write(
        session, action=f"feedback.{what}", actor_id=actor.id or None, target=f"feedback:{item.id}", data=facts,
        details={"reason": reason} if reason else None, now=now,
    )  # fmt: skip
    return entry.id
