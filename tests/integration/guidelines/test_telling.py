"""Members hear of new rules: by notice, by mail, by a band on every page; and what that costs."""

import pytest
from sqlalchemy import event, select

from forum.events import GuidelinesAnnounced
from forum.guidelines import jobs
from forum.notifications.domain import choose
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.worker import Task
from tests.support.guidelines import FORTNIGHT, Rules

BAND = 'class="band"'


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager")


@pytest.fixture
def rules(make, boss):
    return Rules(make, boss)


@pytest.fixture
def anna(make):
    return make.member("anna")


def statements(core, call):
    """How many were run, and which."""
    seen = []

    def see(_conn, _cursor, statement, *_):
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            seen.append(statement)

    event.listen(core.db.engine, "before_cursor_execute", see)
    try:
        call()
    finally:
        event.remove(core.db.engine, "before_cursor_execute", see)
    return seen


def notices(make):
    with make.core.db.read() as session:
        return session.execute(select(Notice.member_id, Notice.kind, Notice.subject, Notice.listed, Notice.mail)).all()


def test_every_member_hears_once_in_their_language(make, rules, anna, boss, clock, mailbox):
    bruno = make.member("bruno", locale="it")
    make.member("imported", email=False)
    rules.publish(effective_at=clock() + FORTNIGHT, title="Be kind")
    make.drain()
    assert sorted(row.member_id for row in notices(make)) == sorted([anna.id, bruno.id]), "all but who announced it"
    [mail] = mailbox.to("anna@example.org")
    assert mail.subject == "New guidelines apply from Saturday 5 December"
    assert "Kindness: Be kind." in mail.text and "http://127.0.0.1:8000/guidelines/2/changes" in mail.text
    assert "http://127.0.0.1:8000/guidelines/2" in mail.html and "List-Unsubscribe" in mail.headers
    [mail] = mailbox.to("bruno@example.org")
    assert "sabato 5 dicembre" in mail.subject and "Gentilezza: Be kind." in mail.text
    core = make.core
    task = Task(1, core.db, core.settings, mailbox, clock, core.worker.templates)
    jobs.announce(task, GuidelinesAnnounced(2))
    make.drain()
    assert len(notices(make)) == 2 and len(mailbox.sent) == 2


def test_batches_go_on_where_the_last_one_ended(make, rules, clock, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 3)
    members = {make.member(f"m{n}").id for n in range(8)}
    rules.publish(effective_at=clock() + FORTNIGHT)
    make.drain()
    assert {row.member_id for row in notices(make)} == members
    with make.core.db.read() as session:
        rows = session.scalars(select(Outbox).where(Outbox.event == "GuidelinesAnnounced")).all()
    assert len(rows) == 4 and all(row.done_at for row in rows)


def test_the_switches_are_kept_to(make, rules, anna, clock, mailbox, db):
    with db.write() as session:
        choose(session, actor=anna, site=["guidelines"], mail=[])
    assert "New guidelines are announced" in make.browser(anna).get("/settings/notices").text
    rules.publish(effective_at=clock() + FORTNIGHT)
    make.drain()
    assert mailbox.to("anna@example.org") == []
    page = make.browser(anna, language="en").get("/notifications")
    assert "New guidelines apply from Saturday 5 December" in page.text and "Kindness: Be kind." in page.text
    italian = make.browser(anna, language="it").get("/notifications")
    assert "sabato 5 dicembre" in italian.text and "Gentilezza: Be kind." in italian.text


def test_a_withdrawal_takes_notices_and_waiting_mails_back(make, rules, anna, clock, mailbox):
    rules.publish(effective_at=clock() + FORTNIGHT)
    with make.core.db.read() as session:
        number = session.scalars(select(Outbox.id).where(Outbox.event == "GuidelinesAnnounced")).one()
    assert number
    core = make.core
    task = Task(1, core.db, core.settings, mailbox, clock, core.worker.templates)
    jobs.announce(task, GuidelinesAnnounced(2))  # the notices are made, the mails have not left
    assert notices(make) and mailbox.sent == []
    rules.withdraw(2)
    make.drain()
    assert mailbox.sent == [] and not any(row.listed for row in notices(make))
    assert BAND not in make.browser(anna).get("/").text
    jobs.announce(task, GuidelinesAnnounced(2))
    assert not any(row.listed for row in notices(make)), "a late run tells nobody of what was withdrawn"


