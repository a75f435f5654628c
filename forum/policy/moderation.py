"""Moderation: who reports, who sees a case, who may act on what, and who must leave it to somebody else.

Conflict of interest is enforced here: nobody acts on their own content, on a report they filed, on somebody of a higher
role (a sanction: of the same role either); nobody decides an appeal against their own decision. Where there is
nobody else, the last two of report and appeal may be set aside with a reason that goes into the log (`alone`).
"""

from typing import Protocol

import msgspec
from sqlalchemy import ColumnElement, and_, false, or_, select, true

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.moderation.models import Case, CategoryModerator, Decision
from forum.policy.actors import RANK, Actor, me, require_member

SANCTIONING = frozenset({"silence", "suspend", "ban", "hold", "lift"})
"""Restrict a member on the whole site: not for moderators who are bound to categories."""
RANKED = SANCTIONING | {"warn"}


class HasCase(Protocol):
    """Whatever knows a case: the row or one of its read structs."""

    @property
    def category_id(self) -> int | None: ...
    @property
    def subject_id(self) -> int | None: ...


class Stakes(msgspec.Struct, frozen=True):
    """Who has a part in what is to be decided."""

    subject_id: int | None
    subject_role: str
    category_id: int | None
    reporters: frozenset[int] = frozenset()


def require_report(actor: Actor, author_id: int) -> None:
    """Members report what they may see (the caller has asked), not their own; those who are silenced may, too.

    Raises SignInNeeded, Forbidden.
    """
    require_member(actor)
    if actor.is_suspended:
        raise Forbidden(N_("Your account is suspended. You can still object to the decision about you."))
    if author_id == actor.id:
        raise Forbidden(N_("This is your own: you can edit or delete it yourself."))


def may_report(actor: Actor, author_id: int) -> bool:
    """The same, as an answer."""
    return not actor.is_guest and not actor.is_suspended and author_id != actor.id and actor.allows("write")


def require_moderator(actor: Actor) -> None:
    """The desk of moderation. Raises SignInNeeded, Forbidden (not staff; a token without `moderate`)."""
    require_member_or_reader(actor)
    if not actor.is_staff or not actor.allows("moderate"):
        raise Forbidden()


def require_member_or_reader(actor: Actor) -> None:
    """Signed in, whatever a token allows. Raises SignInNeeded."""
    if actor.is_guest:
        require_member(actor)


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """SQL on Case: the cases that `actor` may see. Never one about themselves: it would name who reported them."""
    if not actor.is_staff:
        return false()
    others = or_(Case.subject_id.is_(None), Case.subject_id != me(actor))
    if actor.kind != "bound":
        return others
    mine = select(CategoryModerator.category_id).where(CategoryModerator.member_id == me(actor))
    return and_(others, Case.category_id.in_(mine))


def may_see_case(actor: Actor, case: HasCase) -> bool:
    """The same for one case in hand."""
    return actor.moderates_in(case.category_id) and case.subject_id != actor.id


def require_case(actor: Actor, case: HasCase | None) -> None:
    """Raises SignInNeeded, Forbidden (not staff), NotFound."""
    require_moderator(actor)
    if case is None or not may_see_case(actor, case):
        raise NotFound()


def visible_decisions(actor: Actor) -> ColumnElement[bool]:
    """SQL on Decision, for the desk of moderation; by the same rule as cases."""
    if not actor.is_staff:
        return false()
    others = or_(Decision.subject_id.is_(None), Decision.subject_id != me(actor))
    if actor.kind != "bound":
        return others
    mine = select(CategoryModerator.category_id).where(CategoryModerator.member_id == me(actor))
    return and_(others, Decision.category_id.in_(mine))


def require_file(actor: Actor, member_id: int) -> None:
    """What the staff knows about a member: decisions, strikes, notes. Never one's own. Raises as `require_case`."""
    require_moderator(actor)
    if member_id == actor.id:
        raise NotFound()


def require_figures(actor: Actor) -> None:
    """The figures of the whole desk: not for who moderates some categories only. Raises SignInNeeded, Forbidden."""
    require_moderator(actor)
    if actor.kind == "bound":
        raise Forbidden()


def conflicts(actor: Actor, stakes: Stakes, action: str) -> str:
    """Why `actor` must leave this to somebody else: "own", "report", "rank", "bound", or "" when nothing does."""
    if stakes.subject_id == actor.id:
        return "own"
    if not actor.moderates_in(stakes.category_id) and not (action == "warn" and stakes.category_id is None):
        return "bound"
    if actor.kind == "bound" and action in SANCTIONING:
        return "bound"
    theirs, ours = RANK.get(stakes.subject_role, 0), RANK[actor.role]
    if theirs > ours or (theirs == ours and action in RANKED):
        return "rank"
    return "report" if actor.id in stakes.reporters else ""


REFUSALS = {
    "own": N_("This concerns you: somebody else decides it."),
    "bound": N_("This is outside of the categories you moderate."),
    "rank": N_("This concerns somebody of your rank or above: an administrator decides it."),
    "report": N_("You reported this yourself: somebody else decides it."),
}


def require_act(actor: Actor, stakes: Stakes, action: str, *, override: str = "", alone: bool = False) -> None:
    """May `actor` do `action` there? `alone`: no other moderator could; then `override` sets aside one's own report.

    Raises SignInNeeded, Forbidden.
    """
    require_moderator(actor)
    reason = conflicts(actor, stakes, action)
    if reason == "report" and alone and override.strip():
        return
    if reason:
        raise Forbidden(REFUSALS[reason])


def may_moderate(actor: Actor, author_id: int, author_role: str, category_id: int) -> bool:
    """May `actor` use the tools of a thread by that author? The same as `require_act` for them, as an answer."""
    if not actor.is_staff or not actor.allows("moderate"):
        return False
    return not conflicts(actor, Stakes(author_id, author_role, category_id), "lock")


def visible_to_all(actor: Actor) -> ColumnElement[bool]:
    """SQL: the public log shows itself to everybody (it names no member)."""
    return true()
