"""Signing in and out: sessions, counters, and what a thief of cookies or a guesser of passwords meets."""

import time
from datetime import timedelta
from statistics import median

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from forum.accounts import passwords
from forum.accounts.models import Account, Attempt, SignIn
from forum.db import Database
from forum.kit import tokens
from tests.conftest import Clock
from tests.factories import Make, scalar
from tests.integration.accounts.steps import PASSWORD, Counting, account, sign_in, signed_in, statements, words
from tests.support.web import Browser


def session_cookie(browser: Browser) -> str:
    return browser.http.cookies.get("forum-session") or ""


def test_by_name_or_address_whatever_the_case(make: Make) -> None:
    account(make, "Nadia.F")
    for login in ("nadia.f", "NADIA.F", " @nadia.f ", "nadia.f@example.org", "Nadia.F@Example.ORG"):
        browser = make.browser()
        answer = sign_in(browser, login)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), login
        assert signed_in(browser)


def test_a_password_is_taken_exactly(make: Make, clock: Clock) -> None:
    exact = "Sessantaquattro lettere e più, perché nessuna si tronchi: àèìòù 🚲 fine"
    account(make, "nadia", exact)
    assert len(exact) > 64
    for wrong in (exact[:64], exact + " ", exact.lower(), "x" * 300):
        clock.forward(minutes=2)
        assert sign_in(make.browser(), "nadia", wrong).status_code == 422
    clock.forward(minutes=2)
    assert sign_in(make.browser(), "nadia", exact).status_code == 303


def test_wrong_unknown_and_without_password_answer_alike(make: Make) -> None:
    account(make, "nadia")
    make.member("invited")  # an account whose link was never used
    make.member("imported", email=False)  # no account at all
    seen = set()
    for login in ("nadia", "invited", "imported", "nobody", "nobody@example.org"):
        answer = sign_in(Browser(make.app, address=f"10.1.1.{len(seen)}"), login, "wrong one entirely")
        assert answer.status_code == 422
        seen.add(words(answer).replace(f'value="{login}"', 'value="x"'))
    assert len(seen) == 1
    assert "do not belong together" in seen.pop()


