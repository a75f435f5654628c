"""Members: who sees a profile, who changes one. What a profile lists is asked of threads and posts."""

from sqlalchemy import ColumnElement, true

from forum.errors import Forbidden, NotFound
from forum.policy.actors import RANK, Actor, require_member


def visible_members(actor: Actor) -> ColumnElement[bool]:
    """SQL: the members whose profile `actor` may open. Everybody's: names stand beside public posts."""
    return true()


def may_see_member(actor: Actor, member_id: int) -> bool:
    """The same for one member in hand."""
    return actor.role in RANK and member_id > 0


def require_profile(actor: Actor, member_id: int | None) -> None:
    """Raises NotFound for a member who is not there (or not for `actor`)."""
    if member_id is None or not may_see_member(actor, member_id):
        raise NotFound()


def require_own(actor: Actor, member_id: int) -> None:
    """A profile, a picture and settings are changed by their owner alone. Raises SignInNeeded, Forbidden."""
    require_member(actor)
    if actor.id != member_id:
        raise Forbidden()
