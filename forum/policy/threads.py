"""Threads: who sees, replies, renames."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.policy.actors import Actor, me, require_member
from forum.policy.categories import HasRules, may_reply_in, may_see, visible_categories
from forum.threads.models import Thread


class HasThreadState(Protocol):
    """Whatever knows a thread's state: the row or one of its read structs."""

    @property
    def author_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def locked_at(self) -> datetime | None: ...


def listed_threads(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Category joined: the threads that lists, counts and feeds show to `actor`."""
    return and_(Thread.state == "visible", visible_categories(actor))


def visible_threads(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Category joined: the threads that `actor` may open; authors reach their own deleted ones."""
    if actor.is_staff:
        return visible_categories(actor)
    state = Thread.state == "visible"
    if not actor.is_guest:
        state = or_(state, and_(Thread.state.in_(("deleted", "held")), Thread.author_id == me(actor)))
    return and_(state, visible_categories(actor))


def may_open(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """The same for one thread in hand."""
    if not may_see(actor, category):
        return False
    if actor.is_staff or thread.state == "visible":
        return True
    return not actor.is_guest and thread.state in {"deleted", "held"} and thread.author_id == actor.id


def require_open(actor: Actor, thread: HasThreadState | None, category: HasRules | None) -> None:
    """Raises NotFound."""
    if thread is None or category is None or not may_open(actor, thread, category):
        raise NotFound()


def may_reply(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """True when `actor` may answer here and now. Staff may answer in a locked thread."""
    if not may_open(actor, thread, category) or thread.state != "visible":
        return False
    return may_reply_in(actor, category) and (thread.locked_at is None or actor.is_staff)


def require_reply(actor: Actor, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_open(actor, thread, category)
    require_member(actor)
    if may_reply(actor, thread, category):
        return
    if thread.locked_at is not None:
        raise Forbidden(N_("This thread is locked: it can be read, but not answered."))
    if thread.state != "visible":
        raise Forbidden(N_("This thread was deleted. Restore it first, then write."))
    raise Forbidden(N_("Only some people write in this category."))


def may_retitle(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """Title and tags: the author while the thread is open, and staff."""
    if not may_open(actor, thread, category) or not actor.allows("write"):
        return False
    return actor.is_staff or (thread.author_id == actor.id and thread.locked_at is None and thread.state == "visible")


def require_retitle(actor: Actor, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_open(actor, thread, category)
    require_member(actor)
    if not may_retitle(actor, thread, category):
        raise Forbidden(N_("Only the author and the staff change a title."))
