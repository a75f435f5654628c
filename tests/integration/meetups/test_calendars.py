"""Calendars: feeds show what their reader may see, invitations enter, change and leave with the seat."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from forum.kit.i18n import Text, translate
from forum.kit.mail import Mail
from forum.meetups import domain, queries, words
from forum.meetups.calendars import jsonld
from forum.meetups.domain import DatePlan
from tests.factories import Make
from tests.support.meetups import meetup, plan, say

ROME = ZoneInfo("Europe/Rome")


def events(data: bytes | str) -> list[Event]:
    return [it for it in Calendar.from_ical(data).walk("VEVENT") if isinstance(it, Event)]


def feed(browser: Any, path: str = "/meetups.ics", status: int = 200) -> list[Event]:
    answer = browser.get(path)
    assert answer.status_code == status, answer.text
    if status != 200:
        return []
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return events(answer.content)


def test_a_feed_holds_dates_with_their_zone_and_says_when_nothing_changed(make: Make) -> None:
    livia = make.member("livia", role="manager")
    made = meetup(make, livia, body="Freni, virgole; e\n\nrighe.", online_url="https://room.example/secret")
    guest = make.browser()
    (event,) = feed(guest)
    date = make.get(domain_occurrence(), made.occurrence_ids[0])
    assert event.start == date.starts_at and str(event["dtstart"].params["TZID"]) == "Europe/Rome"
    assert event["uid"] == f"{date.uid}@127.0.0.1" and event["sequence"] == 0 and event["status"] == "CONFIRMED"
    assert "Freni, virgole; e\nrighe." in event["description"] and "room.example" not in event["description"]
    first = guest.get("/meetups.ics")
    again = guest.http.get("/meetups.ics", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"].startswith("private")


def domain_occurrence() -> type:
    from forum.meetups.models import Occurrence

    return Occurrence


def test_what_is_over_does_not_crowd_out_what_is_coming(make: Make, clock: Any) -> None:
    """A full feed keeps the coming dates of every meetup, and of the past the newest."""
    host = make.member(role="manager")
    daily = meetup(make, host, title="Ogni giorno", rule="FREQ=DAILY;COUNT=60")
    clock.forward(days=20)
    later = meetup(make, host, title="Una volta", days=90)

    def dates(limit: int) -> list[tuple[int, datetime]]:
        with make.core.db.read() as session:
            rows = queries.feed(session, host, make.core.house(session), now=make.now, limit=limit)
        return [(row.row.occurrence.meetup_id, row.row.occurrence.starts_at) for row in rows]

    whole = dates(500)
    assert whole == sorted(whole, key=lambda one: one[1])
    past = [one for one in whole if one[1] < make.now]
    coming = [one for one in whole if one[1] >= make.now]
    assert {one[0] for one in past} == {daily.id} and coming[-1][0] == later.id
    assert dates(len(coming) + 2) == past[-2:] + coming
    assert dates(len(coming)) == coming


def test_ones_own_feed_holds_the_last_date_of_a_long_series(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many coming dates of a series at most: of those that the feed is about."""
    monkeypatch.setattr("forum.meetups.queries.feeds.MOST_OF_ONE", 3)
    host, carla = make.member(role="manager"), make.member("carla")
    daily = meetup(make, host, rule="FREQ=DAILY;COUNT=5")
    last = daily.occurrence_ids[-1]
    say(make, carla, last)
    with make.core.db.read() as session:
        here = make.core.house(session)
        mine = queries.feed(session, carla, here, now=make.now, mine=True)
        every = queries.feed(session, carla, here, now=make.now)
    assert [row.row.occurrence.id for row in mine] == [last]
    assert tuple(row.row.occurrence.id for row in every) == daily.occurrence_ids[:3]


def test_private_meetups_are_in_no_feed_but_their_readers(make: Make) -> None:
    livia, member = make.member("livia", role="manager"), make.member("renzo")
    inside = make.category("soci", visibility="members")
    made = meetup(make, livia, title="Riservato ai soci", category=inside)
    date = made.occurrence_ids[0]
    for path, refused in (
        ("/meetups.ics", 200), (f"/c/{inside}/meetups.ics", 404), (f"/occurrences/{date}/calendar.ics", 404),
    ):  # fmt: skip
        assert feed(make.browser(), path, refused) == []
        assert [str(it["summary"]) for it in feed(make.browser(member), path)] == ["Riservato ai soci"]


