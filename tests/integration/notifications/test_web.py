"""The list of notices, the switches, one-click unsubscribe."""

import re

import pytest
from sqlalchemy import select

from forum.notifications.kinds import switchable
from forum.notifications.models import Notice, NoticeChoice
from forum.notifications.unsubscribe import unsubscribe_path


@pytest.fixture
def anna(make):
    return make.member("anna")


@pytest.fixture
def ben(make):
    return make.member("ben", display_name="Ben <b>Toffoli</b>")


@pytest.fixture
def told(make, anna, ben):
    """Anna has two notices."""
    first = make.thread(anna, title="Brake pads")
    refs = [make.reply(ben, first.thread_id, "They are worn."), make.reply(ben, first.thread_id, "Look, @anna.")]
    make.drain()
    return refs


def test_the_list_says_who_and_what(make, anna, told):
    page = make.browser(anna).get("/notifications")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert "mentioned you in “Brake pads”" in page.text and "replied to you in “Brake pads”" in page.text
    assert "Ben &lt;b&gt;Toffoli" in page.text and "<b>Toffoli" not in page.text
    assert "They are worn." in page.text and 'aria-label="Notices: 2 new"' in page.text
    assert page.text.index("mentioned") < page.text.index("replied to you"), "newest first"


def test_an_empty_list_says_what_it_is_for(make, anna):
    assert "All quiet." in make.browser(anna).get("/notifications").text


def test_guests_are_led_to_the_sign_in(client):
    for path in ("/notifications", "/notifications/1", "/settings/notices"):
        answer = client.get(path)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?next=%2F")


def test_through_a_notice_its_post_is_opened_and_it_is_read(make, anna, told):
    browser = make.browser(anna)
    answer = browser.get("/notifications/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/t/1/brake-pads#post-2")
    assert 'aria-label="Notices: 1 new"' in browser.get("/notifications").text


def test_nobody_opens_or_marks_the_notice_of_another(make, anna, ben, told):
    other = make.browser(ben)
    assert other.get("/notifications/1").status_code == 404
    assert other.post("/notifications/read", {"id": "1"}).status_code == 404
    for odd in ("9" * 30, "²", "-1", "x"):
        assert other.post("/notifications/read", {"id": odd}).status_code == 404
    assert make.get(Notice, 1).read_at is None
    assert other.get(f"/notifications/{2**63}").status_code == 404


def test_what_may_no_longer_be_seen_is_neither_shown_nor_opened_nor_counted(make, core, anna, told):
    make.state(told[0], "hidden")
    browser = make.browser(anna)
    page = browser.get("/notifications")
    assert "They are worn." not in page.text and page.text.count("notices-what") == 1
    assert browser.get("/notifications/1").status_code == 404
    core.executor.submit(int).result()
    core.executor.shutdown()  # the mark made after the answer
    assert make.get(Notice, 1).listed is False


def test_one_or_all_are_marked_as_read(make, anna, told):
    browser = make.browser(anna)
    browser.get("/notifications")
    assert browser.post("/notifications/read", {"id": "1"}).headers["location"] == "/notifications"
    assert make.get(Notice, 1).read_at and not make.get(Notice, 2).read_at
    browser.post("/notifications/read")
    assert make.get(Notice, 2).read_at
    page = browser.get("/notifications")
    assert "You have seen them all." in page.text and "Mark all as read" not in page.text


def test_a_long_list_goes_on_by_page_and_by_fragment(make, anna):
    first = make.thread(anna)
    for n in range(23):
        make.reply(make.member(), first.thread_id, f"Answer number {n}.")
    make.drain()
    browser = make.browser(anna)
    page = browser.get("/notifications").text
    older = re.search(r'href="(/notifications\?after=[^"]+)"', page)[1]
    assert page.count("notices-what") == 20 and "Answer number 22." in page
    piece = browser.get(older, htmx=True).text
    assert piece.count("notices-what") == 3 and "<html" not in piece and "Answer number 0." in piece
    assert "<html" in browser.get(older).text


@pytest.mark.parametrize(
    ("site", "mail", "count", "mails"),
    [(True, True, 1, 1), (True, False, 1, 0), (False, True, 0, 1), (False, False, 0, 0)],
)
def test_every_kind_is_switched_for_the_site_and_for_mail(make, mailbox, anna, ben, site, mail, count, mails):
    browser = make.browser(anna)
    boxes = sum(1 if kind.mail_only else 2 for kind in switchable(staff=False))
    assert browser.get("/settings/notices").text.count(" checked") == boxes
    ticked = {"site": ["quote", *["reply"] * site], "mail": ["reply"] * mail}
    assert browser.post("/settings/notices", ticked).status_code == 303
    make.reply(ben, make.thread(anna).thread_id)
    make.drain()
    assert browser.get("/notifications").text.count("notices-what") == count
    assert len(mailbox.sent) == mails
    assert browser.get("/settings/notices").text.count(" checked") == 1 + site + mail


def test_an_unknown_kind_is_refused(make, anna):
    browser = make.browser(anna)
    browser.get("/settings/notices")
    answer = browser.post("/settings/notices", {"site": ["reply", "everything"]})
    assert answer.status_code == 422
    with make.core.db.read() as session:
        assert session.scalars(select(NoticeChoice)).all() == []


# -- one-click unsubscribe --------------------------------------------------------------------------------------


@pytest.fixture
def link(core, anna):
    return unsubscribe_path(core.secret, anna.id, "reply")


def choice(make, anna, kind="reply"):
    return make.get(NoticeChoice, (anna.id, kind))


def test_a_mail_program_stops_the_mails_with_one_post(make, mailbox, anna, ben, link):
    """RFC 8058: a POST without cookies, session or token, from whatever origin."""
    program = make.browser()
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    answer = program.request("POST", link, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert choice(make, anna).mail is False and choice(make, anna).site is True
    make.reply(ben, make.thread(anna).thread_id)
    make.drain()
    assert mailbox.sent == [] and "replied to you" in make.browser(anna).get("/notifications").text
    assert program.request("POST", link, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_also_as_multipart(make, anna, link):
    answer = make.browser().request("POST", link, files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200 and choice(make, anna).mail is False


def test_a_link_fetched_ahead_changes_nothing(make, anna, link, client):
    page = client.get(link)
    assert page.status_code == 200 and "Stop these mails?" in page.text
    assert choice(make, anna) is None


def test_people_stop_and_take_up_again(make, anna, link, client):
    client.get(link)
    assert "No more mails of this kind" in client.request("POST", link, data={}).text
    assert choice(make, anna).mail is False
    assert "These mails are off" in client.get(link).text
    assert "The mails come again" in client.request("POST", link, data={"again": "1"}).text
    assert choice(make, anna).mail is True


def test_a_forged_address_is_none(make, anna, ben, link, client):
    signature = link.rpartition("/")[2]
    for path in (
        f"/unsubscribe/{ben.id}/reply/{signature}", f"/unsubscribe/{anna.id}/mention/{signature}",
        f"/unsubscribe/{anna.id}/reply/{'0' * 32}", f"/unsubscribe/{anna.id}/everything/{signature}",
        f"/unsubscribe/{2**64}/reply/{signature}", f"/unsubscribe/{anna.id}/reply/é",
    ):  # fmt: skip
        assert client.get(path).status_code == 404
        assert client.request("POST", path, data={}).status_code == 404
    assert choice(make, anna) is None


def test_the_signature_is_of_no_other_use(make, core, anna, link):
    from forum.kit import tokens

    assert not tokens.verify(core.secret, "csrf", f"{anna.id}:reply", link.rpartition("/")[2])
