"""Seats that are held for somebody: after the deadline, too, and when nothing comes of them."""

import re

import pytest

from forum.meetups.models import Occurrence
from tests.support.meetups import meetup, say


@pytest.fixture
def host(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


def drained(make, mailbox, clock, who):
    """What `who` got by mail since the last time; half an hour later, for some mail waits a little."""
    before = len(mailbox.sent)
    make.drain()
    clock.forward(minutes=30)
    make.drain()
    return [mail for mail in mailbox.sent[before:] if mail.to == f"{who.name}@example.org"]


def link(mail):
    return re.search(r"https?://[^/\s]+(/meetups/answer/\S+)", mail.text)[1]


def late(make, clock, date):
    """The time to answer is over."""
    with make.core.db.write() as session:
        session.get_one(Occurrence, date).deadline_at = make.now
    clock.forward(minutes=1)


def buttons(text):
    form = re.search(r'<form[^>]+action="(?:/occurrences/\d+/answer|/meetups/answer/[^"]+)".*?</form>', text, re.S)
    return re.findall(r'name="answer" value="(\w+)" aria-pressed', form[0])


@pytest.fixture
def held(make, host, clock):
    """After the deadline bruno is offered anna's seat; carla waits. (the date's id, bruno, carla, meetup)"""
    ref = meetup(make, host, days=9, capacity=1, offer_minutes=720, guests_allowed=0)
    date = ref.occurrence_ids[0]
    anna, bruno, carla = (make.member(name, locale="en") for name in ("anna", "bruno", "carla"))
    for who in (anna, bruno, carla):
        say(make, who, date)
    make.drain()
    late(make, clock, date)
    say(make, anna, date, "no")
    return date, bruno, carla, ref


def test_a_seat_that_is_held_after_the_deadline_is_taken_on_the_page(make, held):
    date, bruno, carla, ref = held
    browser = make.browser(bruno)
    text = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    assert "A seat is held for you." in text and buttons(text) == ["yes", "no"]
    card = browser.get(f"/t/{ref.thread_id}/x", follow=True).text
    assert buttons(card) == ["yes", "no"]
    after = browser.post(f"/occurrences/{date}/answer", {"answer": "yes", "full": "1"}, follow=True).text
    assert "You are going." in after and buttons_gone(after), "whoever is in may only go now"
    waits = make.browser(carla).get(f"/meetups/{ref.id}/x", follow=True).text
    assert buttons_gone(waits) and "I cannot come" in waits


def buttons_gone(text):
    return 'value="yes"' not in text and 'value="maybe"' not in text


def test_the_mail_about_it_leads_to_the_answer(make, held, mailbox, clock):
    _, bruno, carla, _ = held
    (mail,) = drained(make, mailbox, clock, bruno)
    assert mail.subject == "A seat is held for you: Officina aperta" and link(mail) in mail.html
    guest = make.browser()
    assert buttons(guest.get(link(mail)).text) == ["yes", "no"]
    assert "You are going." in guest.post(link(mail), {"answer": "yes"}, follow=True).text
    (seat,) = drained(make, mailbox, clock, bruno)
    assert seat.method == "REQUEST"
    clock.forward(days=1, hours=23)  # a week before it begins
    (reminder,) = drained(make, mailbox, clock, bruno)
    assert reminder.subject.startswith("In a week: ")
    gone = make.browser().post(link(reminder), {"answer": "no"}, follow=True)
    assert "You are not going." in gone.text, "the seat is given back from a reminder after the deadline"
    (offer,) = drained(make, mailbox, clock, carla)
    assert offer.subject.startswith("A seat is held for you")


def test_who_said_perhaps_is_not_asked_for_more_than_a_no(make, host, clock, mailbox):
    [date] = meetup(make, host, days=9).occurrence_ids
    dario = make.member("dario", locale="en")
    say(make, dario, date, "maybe")
    late(make, clock, date)
    clock.forward(days=2)
    (reminder,) = drained(make, mailbox, clock, dario)
    assert "Answers are no longer taken. If you cannot come, say so" in reminder.text
    assert "Do you know by now?" not in reminder.text and link(reminder)