def test_a_personal_feed_knows_the_room_and_ends_with_its_key(make: Make) -> None:
    livia, renzo = make.member("livia", role="manager"), make.member("renzo")
    made = meetup(make, livia, online_url="https://room.example/secret")
    meetup(make, livia, title="Non risposto")
    say(make, renzo, made.occurrence_ids[0])
    with make.core.db.write() as session:
        token = domain.new_calendar_token(session, actor=renzo, now=make.now)
    path = f"/meetups/calendar/{token}/mine.ics"
    (event,) = feed(make.browser(), path)
    assert "https://room.example/secret" in event["description"]
    with make.core.db.write() as session:
        domain.revoke_calendar_token(session, actor=renzo)
    assert feed(make.browser(), path, 404) == []


def test_ones_own_feed_says_what_is_not_certain(make: Make, clock: Any) -> None:
    livia, renzo = make.member("livia", role="manager"), make.member("renzo", locale="it", timezone="Europe/London")
    full, held, going, maybe = (
        meetup(make, livia, title=title, days=days, capacity=capacity, offer_minutes=180).occurrence_ids[0]
        for days, (title, capacity) in enumerate((("Full", 1), ("Held", 1), ("Going", 5), ("Maybe", 5)), 7)
    )
    first = make.member("first")
    for date in (full, held):
        say(make, first, date)
    for date in (full, held, going):
        say(make, renzo, date)
    say(make, renzo, maybe, "maybe")
    say(make, first, held, "no")
    with make.core.db.write() as session:
        path = f"/meetups/calendar/{domain.new_calendar_token(session, actor=renzo, now=make.now)}/mine.ics"
    rows = {str(it["summary"]): it for it in feed(make.browser(), path)}
    marks = {name: (str(it["status"]), str(it["transp"])) for name, it in rows.items()}
    unsure = ("TENTATIVE", "TRANSPARENT")
    assert marks == {"Full": unsure, "Held": unsure, "Maybe": unsure, "Going": ("CONFIRMED", "OPAQUE")}
    said = {name: str(it["description"]).partition("\n")[0] for name, it in rows.items()}
    assert (
        said["Maybe"] == translate("You said perhaps.", "it")
        and said["Going"] == "Freni e trasmissione prima dell’inverno."
    )
    assert said["Full"] == translate("You are on the waiting list.", "it")
    until = words.moment(make.now + timedelta(minutes=180), "Europe/London", "it")
    assert said["Held"] == translate(Text("A seat is held for you until %(moment)s.", {"moment": until}), "it")
    (one,) = feed(make.browser(renzo), f"/occurrences/{full}/calendar.ics")
    assert one["status"] == "TENTATIVE", "the file of one date is one's own, too"
    assert {str(it["status"]) for it in feed(make.browser(renzo))} == {"CONFIRMED"}, "the site's feed is about dates"
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=livia, occurrence_id=full, reason="Neve.", now=make.now)
    (off,) = feed(make.browser(renzo), f"/occurrences/{full}/calendar.ics")
    assert off["status"] == "CANCELLED"


def test_moved_and_cancelled_dates_stay_with_a_higher_number(make: Make) -> None:
    livia = make.member("livia", role="manager")
    made = meetup(make, livia)
    date = make.get(domain_occurrence(), made.occurrence_ids[0])
    later = date.starts_local + timedelta(days=1)
    with make.core.db.write() as session:
        domain.change_occurrence(
            session, actor=livia, occurrence_id=date.id, version=date.version, reason="Piove.", now=make.now,
            plan=moved(make, date, later),
        )  # fmt: skip
    (event,) = feed(make.browser())
    assert event["sequence"] == 1 and event.start == later.replace(tzinfo=ROME)
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=livia, occurrence_id=date.id, reason="Neve.", now=make.now)
    (event,) = feed(make.browser())
    assert (event["sequence"], event["status"]) == (2, "CANCELLED") and "Neve." in event["description"]


