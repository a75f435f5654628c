"""Signing up, from the form to the first page as a member; and every way in which it is refused."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from httpx import Response
from sqlalchemy import func, select

from forum.accounts import passwords
from forum.accounts.models import Account, Attempt, Signup
from forum.db import Database
from forum.members.models import Member
from tests.conftest import Clock, Mailbox
from tests.factories import Make, scalar
from tests.integration.accounts.steps import (
    OTHER,
    PASSWORD,
    SIGNUP,
    Counting,
    link_in,
    sign_in,
    signed_in,
    statements,
    words,
)
from tests.support.web import Browser


def sign_up(browser: Browser, **fields: str) -> Response:
    browser.get("/signup")
    return browser.post("/signup", {**SIGNUP, **fields})


def fields(browser: Browser) -> dict[str, str]:
    """What the form of the link's page sends along unseen."""
    assert browser.last is not None
    form = browser.last.text.partition('action="/verify/')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(email|mark|next)" value="([^"]*)"', form))


def members(db: Database) -> int:
    with db.read() as session:
        return int(scalar(session, select(func.count()).select_from(Member)))


def test_from_the_form_to_the_first_page(make: Make, client: Browser, mailbox: Mailbox, db: Database) -> None:
    thread = make.thread(make.member("ezio")).url.partition("#")[0]
    form = client.get(f"/signup?next={thread}")
    assert f'name="next" value="{thread}"' in form.text
    answer = client.post("/signup", {**SIGNUP, "display_name": "Nadia Ferrusi", "next": thread})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signup/sent")
    sent = client.follow(answer)
    assert "nadia@posta.example" in sent.text
    assert members(db) == 1 and not signed_in(client)

    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    assert path.startswith("/verify/") and path.endswith(f"?next={thread}")
    page = client.get(path)
    assert page.status_code == 200 and members(db) == 1  # looking changes nothing
    assert f'name="next" value="{thread}"' in page.text
    answer = client.post(path.partition("?")[0], {"next": thread})
    assert (answer.status_code, answer.headers["location"]) == (303, thread)
    welcome = client.follow(answer)
    assert "Welcome, Nadia Ferrusi." in welcome.text
    assert signed_in(client)
    with db.read() as session:
        member = session.scalars(select(Member).where(Member.name_key == "nadia")).one()
        row = session.get(Account, member.id)
        assert member.role == "member" and member.locale == "en"
        assert row and row.verified_at and not row.trusted
        assert row.password_hash and row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert scalar(session, select(func.count()).select_from(Signup)) == 0
    assert sign_in(make.browser(), "nadia@posta.example").status_code == 303


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"name": ""}, "Choose a name"),
    ({"name": "x"}, "at least two"),
    ({"name": "n" * 31}, "at most 30"),
    ({"name": "nàdia"}, "without accents"),
    ({"name": "na..dia"}, "without accents"),
    ({"name": "nadia\r\nBcc: x@y.z"}, "without accents"),
    ({"name": "nadia/../x"}, "without accents"),
    ({"name": "Admin"}, "Nobody may be called that"),
    ({"name": "m0d3rat0r"}, "Nobody may be called that"),
    ({"name": "R.i.trovo"}, "Nobody may be called that"),
    ({"email": ""}, "does not look like"),
    ({"email": "nadia"}, "does not look like"),
    ({"email": "nadia@posta"}, "does not look like"),
    ({"email": "nadia@posta.example\r\nBcc: x@y.example"}, "does not look like"),
    ({"email": "a b@posta.example"}, "does not look like"),
    ({"email": "nadia@" + "a" * 250 + ".example"}, "does not look like"),
    ({"password": ""}, "Choose a password"),
    ({"password": "k7#fQ2!"}, "At least 8"),
    ({"password": "x" * 257}, "At most 256"),
    ({"password": "password123"}, "would be guessed"),
    ({"password": "nadia.nadia"}, "tried first"),
    ({"password": "ritrovo2026"}, "tried first"),
    ({"display_name": "www.spam.example"}, "not an address"),
    ({"display_name": "···"}, "at least one letter"),
    ({"display_name": "x" * 61}, "At most 60"),
]


def test_a_refused_field_says_what_to_do(client: Browser, db: Database) -> None:
    for fields, said in REFUSED:
        answer = sign_up(client, **fields)
        assert answer.status_code == 422, fields
        assert said in answer.text and "<title>Error: " in answer.text, fields
        assert PASSWORD not in answer.text  # a password is never given back
        assert "email" in fields or 'value="nadia@posta.example"' in answer.text  # the rest stays
    with db.read() as session:
        assert scalar(session, select(func.count()).select_from(Signup)) == 0


def test_all_that_is_wrong_is_said_at_once(client: Browser) -> None:
    answer = sign_up(client, name="x", email="x", password="x")
    assert "3 things to mend" in answer.text


