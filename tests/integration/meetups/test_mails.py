"""Mails about meetups: each says what happened, when and where, and leads to an answer without signing in."""

import json
import re
from datetime import timedelta

import pytest

from forum.kit.i18n import Text, translate
from forum.meetups import domain
from forum.meetups.codes import answer_path
from forum.meetups.domain import DatePlan, NewQuestion
from forum.meetups.domain.desk import message_party
from forum.meetups.models import Occurrence
from forum.notifications.domain import mark_read
from tests.support.meetups import meetup, say


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


def told(make, mailbox, clock, name):
    """Drain the outbox, and what only waits a while; (subject, text) of what came since the last time."""
    before = len(mailbox.sent)
    make.drain()
    clock.forward(minutes=30)
    make.drain()
    return [mail for mail in mailbox.sent[before:] if mail.to == f"{name}@example.org"]


def link(mail):
    found = re.search(r"https?://[^/\s]+(/meetups/answer/\S+)", mail.text)
    assert found, mail.text
    assert found[1] in mail.html, "both halves lead there"
    return found[1]


def test_a_seat_that_becomes_free_is_told_and_given_back_without_signing_in(make, boss, clock, mailbox):
    ref = meetup(make, boss, capacity=1)
    date = ref.occurrence_ids[0]
    anna, bruno = make.member("anna", locale="en"), make.member("bruno", locale="it")
    say(make, anna, date)
    say(make, bruno, date)
    (seat,) = told(make, mailbox, clock, "anna")
    guest = make.browser()
    assert guest.get(link(seat)).status_code == 200
    with make.core.db.read() as session:
        assert session.get_one(Occurrence, date).waiting == 1, "looking answers nothing"
    done = guest.post(link(seat), {"answer": "no"}, follow=True)
    assert "You are not going." in done.text
    (mail,) = told(make, mailbox, clock, "bruno")
    italian = Text("You have a seat: %(title)s", {"title": "Officina aperta"})
    assert mail.subject == translate(italian, "it")
    assert "Cascina Fanzaga" in mail.text and "dalle" in mail.text and mail.method == "REQUEST"
    assert translate("You are going.", "it") in make.browser(language="it").get(link(mail)).text


def test_the_address_of_a_mail_opens_one_answer_and_nothing_else(make, boss, clock):
    ref = meetup(make, boss, questions=(NewQuestion("Which bike?", required=True),))
    date, anna, bruno = ref.occurrence_ids[0], make.member("anna"), make.member("bruno")
    path, guest = answer_path(make.core.secret, anna.id, date), make.browser()
    for wrong in (path[:-1] + ("0" if path[-1] != "0" else "1"), path.replace(f"/{anna.id}.", f"/{bruno.id}.")):
        assert guest.get(wrong).status_code == 404
    page = guest.get(path)
    assert page.headers["referrer-policy"] == "no-referrer" and "noindex" in page.text
    asked = guest.post(path, {"answer": "yes"}, follow=True)
    assert "You are going." in asked.text and "Which bike?" in asked.text, "the seat is kept, the question stays"
    assert guest.post(path, {"answer": "no"}).status_code == 303
    clock.forward(days=8)
    late = guest.get(path)
    assert late.status_code == 200 and '<form method="post" action="/meetups/answer' not in late.text


def test_the_address_shows_what_its_member_may_see_now(make, boss):
    ref = meetup(make, boss, category=make.category("inner", visibility="staff"))
    anna = make.member("anna")
    path = answer_path(make.core.secret, anna.id, ref.occurrence_ids[0])
    assert make.browser().get(path).status_code == 404
    assert make.browser().post(path, {"answer": "yes"}).status_code == 404


