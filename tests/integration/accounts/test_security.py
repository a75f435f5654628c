"""Settings, account and security: password, address, signed-in browsers, API tokens."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from forum.accounts import domain
from forum.accounts.models import Account, ApiToken, SignIn
from forum.accounts.queries import token_actor
from forum.db import Database
from forum.errors import Conflict
from forum.kit import tokens
from forum.members.models import Member
from forum.outbox import Outbox
from tests.conftest import Clock, Mailbox
from tests.factories import Make
from tests.integration.accounts.steps import LINK, OTHER, PASSWORD, account, link_in, sign_in, signed_in
from tests.support.web import Browser

NADIA = "nadia@example.org"
NEW = "nadia@nuova.example"


@pytest.fixture
def nadia(make: Make) -> Browser:
    """Nadia's browser, signed in by the form."""
    account(make, "nadia", display_name="Nadia Ferrusi")
    browser = make.browser()
    sign_in(browser, "nadia")
    return browser


def send(browser: Browser, what: str, **form: str) -> Any:
    browser.get("/settings/account")
    return browser.post(f"/settings/account/{what}", form)


# -- password ----------------------------------------------------------------------------------------------------------


def test_a_new_password_signs_all_others_out(make: Make, nadia: Browser, mailbox: Mailbox) -> None:
    phone = make.browser()
    sign_in(phone, "nadia")
    before = nadia.http.cookies.get("forum-session")
    answer = send(nadia, "password", current_password=PASSWORD, password=OTHER)
    assert answer.headers["location"] == "/settings/account"
    assert nadia.http.cookies.get("forum-session") not in {before, None}
    assert signed_in(nadia) and not signed_in(phone)
    assert sign_in(make.browser(), "nadia", OTHER).status_code == 303
    make.drain()
    assert "has changed" in mailbox.to(NADIA)[-1].subject


def test_a_new_password_needs_the_present_one(make: Make, nadia: Browser, clock: Clock) -> None:
    for current in ("", "wrong one entirely"):
        answer = send(nadia, "password", current_password=current, password=OTHER)
        assert answer.status_code == 422 and "resent password" in answer.text
    assert send(nadia, "password", current_password=PASSWORD, password=OTHER).status_code == 429  # too soon
    clock.forward(minutes=1)
    answer = send(nadia, "password", current_password=PASSWORD, password="short")
    assert answer.status_code == 422 and 'href="#password-password"' in answer.text
    assert sign_in(make.browser(), "nadia", PASSWORD).status_code == 303


def test_changing_the_password_voids_waiting_links(make: Make, nadia: Browser, mailbox: Mailbox) -> None:
    send(nadia, "email", current_password=PASSWORD, email=NEW)
    make.browser().post("/password/forgot", {"email": NADIA})
    make.drain()
    links = [link_in(mailbox, NEW), link_in(mailbox, NADIA)]
    send(nadia, "password", current_password=PASSWORD, password=OTHER)
    assert [make.browser().get(path).status_code for path in links] == [410, 410]


def test_the_forms_need_their_token(nadia: Browser) -> None:
    nadia.get("/settings/account")
    form = {"current_password": PASSWORD, "password": OTHER, "email": NEW, "label": "x", "scopes": "read"}
    for path in (
        "account/password", "account/email", "account/sessions/1/revoke", "account/sessions/revoke-others", "tokens",
        "tokens/1/revoke",
    ):  # fmt: skip
        assert nadia.post(f"/settings/{path}", form, token="").status_code == 403, path
    assert signed_in(nadia)


# -- address -----------------------------------------------------------------------------------------------------------


def test_a_new_address_counts_once_confirmed(make: Make, nadia: Browser, mailbox: Mailbox, db: Database) -> None:
    answer = send(nadia, "email", current_password=PASSWORD, email=NEW)
    assert f"We wrote to {NEW}." in nadia.follow(answer).text
    make.drain()
    assert "about to change" in mailbox.to(NADIA)[-1].subject and NEW in mailbox.to(NADIA)[-1].text
    path = link_in(mailbox, NEW)
    phone = make.browser()  # the mail is read elsewhere, where nobody is signed in
    assert NEW in phone.get(path).text
    with db.read() as session:
        assert session.scalars(select(Account.email)).one() == NADIA  # looking changes nothing
    assert phone.post(path).headers["location"] == "/"
    assert f"From now on we write to {NEW}." in phone.get("/").text
    assert phone.post(path).status_code == 410
    make.drain()
    assert "has changed" in mailbox.to(NADIA)[-1].subject
    assert sign_in(make.browser(), NEW).status_code == 303
    assert sign_in(make.browser(), NADIA).status_code == 422


