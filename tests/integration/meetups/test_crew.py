"""Who looks after a meetup: hosts and helpers that are plain members, what each may and may not do."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from forum.audit.models import AuditEntry
from forum.meetups import domain, queries
from forum.meetups.domain import DatePlan, NewPlace, NewQuestion
from forum.meetups.models import Chapter, Meetup, MeetupHost, Occurrence, Place
from forum.notifications.models import Notice
from tests.support.meetups import meetup, say

HOME = NewPlace("Da Livia", "via dei Mille 3, Lodi", shared=False)


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


@pytest.fixture
def crew(make, boss):
    """(the meetup at somebody's home, its date, the co-host, the helper): both are plain members."""
    host, helper = make.member("bruno", display_name="Bruno Sali"), make.member("carla", display_name="Carla Meda")
    made = meetup(
        make, boss, place=HOME, hosts=("bruno",), helpers=("carla",), capacity=4, rule="FREQ=WEEKLY;COUNT=3",
        questions=(NewQuestion("Che bici porti?"),), category=make.category("aperta"),
    )  # fmt: skip
    return made, made.occurrence_ids[0], host, helper


def sent(text):
    """What a browser would send of the form on a page, as it was given out."""
    form = text.partition("<main")[2].partition('<form class="stack stack--wide')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        kind, name = re.search(r'type="(\w+)"', tag), re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and (kind is None or kind[1] not in {"checkbox", "radio"} or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form):
        found[name] = body.strip()
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def names(make, made):
    with make.core.db.read() as session:
        rows = session.scalars(select(MeetupHost).where(MeetupHost.meetup_id == made.id))
        return {row.member_id: row.role for row in rows}


def test_a_host_who_is_a_plain_member_does_what_hosts_do(make, crew):
    made, date, host, _ = crew
    guest = make.member("anna", display_name="Anna Bo")
    say(make, guest, date)
    browser = make.browser(host)
    page = browser.get(f"/meetups/{made.id}/x", follow=True).text
    for words in ("You host this", "Change the whole series", "End the series", "Look after it no longer"):
        assert words in page
    assert "Announce another one like it" not in page, "they may not announce"
    for path in ("desk", "door", "edit", "cancel"):
        assert browser.get(f"/occurrences/{date}/{path}").status_code == 200, path
    version = re.search(r'name="version" value="(\d+)"', browser.get(f"/occurrences/{date}/desk").text)[1]
    browser.post(f"/occurrences/{date}/capacity", {"capacity": "7", "version": version})
    browser.post(f"/occurrences/{date}/message", {"text": "Portate i guanti."})
    assert browser.post(f"/occurrences/{date}/export", {"format": "csv"}).text.count("Anna") == 1
    with make.core.db.read() as session:
        assert session.get_one(Occurrence, date).capacity == 7
        place = session.scalars(select(Place)).one()
        assert session.get_one(Occurrence, date).place_id == place.id, "somebody's home, and the meetup stays there"
    # what is not theirs: announcing, and a home that another host described
    assert browser.get("/meetups/new").status_code == 403
    assert browser.get(f"/meetups/places/{place.id}/edit").status_code == 404
    again = browser.get(f"/meetups/{made.id}/clone")
    assert again.status_code == 403, "nor another one like it"
    assert browser.get("/moderation").status_code in {403, 404}


def test_a_helper_sees_the_door_and_nothing_else(make, crew, clock):
    made, date, _, helper = crew
    with make.core.db.read() as session:
        question = queries.questions_of(session, made.id)[0].id
    anna = make.member("anna", display_name="Anna Bo")
    seat = say(make, anna, date, note="Sono celiaca", answers={question: "Una Rondine"})
    browser = make.browser(helper)
    page = browser.get(f"/meetups/{made.id}/x", follow=True).text
    hosts = page.partition('<ul class="hosts">')[2].partition("</ul>")[0].split("<li>")[1:]
    assert [("(helps)" in one, name in one) for one, name in zip(hosts, ("Livia", "Bruno", "Carla"), strict=True)] == [
        (False, True), (False, True), (True, True),
    ]  # fmt: skip
    assert "You help here" in page and "Check people in" in page and "Look after it no longer" in page
    for words in ("Change this date", "Change the whole series", "End the series", "Cancel this date"):
        assert words not in page
    door = browser.get(f"/occurrences/{date}/door")
    assert door.status_code == 200 and "Anna Bo" in door.text
    assert "celiaca" not in door.text and "Rondine" not in door.text
    urls = [f"/occurrences/{date}/{path}" for path in ("desk", "edit", "cancel", "recap")]
    urls += [f"/meetups/{made.id}/{path}" for path in ("edit", "clone", "end")]
    for url in urls:
        assert browser.get(url).status_code == 403, url
    posts = {
        f"/occurrences/{date}/capacity": {"capacity": "9"}, f"/occurrences/{date}/message": {"text": "Ciao"},
        f"/occurrences/{date}/remove": {"rsvp_id": str(seat.rsvp_id), "reason": "x"},
        f"/occurrences/{date}/export": {"format": "csv"}, f"/occurrences/{date}/cancel": {"reason": "x"},
        f"/occurrences/{date}/confirm": {}, f"/occurrences/{date}/edit": {"title": "x"},
        f"/meetups/{made.id}/edit": {"title": "x"}, f"/meetups/{made.id}/end": {"reason": "x"},
        f"/occurrences/{date}/excuse": {"rsvp_id": str(seat.rsvp_id)},
    }  # fmt: skip
    for url, form in posts.items():
        assert browser.post(url, form).status_code == 403, url
    clock.forward(days=7)
    here = browser.post(f"/occurrences/{date}/check-in", {"rsvp_id": str(seat.rsvp_id)}, follow=True)
    assert here.status_code == 200 and "1 of 1" in re.sub(r"<[^>]+>", "", here.text)


def test_hosts_and_helpers_are_changed_in_the_form(make, boss, crew):
    made, _, host, helper = crew
    dora, browser = make.member("dora"), make.browser(boss)
    form = sent(browser.get(f"/meetups/{made.id}/edit").text)
    assert (form["hosts"], form["helpers"]) == ("bruno", "carla")
    for field in ("hosts", "helpers"):
        bad = browser.post(f"/meetups/{made.id}/edit", {**form, field: "brunno"})
        assert bad.status_code == 422 and "There is no member called brunno." in bad.text
    assert names(make, made) == {host.id: "host", helper.id: "helper"}
    done = browser.post(f"/meetups/{made.id}/edit", {**form, "hosts": "@Carla, livia", "helpers": "dora"})
    assert done.status_code == 303, done.text
    assert names(make, made) == {helper.id: "host", dora.id: "helper"}, "who announced it is its host anyway"
    assert make.browser(host).get(f"/meetups/{made.id}/edit").status_code == 403
    assert make.browser(helper).get(f"/meetups/{made.id}/edit").status_code == 200
    with make.core.db.read() as session:
        query = select(AuditEntry.action, AuditEntry.subject_id).where(AuditEntry.action.like("meetup.host_%"))
        log = {tuple(row) for row in session.execute(query)}
        assert not session.scalars(select(Occurrence.id).where(Occurrence.sequence > 0)).all(), "nobody's calendar"
    assert {("meetup.host_removed", host.id), ("meetup.host_added", dora.id)} <= log


def test_whoever_was_named_may_go(make, boss, crew):
    made, date, _, helper = crew
    browser = make.browser(helper)
    browser.post(f"/meetups/{made.id}/leave")
    assert helper.id not in names(make, made) and browser.get(f"/occurrences/{date}/door").status_code == 403
    assert browser.post(f"/meetups/{made.id}/leave").status_code == 403, "they are gone already"
    assert "no longer" not in make.browser(boss).get(f"/meetups/{made.id}/x", follow=True).text


def test_a_series_ends_with_a_reason_and_its_dates_stay(make, boss, crew, clock):
    made = meetup(make, boss, rule="FREQ=WEEKLY")
    once, browser = meetup(make, boss), make.browser(boss)
    assert "End the series?" in browser.get(f"/meetups/{made.id}/end").text
    assert browser.post(f"/meetups/{made.id}/end", {"reason": " "}).status_code == 422
    assert browser.post(f"/meetups/{once.id}/end", {"reason": "Basta."}).status_code == 409
    page = browser.post(f"/meetups/{made.id}/end", {"reason": "La cascina chiude."}, follow=True).text
    assert "No new dates are added." in page and "End the series" not in page.partition("<main")[2]
    clock.forward(days=30)
    with make.core.db.write() as session:
        assert domain.dates.materialise(session, session.get_one(Meetup, made.id), now=make.now) == []
        standing = session.scalars(select(Occurrence.status).where(Occurrence.meetup_id == made.id)).all()
    assert standing == ["confirmed"] * 52


def test_the_place_that_a_meetup_has_stays_whoever_changes_it(make, boss, crew):
    """Somebody's home, one that is offered no more, one beyond the length of the list."""
    made, date, host, _ = crew
    browser = make.browser(host)
    with make.core.db.write() as session:
        place = session.scalars(select(Place.id)).one()
        domain.archive_place(session, actor=boss, place_id=place, now=make.now)
    for path in (f"/meetups/{made.id}/edit", f"/occurrences/{date}/edit"):
        form = sent(browser.get(path).text)
        assert form["place"] == str(place), path
        assert browser.post(path, {**form, "title": "Officina chiusa"}).status_code == 303, path
    with make.core.db.read() as session:
        rows = session.execute(select(Occurrence.place_id, Occurrence.title)).all()
    assert set(map(tuple, rows)) == {(place, "Officina chiusa")}
    # for a new meetup it is not offered: the form describes it anew, and drops nothing
    form = sent(make.browser(boss).get(f"/meetups/{made.id}/clone").text)
    assert (form["place"], form["place_name"], form["private"]) == ("new", "Da Livia", "1")


def test_a_place_is_found_among_many(make, boss):
    with make.core.db.write() as session:
        for n in range(60):
            domain.save_place(session, actor=boss, place=NewPlace(f"Sala {n:02}", f"via {n}"), now=make.now)
        domain.save_place(session, actor=boss, place=NewPlace("Zanzibar", "via dell’Adda 1"), now=make.now)
    browser = make.browser(boss)
    page = browser.get("/meetups/places").text
    assert "Zanzibar" not in page and "There are more than these" in page
    found = browser.get("/meetups/places?find=ADDA").text
    edit = re.search(r'href="(/meetups/places/\d+/edit)"', found)[1]
    assert "Zanzibar" in browser.get(edit).text and "Sala" not in found
    assert "Zanzibar" in browser.get("/meetups/new").text, "and can be chosen"


def told(make, since, *who):
    """(kind, whom) of the notices that came since, and how many mails each got."""
    make.drain()
    with make.core.db.read() as session:
        rows = session.execute(select(Notice.kind, Notice.member_id).where(Notice.id > since))
        return sorted((row.kind, row.member_id) for row in rows if row.member_id in {one.id for one in who})


def newest(make):
    with make.core.db.read() as session:
        return session.scalar(select(func.max(Notice.id))) or 0


@pytest.mark.parametrize("whole", [False, True])
def test_whoever_looks_after_it_hears_of_what_another_host_did(make, boss, crew, mailbox, whole):
    made, date, host, helper = crew
    chapter_host = make.member("nadia")
    with make.core.db.write() as session:
        group = domain.NewChapter("Lodi", "aperta", hosts=("nadia",))
        slug = domain.save_chapter(session, actor=boss, chapter=group, now=make.now).slug
        session.get_one(Meetup, made.id).chapter_id = session.scalar(select(Chapter.id).where(Chapter.slug == slug))
    make.drain()
    everybody = (boss, host, helper, chapter_host)
    others = sorted(one.id for one in everybody if one is not host)
    with make.core.db.read() as session:
        plan = queries.plan_of(session, host, made.id)
        row = session.get_one(Occurrence, date)
    hour, since = timedelta(hours=1), newest(make)
    with make.core.db.write() as session:
        what = {"actor": host, "version": None, "reason": "The hall.", "now": make.now}
        if whole:
            moved = replace(plan, starts_local=plan.starts_local + hour, ends_local=plan.ends_local + hour)
            domain.change_series(session, meetup_id=made.id, plan=moved, **what)
        else:
            later = DatePlan(row.title, row.starts_local + hour, row.ends_local + hour, row.timezone,
                             place=row.place_id, capacity=row.capacity)  # fmt: skip
            domain.change_occurrence(session, occurrence_id=date, plan=later, **what)
    before = len(mailbox.sent)
    assert told(make, since, *everybody) == [("meetup_changed", one) for one in others]
    since = newest(make)
    with make.core.db.write() as session:
        what = {"actor": host, "reason": "Rain.", "now": make.now}
        if whole:
            domain.cancel_series(session, meetup_id=made.id, **what)
        else:
            domain.cancel_occurrence(session, occurrence_id=date, **what)
    assert told(make, since, *everybody) == [("meetup_cancelled", one) for one in others]
    mails = [(mail.to, mail.method, mail.files) for mail in mailbox.sent[before:]]
    assert sorted(mails) == sorted((f"{name}@example.org", "", ()) for name in ("livia", "carla", "nadia") * 2)
    assert all("look after this meetup" in mail.text for mail in mailbox.sent[before:])
    assert ("3 dates" in mailbox.sent[-1].subject) is whole


def test_a_helper_who_comes_has_one_mail_with_the_file(make, boss, crew, mailbox):
    _, date, _, helper = crew
    say(make, helper, date)
    make.drain()
    before = len(mailbox.sent)
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=boss, occurrence_id=date, reason="Rain.", now=make.now)
    make.drain()
    mails = [(mail.to, mail.method) for mail in mailbox.sent[before:]]
    assert sorted(mails) == [("bruno@example.org", ""), ("carla@example.org", "CANCEL")]
