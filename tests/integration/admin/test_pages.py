"""The administrator's pages: name and look, roles, outbox."""

from typing import Any

import pytest
from sqlalchemy import select, update

from forum.accounts.models import Account, SignIn
from forum.accounts.passwords import hash_password
from forum.db import Database
from forum.events import ROUTES, PasswordChanged, PostCreated, SignupStarted, record
from forum.members.models import Member
from forum.outbox import Outbox as Row
from forum.policy.actors import Actor
from tests.factories import Make
from tests.support.web import Browser

PASSWORD = "correct horse battery 9"


@pytest.fixture
def ada(make: Make, db: Database) -> Actor:
    """An administrator with a password."""
    actor = make.member("ada", role="admin")
    with db.write() as session:
        session.execute(update(Account).values(password_hash=hash_password(PASSWORD)))
    return actor


@pytest.fixture
def desk(make: Make, ada: Actor) -> Browser:
    """Her browser."""
    browser = make.browser(ada)
    browser.get("/manage")
    return browser


SITE = {
    "name": "Il Cortile",
    "tagline_en": "The yard",
    "tagline_it": "Il posto",
    "brand": "Ventarola",
    "brand_colour": "#AA3311",
}


def test_the_name_and_colour_are_everywhere_at_once(desk: Browser, client: Browser) -> None:
    assert "Ritrovo" in client.get("/").text
    assert "Saved." in desk.post("/admin/site", SITE, follow=True).text
    page = client.get("/").text
    assert "Il Cortile" in page and "The yard" in page and "/theme.css?v=%23aa3311" in page
    assert "--brand: #aa3311" in client.get("/theme.css?v=%23aa3311").text
    assert 'value="Ventarola"' in desk.get("/admin/site").text


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"name": "x" * 61}, {"tagline_it": "x" * 201}, {"brand_colour": "red"}, {"brand_colour": "#fff;}"}],
)
def test_a_wrong_site_is_422_and_nothing_changes(desk: Browser, client: Browser, change: dict[str, str]) -> None:
    answer = desk.post("/admin/site", {**SITE, **change})
    assert answer.status_code == 422 and "Ventarola" in answer.text
    assert "Il Cortile" not in client.get("/").text


@pytest.mark.parametrize(
    ("colour", "words"), [("#ffe600", "by day we show it darker"), ("#101010", "there we show it lighter")]
)
def test_an_extreme_colour_is_explained(desk: Browser, colour: str, words: str) -> None:
    assert words in desk.post("/admin/site", {**SITE, "brand_colour": colour}, follow=True).text


def test_a_role_is_given_with_the_password_and_ends_the_sessions(
    make: Make, desk: Browser, db: Database, clock: Any
) -> None:
    nadia = make.member("nadia")
    make.session(nadia)
    assert desk.get("/admin/roles?name=@Nadia", follow=True).status_code == 200
    path = f"/admin/roles/{nadia.id}"
    for password in ("", "wrong"):
        refused = desk.post(path, {"role": "moderator", "current_password": password})
        assert refused.status_code == 422 and make.get(Member, nadia.id).role == "member"
    hasty = desk.post(path, {"role": "moderator", "current_password": PASSWORD})
    assert hasty.status_code == 429 and int(hasty.headers["retry-after"]) > 0
    clock.forward(seconds=60)
    given = desk.post(path, {"role": "moderator", "current_password": PASSWORD}, follow=True)
    assert "Nadia has a new role: Moderator" in given.text
    assert make.get(Member, nadia.id).role == "moderator"
    with db.read() as session:
        assert session.scalars(select(SignIn).where(SignIn.member_id == nadia.id)).all() == []


def test_the_only_administrator_stays(make: Make, desk: Browser, ada: Actor) -> None:
    answer = desk.post(f"/admin/roles/{ada.id}", {"role": "member", "current_password": PASSWORD})
    assert answer.status_code == 409 and "only administrator" in answer.text
    assert make.get(Member, ada.id).role == "admin"


def test_a_role_that_is_none_and_a_member_who_is_not_there(make: Make, desk: Browser) -> None:
    nadia = make.member("nadia")
    wrong = desk.post(f"/admin/roles/{nadia.id}", {"role": "root", "current_password": PASSWORD})
    assert wrong.status_code == 422 and make.get(Member, nadia.id).role == "member"
    for which in (999, 2**63):
        assert desk.get(f"/admin/roles/{which}").status_code == 404
    assert "Nobody here is called" in desk.get("/admin/roles?name=nobody").text


def bury(db: Database, now: Any, event: Any, error: str = "SMTP: no route", **values: Any) -> int:
    with db.write() as session:
        record(session, event, now=now)
        row = session.scalars(select(Row).order_by(Row.id.desc())).first()
        assert row is not None
        row.dead_at, row.attempts, row.error = now, 12, error
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


