"""`forum user create`, `forum user role` and `forum token create`."""

import io
import json
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from forum.accounts.models import Account
from forum.accounts.queries import token_actor
from forum.audit.models import AuditEntry
from forum.categories.models import Category
from forum.db import Database
from forum.kit import tokens
from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.settings import Settings
from tests.factories import Make
from tests.integration.accounts.steps import OTHER, PASSWORD, SIGNUP, sign_in
from tests.support.command import Command
from tests.support.web import BASE


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The `forum` command."""
    return Command(settings, monkeypatch, capsys)


def test_a_user_with_a_link(forum: Command, db: Database) -> None:
    done = forum("user", "create", "admin", "--email", "teo@example.org", "--role", "admin", "--display-name", "Teo")
    assert done.status == 0
    link = done.out.strip()
    assert link.startswith(f"{BASE}/link/") and "\n" not in link
    with db.read() as session:
        member = session.scalars(select(Member)).one()
        row = session.scalars(select(Account)).one()
    assert (member.name, member.role, member.display_name) == ("admin", "admin", "Teo")
    assert row.trusted and row.verified_at and row.password_hash is None


def test_a_user_with_a_password(forum: Command, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nnever read\n"))
    done = forum("user", "create", "nadia", "--email", "Nadia@Example.org", "--password-stdin")
    assert (done.status, done.out) == (0, "") and "nadia (member)" in done.err
    assert sign_in(make.browser(), "nadia@example.org").status_code == 303


def test_users_that_are_refused(forum: Command, make: Make, monkeypatch: pytest.MonkeyPatch, db: Database) -> None:
    make.member("ezio")
    browser = make.browser()
    browser.get("/signup")
    browser.post("/signup", SIGNUP)
    for args, status, said in (
        (("ezio", "--email", "x@example.org"), 1, "already taken"),
        (("EZIO", "--email", "x@example.org"), 1, "already taken"),
        (("nadia", "--email", "x@example.org"), 1, "already taken"),  # a sign-up holds it
        (("teo", "--email", "Ezio@example.org"), 1, "already belongs"),
        (("te o", "--email", "teo@example.org"), 1, "name:"),
        (("teo", "--email", "teo"), 1, "email:"),
        (("teo", "--email", "teo@example.org\r\nBcc: x@y.example"), 1, "email:"),
        (("teo", "--email", "teo@example.org", "--role", "king"), 2, "king"),
        (("teo",), 2, "--email"),
        ((), 2, "NAME"),
    ):
        done = forum("user", "create", *args)
        assert (done.status, done.out) == (status, ""), args
        assert said in done.err and done.err.count("\n") == 1, done.err
    for weak in ("\n", "short\n", "password123\n", "Xq7!vb2#L\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(weak))
        done = forum("user", "create", "teo", "--email", "teo@example.org", "--role", "admin", "--password-stdin")
        assert done.status == 1 and "password:" in done.err and done.err.count("\n") == 1
    with db.read() as session:
        assert session.scalars(select(Member.name)).all() == ["ezio"]


def test_a_role_is_given_and_told(forum: Command, make: Make, db: Database) -> None:
    make.member("teo", role="admin")
    ezio = make.member("ezio")
    browser = make.browser(ezio)
    assert browser.get("/settings/account").status_code == 200
    done = forum("user", "role", "Ezio", "moderator")
    assert (done.status, done.out) == (0, "") and "ezio was member and is moderator now" in done.err
    assert browser.get("/settings/account").status_code == 303, "an old session keeps no old role"
    assert make.get(Member, ezio.id).role == "moderator"
    done = forum("user", "role", "ezio", "moderator")
    assert done.status == 0 and "already" in done.err
    with db.read() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert (entry.action, entry.actor_id, entry.subject_id, entry.target) == ("role.changed", None, ezio.id, "member:2")
    assert json.loads(entry.data) == {"by": "operator", "from": "member", "to": "moderator"}


def test_who_is_no_moderator_any_more_has_no_categories(forum: Command, make: Make, db: Database) -> None:
    ezio = make.member("ezio", role="moderator", bound=True)
    make.category("shop")
    with db.write() as session:
        place = session.scalars(select(Category.id)).one()
        session.add(CategoryModerator(category_id=place, member_id=ezio.id))
    assert forum("user", "role", "ezio", "moderator").status == 0
    assert make.get(Member, ezio.id).bound, "the same role changes nothing"
    assert forum("user", "role", "ezio", "manager").status == 0
    assert not make.get(Member, ezio.id).bound
    with db.read() as session:
        assert session.scalars(select(CategoryModerator)).all() == []
        entries = [(entry.action, json.loads(entry.data)) for entry in session.scalars(select(AuditEntry))]
    assert entries == [
        ("role.changed", {"by": "operator", "from": "moderator", "to": "manager"}),
        ("role.bound", {"by": "operator", "categories": []}),
    ]


def test_roles_that_are_refused(forum: Command, make: Make, db: Database) -> None:
    make.member("teo", role="admin")
    for args, status, said in (
        (("teo", "member"), 1, "only administrator"),
        (("nobody", "member"), 1, "nobody"),
        (("teo", "king"), 2, "king"),
        (("teo",), 2, "Missing argument"),
    ):
        done = forum("user", "role", *args)
        assert (done.status, done.out) == (status, ""), args
        assert said in done.err and done.err.count("\n") == 1, done.err
    assert make.get(Member, 1).role == "admin"
    with db.read() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_token_alone_on_stdout(forum: Command, make: Make, db: Database) -> None:
    make.member("ezio", role="moderator", email=False)
    done = forum("token", "create", "Ezio", "--scope", "moderate", "--scope", "read")
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("\n") and len(done.out.split()) == 1
    with db.read() as session:
        found = token_actor(session, tokens.digest(done.out.strip()), datetime.now(UTC))
    assert found and found[0].name == "ezio" and found[0].scopes == {"read", "moderate"}


def test_tokens_that_are_refused(forum: Command, make: Make) -> None:
    make.member("ezio", role="moderator")
    for args, status, said in (
        (("ezio", "--scope", "read", "--scope", "manage"), 1, "manage"),
        (("nobody", "--scope", "read"), 1, "nobody"),
        (("ezio", "--scope", "fly"), 2, "fly"),
        (("ezio",), 2, "--scope"),
        (("ezio", "--scope", "read", "--label", "x" * 81), 1, "label:"),
    ):
        done = forum("token", "create", *args)
        assert (done.status, done.out) == (status, ""), args
        assert said in done.err and done.err.count("\n") == 1, done.err


def test_the_link_of_the_command_sets_a_password(forum: Command, make: Make, clock: object) -> None:
    from forum.kit.clock import utc_now

    done = forum("user", "create", "teo", "--email", "teo@example.org")
    make.core.clock.now = utc_now()  # type: ignore[attr-defined]
    path = done.out.strip().removeprefix(BASE)
    browser = make.browser()
    assert "Choose a password" in browser.get(path).text
    assert browser.post(path, {"password": OTHER}).status_code == 303
    assert browser.get("/settings/account").status_code == 200