def test_an_address_of_somebody_else_gives_nothing_away(make: Make, nadia: Browser, mailbox: Mailbox) -> None:
    account(make, "ezio")
    seen = nadia.follow(send(nadia, "email", current_password=PASSWORD, email="ezio@example.org")).text
    assert "We wrote to ezio@example.org." in seen
    make.drain()
    letter = mailbox.to("ezio@example.org")[-1]
    assert "Somebody wanted to use your address" in letter.subject
    assert not LINK.search(letter.text) and "nadia" not in letter.text


def test_an_address_that_somebody_took_meanwhile(make: Make, nadia: Browser, mailbox: Mailbox, db: Database) -> None:
    send(nadia, "email", current_password=PASSWORD, email=NEW)
    make.drain()
    with db.write() as session:
        domain.create_member(session, name="quick", email=NEW, now=make.now)
    path = link_in(mailbox, NEW)
    nadia.get(path)
    assert nadia.post(path).status_code == 410
    assert signed_in(nadia)


def test_a_new_address_is_refused(nadia: Browser, clock: Clock) -> None:
    for form, said in (
        ({"email": "nadia", "current_password": PASSWORD}, "does not look like"),
        ({"email": "a@b.example\r\nBcc: c@d.example", "current_password": PASSWORD}, "does not look like"),
        ({"email": NADIA, "current_password": PASSWORD}, "your address already"),
        ({"email": NEW, "current_password": "wrong one entirely"}, "not your present password"),
        ({"email": NEW, "current_password": ""}, "Write your present password"),
    ):
        clock.forward(minutes=2)
        answer = send(nadia, "email", **form)
        assert answer.status_code == 422 and said in answer.text, form
        assert PASSWORD not in answer.text


# -- browsers ----------------------------------------------------------------------------------------------------------


def test_the_list_of_browsers(make: Make, nadia: Browser) -> None:
    phone = make.browser()
    phone.http.headers["User-Agent"] = "Mozilla/5.0 (Android 16; Mobile; rv:151.0) Gecko/151.0 Firefox/151.0"
    sign_in(phone, "nadia")
    page = nadia.get("/settings/account")
    assert "Firefox, Android" in page.text and page.text.count("this one") == 1
    (there,) = (
        path for path in re.findall(r"/settings/account/sessions/\d+/revoke", page.text)
        if "Firefox, Android" in page.text.partition(path)[0].rpartition("<tr")[2]
    )  # fmt: skip
    assert "signed out" in nadia.follow(nadia.post(there)).text
    assert signed_in(nadia) and not signed_in(phone)
    assert nadia.post(there).status_code == 404


def test_signing_all_others_out(make: Make, nadia: Browser) -> None:
    others = [make.browser() for _ in range(2)]
    for browser in others:
        sign_in(browser, "nadia")
    ezio = make.browser(make.member("ezio"))
    nadia.get("/settings/account")
    assert nadia.post("/settings/account/sessions/revoke-others").status_code == 303
    assert signed_in(nadia) and signed_in(ezio)
    assert not any(signed_in(browser) for browser in others)


def test_nobody_ends_the_session_of_another(make: Make, nadia: Browser, db: Database) -> None:
    ezio = make.browser(make.member("ezio"))
    with db.read() as session:
        (theirs,) = session.scalars(select(SignIn.id).join(Member).where(Member.name == "ezio"))
    nadia.get("/settings/account")
    for session_id in (theirs, 999999, 2**63, 10**30, 0):
        assert nadia.post(f"/settings/account/sessions/{session_id}/revoke").status_code == 404
    assert signed_in(ezio)


# -- API tokens --------------------------------------------------------------------------------------------------------


def make_token(browser: Browser, *scopes: str, label: str = "Backup", password: str = PASSWORD) -> Any:
    browser.get("/settings/tokens")
    return browser.post("/settings/tokens", {"label": label, "scopes": list(scopes), "current_password": password})


