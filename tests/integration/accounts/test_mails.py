"""The mails of accounts: in the recipient's language, nothing secret left behind, no mischief by names."""

import re
from typing import Any

import pytest
import structlog
from sqlalchemy import select, update

from forum.accounts import domain, jobs
from forum.accounts.domain.upkeep import purge
from forum.accounts.models import Attempt, OneTimeLink, SignIn, Signup
from forum.categories.models import Site
from forum.db import Database
from forum.events import EmailChanged, LinkIssued, PasswordChanged, record
from forum.kit.mail import build
from forum.outbox import Outbox
from tests.conftest import Clock, Mailbox
from tests.factories import Make
from tests.integration.accounts.steps import PASSWORD, SIGNUP, account, link_in, sign_in
from tests.support.web import BASE

LETTERS = [
    "signup", "signup_known", "reset", "address_unknown", "welcome", "email_confirm", "email_taken",
    "email_change_asked", "email_changed", "password_changed",
]  # fmt: skip


def every_mail(make: Make, locale: str) -> None:
    """Cause one of each."""
    browser = make.browser(language=locale)
    nadia = account(make, "nadia", locale=locale)
    account(make, "ezio", locale=locale)
    browser.get("/signup")
    browser.post("/signup", {**SIGNUP, "name": "newcomer", "email": "newcomer@example.org"})
    browser.post("/signup", {**SIGNUP, "name": "another", "email": "ezio@example.org"})
    browser.get("/password/forgot")
    browser.post("/password/forgot", {"email": "nadia@example.org"})
    browser.post("/password/forgot", {"email": "nobody@example.org"})
    sign_in(browser, "nadia")
    for email in ("nadia@nuova.example", "ezio@example.org"):
        browser.get("/settings/account")
        browser.post("/settings/account/email", {"email": email, "current_password": PASSWORD})
    with make.core.db.write() as session:
        link_id, token = domain.issue(session, "welcome", now=make.now, member_id=nadia.id)
        record(session, LinkIssued(link_id, token), now=make.now)
        record(session, PasswordChanged(nadia.id), now=make.now)
        record(session, EmailChanged(nadia.id, "nadia@vecchia.example"), now=make.now)
    make.drain()


@pytest.mark.parametrize("locale", ["en", "it"])
def test_each_letter_is_whole(make: Make, mailbox: Mailbox, locale: str) -> None:
    every_mail(make, locale)
    seen = {mail.message_id.split("-")[1] for mail in mailbox.sent}
    assert seen == set(LETTERS)
    for mail in mailbox.sent:
        message = build(mail, sender="forum@example.org", sender_name="Ritrovo", domain="example.org", now=make.now)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain and html
        assert mail.subject and "\n" not in mail.subject and "%(" not in mail.subject + mail.text + mail.html
        assert f'<html lang="{locale}"' in mail.html and "<style" in mail.html and 'style="' in mail.html
        assert "&" not in mail.text and "<" not in mail.text  # no HTML in the plain half
        assert "{{" not in mail.text + mail.html
        links = re.findall(r"https?://[^\s\"<>]+", mail.text + mail.html)
        assert links and all(link.startswith(BASE) for link in links)
        assert re.findall(r'href="(?!http)', mail.html) == []


def test_the_site_and_its_colour_are_in_the_letter(make: Make, mailbox: Mailbox, db: Database) -> None:
    with db.write() as session:
        session.add(Site(id=1, name="Il Cortile", tagline_it="Chi pedala", brand_colour="#ffee00"))
    account(make, "nadia", locale="it")
    make.browser().post("/password/forgot", {"email": "nadia@example.org"})
    make.drain()
    (mail,) = mailbox.sent
    assert mail.sender_name == "Il Cortile"
    assert "Il Cortile" in mail.subject and "Il Cortile" in mail.html and "Chi pedala" in mail.html
    assert "#7a7200" in mail.html  # the yellow, dark enough for small text on white


def test_names_make_no_links_and_no_lines(make: Make, mailbox: Mailbox, db: Database) -> None:
    with db.write() as session:
        session.add(Site(id=1, name="http://evil.example\r\nBcc: x@y.example"[:60]))
    account(make, "pay.example")
    make.browser().post("/password/forgot", {"email": "pay.example@example.org"})
    make.drain()
    (mail,) = mailbox.sent
    assert "pay .example" in mail.text and "pay.example" not in mail.text.replace(mail.to, "")
    assert "http://evil" not in mail.text and "\r" not in mail.subject
    message = build(mail, sender="forum@example.org", sender_name="x", domain="example.org", now=make.now)
    assert message["Bcc"] is None and message["To"] == "pay.example@example.org"


