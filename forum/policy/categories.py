"""Categories: who sees, who starts a thread, who replies, who arranges them."""

from typing import Protocol

from sqlalchemy import ColumnElement

from forum.categories.models import Category
from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.policy.actors import Actor, may_write, require_manager, require_writer

LEVELS = {"guest": ("public",), "member": ("public", "members"), "team": ("public", "members")}
STAFF_LEVELS = ("public", "members", "staff")


class HasRules(Protocol):
    """Whatever knows a category's rules: the row or one of its read structs."""

    @property
    def visibility(self) -> str: ...
    @property
    def who_starts(self) -> str: ...
    @property
    def who_replies(self) -> str: ...


def levels(actor: Actor) -> tuple[str, ...]:
    """The visibilities that `actor` may see."""
    if actor.is_suspended:
        return LEVELS["guest"]
    return STAFF_LEVELS if actor.is_staff else LEVELS[actor.role]


def visible_categories(actor: Actor) -> ColumnElement[bool]:
    """SQL: the categories that `actor` may see."""
    return Category.visibility.in_(levels(actor))


def may_see(actor: Actor, category: HasRules) -> bool:
    """The same for one category in hand."""
    return category.visibility in levels(actor)


def require_see(actor: Actor, category: HasRules | None) -> None:
    """Raises NotFound."""
    if category is None or not may_see(actor, category):
        raise NotFound()


def _among(actor: Actor, who: str) -> bool:
    if actor.is_guest or who == "nobody":
        return False
    return actor.is_staff or who == "member" or (who == "team" and actor.role == "team")


def may_start(actor: Actor, category: HasRules) -> bool:
    """True when `actor` may open a thread there."""
    return may_see(actor, category) and _among(actor, category.who_starts) and may_write(actor)


def require_start(actor: Actor, category: HasRules | None) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    require_see(actor, category)
    assert category is not None
    require_writer(actor)
    if not may_start(actor, category):
        raise Forbidden(N_("Only some people open threads in this category. You can start yours in another one."))


def may_reply_in(actor: Actor, category: HasRules) -> bool:
    """True when `actor` may answer in threads there (a lock is the thread's matter)."""
    return may_see(actor, category) and _among(actor, category.who_replies) and may_write(actor)


def require_arrange(actor: Actor) -> None:
    """Making, changing and ordering categories: managers. Raises SignInNeeded, Forbidden."""
    require_manager(actor)