def secret_in(text: str) -> str:
    found = re.search(r">\s*(rtv_[A-Za-z0-9_-]{43})<", text)
    assert found
    return found[1]


def test_a_token_is_shown_once_and_works_until_revoked(nadia: Browser, db: Database) -> None:
    answer = make_token(nadia, "read", "write", label="Backup <b>at home</b>")
    assert answer.status_code == 201
    secret = secret_in(answer.text)
    later = nadia.get("/settings/tokens").text
    assert secret not in later and "Backup &lt;b&gt;at home&lt;/b&gt;" in later and "never" in later
    with db.read() as session:
        found = token_actor(session, tokens.digest(secret), datetime.now(UTC))
        assert found and found[0].scopes == {"read", "write"} and found[0].name == "nadia"
        assert session.scalars(select(ApiToken.token_hash)).one() == tokens.digest(secret)
    (path,) = re.findall(r"/settings/tokens/\d+/revoke", later)
    assert nadia.post(path).status_code == 303
    with db.read() as session:
        assert token_actor(session, tokens.digest(secret), datetime.now(UTC)) is None
    assert nadia.post(path).status_code == 404


def test_a_token_is_refused(nadia: Browser, db: Database, clock: Clock) -> None:
    for scopes, label, said in (
        (("admin",), "x", "does not go as far as “admin”"),
        (("read", "moderate"), "x", "does not go as far as “moderate”"),
        (("fly",), "x", "does not go as far as “fly”"),
        ((), "x", "at least one thing"),
        (("read",), "", "Say what the token is for"),
        (("read",), "x" * 81, "At most 80"),
    ):
        answer = make_token(nadia, *scopes, label=label)
        assert answer.status_code == 422 and said in answer.text, said
    assert make_token(nadia, "read", password="wrong one entirely").status_code == 422
    with db.read() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_scopes_offered_follow_the_role(make: Make) -> None:
    offered = {}
    for role in ("member", "team", "moderator", "manager", "admin"):
        page = make.browser(make.member(role, role=role)).get("/settings/tokens")
        offered[role] = re.findall(r'name="scopes" value="(\w+)"', page.text)
    assert offered == {
        "member": ["read", "write"], "team": ["read", "write", "team"], "moderator": ["read", "write", "moderate"],
        "manager": ["read", "write", "moderate", "manage", "team"],
        "admin": ["read", "write", "moderate", "manage", "team", "admin"],
    }  # fmt: skip


def test_nobody_revokes_the_token_of_another(make: Make, nadia: Browser, db: Database) -> None:
    ezio = make.member("ezio")
    with db.write() as session:
        domain.issue_token(session, actor=ezio, label="ezio", scopes=["read"], now=make.now)
        (theirs,) = session.scalars(select(ApiToken.id))
    nadia.get("/settings/tokens")
    for token_id in (theirs, 999999, 2**63, 10**30):
        assert nadia.post(f"/settings/tokens/{token_id}/revoke").status_code == 404
    with db.read() as session:
        assert session.scalars(select(ApiToken.revoked_at)).one() is None


# -- roles -------------------------------------------------------------------------------------------------------------


def test_a_new_role_ends_all_sessions(make: Make, nadia: Browser, db: Database) -> None:
    with db.write() as session:
        member_id = session.scalars(select(Member.id).where(Member.name == "nadia")).one()
        domain.set_role(session, member_id, "member", make.now)  # what they are already
    assert signed_in(nadia)
    with db.write() as session:
        domain.set_role(session, member_id, "moderator", make.now)
    assert not signed_in(nadia)
    assert make.get(Member, member_id).role == "moderator"
    with db.read() as session:
        assert set(session.scalars(select(Outbox.event))) == {"AccessChanged"}


def test_the_last_administrator_stays(make: Make, db: Database) -> None:
    teo = make.member("teo", role="admin")
    with pytest.raises(Conflict), db.write() as session:
        domain.set_role(session, teo.id, "member", make.now)
    make.member("second", role="admin")
    with db.write() as session:
        domain.set_role(session, teo.id, "member", make.now)
    assert make.get(Member, teo.id).role == "member"
