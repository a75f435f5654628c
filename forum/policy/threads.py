"""Threads: who sees, replies, renames.

`deleted`, `held` and `hidden` threads stay open to their author; `removed` ones to staff alone. A `merged` thread is
only an address: whoever may see its category is led on, if they may open where it leads.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.moderation.models import CategoryModerator
from forum.policy.actors import Actor, may_write, me, require_writer
from forum.policy.categories import HasRules, may_reply_in, may_see, visible_categories
from forum.threads.models import Thread


class HasThreadState(Protocol):
    """Whatever knows a thread's state: the row or one of its read structs."""

    @property
    def author_id(self) -> int: ...
    @property
    def category_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def locked_at(self) -> datetime | None: ...


OWN_STATES = ("deleted", "held", "hidden")
"""Out of sight for others, but not for the author."""


def in_bound_categories(actor: Actor) -> ColumnElement[bool]:
    """SQL on Thread: it stands where this bound moderator moderates."""
    mine = select(CategoryModerator.category_id).where(CategoryModerator.member_id == me(actor))
    return Thread.category_id.in_(mine)


def listed_threads(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Category joined: the threads that lists, counts and feeds show to `actor`."""
    return and_(Thread.state == "visible", visible_categories(actor))


def visible_threads(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Category joined: the threads that `actor` may open; authors reach their own deleted ones."""
    if actor.is_staff and not actor.bound:
        return visible_categories(actor)
    state: ColumnElement[bool] = Thread.state.in_(("visible", "merged"))
    if not actor.is_guest and not actor.is_suspended:
        state = or_(state, and_(Thread.state.in_(OWN_STATES), Thread.author_id == me(actor)))
    if actor.is_staff:
        state = or_(state, in_bound_categories(actor))
    return and_(state, visible_categories(actor))


def may_open(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """The same for one thread in hand."""
    if not may_see(actor, category):
        return False
    if thread.state in {"visible", "merged"} or actor.moderates_in(thread.category_id):
        return True
    return not actor.is_guest and not actor.is_suspended and thread.state in OWN_STATES and thread.author_id == actor.id


def require_open(actor: Actor, thread: HasThreadState | None, category: HasRules | None) -> None:
    """Raises NotFound."""
    if thread is None or category is None or not may_open(actor, thread, category):
        raise NotFound()


def may_reply(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """True when `actor` may answer here and now. Staff may answer in a locked thread."""
    if not may_open(actor, thread, category) or thread.state != "visible":
        return False
    return may_reply_in(actor, category) and (thread.locked_at is None or actor.moderates_in(thread.category_id))


def require_reply(actor: Actor, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_open(actor, thread, category)
    require_writer(actor)
    if may_reply(actor, thread, category):
        return
    if thread.locked_at is not None:
        raise Forbidden(N_("This thread is locked: it can be read, but not answered."))
    if thread.state == "held":
        raise Forbidden(N_("This thread waits for a moderator. You can go on as soon as it is approved."))
    if thread.state != "visible":
        raise Forbidden(N_("This thread is out of sight: it cannot be answered."))
    raise Forbidden(N_("Only some people write in this category."))


def may_retitle(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """Title and tags: the author while the thread is open, and staff."""
    if not may_open(actor, thread, category) or not may_write(actor) or thread.state == "merged":
        return False
    return actor.moderates_in(thread.category_id) or (
        thread.author_id == actor.id and thread.locked_at is None and thread.state == "visible"
    )


def require_retitle(actor: Actor, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_open(actor, thread, category)
    require_writer(actor)
    if not may_retitle(actor, thread, category):
        raise Forbidden(N_("Only the author and the staff change a title."))