def test_a_taken_name_comes_with_free_ones(make: Make) -> None:
    make.member("nadia")
    make.member("nadia.f")
    answer = sign_up(make.browser(language="en"), name="Nadia", display_name="Nadia Ferrusi")
    assert answer.status_code == 422
    assert "“Nadia” is already taken. Free: nadia_ferrusi, nadia.ferrusi" in answer.text


def test_a_taken_name_is_said_beside_other_mistakes(make: Make) -> None:
    make.member("nadia")
    answer = sign_up(make.browser(), email="x", password="short")
    assert "3 things to mend" in answer.text and "Free: " in answer.text
    browser = make.browser()
    sign_up(browser, name="mirta")
    assert "already taken" not in sign_up(browser, name="mirta", password="short").text  # their own


def test_a_waiting_sign_up_holds_the_name_for_three_days(make: Make, clock: Clock, mailbox: Mailbox) -> None:
    assert sign_up(make.browser()).status_code == 303
    assert sign_up(make.browser(), email="other@posta.example").status_code == 422
    clock.forward(days=3, seconds=1)
    assert sign_up(make.browser(), email="other@posta.example").status_code == 303
    make.drain()
    assert make.browser().get(link_in(mailbox, "other@posta.example")).status_code == 200


def test_the_same_person_may_sign_up_again_and_the_newest_link_counts(make: Make, mailbox: Mailbox) -> None:
    sign_up(make.browser())
    make.drain()
    first = link_in(mailbox, "nadia@posta.example")
    assert sign_up(make.browser(), password=OTHER).status_code == 303
    make.drain()
    second = link_in(mailbox, "nadia@posta.example")
    assert first != second
    assert make.browser().get(first).status_code == 410
    browser = make.browser()
    browser.get(second)
    assert browser.post(second).status_code == 303
    assert sign_in(make.browser(), "nadia", OTHER).status_code == 303


def test_a_link_works_once(make: Make, client: Browser, mailbox: Mailbox, db: Database) -> None:
    sign_up(client)
    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    stranger = make.browser()
    stranger.get(path)
    client.get(path)
    assert client.post(path).status_code == 303
    assert stranger.post(path).status_code == 410  # without what the page had to send
    assert stranger.get(path).status_code == 410
    assert client.post(path).headers["location"] == "/"  # a double click by the member: already in
    assert members(db) == 1


def test_of_two_that_confirm_at_once_one_becomes_the_member(make: Make, mailbox: Mailbox, db: Database) -> None:
    sign_up(make.browser())
    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    browsers = [make.browser() for _ in range(4)]
    for browser in browsers:
        browser.get(path)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(path, fields(one)), browsers))
    inside, *others = sorted(zip(answers, browsers, strict=True), key=lambda pair: pair[0].headers.get("location", ""))
    assert (inside[0].status_code, inside[0].headers["location"]) == (303, "/")
    for answer, browser in others:  # the account is ready: the way in, and a kind sentence
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert "Your address is confirmed and your account is ready." in browser.follow(answer).text
    assert members(db) == 1


@pytest.mark.parametrize("changed", [{"email": "owner@example.org"}, {"mark": "0" * 32}, {"mark": ""}, {"email": ""}])
def test_a_spent_link_tells_nothing_to_who_made_its_form_up(
    make: Make, client: Browser, mailbox: Mailbox, changed: dict[str, str]
) -> None:
    make.member("owner")
    sign_up(client)
    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    stranger = make.browser()
    stranger.get(path)
    client.get(path)
    assert client.post(path).status_code == 303
    assert stranger.post(path, {**fields(stranger), **changed}).status_code == 410


def test_a_second_window_leads_where_the_first_one_led(make: Make, client: Browser, mailbox: Mailbox) -> None:
    thread = make.thread(make.member("ezio")).url.partition("#")[0]
    sign_up(client, next=thread)
    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    second = make.browser()
    for browser in (client, second):
        browser.get(path)
    bare = path.partition("?")[0]
    assert client.post(bare, fields(client)).headers["location"] == thread
    answer = second.post(bare, fields(second))
    assert f'name="next" value="{thread}"' in second.follow(answer).text


def test_a_page_left_open_until_its_link_expired(make: Make, client: Browser, mailbox: Mailbox, clock: Clock) -> None:
    sign_up(client)
    make.drain()
    path = link_in(mailbox, "nadia@posta.example")
    client.get(path)
    clock.forward(days=3, seconds=1)
    assert client.post(path, fields(client)).status_code == 410


def test_an_old_link_is_gone(make: Make, client: Browser, mailbox: Mailbox, clock: Clock) -> None:
    sign_up(client)
    make.drain()
    clock.forward(days=3, seconds=1)
    path = link_in(mailbox, "nadia@posta.example")
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410
    assert 'href="/signup"' in client.last.text  # type: ignore[union-attr]


