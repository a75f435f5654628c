"""The law: who gives notice, who reads a notice, who keeps the registers.

Anybody gives notice, guests too, of what they may see. A notice is read by whoever holds its key, and by the member
who gave it. The staff reads at its desk what belongs to cases that they may see; authority orders, trusted flaggers
and settings are for managers and administrators; evidence under legal hold for administrators alone.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.legal.models import LegalNotice, LegalNoticeItem
from forum.moderation.models import Case
from forum.policy.actors import GUEST, Actor, me, require_admin, require_manager
from forum.policy.moderation import require_moderator, visible_cases


class HasNotifier(Protocol):
    """Whatever knows who gave a notice."""

    @property
    def member_id(self) -> int | None: ...


def as_notifier(actor: Actor) -> Actor:
    """With whose eyes an address in a notice is looked up: a suspended member sees what a guest sees."""
    return GUEST if actor.is_suspended else actor


def require_notice_of(actor: Actor, author_id: int) -> None:
    """One's own words are not noticed: they can be deleted. Raises Forbidden."""
    if not actor.is_guest and actor.id == author_id:
        raise Forbidden(N_("This is your own: you can edit or delete it yourself."))


def require_notice(actor: Actor, notice: HasNotifier | None, *, keyed: bool) -> None:
    """A notice's page: with its key, or signed in as who gave it. Raises NotFound."""
    mine = notice is not None and not actor.is_guest and notice.member_id == actor.id
    if notice is None or not (keyed or mine):
        raise NotFound()


def visible_notices(actor: Actor) -> ColumnElement[bool]:
    """SQL on LegalNotice, for the desk: those with a case that `actor` may see, never one's own."""
    seen = select(LegalNoticeItem.id).join(Case, Case.id == LegalNoticeItem.case_id)
    there = seen.where(LegalNoticeItem.notice_id == LegalNotice.id, visible_cases(actor)).exists()
    return and_(there, or_(LegalNotice.member_id.is_(None), LegalNotice.member_id != me(actor)))


def require_desk(actor: Actor) -> None:
    """Notices, complaints, records at the desk of moderation. Raises SignInNeeded, Forbidden."""
    require_moderator(actor)


def require_register(actor: Actor) -> None:
    """Orders, disputes, trusted flaggers, measures against misuse, reports. Raises SignInNeeded, Forbidden."""
    require_manager(actor)


def require_settings(actor: Actor) -> None:
    """Who keeps this site. Raises SignInNeeded, Forbidden."""
    require_admin(actor)


def require_evidence(actor: Actor) -> None:
    """Legal holds. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
