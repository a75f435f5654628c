"""What the people concerned may read of moderation: their own statements, their own reports, their own appeals.

Open to those who are silenced, suspended or banned, too: everybody may answer for themselves. Staff reads the same
things at its desk, by the rules of `forum.policy.moderation`, and never here.
"""

from typing import Protocol

from sqlalchemy import ColumnElement

from forum.errors import NotFound
from forum.moderation.models import Appeal, Report, Statement
from forum.policy.actors import Actor, me, require_member


class HasMember(Protocol):
    """Whatever knows whom a statement concerns."""

    @property
    def member_id(self) -> int: ...


def visible_statements(actor: Actor) -> ColumnElement[bool]:
    """SQL: the statements about `actor`. A guest's id is nobody's."""
    return Statement.member_id == me(actor)


def visible_reports(actor: Actor) -> ColumnElement[bool]:
    """SQL: the reports that `actor` made."""
    return Report.reporter_id == me(actor)


def visible_appeals(actor: Actor) -> ColumnElement[bool]:
    """SQL: the appeals that `actor` filed."""
    return Appeal.appellant_id == me(actor)


def require_acknowledge(actor: Actor, statement: HasMember | None) -> None:
    """Saying that one has read a statement: whom it concerns. Raises SignInNeeded, NotFound."""
    require_member(actor)
    if statement is None or statement.member_id != actor.id:
        raise NotFound()