def test_when_the_name_went_to_somebody_else_meanwhile(
    make: Make, client: Browser, mailbox: Mailbox, db: Database
) -> None:
    sign_up(client)
    make.drain()
    make.member("nadia")  # an import does not look at sign-ups
    path = link_in(mailbox, "nadia@posta.example")
    client.get(path)
    answer = client.post(path)
    assert answer.status_code == 410 and "taken by now" in answer.text
    assert members(db) == 1


# -- nobody learns from outside who has an account ---------------------------------------------------------------------


def test_a_known_address_answers_like_a_new_one(make: Make, mailbox: Mailbox, db: Database) -> None:
    make.member("owner")  # owner@example.org
    known, free = make.browser(), make.browser()
    one = sign_up(known, name="nadia", email="Owner@example.org")
    two = sign_up(free, name="mirta", email="freee@example.org")
    assert (one.status_code, one.headers["location"]) == (two.status_code, two.headers["location"])
    seen = words(known.follow(one)).replace("Owner@", "x@")
    assert seen == words(free.follow(two)).replace("freee@", "x@")
    # the name is held in both cases, so a second try answers alike too
    for name in ("nadia", "mirta"):
        assert sign_up(make.browser(), name=name, email="third@example.org").status_code == 422
    make.drain()
    letter = mailbox.to("owner@example.org")[0]
    assert "already have an account" in letter.subject and "/verify/" not in letter.text
    assert "owner" in letter.text and "nadia" not in letter.text
    assert members(db) == 1


def test_a_known_address_costs_the_same_work(make: Make, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    make.member("owner")
    work = []
    for name, email in (("nadia", "owner@example.org"), ("mirta", "other@example.org")):
        browser = make.browser()
        browser.get("/signup")
        counting.hashed = 0
        with statements(db) as seen:
            browser.post("/signup", {**SIGNUP, "name": name, "email": email})
        work.append((counting.hashed, [line for line in seen if "sessions" not in line]))
    assert work[0][0] == work[1][0] == 1
    assert work[0][1] == work[1][1]


def test_a_known_address_takes_the_same_time(make: Make) -> None:
    make.member("owner")

    def seconds(number: int, email: str) -> float:
        browser = Browser(make.app, address=f"10.0.{number}.1")
        browser.get("/signup")
        begun = time.perf_counter()
        browser.post("/signup", {**SIGNUP, "name": f"somebody{number}", "email": email})
        return time.perf_counter() - begun

    seconds(0, "warm@example.org")
    pairs = [(seconds(2 * n + 1, "owner@example.org"), seconds(2 * n + 2, f"free{n}@example.org")) for n in range(6)]
    known, free = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    assert 0.5 < known / free < 2  # generous: the counts above are the exact test


# -- limits ------------------------------------------------------------------------------------------------------------


def test_nobody_is_bombed_with_mail(make: Make, mailbox: Mailbox, clock: Clock) -> None:
    for number in range(6):
        answer = sign_up(Browser(make.app, address=f"10.0.0.{number}"), name=f"nadia{number}")
        assert answer.status_code == 303  # whoever asks is not told
    make.drain()
    assert len(mailbox.to("nadia@posta.example")) == 3
    clock.forward(hours=1, seconds=1)
    sign_up(make.browser(), name="again")
    make.drain()
    assert len(mailbox.to("nadia@posta.example")) == 4


def test_one_network_address_cannot_ask_for_ever(make: Make, client: Browser, db: Database, clock: Clock) -> None:
    from forum.accounts.domain.attempts import Watch, note

    key = Watch(make.core.secret, "10.9.9.9")
    with db.write() as session:
        note(session, (key.key("ask", key.network),) * 30, clock.now)
    answer = sign_up(Browser(make.app, address="10.9.9.9"))
    assert answer.status_code == 429 and answer.headers["retry-after"] == "3600"
    assert 'value="nadia"' in answer.text
    assert sign_up(client).status_code == 303
    with db.read() as session:
        keys = set(session.scalars(select(Attempt.key)))
    assert not any("10.9" in key or "nadia" in key for key in keys)  # keyed hashes only


# -- where the mail is ---------------------------------------------------------------------------------------------


def test_a_trial_site_says_where_the_mail_lies(client: Browser, make: Make) -> None:
    assert str(make.core.settings.data_dir / "mail") in client.follow(sign_up(client)).text


def test_members_are_led_past_the_form(make: Make) -> None:
    browser = make.browser(make.member("ezio"))
    assert browser.get("/signup?next=/latest").headers["location"] == "/latest"


def test_the_form_is_refused_without_its_token(client: Browser, db: Database) -> None:
    client.get("/signup")
    assert client.post("/signup", SIGNUP, token="").status_code == 403
    assert client.post("/signup", SIGNUP, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/signup", SIGNUP, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    with db.read() as session:
        assert scalar(session, select(func.count()).select_from(Signup)) == 0
