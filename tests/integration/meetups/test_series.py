"""One tap for a whole series: only when it is asked for, ended by itself, and one mail about it."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from icalendar import Calendar
from msgspec.structs import replace
from sqlalchemy import select

from forum.meetups import domain, queries
from forum.meetups.domain import Reply
from forum.meetups.models import Occurrence, Rsvp, StandingAnswer
from forum.notifications.models import Notice
from tests.integration.meetups.test_jobs import killed
from tests.support.meetups import meetup, say

WEEKS = "FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def host(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


def answers(make, who):
    """Of one member, in the order of time."""
    with make.core.db.read() as session:
        query = select(Rsvp.answer).join(Occurrence, Occurrence.id == Rsvp.occurrence_id)
        return session.scalars(query.where(Rsvp.member_id == who.id).order_by(Occurrence.starts_at)).all()


def standing(make):
    with make.core.db.read() as session:
        return {row[0]: row[1] for row in session.execute(select(StandingAnswer.member_id, StandingAnswer.answer))}


def for_all(make, who, ref, answer="yes", **more):
    with make.core.db.write() as session:
        return domain.answer_series(
            session, actor=who, meetup_id=ref.id, reply=Reply(answer, **more), now=make.now
        )  # fmt: skip


def form_of(text):
    """What a browser would send with the form beside the meetup, but for the button."""
    form = re.search(r'<form[^>]+action="/occurrences/\d+/answer".*?</form>', text, re.S)[0]
    boxes = re.findall(r'<input[^>]+type="checkbox"[^>]*>', form)
    ticked = {re.search(r'name="(\w+)"', box)[1]: "1" for box in boxes if re.search(r"\schecked", box)}
    assert any('name="series"' in box for box in boxes), "it can be asked for"
    return {"full": "1", **ticked}


# -- the page --------------------------------------------------------------------------------------------------------


def test_a_no_to_one_date_is_a_no_to_one_date(make, host):
    ref = meetup(make, host, rule=WEEKS)
    anna = make.member("anna")
    browser = make.browser(anna)
    url = f"/occurrences/{ref.occurrence_ids[0]}/answer"
    first = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    browser.post(url, {**form_of(first), "answer": "yes", "series": "1"})
    assert answers(make, anna) == ["yes"] * 4 and standing(make) == {anna.id: "yes"}
    again = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    browser.post(url, {**form_of(again), "answer": "no"})
    assert answers(make, anna) == ["no", "yes", "yes", "yes"] and standing(make) == {anna.id: "yes"}
    swapped = browser.post(url, {"full": "1", "answer": "no", "series": "1"}, htmx=True).text
    assert answers(make, anna) == ["no"] * 4 and standing(make) == {} and "series" not in form_of(swapped)


def test_a_standing_answer_is_shown_and_ended_by_itself(make, host):
    ref = meetup(make, host, rule=WEEKS)
    anna, bruno = make.member("anna"), make.member("bruno")
    for who in (anna, bruno):
        for_all(make, who, ref, "maybe")
    browser = make.browser(anna)
    text = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    assert "You said perhaps to the whole series" in text
    action, back = re.search(r'action="(/meetups/\d+/standing)".*?name="next" value="([^"]+)"', text, re.S).groups()
    after = browser.post(action, {"next": back}, follow=True).text
    assert "Dates that are added no longer get your answer." in after and "to the whole series" not in after
    assert standing(make) == {bruno.id: "maybe"} and answers(make, anna) == ["maybe"] * 4
    browser.post(action, {}, follow=True)
    assert standing(make) == {bruno.id: "maybe"}, "again changes nothing, and nobody else's"
    assert "to the whole series" not in make.browser(host).get(f"/meetups/{ref.id}/x", follow=True).text


def test_the_date_before_ones_eyes_may_refuse_and_then_nothing_happens(make, host, clock):
    ref = meetup(make, host, rule=WEEKS)
    anna = make.member("anna")
    with make.core.db.write() as session:
        session.get_one(Occurrence, ref.occurrence_ids[0]).deadline_at = make.now
    clock.forward(minutes=1)
    browser = make.browser(anna)
    browser.get(f"/meetups/{ref.id}/x", follow=True)
    asked = {"answer": "yes", "full": "1", "series": "1"}
    late = browser.post(f"/occurrences/{ref.occurrence_ids[0]}/answer", asked)
    assert late.status_code == 409 and answers(make, anna) == [] and standing(make) == {}
    browser.post(f"/occurrences/{ref.occurrence_ids[1]}/answer", asked)
    assert answers(make, anna) == ["yes"] * 3 and standing(make) == {anna.id: "yes"}


# -- one mail --------------------------------------------------------------------------------------------------------


def later(make, clock):
    """Some mail waits a little."""
    make.drain()
    clock.forward(minutes=30)
    make.drain()


def told(make, mailbox, clock, who):
    """What `who` got since the last time."""
    before = len(mailbox.sent)
    later(make, clock)
    return [mail for mail in mailbox.sent[before:] if mail.to == f"{who.name}@example.org"]


def entries(mail):
    """(how many, method, statuses) of the file with several dates, which stands beside the words."""
    (file,) = mail.files
    assert (file.name, file.kind, mail.calendar) == ("meetups.ics", "text/calendar", b"")
    read = Calendar.from_ical(file.data)
    events = read.walk("VEVENT")
    assert len({str(it["uid"]) for it in events}) == len(events) and not any("attendee" in it for it in events)
    assert all("organizer" in it for it in events), "RFC 5546, 3.2.1"
    return len(events), str(read["method"]), {str(it["status"]) for it in events}


def test_one_tap_for_the_series_is_one_mail_and_one_file(make, host, mailbox, clock):
    ref = meetup(make, host, rule=WEEKS, capacity=1, days=8)
    anna, bruno, carla = (make.member(name, locale="en") for name in ("anna", "bruno", "carla"))
    for who in (anna, bruno, carla):
        for_all(make, who, ref)
    (mine,) = told(make, mailbox, clock, anna)
    assert mine.subject == "Your seats on 4 dates: Officina aperta" and entries(mine) == (4, "PUBLISH", {"CONFIRMED"})
    assert mine.text.count("Europe/Rome") == 4 and not mailbox.to("bruno@example.org"), "whoever waits has no entry"
    seen = len(mailbox.sent)
    for_all(make, anna, ref, "no")
    (gone,) = told(make, mailbox, clock, anna)
    assert gone.subject == "You gave your seats back, on 4 dates: Officina aperta"
    assert entries(gone) == (4, "PUBLISH", {"CANCELLED"})
    (up,) = [mail for mail in mailbox.sent[seen:] if mail.to == "bruno@example.org"]
    assert up.subject == "You have a seat on 4 dates: Officina aperta" and entries(up) == (4, "PUBLISH", {"CONFIRMED"})
    assert len(set(re.findall(r"/meetups/answer/\S+", up.text))) == 4, "each can be given back by itself"
    assert len(mailbox.sent) == seen + 2, "carla waits on"
    notices = make.browser(bruno).get("/notifications").text
    assert notices.count("A seat has become free: you are in.") == 1 and "And 3 more dates." in notices


def test_a_series_that_is_called_off_is_told_once_to_each(make, host, mailbox, clock):
    ref = meetup(make, host, rule=WEEKS, capacity=2, days=8)
    anna, bruno, carla = (make.member(name, locale="en") for name in ("anna", "bruno", "carla"))
    for_all(make, anna, ref)
    say(make, bruno, ref.occurrence_ids[2])
    say(make, carla, ref.occurrence_ids[2])
    say(make, carla, ref.occurrence_ids[3], "maybe")
    later(make, clock)
    mailbox.sent.clear()
    with make.core.db.write() as session:
        domain.cancel_series(session, actor=host, meetup_id=ref.id, reason="Neve.", now=make.now)
    later(make, clock)
    assert Counter(mail.to.partition("@")[0] for mail in mailbox.sent) == {"anna": 1, "bruno": 1, "carla": 1}
    (every,), (one,), (two,) = (mailbox.to(f"{name}@example.org") for name in ("anna", "bruno", "carla"))
    assert every.subject == "Cancelled, 4 dates: Officina aperta" and entries(every) == (4, "PUBLISH", {"CANCELLED"})
    assert every.text.count("> Neve.") == 1 and "takes these dates out of your calendar" in every.text
    assert one.subject.startswith("Cancelled: Officina aperta, ") and (one.method, one.files) == ("CANCEL", ())
    assert two.subject == "Cancelled, 2 dates: Officina aperta" and (two.method, two.files) == ("", ()), (
        "no entries yet"
    )


def test_a_series_that_changes_is_told_once_to_each_and_what_falls_away_once(make, host, mailbox, clock):
    ref = meetup(make, host, rule="FREQ=WEEKLY;COUNT=5", days=8)
    anna = make.member("anna", locale="en")
    for_all(make, anna, ref)
    later(make, clock)
    mailbox.sent.clear()
    with make.core.db.write() as session:
        now = queries.plan_of(session, host, ref.id)
        hour = timedelta(hours=1)
        plan = replace(now, starts_local=now.starts_local + hour, ends_local=now.ends_local + hour, rule=WEEKS)
        domain.change_series(
            session, actor=host, meetup_id=ref.id, plan=plan, version=None, reason="Buio.", now=make.now
        )  # fmt: skip
    later(make, clock)
    off, moved = sorted(mailbox.to("anna@example.org"), key=lambda mail: mail.subject, reverse=True)
    assert moved.subject == "4 dates have changed: Officina aperta" and entries(moved) == (4, "PUBLISH", {"CONFIRMED"})
    assert moved.text.count("before: ") == 4 and moved.text.count("> Buio.") == 1
    assert off.subject.startswith("Cancelled: ") and off.method == "CANCEL"
    assert len(mailbox.to("anna@example.org")) == 2


def test_dates_that_are_added_are_one_mail(make, host, mailbox, clock):
    ref = meetup(make, host, rule=WEEKS, days=8)
    anna = make.member("anna", locale="en")
    for_all(make, anna, ref)
    later(make, clock)
    mailbox.sent.clear()
    with make.core.db.write() as session:
        longer = replace(queries.plan_of(session, host, ref.id), rule="FREQ=WEEKLY;COUNT=7")
        domain.change_series(session, actor=host, meetup_id=ref.id, plan=longer, version=None, reason="", now=make.now)
    later(make, clock)
    (mail,) = mailbox.to("anna@example.org")
    assert mail.subject == "Your seats on 3 dates: Officina aperta" and entries(mail)[0] == 3


def test_what_was_overtaken_is_not_in_the_mail(make, host, mailbox, clock):
    ref = meetup(make, host, rule=WEEKS, capacity=1, days=8)
    anna, bruno = make.member("anna", locale="en"), make.member("bruno", locale="en")
    for who in (anna, bruno):
        for_all(make, who, ref)
    for_all(make, anna, ref, "no")
    for date in ref.occurrence_ids[:2]:
        say(make, bruno, date, "no")
    later(make, clock)
    (up,) = [mail for mail in mailbox.to("bruno@example.org") if "You have a seat" in mail.subject]
    assert up.subject == "You have a seat on 2 dates: Officina aperta" and entries(up)[0] == 2
    assert not [mail for mail in mailbox.to("anna@example.org") if mail.subject.startswith("Your seats")]


def test_many_are_told_in_turns_and_each_once_however_often_it_runs(make, host, mailbox, clock, monkeypatch):
    """A worker that dies after each job, before the outbox hears of it: every job runs twice."""
    monkeypatch.setattr("forum.meetups.jobs.BATCH", 2)
    ref = meetup(make, host, rule=WEEKS, days=8)
    people = [make.member(locale="en") for _ in range(5)]
    for who in people:
        for_all(make, who, ref)
    say(make, people[0], ref.occurrence_ids[0], "no")
    killed(make)
    assert {len(mailbox.to(f"{who.name}@example.org")) for who in people[1:]} == {2}, "twice the same one"
    mailbox.sent.clear()
    with make.core.db.write() as session:
        domain.cancel_series(session, actor=host, meetup_id=ref.id, reason="Neve.", now=make.now)
    killed(make)
    clock.forward(minutes=30)
    killed(make)
    ids = Counter((mail.to, mail.message_id) for mail in mailbox.sent)
    assert len(ids) == 5, "one mail for each, under one name however often it left"
    with make.core.db.read() as session:
        query = select(Notice.member_id).where(Notice.kind == "meetup_cancelled")
        assert sorted(session.scalars(query)) == sorted(who.id for who in people)
