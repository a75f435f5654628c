"""What staff and operator do leaves an entry in the same transaction."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from forum.admin.domain import discard, give_role, retry, retry_all
from forum.audit.models import AuditDetail, AuditEntry
from forum.categories import domain as categories
from forum.categories.domain import CategoryInput
from forum.db import Database
from forum.errors import Conflict
from forum.outbox import Outbox
from forum.settings import Settings
from tests.conftest import START, Clock
from tests.factories import Make
from tests.integration.audit.tampering import verdict
from tests.support.command import Command


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The `forum` command."""
    return Command(settings, monkeypatch, capsys)


def log(db: Database) -> list[tuple[str, int | None, int | None, str, dict[str, Any], dict[str, Any]]]:
    """(action, actor, subject, target, data, details) of every entry; the chain holds."""
    assert verdict(db).broken is None
    with db.read() as session:
        rows = session.execute(
            select(AuditEntry, AuditDetail.body)
            .outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
            .order_by(AuditEntry.id)
        )
        return [(e.action, e.actor_id, e.subject_id, e.target, json.loads(e.data), body or {}) for e, body in rows]


def test_roles(db: Database, make: Make, clock: Clock) -> None:
    admin, ezio = make.member(role="admin"), make.member("ezio")
    for _ in range(2):  # what somebody is already is no act
        with db.write() as session:
            give_role(session, actor=admin, member_id=ezio.id, role="moderator", now=clock())
    with pytest.raises(Conflict), db.write() as session:
        give_role(session, actor=admin, member_id=admin.id, role="member", now=clock())
    data = {"from": "member", "to": "moderator"}
    assert log(db) == [("role.changed", admin.id, ezio.id, f"member:{ezio.id}", data, {})]


def test_categories(db: Database, make: Make, clock: Clock) -> None:
    rita, now = make.member(role="manager"), clock()
    with db.write() as session:
        top = categories.create(session, actor=rita, data=CategoryInput(name="Officina"), now=now).id
        inner = CategoryInput(name="Ruote", parent="officina")
        below = categories.create(session, actor=rita, data=inner, now=now).id
        categories.create(session, actor=rita, data=CategoryInput(name="Giri"), now=now)
    same, narrow = (
        CategoryInput(name="Officina"),
        CategoryInput(name="La officina", slug="officina", visibility="staff"),
    )
    for data in (same, narrow):
        with db.write() as session:
            categories.change(session, actor=rita, category_id=top, data=data, now=now)
    for step in (-1, 1):
        with db.write() as session:
            categories.move(session, actor=rita, category_id=top, step=step, now=now)
    with db.write() as session:
        categories.remove(session, actor=rita, category_id=below, now=now)
    created, _, _, changed, moved, removed = log(db)
    assert created[:4] == ("category.created", rita.id, None, f"category:{top}")
    assert created[4]["category"] == top
    assert created[4]["slug"] == "officina"
    assert created[5] == {"name": "Officina"}
    assert changed[0] == "category.changed"
    assert changed[4] == {
        "category": top, "changed": ["visibility", "name"], "visibility": ["public", "staff"], "narrowed": [below],
    }  # fmt: skip
    assert changed[5] == {"name": ["Officina", "La officina"]}
    assert (moved[0], moved[4]) == ("category.moved", {"category": top, "position": [1, 2]})
    assert (removed[0], removed[3], removed[4]["slug"]) == ("category.removed", f"category:{below}", "ruote")


def test_the_site(db: Database, make: Make, clock: Clock) -> None:
    admin = make.member(role="admin")
    values: dict[str, Any] = {"tagline_en": "", "tagline_it": "", "brand": "", "brand_colour": "#1d5c70"}
    for name in ("Il Cortile", "Il Cortile", "La corte"):
        with db.write() as session:
            categories.change_site(session, actor=admin, **{**values, "name": name}, now=clock())
    first, second = log(db)
    assert first[0] == "site.changed"
    assert "name" in first[4]["changed"]
    assert second[4:] == ({"changed": ["name"]}, {"name": ["Il Cortile", "La corte"]})


def test_the_outbox(db: Database, make: Make, clock: Clock) -> None:
    admin = make.member(role="admin")
    with db.write() as session:
        rows = [
            Outbox(job="x.y", event="X", payload='{"a":1}', created_at=START, run_at=START, dead_at=START)
            for _ in range(3)
        ]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    with db.write() as session:
        retry(session, actor=admin, row_id=ids[0], now=clock())
        discard(session, actor=admin, row_id=ids[1], now=clock())
        assert retry_all(session, actor=admin, now=clock()) == 1
    assert [(entry[0], entry[3]) for entry in log(db)] == [
        ("outbox.retried", f"outbox:{ids[0]}"), ("outbox.discarded", f"outbox:{ids[1]}"), ("outbox.retried", ""),
    ]  # fmt: skip


def test_the_command_line(forum: Command, db: Database) -> None:
    assert forum("user", "create", "teo", "--email", "teo@example.org", "--role", "admin").status == 0
    assert forum("user", "create", "teo", "--email", "teo@example.org").status == 1
    done = forum("token", "create", "teo", "--scope", "read", "--label", "Teo’s script")
    assert done.status == 0
    assert log(db) == [
        ("member.created", None, 1, "member:1", {"by": "operator", "role": "admin"}, {}),
        ("token.created", None, 1, "member:1", {"by": "operator", "scopes": ["read"]}, {"label": "Teo’s script"}),
    ]
