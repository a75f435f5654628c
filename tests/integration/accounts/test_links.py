"""One-time links: a forgotten password, a first one, the first administrator. Each works once, for whom it was made."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from forum.accounts import domain, passwords
from forum.accounts.models import Account, ApiToken, OneTimeLink, SignIn
from forum.db import Database
from forum.members.models import Member
from tests.conftest import Clock, Mailbox
from tests.factories import Make, scalar
from tests.integration.accounts.steps import (
    LINK,
    OTHER,
    PASSWORD,
    Counting,
    account,
    link_in,
    sign_in,
    signed_in,
    statements,
    words,
)
from tests.support.web import BASE, Browser

NADIA = "nadia@example.org"


def forget(browser: Browser, email: str = NADIA) -> int:
    browser.get("/password/forgot")
    return browser.post("/password/forgot", {"email": email}).status_code


def reset_link(make: Make, mailbox: Mailbox, email: str = NADIA) -> str:
    assert forget(make.browser(), email) == 303
    make.drain()
    return link_in(mailbox, email)


def choose(browser: Browser, path: str, password: str = OTHER) -> int:
    browser.get(path)
    return browser.post(path, {"password": password}).status_code


def test_a_forgotten_password(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    path = reset_link(make, mailbox)
    browser = make.browser()
    page = browser.get(path)
    assert page.status_code == 200 and 'autocomplete="new-password"' in page.text
    answer = browser.post(path, {"password": OTHER})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Your new password counts" in browser.follow(answer).text
    assert signed_in(browser)
    assert sign_in(make.browser(), "nadia", OTHER).status_code == 303
    assert sign_in(make.browser(), "nadia", PASSWORD).status_code == 422
    make.drain()
    assert "password" in mailbox.to(NADIA)[-1].subject and "has changed" in mailbox.to(NADIA)[-1].subject


def test_a_reset_ends_sessions_links_and_tokens_of_before(make: Make, mailbox: Mailbox, db: Database) -> None:
    nadia, other = account(make, "nadia"), account(make, "other")
    thief, bystander = make.browser(nadia), make.browser(other)
    with db.write() as session:
        domain.issue_token(session, actor=nadia, label="thief", scopes=["read"], now=make.now)
        domain.issue_token(session, actor=other, label="other", scopes=["read"], now=make.now)
    earlier, path = reset_link(make, mailbox), reset_link(make, mailbox)
    browser = make.browser()
    assert choose(browser, path) == 303
    assert signed_in(browser) and not signed_in(thief) and signed_in(bystander)
    assert make.browser().get(earlier).status_code == 410
    with db.read() as session:
        living = select(ApiToken.label).where(ApiToken.revoked_at.is_(None))
        assert list(session.scalars(living)) == ["other"]


def test_a_weak_password_leaves_the_link_alone(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    path = reset_link(make, mailbox)
    browser = make.browser()
    for weak in ("", "short", "password123", "nadia.nadia", "x" * 257):
        assert choose(browser, path, weak) == 422, weak
    assert choose(browser, path) == 303


def test_staff_need_twelve_characters(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia", role="moderator")
    path = reset_link(make, mailbox)
    assert choose(make.browser(), path, "Xq7!vb2#Lm") == 422
    assert choose(make.browser(), path) == 303


def test_looking_uses_nothing_up_and_posting_does(make: Make, mailbox: Mailbox, db: Database) -> None:
    account(make, "nadia")
    path = reset_link(make, mailbox)
    for _ in range(3):
        assert make.browser().get(path).status_code == 200
        assert make.browser().request("HEAD", path).status_code == 200
    with db.read() as session:
        assert session.scalars(select(OneTimeLink.used_at)).one() is None
    assert choose(make.browser(), path) == 303
    assert choose(make.browser(), path, "replayed by somebody") == 410
    assert sign_in(make.browser(), "nadia", OTHER).status_code == 303


def test_of_two_at_once_one_wins(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    path = reset_link(make, mailbox)
    browsers = [make.browser() for _ in range(4)]
    for browser in browsers:
        browser.get(path)
    chosen = [f"{OTHER} {number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda pair: pair[0].post(path, {"password": pair[1]}), zip(browsers, chosen, strict=True))
        )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [303, 410, 410, 410]
    assert sign_in(make.browser(), "nadia", chosen[statuses.index(303)]).status_code == 303


def test_a_link_expires_and_serves_one_purpose(make: Make, mailbox: Mailbox, clock: Clock) -> None:
    account(make, "nadia")
    path = reset_link(make, mailbox)
    token = path.rpartition("/")[2]
    for other in (f"/link/{token}", f"/setup/{token}", f"/settings/email/{token}", f"/verify/{token}"):
        assert make.browser().get(other).status_code == 410
    clock.forward(hours=2)
    assert make.browser().get(path).status_code == 410
    assert choose(make.browser(), path) == 410


def test_known_and_unknown_addresses_answer_alike(make: Make, mailbox: Mailbox, db: Database) -> None:
    account(make, "nadia")
    seen = []
    for email in (NADIA, "nobody@example.org"):
        browser = make.browser()
        browser.get("/password/forgot")
        with statements(db) as ran:
            answer = browser.post("/password/forgot", {"email": email})
        shown = words(browser.follow(answer)).replace(email, "x")
        seen.append((answer.status_code, answer.headers["location"], shown, list(ran)))
    assert seen[0] == seen[1]
    make.drain()
    assert "No account" in mailbox.to("nobody@example.org")[0].subject
    assert not LINK.search(mailbox.to("nobody@example.org")[0].text)


def test_asking_computes_no_hash(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    account(make, "nadia")
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    forget(make.browser())
    forget(make.browser(), "nobody@example.org")
    assert counting.hashed == counting.verified == 0


def test_nobody_is_bombed_with_mail(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    for email in (NADIA, "nobody@example.org"):
        for number in range(5):
            assert forget(Browser(make.app, address=f"10.6.0.{number}"), email) == 303
    make.drain()
    assert len(mailbox.to(NADIA)) == len(mailbox.to("nobody@example.org")) == 3


def test_links_come_from_the_settings_whatever_the_host_header(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    hosts = [
        {"Host": "evil.example"}, {"Host": "127.0.0.1:8000@evil.example"}, {"Host": "evil.example:8000"},
        {"Host": "localhost:8000", "X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"},
        {"X-Original-Host": "evil.example", "Forwarded": "host=evil.example"}, {"Host": ""},
    ]  # fmt: skip
    for number, headers in enumerate(hosts):
        browser = Browser(make.app, address=f"10.7.0.{number}")
        browser.get("/password/forgot")
        browser.post("/password/forgot", {"email": NADIA}, headers=headers)
    make.drain()
    letters = mailbox.to(NADIA)
    assert letters
    for letter in letters:
        assert "evil" not in letter.text + letter.html
        assert all(url.startswith(BASE) for url in re.findall(r"https?://[^\s\"<]+", letter.text + letter.html))


@pytest.mark.parametrize(
    "email", ["nadia@example.org\r\nBcc: x@y.example", "nadia@example.org\nX: y", "a@b\x00c.example", "", "@"]
)
def test_no_line_break_reaches_a_mail(make: Make, mailbox: Mailbox, email: str) -> None:
    assert forget(make.browser(), email) == 422
    make.drain()
    assert mailbox.sent == []


# -- a first password, for whom the operator made ----------------------------------------------------------------------


def test_a_first_password(make: Make, db: Database, mailbox: Mailbox) -> None:
    with db.write() as session:
        member = domain.create_member(
            session, name="teo.b", display_name="Teo Brambati", email="teo@example.org", role="admin", now=make.now
        )
        token = domain.issue(session, "welcome", now=make.now, member_id=member.id)[1]
    browser = make.browser()
    page = browser.get(f"/link/{token}")
    assert "Welcome, Teo Brambati." in page.text and "At least 12" in page.text
    assert choose(browser, f"/link/{token}", "Xq7!vb2#Lm") == 422
    answer = browser.post(f"/link/{token}", {"password": OTHER})
    assert answer.status_code == 303
    assert "Welcome, Teo Brambati." in browser.follow(answer).text
    assert signed_in(browser)
    assert make.browser().get(f"/link/{token}").status_code == 410
    make.drain()
    assert mailbox.sent == []  # they have just done it themselves
    with db.read() as session:
        row = session.get(Account, member.id)
        assert row and row.trusted and row.verified_at


# -- the first administrator -------------------------------------------------------------------------------------------

TEO = {"name": "admin", "display_name": "Teo Brambati", "email": "teo@example.org", "password": OTHER}


def setup_link(make: Make) -> str:
    with make.core.db.write() as session:
        return f"/setup/{domain.issue_setup(session, make.now)}"


def test_the_first_administrator(make: Make, db: Database) -> None:
    path = setup_link(make)
    browser = make.browser()
    assert browser.get(path).status_code == 200
    assert browser.post(path, {**TEO, "email": "teo"}).status_code == 422
    assert browser.post(path, {**TEO, "password": "Xq7!vb2#Lm"}).status_code == 422
    answer = browser.post(path, TEO)
    assert answer.status_code == 303
    assert "You run this place now." in browser.follow(answer).text
    with db.read() as session:
        assert session.scalars(select(Member.role)).one() == "admin"
        living = session.scalars(select(SignIn)).one()
        assert (living.expires_at - living.created_at).total_seconds() == 12 * 3600
    assert make.browser().get(path).status_code == 410
    assert setup_link(make) == "/setup/"  # there is one: no more links


def test_a_new_start_prints_a_new_link_and_the_old_one_is_void(make: Make) -> None:
    old, new = setup_link(make), setup_link(make)
    assert make.browser().get(old).status_code == 410
    assert make.browser().get(new).status_code == 200


def test_the_setup_page_is_void_once_there_is_an_administrator(make: Make, db: Database) -> None:
    path = setup_link(make)
    browser = make.browser()
    browser.get(path)
    make.member("teo", role="admin")  # by the command, meanwhile
    assert browser.post(path, TEO).status_code == 410
    with db.read() as session:
        assert scalar(session, select(func.count()).select_from(Member)) == 1


def test_of_two_first_administrators_one_is_made(make: Make, db: Database) -> None:
    path = setup_link(make)
    browsers = [make.browser() for _ in range(3)]
    for browser in browsers:
        browser.get(path)
    forms = [{**TEO, "name": f"admin{n}", "email": f"a{n}@example.org"} for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = pool.map(lambda pair: pair[0].post(path, pair[1]).status_code, zip(browsers, forms, strict=True))
        assert sorted(answers) == [303, 410, 410]
    with db.read() as session:
        assert scalar(session, select(func.count()).select_from(Member)) == 1