def test_an_unknown_name_costs_the_same_work(make: Make, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    account(make, "nadia")
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    work = []
    for login in ("nadia", "nobody", "nadia@example.org", "nobody@example.org"):
        browser = make.browser()
        browser.get("/login")
        counting.verified = 0
        with statements(db) as seen:
            browser.post("/login", {"login": login, "password": "wrong one entirely"})
        work.append((counting.verified, list(seen)))
    assert [count for count, _ in work] == [1, 1, 1, 1]
    assert work[0][1] == work[1][1] and work[2][1] == work[3][1]


def test_an_unknown_name_takes_the_same_time(make: Make) -> None:
    for number in range(5):
        account(make, f"known{number}")

    def seconds(login: str, number: int) -> float:
        browser = Browser(make.app, address=f"10.2.{number}.1")
        browser.get("/login")
        begun = time.perf_counter()
        browser.post("/login", {"login": login, "password": "wrong one entirely"})
        return time.perf_counter() - begun

    seconds("warm", 0)
    pairs = [(seconds(f"known{n}", n + 1), seconds(f"nobody{n}", n + 100)) for n in range(5)]
    known, unknown = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    assert 0.4 < known / unknown < 2.5  # generous: the counts above are the exact test


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_planted_cookie_is_not_adopted(make: Make, db: Database) -> None:
    account(make, "nadia")
    browser, planted = make.browser(), tokens.new_token()
    browser.http.cookies.set("forum-session", planted, domain="127.0.0.1")
    assert sign_in(browser, "nadia").status_code == 303
    assert session_cookie(browser) not in {planted, ""}
    thief = make.browser()
    thief.http.cookies.set("forum-session", planted, domain="127.0.0.1")
    assert not signed_in(thief)
    with db.read() as session:
        assert (
            scalar(session, select(func.count()).select_from(SignIn).where(SignIn.token_hash == tokens.digest(planted)))
            == 0
        )


def test_each_sign_in_makes_a_new_token_and_ends_the_old_one(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    browser = make.browser()
    sign_in(browser, "nadia")
    first = session_cookie(browser)
    browser.token = ""  # as if the form had been open in another tab
    page = browser.get("/")
    assert page.status_code == 200
    browser.post("/login", {"login": "nadia", "password": PASSWORD})
    assert session_cookie(browser) != first
    thief = make.browser()
    thief.http.cookies.set("forum-session", first, domain="127.0.0.1")
    assert not signed_in(thief)
    assert signed_in(browser)


def test_tokens_are_long_hashed_and_hidden_from_scripts(make: Make, db: Database) -> None:
    account(make, "nadia")
    browser = make.browser()
    answer = sign_in(browser, "nadia")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("forum-session="))
    token = session_cookie(browser)
    assert len(token) >= 43
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    with db.read() as session:
        row = session.scalars(select(SignIn)).one()
        assert row.token_hash == tokens.digest(token) != token


@pytest.mark.parametrize(("role", "absolute"), [("member", timedelta(days=60)), ("moderator", timedelta(hours=12))])
def test_sessions_end(make: Make, clock: Clock, role: str, absolute: timedelta) -> None:
    account(make, "nadia", role=role)
    browser = make.browser()
    sign_in(browser, "nadia")
    begun = clock.now
    step = min(absolute / 6, timedelta(days=10))
    while clock.now + step < begun + absolute:  # used all the time
        clock.forward(seconds=step.total_seconds())
        assert signed_in(browser)
        with make.core.db.write() as session:  # what the answer writes a little later
            session.execute(update(SignIn).values(seen_at=clock.now))
    clock.now = begun + absolute
    assert not signed_in(browser)


def test_idle_sessions_end_after_fourteen_days(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    browser = make.browser()
    sign_in(browser, "nadia")
    clock.forward(days=14)
    assert not signed_in(browser)


def test_a_browser_whose_session_is_over_gets_a_form_that_works(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    browser = make.browser()
    sign_in(browser, "nadia")
    browser.http.cookies.delete("forum-seed")
    clock.forward(days=61)
    assert sign_in(browser, "nadia").status_code == 303
    assert signed_in(browser)


def test_signing_out_ends_the_session_on_the_server(make: Make) -> None:
    account(make, "nadia")
    browser = make.browser()
    sign_in(browser, "nadia")
    kept = session_cookie(browser)
    assert browser.get("/logout").status_code == 200 and signed_in(browser)  # a GET changes nothing
    answer = browser.post("/logout")
    assert answer.status_code == 303 and not session_cookie(browser)
    assert "You have signed out." in browser.follow(answer).text
    thief = make.browser()
    thief.http.cookies.set("forum-session", kept, domain="127.0.0.1")
    assert not signed_in(thief)


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_forms_are_refused_without_their_token(make: Make, path: str) -> None:
    account(make, "nadia")
    browser = make.browser()
    sign_in(browser, "nadia") if path == "/logout" else browser.get("/login")
    form = {"login": "nadia", "password": PASSWORD}
    before = session_cookie(browser)
    assert browser.post(path, form, token="").status_code == 403
    assert browser.post(path, form, token="0" * 32).status_code == 403
    assert browser.post(path, form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert browser.post(path, form, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert session_cookie(browser) == before


def test_next_leads_to_this_site_only(make: Make) -> None:
    account(make, "nadia")
    for path, goes in (
        ("/t/1/x?page=2", "/t/1/x?page=2"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ):
        assert sign_in(make.browser(), "nadia", next=path).headers["location"] == goes


def test_a_hash_with_older_parameters_is_made_anew(make: Make, db: Database) -> None:
    actor = make.member("nadia")
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with db.write() as session:
        session.execute(update(Account).where(Account.member_id == actor.id).values(password_hash=old))
    assert sign_in(make.browser(), "nadia").status_code == 303
    fresh = make.get(Account, actor.id).password_hash
    assert fresh != old and "m=19456,t=2,p=1" in fresh
    assert sign_in(make.browser(), "nadia").status_code == 303
    assert make.get(Account, actor.id).password_hash == fresh


# -- counters ----------------------------------------------------------------------------------------------------------


def test_waiting_grows_and_the_page_keeps_the_name(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    browser = make.browser()
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        assert sign_in(browser, "nadia", "wrong one entirely").status_code == 422
        answer = sign_in(browser, "nadia")  # the right password, too soon
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == str(wait)
        assert f"Wait {wait} second" in answer.text and 'value="nadia"' in answer.text
        clock.forward(seconds=wait)
    assert sign_in(browser, "nadia").status_code == 303  # patience is enough: nothing is locked
    assert sign_in(make.browser(), "nadia", "wrong one entirely").status_code == 422
    assert sign_in(browser, "nadia").status_code == 303


def test_waiting_says_nothing_about_accounts(make: Make) -> None:
    account(make, "nadia")
    answers = []
    for login in ("nadia", "nobody"):
        browser = Browser(make.app, address=f"10.3.3.{len(answers)}")
        sign_in(browser, login, "wrong one entirely")
        answers.append(words(sign_in(browser, login, "wrong one entirely")).replace(login, "x"))
    assert answers[0] == answers[1]
    # and not which address belongs to which name
    assert sign_in(Browser(make.app, address="10.3.3.9"), "nadia@example.org").status_code == 303


def test_stuffing_one_account_stalls_but_its_owner_comes_in(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    home = make.browser()
    sign_in(home, "nadia")
    home.post("/logout")
    tried, ends = 0, clock.now + timedelta(minutes=15)
    while clock.now < ends:
        thief = Browser(make.app, address=f"10.{tried % 250}.0.1")  # another address each time
        tried += sign_in(thief, "nadia", f"guess number {tried}").status_code == 422
        clock.forward(seconds=5)
    assert tried <= 22
    assert sign_in(home, "nadia").status_code == 303  # known here: the attack is not this browser's affair
    stranger = make.browser()
    assert sign_in(stranger, "nadia").status_code == 429
    clock.forward(seconds=60)
    assert sign_in(stranger, "nadia").status_code == 303


def test_stuffing_many_accounts_from_one_address_stalls(make: Make, clock: Clock) -> None:
    account(make, "nadia")
    thief = Browser(make.app, address="2001:db8::1")
    answers = [sign_in(thief, f"victim{number}", "guess") for number in range(20)]
    assert [answer.status_code for answer in answers].count(
        422
    ) == 11  # ten for a household's typos, and the first above
    neighbour = Browser(make.app, address="2001:db8::ffff:2")  # the same /64
    assert sign_in(neighbour, "victim99", "guess").status_code == 429
    assert sign_in(Browser(make.app, address="2001:db8:0:1::1"), "nadia").status_code == 303


def test_stuffing_from_everywhere_slows_strangers_down(make: Make, db: Database, clock: Clock) -> None:
    account(make, "nadia")
    home = make.browser()
    sign_in(home, "nadia")
    home.post("/logout")
    with db.write() as session:
        session.add_all([Attempt(key="login:all", at=clock.now) for _ in range(120)])
    assert sign_in(make.browser(), "nadia").status_code == 429
    assert sign_in(home, "nadia").status_code == 303
    clock.forward(seconds=60)
    assert sign_in(make.browser(), "nadia").status_code == 303


def test_the_mark_of_a_known_browser_cannot_be_made_up(make: Make, clock: Clock) -> None:
    nadia, other = account(make, "nadia"), account(make, "other")
    browser = make.browser()
    sign_in(browser, "other")
    mark = browser.http.cookies.get("forum-device") or ""
    assert f".{other.id}." in mark
    sign_in(Browser(make.app, address="10.4.4.4"), "nadia", "wrong one entirely")
    for forged in (mark, mark.replace(f".{other.id}.", f".{nadia.id}."), f"x.{nadia.id}.", "", "..", "x" * 5000):
        thief = make.browser()
        thief.http.cookies.set("forum-device", forged, domain="127.0.0.1")
        assert sign_in(thief, "nadia").status_code == 429, forged


def test_a_burst_of_guesses_is_no_wider_than_the_slots(make: Make, db: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor

    account(make, "nadia")
    browsers = [Browser(make.app, address=f"10.5.5.{number}") for number in range(16)]
    for browser in browsers:
        browser.get("/login")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: one.post("/login", {"login": "nadia", "password": "wrong one"}), browsers))
    checked = [answer.status_code for answer in answers].count(422)
    assert 1 <= checked <= 4
    with db.read() as session:
        assert (
            scalar(session, select(func.count()).select_from(Attempt).where(Attempt.key.like("login:%"))) == 2 * checked
        )
