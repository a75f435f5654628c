"""Who looks after a meetup."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, or_, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.audit.domain import write as audit
from forum.errors import Forbidden, Invalid, NotFound
from forum.kit.i18n import N_, Text
from forum.meetups.domain.locks import lock_meetup, team
from forum.meetups.domain.plan import Plan
from forum.meetups.models import HOST_ROLES, ChapterHost, Meetup, MeetupHost
from forum.members.models import Member
from forum.policy.actors import Actor, require_member

MAX_HOSTS: Final = 10


def crew_ids(meetup_id: int | ScalarSelect[Any], *roles: str) -> Select[int]:
    """SQL: ids of who announced a meetup, of who has one of `roles` in it, and of the hosts of its chapter."""
    author = select(Meetup.author_id).where(Meetup.id == meetup_id).scalar_subquery()
    chapter = select(Meetup.chapter_id).where(Meetup.id == meetup_id).scalar_subquery()
    named = select(MeetupHost.member_id).where(MeetupHost.meetup_id == meetup_id, MeetupHost.role.in_(roles))
    return select(Account.member_id).where(
        or_(
            Account.member_id == author,
            Account.member_id.in_(named),
            Account.member_id.in_(select(ChapterHost.member_id).where(ChapterHost.chapter_id == chapter)),
        )
    )


def looked_after(session: Session, meetup_id: int, *members: ColumnElement[bool]) -> bool:
    """Whether somebody of `members` (SQL on Account) looks after a meetup."""
    return session.execute(crew_ids(meetup_id, *HOST_ROLES).where(*members).limit(1)).first() is not None


def members_of(session: Session, plan: Plan) -> dict[int, str]:
    """Member id → role. Raises Invalid(hosts, helpers)."""
    found: dict[int, str] = {}
    for field, role, names in (("helpers", "helper", plan.helpers), ("hosts", "host", plan.hosts)):
        for name in names:
            found[member_named(session, name, field)] = role
    if len(found) > MAX_HOSTS:
        raise Invalid({"hosts": Text(N_("At most %(n)s people look after a meetup."), {"n": MAX_HOSTS})})
    return found


def member_named(session: Session, name: str, field: str) -> int:
    """Raises Invalid(field)."""
    key = name.strip().removeprefix("@").lower()[:30]
    found = session.execute(select(Member.id).where(Member.name_key == key)).scalar()
    if found is None:
        raise Invalid({field: Text(N_("There is no member called %(name)s."), {"name": name[:60]})})
    return found


def set_crew(
    session: Session, meetup: Meetup, crew: dict[int, str], *, actor: Actor, category_id: int, now: datetime
) -> None:
    """Make these, besides its author, look after a meetup; the log keeps who came and who went.

    `crew`: as `members_of` gives it. The meetup's row is new, or locked.
    """
    rows = {row.member_id: row for row in session.scalars(select(MeetupHost).where(MeetupHost.meetup_id == meetup.id))}
    wanted = {member_id: role for member_id, role in crew.items() if member_id != meetup.author_id}

    def log(action: str, member_id: int, **more: str) -> None:
        audit(
            session, action=action, actor_id=actor.id, subject_id=member_id, target=f"meetup:{meetup.id}",
            data={"category": category_id, **more}, now=now,
        )  # fmt: skip

    for member_id in sorted(rows.keys() - wanted.keys()):
        session.delete(rows[member_id])
        log("meetup.host_removed", member_id)
    for member_id, role in sorted(wanted.items()):
        row = rows.get(member_id) or MeetupHost(meetup_id=meetup.id, member_id=member_id, role="")
        if row.role != role:
            row.role = role
            session.add(row)
            log("meetup.host_added", member_id, role=role)
    session.flush()


def leave_crew(session: Session, *, actor: Actor, meetup_id: int, now: datetime) -> None:
    """Look after a meetup no longer: whoever was named host or helper may go. Who announced it stays its host.

    Raises NotFound, SignInNeeded, Forbidden.
    """
    crew = team(session, actor, meetup_id)
    if crew is None:
        raise NotFound()
    require_member(actor)
    lock_meetup(session, meetup_id)
    row = session.get(MeetupHost, (meetup_id, actor.id))
    if row is None:
        raise Forbidden()
    session.delete(row)
    audit(
        session, action="meetup.host_removed", actor_id=actor.id, subject_id=actor.id, target=f"meetup:{meetup_id}",
        data={"category": crew.category_id}, now=now,
    )  # fmt: skip
    session.flush()
