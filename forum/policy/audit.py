"""The audit log: which entries staff read, and the words beside them.

Nobody reads entries about themselves that others wrote: they would name who claimed or decided a case about them. A
moderator of some categories reads what happened there, and their own acts. Words about people are for managers and
administrators, and for whoever wrote them.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from forum.audit.models import AuditEntry
from forum.moderation.models import CategoryModerator
from forum.policy.actors import Actor, me, require_admin
from forum.policy.moderation import require_moderator


class HasEntry(Protocol):
    """Whatever knows an entry: the row or one of its read structs."""

    @property
    def actor_id(self) -> int | None: ...
    @property
    def subject_id(self) -> int | None: ...
    @property
    def category_id(self) -> int | None: ...


def require_log(actor: Actor) -> None:
    """The log of the staff. Raises SignInNeeded, Forbidden (not staff; a token without `moderate`)."""
    require_moderator(actor)


def require_check(actor: Actor) -> None:
    """Checking the chain: administrators. Raises SignInNeeded, Forbidden."""
    require_admin(actor)


def visible_entries(actor: Actor) -> ColumnElement[bool]:
    """SQL on AuditEntry: the entries that `actor` may read."""
    if not actor.is_staff:
        return false()
    own = AuditEntry.actor_id == me(actor)
    others = or_(own, AuditEntry.subject_id.is_(None), AuditEntry.subject_id != me(actor))
    if actor.kind != "bound":
        return others
    mine = select(CategoryModerator.category_id).where(CategoryModerator.member_id == me(actor))
    return and_(others, or_(own, AuditEntry.category_id.in_(mine)))


def may_see_entry(actor: Actor, entry: HasEntry) -> bool:
    """The same for one entry in hand."""
    if actor.is_staff and entry.actor_id == actor.id:
        return True
    return actor.moderates_in(entry.category_id) and entry.subject_id != actor.id


def visible_details(actor: Actor) -> ColumnElement[bool]:
    """SQL on AuditEntry: the entries, of those that `actor` may read, whose words they read too."""
    return true() if actor.can_manage else AuditEntry.actor_id == me(actor)


def may_see_details(actor: Actor, entry: HasEntry) -> bool:
    """The same for one entry in hand."""
    return actor.can_manage or entry.actor_id == actor.id