def test_the_outbox_shows_what_failed_without_its_secrets(desk: Browser, db: Database, clock: Any) -> None:
    bury(db, clock(), SignupStarted(7, "s3cret-token"), error="<script>alert(1)</script>")
    page = desk.get("/admin/outbox").text
    assert "Mail: confirm a sign-up" in page and "signup_id 7" in page
    assert "s3cret" not in page and "<script>alert" not in page


def test_what_was_given_up_is_tried_again(desk: Browser, db: Database, make: Make, clock: Any) -> None:
    thread = make.thread(make.member())
    make.drain()
    row = bury(db, clock(), PostCreated(thread.id, thread.thread_id))
    desk.get("/admin/outbox")
    assert "tried again now" in desk.post(f"/admin/outbox/{row}/retry", follow=True).text
    assert make.get(Row, row).attempts == 0
    assert make.drain() == len(ROUTES[PostCreated]) and make.get(Row, row).done_at is not None
    again = desk.post(f"/admin/outbox/{row}/retry", follow=True)
    assert "happened meanwhile" in again.text


def test_what_is_discarded_does_not_happen_and_loses_its_secret(
    desk: Browser, db: Database, make: Make, clock: Any, mailbox: Any
) -> None:
    row = bury(db, clock(), SignupStarted(7, "s3cret-token"))
    desk.get("/admin/outbox")
    desk.post(f"/admin/outbox/{row}/discard")
    kept = make.get(Row, row)
    assert kept.done_at and not kept.dead_at and "discarded by @ada" in kept.error and "s3cret" not in kept.payload
    assert make.drain() == 0 and mailbox.sent == []


def test_all_are_tried_again_but_those_whose_link_is_gone(desk: Browser, db: Database, make: Make, clock: Any) -> None:
    hollow = bury(db, clock(), SignupStarted(7, "x"), payload="{}")
    whole = [bury(db, clock(), PasswordChanged(1)) for _ in range(3)]
    page = desk.get("/admin/outbox?view=dead").text
    assert "nothing left to send" in page
    assert "3 effects are tried again" in desk.post("/admin/outbox/retry", follow=True).text
    assert make.get(Row, hollow).dead_at and not any(make.get(Row, row).dead_at for row in whole)
    refused = desk.post(f"/admin/outbox/{hollow}/retry", follow=True)
    assert "nothing left to send" in refused.text and make.get(Row, hollow).dead_at


def test_what_the_worker_holds_is_left_alone(desk: Browser, db: Database, make: Make, clock: Any) -> None:
    from datetime import timedelta

    row = bury(db, clock(), PasswordChanged(1), dead_at=None, lease="x", leased_until=clock() + timedelta(minutes=1))
    desk.get("/admin/outbox?view=waiting")
    assert "busy with it" in desk.post(f"/admin/outbox/{row}/discard", follow=True).text
    assert make.get(Row, row).done_at is None


def test_a_long_outbox_has_pages_and_a_late_one_an_alarm(desk: Browser, db: Database, clock: Any) -> None:
    for _ in range(25):
        with db.write() as session:
            record(session, PasswordChanged(1), now=clock())
    clock.forward(minutes=10)
    page = desk.get("/admin/outbox").text
    assert "Nobody is working." in page and 'rel="next"' in page
    second = desk.get(page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")).text
    assert second.count('id="row-') == 5


@pytest.mark.parametrize("role", ["member", "moderator", "manager"])
def test_others_are_refused(make: Make, db: Database, clock: Any, role: str) -> None:
    actor = make.member(role=role)
    browser, row = make.browser(actor), bury(db, clock(), PasswordChanged(1))
    browser.get("/")
    for path in ("/admin", "/admin/site", "/admin/roles", f"/admin/roles/{actor.id}", "/admin/outbox"):
        assert browser.get(path).status_code == 403, path
    for path in ("site", f"roles/{actor.id}", "outbox/retry", f"outbox/{row}/retry", f"outbox/{row}/discard"):
        assert browser.post(f"/admin/{path}", {**SITE, "role": "admin"}).status_code == 403, path
    assert make.get(Member, actor.id).role == role and make.get(Row, row).dead_at


@pytest.mark.parametrize("language", ["en", "it"])
def test_every_page_is_there_in_both_languages(make: Make, ada: Actor, language: str) -> None:
    make.category("officina")
    browser = make.browser(ada, language=language)
    for path in (
        "/manage", "/manage/categories", "/manage/categories/new", "/manage/categories/1/edit",
        "/manage/categories/1/remove", "/admin/site", "/admin/roles", f"/admin/roles/{ada.id}", "/admin/outbox",
    ):  # fmt: skip
        page = browser.get(path)
        assert page.status_code == 200 and f'<html lang="{language}"' in page.text, path
