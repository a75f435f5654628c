"""Seats that are held for somebody: after the deadline, too, and when nothing comes of them."""

import re

import pytest
from sqlalchemy import select

from forum.meetups import domain
from forum.meetups.models import Occurrence, Rsvp
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


# -- what is said when nothing comes of it -----------------------------------------------------------------------------


def offered(make, host, *names, **more):
    """The first gives their seat back, so that the next is offered it. (the date's id, the members)"""
    [date] = meetup(make, host, **{"days": 9, "capacity": 1, "offer_minutes": 720, **more}).occurrence_ids
    people = [make.member(name, locale="en") for name in names]
    for who in people:
        say(make, who, date)
    make.drain()
    say(make, people[0], date, "no")
    return date, people


def states(make, date):
    with make.core.db.read() as session:
        return session.scalars(select(Rsvp.state).where(Rsvp.occurrence_id == date).order_by(Rsvp.id)).all()


def test_an_offer_of_a_date_that_is_called_off_ends_without_a_word(make, host, mailbox, clock):
    date, (_, bruno, _) = offered(make, host, "anna", "bruno", "carla")
    drained(make, mailbox, clock, bruno)
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=host, occurrence_id=date, reason="Neve.", now=make.now)
    assert states(make, date) == ["no", "waiting", "waiting"]
    (off,) = drained(make, mailbox, clock, bruno)
    assert off.subject.startswith("Cancelled: ") and off.method == "", "they had no entry that could go"
    clock.forward(hours=13)
    assert drained(make, mailbox, clock, bruno) == []
    with make.core.db.read() as session:
        row = session.get_one(Occurrence, date)
        assert (row.taken, row.waiting) == (0, 2)


def test_an_offer_that_ends_with_the_start_ends_without_a_word(make, host, mailbox, clock):
    date, (_, bruno) = offered(make, host, "anna", "bruno", days=0.25)
    drained(make, mailbox, clock, bruno)
    clock.forward(hours=5, minutes=30)
    assert drained(make, mailbox, clock, bruno) == []
    assert states(make, date) == ["no", "lapsed"]


def test_who_lets_an_offer_end_hears_whether_somebody_has_the_seat(make, host, mailbox, clock):
    _, (_, bruno, carla) = offered(make, host, "anna", "bruno", "carla")
    drained(make, mailbox, clock, bruno)
    clock.forward(hours=12)
    (gone,) = drained(make, mailbox, clock, bruno)
    assert gone.subject.startswith("The seat went to the next: ") and "you then go to the end" in gone.text
    assert gone.method == "", "a seat that was held was no entry"
    assert "so it went to whoever was next" in make.browser(bruno).get("/notifications").text
    clock.forward(hours=12)
    (over,) = drained(make, mailbox, clock, carla)
    assert over.subject == "The time to take up your seat is over: Officina aperta"
    assert "went to whoever" not in over.text and "there may still be a seat" in over.text and link(over)
    notices = make.browser(carla).get("/notifications").text
    assert "The time to take up your seat is over." in notices and "went to whoever" not in notices


def test_who_answers_after_all_does_not_hear_that_the_time_is_over(make, host, mailbox, clock):
    date, (_, bruno) = offered(make, host, "anna", "bruno")
    drained(make, mailbox, clock, bruno)
    clock.forward(hours=12)
    assert say(make, bruno, date).state == "going"
    mails = drained(make, mailbox, clock, bruno)
    assert [(mail.subject, mail.method) for mail in mails] == [("Your seat: Officina aperta", "REQUEST")]


def test_thanks_for_a_seat_say_whether_somebody_has_it(make, host, mailbox, clock):
    [full] = meetup(make, host, title="Piena", capacity=1).occurrence_ids
    [wide] = meetup(make, host, title="Ampia").occurrence_ids
    anna, bruno = make.member("anna", locale="en"), make.member("bruno", locale="en")
    for date in (full, wide):
        for who in (anna, bruno):
            say(make, who, date)
    drained(make, mailbox, clock, anna)
    for date in (full, wide):
        say(make, anna, date, "no")
    passed, thanks = sorted(drained(make, mailbox, clock, anna), key=lambda mail: mail.subject, reverse=True)
    assert passed.subject == "You gave your seat back: Piena" and "Somebody else has the seat now." in passed.text
    assert thanks.subject == "You gave your seat back: Ampia" and "Somebody else" not in thanks.text + thanks.html
    assert "Thank you for saying so." in thanks.text and thanks.method == "CANCEL"
    say(make, bruno, wide, "maybe")
    say(make, bruno, full, "maybe")
    mails = {mail.subject: mail.text for mail in drained(make, mailbox, clock, bruno)}
    assert set(mails) >= {"Perhaps: Ampia", "Perhaps: Piena"}
    assert all("You said perhaps" in text and "Somebody else" not in text for text in mails.values())
