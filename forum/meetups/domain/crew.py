"""Who looks after a meetup."""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.errors import Forbidden, Invalid, NotFound
from forum.kit.i18n import N_, Text
from forum.meetups.domain.locks import lock_meetup, team
from forum.meetups.domain.plan import Plan
from forum.meetups.models import MeetupHost
from forum.members.models import Member
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_member

MAX_HOSTS: Final = 10


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


def set_crew(session: Session, meetup_id: int, crew: dict[int, str]) -> None:
    """Keep who was named."""
    for member_id, role in crew.items():
        session.add(MeetupHost(meetup_id=meetup_id, member_id=member_id, role=role))
    session.flush()


def add_host(session: Session, *, actor: Actor, meetup_id: int, name: str, role: str, now: datetime) -> None:
    """Let somebody look after a meetup; naming them again changes their role.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(name, role).
    """
    policy.require_change(actor, crew := team(session, actor, meetup_id))
    assert crew is not None
    if role not in {"host", "helper"}:
        raise Invalid({"role": N_("Choose from the list.")})
    member_id = member_named(session, name, "name")
    lock_meetup(session, meetup_id)
    if member_id == crew.author_id:
        return
    row = session.get(MeetupHost, (meetup_id, member_id))
    if row is None:
        count = session.execute(select(func.count()).where(MeetupHost.meetup_id == meetup_id)).scalar_one()
        if count >= MAX_HOSTS:
            raise Invalid({"name": Text(N_("At most %(n)s people look after a meetup."), {"n": MAX_HOSTS})})
        row = MeetupHost(meetup_id=meetup_id, member_id=member_id)
    row.role = role
    session.add(row)
    audit(
        session, action="meetup.host_added", actor_id=actor.id, subject_id=member_id, target=f"meetup:{meetup_id}",
        data={"category": crew.category_id, "role": role}, now=now,
    )  # fmt: skip


def remove_host(session: Session, *, actor: Actor, meetup_id: int, member_id: int, now: datetime) -> None:
    """End somebody's part in it; oneself too. Raises NotFound, SignInNeeded, Forbidden."""
    crew = team(session, actor, meetup_id)
    if crew is None:
        raise NotFound()
    if member_id != actor.id:
        policy.require_change(actor, crew)
    require_member(actor)
    lock_meetup(session, meetup_id)
    row = session.get(MeetupHost, (meetup_id, member_id))
    if row is None:
        raise NotFound()
    if row.member_id == crew.author_id:
        raise Forbidden()
    session.delete(row)
    audit(
        session, action="meetup.host_removed", actor_id=actor.id, subject_id=member_id, target=f"meetup:{meetup_id}",
        data={"category": crew.category_id}, now=now,
    )  # fmt: skip