def test_nothing_secret_stays_in_the_outbox_or_the_log(make: Make, mailbox: Mailbox, db: Database) -> None:
    with structlog.testing.capture_logs() as logged:
        make.core.worker.settings = _in_production(make)  # type: ignore[union-attr]
        every_mail(make, "en")
    secrets = {token for mail in mailbox.sent for token in re.findall(r"[A-Za-z0-9_-]{43}", mail.text)}
    assert len(secrets) == 4  # sign-up, reset, welcome, new address
    with db.read() as session:
        rows = session.execute(select(Outbox.payload, Outbox.done_at, Outbox.error)).all()
        digests = set(session.scalars(select(OneTimeLink.token_hash))) | set(session.scalars(select(Signup.token_hash)))
    kept = " ".join(f"{payload} {error}" for payload, _, error in rows) + repr(logged) + " ".join(filter(None, digests))
    assert all(done for _, done, _ in rows)
    for secret in (*secrets, PASSWORD, "example.org"):
        assert secret not in kept


def _in_production(make: Make) -> Any:
    from dataclasses import replace

    return replace(make.core.settings, smtp_url="smtp://mail.example:25")


def test_a_trial_site_logs_the_link_and_no_other_does(make: Make, mailbox: Mailbox) -> None:
    account(make, "nadia")
    with structlog.testing.capture_logs() as logged:
        make.browser().post("/password/forgot", {"email": "nadia@example.org"})
        make.drain()
    assert [line["link"] for line in logged if "link" in line] == [BASE + link_in(mailbox, "nadia@example.org")]
    assert not any("/password/reset/" in str(line) for line in logged if "link" not in line)


def test_a_mail_that_fails_is_sent_later_and_its_secret_waits(
    make: Make, mailbox: Mailbox, db: Database, clock: Clock
) -> None:
    account(make, "nadia")
    mailbox.fail = OSError("the server is down")
    make.browser().post("/password/forgot", {"email": "nadia@example.org"})
    make.drain()
    with db.read() as session:
        assert "token" in session.scalars(select(Outbox.payload)).one()
    mailbox.fail = None
    clock.forward(minutes=1)
    make.drain()
    assert link_in(mailbox, "nadia@example.org")
    with db.read() as session:
        assert session.scalars(select(Outbox.payload)).one() == "{}"


def test_a_second_run_of_a_job_sends_the_very_same_mail(make: Make, mailbox: Mailbox, db: Database) -> None:
    from forum.worker import Task

    account(make, "nadia")
    make.browser().post("/password/forgot", {"email": "nadia@example.org"})
    with db.read() as session:
        row = session.scalars(select(Outbox)).one()
        link = session.scalars(select(OneTimeLink.id)).one()
    worker = make.core.worker
    assert worker
    task = Task(row.id, db, make.core.settings, mailbox, make.core.clock, worker.templates)
    for _ in range(2):
        jobs.mail_link(task, LinkIssued(link, "x" * 43))
    assert mailbox.sent[0] == mailbox.sent[1]


def test_what_is_over_is_thrown_away(make: Make, db: Database, clock: Clock) -> None:
    nadia = account(make, "nadia")
    make.session(nadia)
    browser = make.browser()
    browser.get("/signup")
    browser.post("/signup", {**SIGNUP, "name": "newcomer"})
    browser.post("/password/forgot", {"email": "nadia@example.org"})
    sign_in(browser, "nadia", "wrong one entirely")
    with db.write() as session:
        assert purge(session, clock.now) == {"signups": 0, "sessions": 0, "links": 0, "attempts": 0}
        session.execute(update(Outbox).values(dead_at=clock.now))
    clock.forward(days=31)
    with db.write() as session:
        gone = purge(session, clock.now)
    assert gone["signups"] == gone["sessions"] == gone["links"] == 1 and gone["attempts"] >= 5
    with db.read() as session:
        for table in (Signup, SignIn, OneTimeLink, Attempt):
            assert session.scalars(select(table)).all() == []
        assert set(session.scalars(select(Outbox.payload))) == {"{}"}
