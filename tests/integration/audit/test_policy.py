"""The two halves of the policy agree: what the SQL lets through is what may be seen in hand."""

from itertools import product

import pytest
from sqlalchemy import insert, select, update

from forum.audit.domain import write
from forum.audit.models import AuditEntry
from forum.categories.models import Category
from forum.db import Database
from forum.errors import Forbidden, SignInNeeded
from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.policy.actors import FOREVER, GUEST, Actor
from forum.policy.audit import (
    may_see_details,
    may_see_entry,
    require_check,
    require_log,
    visible_details,
    visible_entries,
)
from tests.conftest import Clock
from tests.factories import Make

KINDS = ("guest", "member", "team", "moderator", "bound", "suspended", "manager", "admin")


def actor_of(make: Make, db: Database, kind: str) -> Actor:
    if kind == "guest":
        return GUEST
    role = {"bound": "moderator", "suspended": "admin"}.get(kind, kind)
    made = make.member(role=role)
    if kind == "suspended":
        return Actor(id=made.id, role=role, suspended_until=FOREVER)
    if kind != "bound":
        return made
    for slug in ("mine", "other"):
        make.category(slug)
    with db.write() as session:
        mine = session.scalars(select(Category.id).where(Category.slug == "mine")).one()
        session.execute(update(Member).where(Member.id == made.id).values(bound=True))
        session.execute(insert(CategoryModerator).values(member_id=made.id, category_id=mine))
    return Actor(id=made.id, role=role, bound=True, moderates=frozenset({mine}))


@pytest.mark.parametrize("kind", KINDS)
def test_sql_and_answer_agree(make: Make, db: Database, clock: Clock, kind: str) -> None:
    actor = actor_of(make, db, kind)
    mine = min(actor.moderates, default=1)
    people = (None, actor.id or 12345, 67890)
    with db.write() as session:
        for who, whom, where in product(people, people, (None, mine, mine + 1)):
            write(session, action="case.claimed", actor_id=who, subject_id=whom, data={"category": where}, now=clock())
    with db.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
        seen = set(session.scalars(select(AuditEntry.id).where(visible_entries(actor))))
        worded = set(session.scalars(select(AuditEntry.id).where(visible_entries(actor), visible_details(actor))))
    assert len(entries) == 27
    assert seen == {entry.id for entry in entries if may_see_entry(actor, entry)}
    assert worded == {entry.id for entry in entries if may_see_entry(actor, entry) and may_see_details(actor, entry)}
    many = {"moderator": 21, "manager": 21, "admin": 21, "bound": 13}
    assert len(seen) == many.get(kind, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_let_in(make: Make, db: Database, kind: str) -> None:
    actor = actor_of(make, db, kind)
    for require, let_in in ((require_log, {"moderator", "bound", "manager", "admin"}), (require_check, {"admin"})):
        if kind in let_in:
            require(actor)
        else:
            with pytest.raises(SignInNeeded if kind == "guest" else Forbidden):
                require(actor)
