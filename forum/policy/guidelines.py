"""Guidelines: whatever was announced is everybody's to read; managers write and announce."""

from sqlalchemy import ColumnElement, true

from forum.guidelines.models import GuidelineVersion
from forum.policy.actors import Actor, require_manager, require_member


def visible_versions(actor: Actor) -> ColumnElement[bool]:
    """SQL: the versions that `actor` may read. Drafts are the managers'; what was announced stays public for ever."""
    return true() if actor.can_manage else GuidelineVersion.announced_at.is_not(None)


def require_acknowledge(actor: Actor) -> None:
    """Saying that one has read them: members, silenced or not. Raises SignInNeeded, Forbidden."""
    require_member(actor)


def require_write(actor: Actor) -> None:
    """Drafting, announcing, withdrawing: managers. Raises SignInNeeded, Forbidden."""
    require_manager(actor)