def test_every_piece_of_news_says_what_happened(make, boss, clock, mailbox):
    ref = meetup(make, boss, days=10, rule="FREQ=WEEKLY;COUNT=3", asks_hosts=False, online_url="https://room.example/x")
    first, second, third = ref.occurrence_ids
    anna = make.member("anna", locale="en", timezone="Europe/London")
    for date in (first, second, third):
        say(make, anna, date)
    told(make, mailbox, clock, "anna")

    with make.core.db.write() as session:
        row = session.get_one(Occurrence, first)
        later = row.starts_local + timedelta(hours=1)
        domain.change_occurrence(
            session, actor=boss, occurrence_id=first, reason="The hall is taken.", version=row.version, now=make.now,
            plan=DatePlan(
                title=row.title, starts_local=later, ends_local=later + timedelta(hours=3), timezone=row.timezone,
                place=row.place_id, online_url=row.online_url,
            ),
        )  # fmt: skip
    (moved,) = told(make, mailbox, clock, "anna")
    assert moved.subject.startswith("Moved to ") and moved.subject.endswith(": Officina aperta")
    for words in (
        "It was moved. Before: ",
        "> The hall is taken.",
        "Rome\xa0time (CE",
        "For you: ",
        "https://room.example/x",
    ):
        assert words in moved.text
    assert link(moved)

    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=boss, occurrence_id=second, reason="Snow.", now=make.now)
        message_party(session, actor=boss, occurrence_id=third, text="Bring gloves.", everybody=False, now=make.now)
    off, word = sorted(told(make, mailbox, clock, "anna"), key=lambda mail: mail.subject)
    assert off.subject.startswith("Cancelled: Officina aperta, ") and "> Snow." in off.text and off.method == "CANCEL"
    assert "/meetups/answer/" not in off.text
    assert word.subject == "Livia Oresti writes about “Officina aperta”" and "> Bring gloves." in word.text

    subjects = []
    for hours in (74, 146, 17, 8, 24):  # it begins after 241: a week, a day, two hours before; the end; the day after
        clock.forward(hours=hours)
        subjects += [mail.subject for mail in told(make, mailbox, clock, "anna")]
    said = " ".join(subjects)
    assert (
        "In a week: " in said and "Tomorrow at " in said and " At " in said and "How was it? Officina aperta" in said
    ), subjects


def test_what_changes_calendars_leaves_although_it_was_read_on_the_site(make, boss, clock, mailbox):
    first, second = meetup(make, boss, rule="FREQ=WEEKLY;COUNT=2").occurrence_ids
    anna, waiting = make.member("anna"), make.member("ezio")
    for date in (first, second):
        say(make, anna, date)
    say(make, waiting, second, "maybe")
    told(make, mailbox, clock, "anna")
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=boss, occurrence_id=first, reason="Snow.", now=make.now)
        row = session.get_one(Occurrence, second)
        plan = DatePlan(
            title=row.title, starts_local=row.starts_local + timedelta(hours=1), timezone=row.timezone,
            ends_local=row.ends_local + timedelta(hours=1), place=row.place_id,
        )  # fmt: skip
        domain.change_occurrence(
            session, actor=boss, occurrence_id=second, reason="Snow.", version=None, now=make.now, plan=plan
        )
    mailbox.fail = OSError()
    make.drain()  # the notices are there, the mails are tried again
    mailbox.fail = None
    with make.core.db.write() as session:
        for who in (anna, waiting):
            assert mark_read(session, actor=who, now=make.now) >= 1
    before = len(mailbox.sent)
    assert {mail.method for mail in told(make, mailbox, clock, "anna")} == {"CANCEL", "REQUEST"}
    assert not [mail for mail in mailbox.sent[before:] if mail.to == "ezio@example.org"], "it has no file: read is read"


def test_search_engines_get_the_date_and_members_do_not(make, boss):
    ref = meetup(make, boss, body="Freni </script><b>e</b> trasmissione.", online_url="https://room.example/x")
    text = make.browser().get(f"/meetups/{ref.id}/x", follow=True).text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    told = json.loads(found)
    assert told["@type"] == "Event" and told["name"] == "Officina aperta"
    assert told["eventAttendanceMode"].endswith("/MixedEventAttendanceMode")
    assert "room.example" not in text, "the room is for who comes"
    assert "ld+json" not in make.browser(boss).get(f"/meetups/{ref.id}/x", follow=True).text