def test_the_band_asks_once(make, rules, anna, clock):
    browser = make.browser(anna)
    assert BAND not in browser.get("/").text
    rules.publish(effective_at=clock() + FORTNIGHT)
    page = browser.get("/latest")
    assert page.text.count(BAND) == 1 and "From Saturday 5 December new guidelines apply." in page.text
    assert '<input type="hidden" name="next" value="/latest">' in page.text
    assert BAND not in browser.get("/latest", htmx=True).text, "a fragment is a piece of a page that has it"
    make.drain()
    answer = browser.post("/guidelines/2/acknowledge", {"next": "/latest"})
    assert answer.status_code == 303 and answer.headers["location"] == "/latest"
    after = browser.get("/latest")
    assert BAND not in after.text and "Noted: you have read the new guidelines." in after.text
    assert make.browser(anna).get("/").text.count(BAND) == 0, "in every browser of theirs"
    with make.core.db.read() as session:
        assert session.execute(select(Notice.read_at)).scalar_one() is not None, "its notice is read with that"


def test_the_band_stays_a_month_for_who_was_away(make, rules, anna, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    clock.forward(days=13)
    late = make.member("late")
    assert BAND in make.browser(late).get("/").text
    clock.forward(days=2)
    page = make.browser(anna).get("/").text
    assert BAND in page and "New guidelines have applied since Saturday 5 December." in page
    newcomer = make.member("new")
    assert BAND not in make.browser(newcomer).get("/").text, "who joined under them agreed to them"
    clock.forward(days=30)
    assert BAND not in make.browser(anna).get("/").text


def test_corrections_show_no_band(make, rules, anna):
    rules.publish(effective_at=None, significant=False)
    assert BAND not in make.browser(anna).get("/").text


def test_a_form_that_came_back_does_not_lead_to_a_page_that_is_none(make, rules, anna, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    place = make.category("officina")
    assert place
    browser = make.browser(anna)
    browser.get("/threads/new?category=officina")
    answer = browser.post("/threads", {"title": "", "category": "officina", "body": ""})
    assert answer.status_code == 422 and BAND in answer.text
    assert '<input type="hidden" name="next" value="/guidelines/2">' in answer.text
    assert browser.post("/guidelines/2/acknowledge", {"next": "//evil.example"}).headers["location"] == "/guidelines/2"


def test_what_the_band_costs(make, core, rules, anna, clock):
    """Nothing while nothing is announced, one statement to who is asked, none to who has read them."""

    def cost(browser):
        browser.get("/members")
        return len(statements(core, lambda: browser.get("/members")))

    browser = make.browser(anna)
    usual = cost(browser)
    assert len([s for s in statements(core, lambda: browser.get("/members")) if "guideline" in s]) == 0
    rules.publish(effective_at=clock() + FORTNIGHT)
    assert cost(browser) == usual + 1
    browser.post("/guidelines/2/acknowledge")
    assert cost(browser) == usual
    guest = make.browser()
    guest.get("/members?q=a")
    assert not any("guideline_ack" in s for s in statements(core, lambda: guest.get("/members?q=b")))
    clock.forward(days=45)
    assert cost(make.browser(make.member("bruno"))) == usual, "and none when the time is over"


def test_the_house_is_still_two_statements(core, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)

    def look():
        core._house = None
        with core.db.read() as session:
            found = core.house(session)
            assert found.rules is not None and found.rules.number == 2
            assert found.rules.effective_at == clock() + FORTNIGHT

    assert len(statements(core, look)) == 2
