"""Posts: who reads, edits, deletes, restores, and who reads the history. Authors act on their own posts.

Authors read their own posts that are held, hidden (and may mend those) or deleted, not those that were removed.
What staff does to the posts of others is moderation, which has its own verbs, reasons and log.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select, true

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.policy.actors import Actor, may_write, me, require_writer
from forum.policy.categories import HasRules
from forum.policy.threads import OWN_STATES, HasThreadState, in_bound_categories, may_open, visible_threads
from forum.threads.models import Post, Thread


class HasPostState(Protocol):
    """Whatever knows a post's state: the row or one of its read structs."""

    @property
    def author_id(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def deleted_by_id(self) -> int | None: ...


def readable_posts(actor: Actor) -> ColumnElement[bool]:
    """SQL on Post alone: the posts whose text `actor` may read, in threads that `actor` may open."""
    if actor.is_staff and not actor.bound:
        return true()
    if actor.is_guest or actor.is_suspended:
        return Post.state == "visible"
    found = or_(Post.state == "visible", and_(Post.state.in_(OWN_STATES), Post.author_id == me(actor)))
    if actor.is_staff:
        found = or_(found, Post.thread_id.in_(select(Thread.id).where(in_bound_categories(actor))))
    return found


def visible_posts(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Thread and Category joined: the posts that `actor` may read."""
    return and_(readable_posts(actor), visible_threads(actor))


def listed_posts(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Thread and Category joined: the posts that lists, feeds and counts show to `actor`."""
    from forum.policy.threads import listed_threads

    return and_(Post.state == "visible", listed_threads(actor))


def may_read(actor: Actor, post: HasPostState, category_id: int) -> bool:
    """The same as `readable_posts` for one post in hand, whose thread stands in the category."""
    if post.state == "visible" or actor.moderates_in(category_id):
        return True
    return not actor.is_guest and not actor.is_suspended and post.state in OWN_STATES and post.author_id == actor.id


def require_read(actor: Actor, post: HasPostState, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound."""
    if not may_open(actor, thread, category) or not may_read(actor, post, thread.category_id):
        raise NotFound()


def _own(actor: Actor, post: HasPostState, thread: HasThreadState) -> bool:
    return (
        post.author_id == actor.id
        and may_write(actor)
        and (thread.locked_at is None or actor.moderates_in(thread.category_id))
    )


def may_edit(actor: Actor, post: HasPostState, thread: HasThreadState) -> bool:
    """The author, while the post stands (or is hidden and could be mended) and the thread is open."""
    states = {"visible", "held", "hidden"}
    return _own(actor, post, thread) and post.state in states and thread.state in states


def may_delete(actor: Actor, post: HasPostState, thread: HasThreadState) -> bool:
    """The author; an opening post goes only with its thread, while nobody else has answered (domain checks)."""
    return _own(actor, post, thread) and post.state in {"visible", "held"}


def may_restore(actor: Actor, post: HasPostState, thread: HasThreadState) -> bool:
    """The author, for what the author deleted."""
    return _own(actor, post, thread) and post.state == "deleted" and post.deleted_by_id == actor.id


def require_edit(actor: Actor, post: HasPostState, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_read(actor, post, thread, category)
    require_writer(actor)
    if not may_edit(actor, post, thread):
        if thread.locked_at is not None:
            raise Forbidden(N_("This thread is locked: its posts stay as they are."))
        raise Forbidden(N_("Only its author edits a post."))


def require_delete(actor: Actor, post: HasPostState, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_read(actor, post, thread, category)
    require_writer(actor)
    if not may_delete(actor, post, thread):
        raise Forbidden(N_("Only its author deletes a post, and only while the thread is open."))


def require_restore(actor: Actor, post: HasPostState, thread: HasThreadState, category: HasRules) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_read(actor, post, thread, category)
    require_writer(actor)
    if not may_restore(actor, post, thread):
        raise Forbidden(N_("Only who deleted a post restores it."))


def require_history(actor: Actor, post: HasPostState, thread: HasThreadState, category: HasRules) -> None:
    """Earlier versions: whoever may read the post as it stands. Raises NotFound."""
    require_read(actor, post, thread, category)
