"""What administrators do: give roles, try again or give up what the outbox could not do."""

from datetime import datetime

from sqlalchemy import and_, delete, not_, select, update
from sqlalchemy.orm import Session

from forum.accounts.domain import set_role
from forum.audit import domain as audit
from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.events import EVENTS, AccessChanged, record
from forum.kit.i18n import N_
from forum.members.models import ROLES, Member
from forum.moderation.models import CategoryModerator
from forum.outbox import SPENT, Outbox
from forum.policy.actors import Actor, require_admin

SECRET = [name for name, kind in EVENTS.items() if kind.secret]
HOLLOW = and_(Outbox.event.in_(SECRET), Outbox.payload == SPENT)
"""Rows whose secret is gone: there is nothing left to send."""


def give_role(session: Session, *, actor: Actor, member_id: int, role: str, now: datetime) -> None:
    """Make a member something else; they are signed out everywhere.

    The caller has asked for the actor's password (`prove`). Raises SignInNeeded, Forbidden, NotFound,
    Invalid(role), Conflict (the only administrator).
    """
    require_admin(actor)
    if role not in ROLES:
        raise Invalid({"role": N_("Choose one from the list.")})
    if not 0 < member_id <= MAX_ID:
        raise NotFound()
    _give_role(session, actor.id, member_id, role, now)


def give_role_as_operator(session: Session, *, member_id: int, role: str, now: datetime) -> str:
    """The same from the command line, which needs nobody's leave; the role before.

    Who is no moderator any more loses their categories too. Raises NotFound, Conflict (the only administrator),
    ValueError for an unknown role.
    """
    before = _give_role(session, None, member_id, role, now)
    if role != "moderator":
        _bind(session, None, member_id, None, now)
    return before


def _give_role(session: Session, actor_id: int | None, member_id: int, role: str, now: datetime) -> str:
    before = set_role(session, member_id, role, now)
    if before != role:
        audit.write(
            session, action="role.changed", actor_id=actor_id, subject_id=member_id, target=f"member:{member_id}",
            data={**_by(actor_id), "from": before, "to": role}, now=now,
        )  # fmt: skip
    return before


def _by(actor_id: int | None) -> dict[str, str]:
    return audit.OPERATOR if actor_id is None else {}


def bind(session: Session, *, actor: Actor, member_id: int, categories: frozenset[int] | None, now: datetime) -> bool:
    """Let a moderator act in these categories alone, and in all that are inside them. None: everywhere.

    Whoever is no moderator is bound to none. True when something changed. Raises SignInNeeded, Forbidden, NotFound,
    Invalid(places).
    """
    require_admin(actor)
    return _bind(session, actor.id, member_id, categories, now)


def _bind(
    session: Session, actor_id: int | None, member_id: int, categories: frozenset[int] | None, now: datetime
) -> bool:
    query = select(Member).where(Member.id == member_id).with_for_update(key_share=True)
    member = session.scalar(query.execution_options(populate_existing=True)) if 0 < member_id <= MAX_ID else None
    if member is None:
        raise NotFound()
    wanted = frozenset[int]()
    if categories is not None and member.role == "moderator":
        wanted = _with_children(session, categories)
        if not wanted:
            raise Invalid({"places": N_("Choose one category at least.")})
    mine = CategoryModerator.member_id == member_id
    before = frozenset(session.scalars(select(CategoryModerator.category_id).where(mine)))
    if (member.bound, before) == (bool(wanted), wanted):
        return False
    member.bound = bool(wanted)
    session.execute(delete(CategoryModerator).where(mine, CategoryModerator.category_id.in_(before - wanted)))
    session.add_all(CategoryModerator(member_id=member_id, category_id=one) for one in sorted(wanted - before))
    session.flush()
    record(session, AccessChanged(member_id=member_id), now=now)
    audit.write(
        session, action="role.bound", actor_id=actor_id, subject_id=member_id, target=f"member:{member_id}",
        data={**_by(actor_id), "categories": sorted(wanted)}, now=now,
    )  # fmt: skip
    return True


def _with_children(session: Session, chosen: frozenset[int]) -> frozenset[int]:
    rows = session.execute(select(Category.id, Category.parent_id)).all()
    found = {row.id for row in rows} & chosen
    while inner := {row.id for row in rows if row.parent_id in found} - found:
        found |= inner
    return frozenset(found)


def retry(session: Session, *, actor: Actor, row_id: int, now: datetime) -> None:
    """Let the worker try again, at once and with a fresh count. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    row = _waiting(session, actor, row_id, now)
    if row.event in SECRET and row.payload == SPENT:
        raise Conflict(N_("The link in it is gone, so there is nothing left to send. Whoever wanted it can ask again."))
    row.dead_at, row.attempts, row.run_at = None, 0, now
    row.lease, row.leased_until = None, None
    _log(session, "outbox.retried", actor, now, row)


def retry_all(session: Session, *, actor: Actor, now: datetime) -> int:
    """Let the worker try again whatever was given up; how many. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    result = session.execute(
        update(Outbox)
        .where(Outbox.dead_at.is_not(None), not_(HOLLOW))
        .values(dead_at=None, attempts=0, run_at=now, lease=None, leased_until=None)
    )
    count = int(getattr(result, "rowcount", 0))
    if count:
        audit.write(session, action="outbox.retried", actor_id=actor.id, data={"count": count}, now=now)
    return count


def discard(session: Session, *, actor: Actor, row_id: int, now: datetime) -> None:
    """Give something up for good: it counts as done, and its secrets are wiped.

    Raises SignInNeeded, Forbidden, NotFound, Conflict.
    """
    row = _waiting(session, actor, row_id, now)
    row.done_at, row.dead_at, row.error = now, None, f"discarded by @{actor.name}; {row.error}"[:2000]
    if row.event in SECRET:
        row.payload = SPENT
    _log(session, "outbox.discarded", actor, now, row)


def _log(session: Session, action: str, actor: Actor, now: datetime, row: Outbox) -> None:
    data = {"job": row.job, "event": row.event}
    audit.write(session, action=action, actor_id=actor.id, target=f"outbox:{row.id}", data=data, now=now)


def _waiting(session: Session, actor: Actor, row_id: int, now: datetime) -> Outbox:
    require_admin(actor)
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    query = select(Outbox).where(Outbox.id == row_id).with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound()
    if row.done_at is not None:
        raise Conflict(N_("It has happened meanwhile."))
    if row.leased_until is not None and row.leased_until > now:
        raise Conflict(N_("The worker is busy with it at this moment."))
    return row