def moved(make: Make, date: Any, starts: datetime) -> DatePlan:
    it = plan(make, starts_local=starts, ends_local=starts + timedelta(hours=3))
    return DatePlan(
        title=date.title, starts_local=it.starts_local, ends_local=it.ends_local, timezone=date.timezone,
        place=date.place_id, capacity=date.capacity, guests_allowed=date.guests_allowed,
    )  # fmt: skip


def invitations(mails: list[Mail]) -> Iterator[tuple[str, Event]]:
    for mail in mails:
        if mail.calendar:
            (event,) = events(mail.calendar)
            yield mail.method, event


def test_a_seat_enters_the_calendar_and_leaves_it(make: Make, mailbox: Any) -> None:
    livia = make.member("livia", role="manager")
    renzo, graham = make.member("renzo", locale="it"), make.member("graham", locale="en")
    made = meetup(make, livia, capacity=1, online_url="https://room.example/secret")
    date = made.occurrence_ids[0]
    say(make, renzo, date)
    say(make, graham, date)  # waits
    make.drain()
    ((method, event),) = invitations(mailbox.to("renzo@example.org"))
    assert (method, event["status"]) == ("REQUEST", "CONFIRMED") and "secret" in event["description"]
    assert event["attendee"].email == "renzo@example.org" and event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert mailbox.to("renzo@example.org")[0].subject.startswith("Il tuo posto")
    assert list(invitations(mailbox.to("graham@example.org"))) == []
    say(make, renzo, date, "no")
    make.drain()
    gone, came = (
        list(invitations(mailbox.to("renzo@example.org")))[-1],
        list(invitations(mailbox.to("graham@example.org"))),
    )
    assert (gone[0], gone[1]["status"], gone[1]["uid"]) == ("CANCEL", "CANCELLED", event["uid"])
    assert [(it[0], it[1]["uid"]) for it in came] == [("REQUEST", event["uid"])]


def test_a_cancelled_date_leaves_the_calendars_of_those_who_had_a_seat(make: Make, mailbox: Any) -> None:
    livia, renzo, maybe = make.member("livia", role="manager"), make.member("renzo"), make.member("ilaria")
    made = meetup(make, livia)
    say(make, renzo, made.occurrence_ids[0])
    say(make, maybe, made.occurrence_ids[0], "maybe")
    make.drain()
    with make.core.db.write() as session:
        domain.cancel_occurrence(
            session, actor=livia, occurrence_id=made.occurrence_ids[0], reason="Neve.", now=make.now
        )
    make.drain()
    methods = [(it[0], it[1]["sequence"]) for it in invitations(mailbox.to("renzo@example.org"))]
    assert methods == [("REQUEST", 0), ("CANCEL", 1)]
    assert mailbox.to("ilaria@example.org") and not list(invitations(mailbox.to("ilaria@example.org")))


def test_what_search_engines_read_closes_no_element(make: Make) -> None:
    livia = make.member("livia", role="manager")
    made = meetup(make, livia, title="</script><b>x", capacity=5, online_url="https://room.example/secret")
    with make.core.db.read() as session:
        page = queries.page(session, livia, make.core.house(session), made.id, now=make.now)
    words = jsonld.event(page, "Testo </script>", site_name="Il Cortile", base_url="https://x.example")
    assert "<" not in words and "secret" not in words
    import json

    read = json.loads(words)
    assert read["name"] == "</script><b>x" and read["eventAttendanceMode"].endswith("MixedEventAttendanceMode")
    assert read["startDate"].endswith(("+01:00", "+02:00")) and read["maximumAttendeeCapacity"] == 5
    assert {it["@type"] for it in read["location"]} == {"Place", "VirtualLocation"}


def test_mails_with_an_invitation_are_whole(make: Make, mailbox: Any) -> None:
    from forum.kit.mail import build

    livia, renzo = make.member("livia", role="manager"), make.member("renzo")
    say(make, renzo, meetup(make, livia).occurrence_ids[0])
    make.drain()
    (mail,) = mailbox.to("renzo@example.org")
    sent = message_from_bytes(
        bytes(build(mail, sender="a@b.example", sender_name="", domain="b.example", now=make.now))
    )
    assert [it.get_content_type() for it in sent.walk()][1:] == ["text/plain", "text/html", "text/calendar"]
    assert "List-Unsubscribe" in sent and mail.html.count("<html") == 1


pytestmark = pytest.mark.filterwarnings("error")
