"""The pages of meetups as people use them, without scripts."""

import io
import re
from datetime import time, timedelta

import pytest
from PIL import Image
from sqlalchemy import event, func, select

from forum.meetups.domain import NewQuestion, party_token
from forum.meetups.models import Meetup, News, Occurrence, Photo, Rsvp, WalkIn
from forum.web.pagecache import PageCache
from tests.support.meetups import meetup, say


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


@pytest.fixture
def fair(make, boss):
    """A meetup in a week: two seats, two guests each, a question."""
    return meetup(
        make, boss, title="Officina aperta", capacity=2, guests_allowed=2,
        questions=(NewQuestion("Che bici porti?", required=True),),
    )  # fmt: skip


def page(make, ref, actor=None):
    return make.browser(actor).get(f"/meetups/{ref.id}/x", follow=True).text


def plan_form(browser, make, **more):
    """The form as it is given out, filled in."""
    text = browser.get("/meetups/new").text
    key = re.search(r'name="submission" value="([^"]+)"', text)[1]
    day = (make.now + timedelta(days=20)).date()
    return {
        "title": "Giro dei mulini", "body": "Si parte **piano**.", "category": make.category(), "day": str(day),
        "start": "19:00", "end": "21:30", "timezone": "Europe/Rome", "place": "new", "place_name": "Molino Vecchio",
        "coordinates": "45,3142; 9.5034", "privacy": "members", "keep_days": "30", "guests_allowed": "1",
        "submission": key, **more,
    }  # fmt: skip


def counted(core, call):
    seen = []

    def see(_conn, _cursor, statement, *_):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(core.db.engine, "before_cursor_execute", see)
    try:
        call()
    finally:
        event.remove(core.db.engine, "before_cursor_execute", see)
    return len(seen)


# -- the calendar ----------------------------------------------------------------------------------------------------


def test_month_agenda_and_past(make, boss, clock):
    place = make.category("giri")
    gone = meetup(make, boss, title="Cena dei telai", category=place, days=8)
    browser = make.browser(boss)
    made = browser.post(f"/occurrences/{gone.occurrence_ids[0]}/cancel", {"reason": ""})
    assert made.status_code == 422 and "Say why" in made.text
    browser.post(f"/occurrences/{gone.occurrence_ids[0]}/cancel", {"reason": "La trattoria ha chiuso."})
    meetup(make, boss, title="Argine all’alba", category=place, days=9)
    text = make.browser().get("/meetups").text
    assert "November 2026" in text and 'aria-current="date"' in text
    assert "La trattoria ha chiuso." in text and "<s>Cena dei telai</s>" in text and "Argine all’alba" in text
    assert text.count("<td") % 7 == 0
    assert "Argine" not in make.browser().get("/meetups?month=2026-10").text.partition('id="agenda"')[0]
    assert make.browser().get("/meetups?month=9999-99").status_code == 200
    assert make.browser().get("/meetups?category=nowhere").status_code == 404
    assert "Argine all’alba" in make.browser().get("/meetups?category=giri").text
    clock.forward(days=12)
    assert "Argine all’alba" in make.browser().get("/meetups/past").text
    assert "Argine all’alba" not in make.browser().get("/meetups/coming").text


def test_pages_cost_the_same_however_many_dates_there_are(make, boss, core, fair):
    reader = make.member()

    def cost(url):
        core._house, core.pages = None, PageCache()
        browser = make.browser(reader)
        browser.get("/guidelines")
        return counted(core, lambda: browser.get(url))

    urls = ("/meetups", "/meetups/coming", f"/meetups/{fair.id}/officina-aperta", "/")
    few = {url: cost(url) for url in urls}
    meetup(make, boss, title="Ogni giorno", rule="FREQ=DAILY", days=2)
    for _ in range(10):
        say(make, make.member(), fair.occurrence_ids[0], answers=make_answers(make, fair))
    many = {url: cost(url) for url in urls}
    assert all(many[url] <= few[url] + 1 for url in urls), (few, many)
    assert max(many.values()) <= 20, many


# -- answering -------------------------------------------------------------------------------------------------------


def test_answering_without_scripts(make, fair):
    anna, carla = make.member("anna"), make.member("carla")
    date = fair.occurrence_ids[0]
    browser = make.browser(anna)
    url = f"/occurrences/{date}/answer"
    question = re.search(r'name="(q\d+)"', page(make, fair, anna))[1]
    browser.get(f"/meetups/{fair.id}/x", follow=True)
    full = {"answer": "yes", "full": "1", "guests": "1", "note": "Arrivo tardi", "hidden": "1"}
    bad = browser.post(url, full)
    assert bad.status_code == 422 and 'value="Arrivo tardi"' in bad.text and "<title>Error" in bad.text
    assert f'href="#{question}"' in bad.text
    good = browser.post(url, {**full, question: "Una Rondine"}, follow=True)
    assert "You are going." in good.text and "2 of 2 seats taken" in good.text
    assert "Anna" not in page(make, fair, carla).partition('id="who"')[2].partition("</section>")[0]
    say(make, carla, date, answers=make_answers(make, fair))
    waits = page(make, fair, carla)
    assert "You are first on the waiting list." in waits and "1 on the waiting list" in waits
    # one tap on the card above the thread changes nothing else
    thread = browser.get(f"/t/{fair.thread_id}/x", follow=True)
    assert 'class="meetup-card"' in thread.text
    browser.post(url, {"answer": "maybe", "next": f"/t/{fair.thread_id}/officina-aperta"})
    assert "You are going." in page(make, fair, carla)
    with make.core.db.read() as session:
        row = session.scalars(select(Rsvp).where(Rsvp.member_id == anna.id)).one()
        assert (row.answer, row.note, row.hidden) == ("maybe", "Arrivo tardi", True)


def test_htmx_swaps_the_answer_alone(make, fair):
    browser = make.browser(make.member())
    browser.get(f"/meetups/{fair.id}/x", follow=True)
    answer = browser.post(f"/occurrences/{fair.occurrence_ids[0]}/answer", {"answer": "maybe"}, htmx=True)
    assert answer.status_code == 200 and 'id="rsvp"' in answer.text and "<html" not in answer.text
    assert 'value="maybe" aria-pressed="true"' in answer.text


LEVELS = (
    ("public", True, True, True), ("members", False, True, True), ("attendees", False, False, True),
    ("hosts", False, False, False),
)  # fmt: skip
"""privacy, whether a guest, a member, somebody who comes reads who comes."""


def test_who_comes_is_shown_as_its_privacy_says(make, boss):
    for privacy, guest, member, comes in LEVELS:
        ref = meetup(make, boss, privacy=privacy, days=10)
        say(make, make.member(display_name="Ottavio Greppi"), ref.occurrence_ids[0])
        other, maybe, hidden = make.member(), make.member(), make.member(display_name="Nina Nascosta")
        say(make, other, ref.occurrence_ids[0])
        say(make, maybe, ref.occurrence_ids[0], "maybe")
        say(make, hidden, ref.occurrence_ids[0], hidden=True)
        assert ("Ottavio Greppi" in page(make, ref)) is guest, privacy
        assert ("Ottavio Greppi" in page(make, ref, make.member())) is member, privacy
        assert ("Ottavio Greppi" in page(make, ref, maybe)) is member, privacy
        assert ("Ottavio Greppi" in page(make, ref, other)) is comes, privacy
        assert "Ottavio Greppi" in page(make, ref, boss)
        assert not any("Nina Nascosta" in page(make, ref, who) for who in (None, other)), privacy


# -- announcing ------------------------------------------------------------------------------------------------------


def test_announcing_loses_nothing_and_announces_once(make, boss):
    browser = make.browser(boss)
    form = plan_form(browser, make, repeat="weekly", capacity="8", q1_prompt="Che bici?", q1_kind="text")
    for wrong, words in (
        ({"title": ""}, "Give it a title."), ({"start": "25:99"}, "Say when it begins"),
        ({"coordinates": "north"}, "Two numbers"), ({"timezone": "Mars/Olympus"}, "Choose a time zone"),
        ({"repeat": "last"}, "not the last such weekday"), ({"day": "2020-01-01"}, "This is in the past."),
    ):  # fmt: skip
        bad = browser.post("/meetups/new", {**form, **wrong})
        assert bad.status_code == 422 and words in bad.text, wrong
        assert "Si parte **piano**." in bad.text and 'value="Che bici?"' in bad.text and "Molino Vecchio" in bad.text
    made = browser.post("/meetups/new", form)
    again = browser.post("/meetups/new", form)
    assert made.status_code == again.status_code == 303 and made.headers["location"] == again.headers["location"]
    text = browser.get(made.headers["location"], follow=True).text
    assert "Every Friday" in text and "0 of 8 seats taken" in text and "<strong>piano</strong>" in text
    assert "openstreetmap.org" in text and "45.3142" in text and "Later dates" in text
    with make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Meetup)) == 1


def test_hours_that_do_not_exist_or_come_twice(make, boss):
    browser = make.browser(boss)
    spring = plan_form(browser, make, day="2027-03-28", start="02:30", end="05:00")
    gap = browser.post("/meetups/new", spring)
    assert gap.status_code == 422 and "does not exist" in gap.text
    autumn = {**spring, "day": "2027-10-31", "end": "02:45", "title": "Notte", "fold": ""}
    twice = browser.post("/meetups/new", autumn)
    assert twice.status_code == 422 and "say which one you mean" in twice.text
    hours = re.findall(r'<input[^>]*name="fold"[^>]*>', twice.text)
    assert len(hours) == 2 and not any("checked" in hour for hour in hours), "nothing is chosen for them"
    made = browser.post("/meetups/new", {**autumn, "fold": "1"}, follow=True)
    assert "(CET)" in made.text and "from 02:30 to 02:45" in made.text
    eve = plan_form(browser, make, day="2027-10-30", start="02:30", end="05:00", title="Vigilia")
    again = browser.post("/meetups/new", eve, follow=True)
    [date] = re.findall(r'href="/occurrences/(\d+)/edit"', again.text)
    text = browser.get(f"/occurrences/{date}/edit").text
    fields = dict(re.findall(r'name="(title|start|version|fold)"[^>]*value="([^"]*)"', text))
    fields |= {"day": "2027-10-31", "end": "02:45", "timezone": "Europe/Rome", "guests_allowed": "0"}
    fields["place"] = re.search(r'value="(\d+)" selected', text)[1]
    moved = browser.post(f"/occurrences/{date}/edit", fields)
    assert moved.status_code == 422 and "say which one you mean" in moved.text
    assert "(CEST)" in browser.post(f"/occurrences/{date}/edit", {**fields, "fold": "0"}, follow=True).text


def test_changing_one_date_leaves_the_others(make, boss):
    ref = meetup(make, boss, title="Ogni settimana", rule="FREQ=WEEKLY", days=5)
    second = ref.occurrence_ids[1]
    going = make.member()
    say(make, going, second)
    browser = make.browser(boss)
    text = browser.get(f"/occurrences/{second}/edit").text
    fields = dict(re.findall(r'name="(title|day|start|end|timezone|version|fold)"[^>]*value="([^"]*)"', text))
    fields |= {"place": re.search(r'value="(\d+)" selected', text)[1], "guests_allowed": "0", "timezone": "Europe/Rome"}
    bad = browser.post(f"/occurrences/{second}/edit", {**fields, "start": "06:15", "end": "08:00"})
    assert bad.status_code == 422 and "Say why" in bad.text
    good = {**fields, "start": "06:15", "end": "08:00", "reason": "Fa caldo."}
    moved = browser.post(f"/occurrences/{second}/edit", good, follow=True)
    assert "It was moved." in moved.text and "Fa caldo." in moved.text and "06:15" in moved.text
    assert browser.post(f"/occurrences/{second}/edit", good).status_code == 409
    with make.core.db.read() as session:
        starts = session.scalars(select(Occurrence.starts_local).where(Occurrence.meetup_id == ref.id)).all()
    assert sum(one.time() == time(6, 15) for one in starts) == 1
    off = browser.post(f"/occurrences/{second}/cancel", {"reason": "Piove.", "scope": "all"}, follow=True)
    assert "This date is cancelled." in off.text and "Piove." in off.text


# -- the hosts -------------------------------------------------------------------------------------------------------


def test_the_desk(make, boss, fair, mailbox, clock):
    date, browser = fair.occurrence_ids[0], make.browser(boss)
    for name in ("anna", "bruno", "carla"):
        question = make_answers(make, fair)
        say(make, make.member(name, display_name=name.title()), date, note="=HYPERLINK(1)", answers=question)
    text = browser.get(f"/occurrences/{date}/desk").text
    assert "Waiting list (1)" in text and "Have a seat (2)" in text and "Una Rondine" in text
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    assert browser.post(f"/occurrences/{date}/capacity", {"capacity": "x", "version": version}).status_code == 422
    more = browser.post(f"/occurrences/{date}/capacity", {"capacity": "3", "version": version}, follow=True)
    assert "Have a seat (3)" in more.text and "Waiting list" not in more.text
    assert browser.post(f"/occurrences/{date}/message", {"text": " "}).status_code == 422
    told = browser.post(f"/occurrences/{date}/message", {"text": "Portate i guanti."}, follow=True)
    assert "It goes to 3 members." in told.text
    file = browser.post(f"/occurrences/{date}/export", {"format": "csv"})
    assert "'=HYPERLINK(1)" in file.text and "attachment" in file.headers["content-disposition"]
    assert browser.post(f"/occurrences/{date}/export", {"format": "xlsx"}).content.startswith(b"PK")
    make.drain()
    clock.forward(minutes=30)
    make.drain()
    assert any("Portate i guanti." in mail.text for mail in mailbox.to("anna@example.org"))
    with make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(News).where(News.kind == "message")) == 1
    stranger = make.browser(make.member())
    assert stranger.get(f"/occurrences/{date}/desk").status_code == 403
    assert stranger.post(f"/occurrences/{date}/export", {"format": "csv"}).status_code == 403


def make_answers(make, ref):
    """Answers to all questions of a meetup."""
    from forum.meetups.models import Question

    with make.core.db.read() as session:
        return dict.fromkeys(session.scalars(select(Question.id).where(Question.meetup_id == ref.id)), "Una Rondine")


def test_at_the_door(make, boss, clock):
    ref = meetup(make, boss, guests_allowed=2)
    date, anna = ref.occurrence_ids[0], make.member("anna", display_name="Anna Bo")
    seat = say(make, anna, date, guests=2)
    browser, own = make.browser(boss), make.browser(anna)
    early = browser.post(f"/occurrences/{date}/check-in", {"rsvp_id": str(seat.rsvp_id)})
    assert early.status_code == 409
    code = own.get(f"/occurrences/{date}/code").text
    assert "<svg" in code and "<path" in code and "style=" not in code
    clock.forward(days=7)
    token = party_token(make.core.secret, seat.rsvp_id, date)
    assert "This is your own code" in make.browser(anna).get(f"/meetups/check-in/{token}").text
    assert make.browser().get(f"/meetups/check-in/{token}").headers["location"].startswith("/login")
    assert make.browser(make.member()).get(f"/meetups/check-in/{token}").status_code == 404
    wrong = browser.get(f"/meetups/check-in/{token}0")
    assert wrong.status_code == 404 and f"/occurrences/{date}/door" in wrong.text
    assert "They are here" in browser.get(f"/meetups/check-in/{token}").text
    done = browser.post(f"/meetups/check-in/{token}", {"arrived": "2"}, follow=True)
    assert "2 of 3" in done.text
    browser.post(f"/meetups/check-in/{token}", {"arrived": "2"})
    door = browser.get(f"/occurrences/{date}/door").text
    assert re.search(r"Here</dt><dd>2 <small>of 3", door) and re.search(r"Parties</dt><dd>1<", door)
    assert "Anna Bo" in browser.get(f"/occurrences/{date}/door?find=bo+ANN").text
    nobody = browser.get(f"/occurrences/{date}/door?find=carla").text
    assert "Anna Bo" not in nobody and "Nobody of that name has a seat." in nobody
    row = browser.post(f"/occurrences/{date}/undo-check-in", {"rsvp_id": str(seat.rsvp_id)}, htmx=True)
    assert 'data-announce="Taken back."' in row.text and 'hx-swap-oob="true"' in row.text and "<html" not in row.text
    form = {"name": "Pina", "people": "2", "submission": "tap"}
    browser.post(f"/occurrences/{date}/walk-ins", form)
    browser.post(f"/occurrences/{date}/walk-ins", form)
    assert browser.post(f"/occurrences/{date}/walk-ins", {"member": "nobody", "people": "1"}).status_code == 422
    with make.core.db.read() as session:
        assert session.scalar(select(func.sum(WalkIn.people))) == 2


# -- afterwards ------------------------------------------------------------------------------------------------------


def picture():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "#1d5c70").save(made, "PNG")
    return made.getvalue()


def test_album_survey_and_report(make, boss, clock):
    ref = meetup(make, boss)
    date, anna = ref.occurrence_ids[0], make.member("anna")
    say(make, anna, date)
    clock.forward(days=8)
    browser, stranger = make.browser(anna), make.browser(make.member())
    url = f"/occurrences/{date}"
    assert stranger.get(f"{url}/survey").status_code == 403
    browser.get(f"{url}/album")
    upload = {"files": {"photo": ("a.png", picture(), "image/png")}}
    sent = {"_csrf": browser.token, "alt": "Tutti al banco"}
    no = browser.http.post(f"{url}/album", data=sent, **upload)
    assert no.status_code == 422 and "Ask everybody" in no.text and 'value="Tutti al banco"' in no.text
    assert browser.http.post(f"{url}/album", data={**sent, "consent": "1"}, **upload).status_code == 303
    album = browser.get(f"{url}/album").text
    src = re.search(r'src="(/uploads/meetups/[^"]+)"', album)[1]
    assert stranger.get(src).headers["content-type"] == "image/webp" and "Tutti al banco" in album
    assert make.browser().get(src).status_code == 404 and src not in page(make, ref), "members read who came"
    with make.core.db.read() as session:
        photo = session.scalars(select(Photo.id)).one()
    assert stranger.post(f"{url}/album/{photo}/remove").status_code == 403
    browser.post(f"{url}/album/{photo}/remove")
    assert browser.get(src).status_code == 404
    assert browser.post(f"{url}/survey", {"liked": "Il caffè"}).status_code == 422
    thanks = browser.post(f"{url}/survey", {"rating": "5", "liked": "Il caffè", "quotable": "1"}, follow=True)
    assert "Thank you." in thanks.text and "Change what you said about it" in thanks.text
    host = make.browser(boss)
    assert "Il caffè" in host.get(f"{url}/desk").text
    draft = host.get(f"{url}/recap").text
    assert "Il caffè" not in draft, "said to the teams, not to the public"
    assert "anna" not in draft.partition("<textarea")[2].partition("</textarea>")[0].lower()
    key = re.search(r'name="submission" value="([^"]+)"', draft)[1]
    told = host.post(f"{url}/recap", {"body": "È stata una bella giornata.", "submission": key}, follow=True)
    assert "È stata una bella giornata." in told.text
    assert "How it was: the account" in page(make, ref)


@pytest.mark.parametrize(("privacy", "guest", "member", "came"), LEVELS)
def test_the_album_is_for_whoever_may_read_who_came(make, boss, clock, privacy, guest, member, came):
    ref = meetup(make, boss, privacy=privacy)
    date = ref.occurrence_ids[0]
    anna, nina = make.member("anna", display_name="Anna Bo"), make.member("nina", display_name="Nina Nascosta")
    seats = [say(make, anna, date), say(make, nina, date, hidden=True)]
    away = make.member()
    clock.forward(days=7)
    for seat in seats:
        make.browser(boss).post(f"/occurrences/{date}/check-in", {"rsvp_id": str(seat.rsvp_id)})
    clock.forward(days=1)
    url = f"/occurrences/{date}/album"
    for who in (anna, nina):
        browser = make.browser(who)
        browser.get(url)
        data = {"_csrf": browser.token, "alt": "", "consent": "1"}
        sent = browser.http.post(url, data=data, files={"photo": ("a.png", picture(), "image/png")})
        assert sent.status_code == 303
    [src, _] = re.findall(r'<img src="(/uploads/meetups/[^"]+)"', make.browser(boss).get(url).text)
    for who, may in ((None, guest), (away, member), (anna, True), (boss, True)):
        browser = make.browser(who)
        assert (browser.get(url).status_code == 200) is may, who
        assert (browser.get(src).status_code == 200) is may and (src in page(make, ref, who)) is may, who
        if may:
            main = browser.get(url).text.partition("<main")[2]
            assert ("Anna Bo" in main) is (who in {anna, boss} or (guest if who is None else member)), who
            assert ("Nina Nascosta" in main) is (who is boss), who
    assert "Nina Nascosta" in make.browser(nina).get(url).text, "one's own is"
    assert ("Anna Bo" in make.browser(nina).get(url).text.partition("<main")[2]) is came


# -- elsewhere -------------------------------------------------------------------------------------------------------


def test_the_card_may_be_framed_and_nothing_else(make, boss, fair):
    base = f"/meetups/{fair.id}/officina-aperta"
    card = make.browser().get(f"{base}/embed")
    policy = card.headers["content-security-policy"]
    assert "frame-ancestors https: http:" in policy and "script-src 'none'" in policy
    assert "<form" not in card.text and "<script" not in card.text and "Officina aperta" in card.text
    assert "frame-ancestors 'none'" in make.browser().get(base).headers["content-security-policy"]
    facts = make.browser().get(f"{base}/embed.json")
    assert facts.headers["access-control-allow-origin"] == "*" and facts.json()["going"] == 0
    closed = meetup(make, boss, category=make.category(visibility="members"))
    for browser in (make.browser(), make.browser(boss)):  # a manager's cookies open nothing here
        assert browser.get(f"/meetups/{closed.id}/x/embed").status_code == 404
        assert browser.get(f"/meetups/{closed.id}/x/embed.json").status_code == 404


def test_ones_own_settings_and_what_is_near(make, boss):
    meetup(make, boss, title="Officina aperta")
    browser = make.browser(make.member())
    assert "We do not know your town." in browser.get("/meetups/near").text
    form = {"week": "1", "hours": "1", "where": "other", "town": "Crema"}
    assert browser.post("/settings/meetups", form).status_code == 422
    browser.post("/settings/meetups", {**form, "coordinates": "45.36, 9.69"})
    text = browser.get("/settings/meetups").text
    assert 'value="45.4, 9.7"' in text, "kept coarsely"
    assert re.search(r'id="week"[^>]* checked', text) and not re.search(r'id="day"[^>]* checked', text)
    assert "Officina aperta" in browser.get("/meetups/near").text
    made = browser.post("/settings/meetups/calendar").text
    address = re.search(r"/meetups/calendar/[\w-]+/mine\.ics", made)[0]
    assert make.browser().get(address).status_code == 200
    assert address not in browser.get("/settings/meetups").text
    browser.post("/settings/meetups/calendar/revoke")
    assert make.browser().get(address).status_code == 404


def test_chapters_and_places(make, boss):
    browser, place = make.browser(boss), make.category("lodi")
    form = {"name": "Lodi e dintorni", "category": place, "timezone": "Europe/Rome", "town": "Lodi", "hosts": "nobody9"}
    bad = browser.post("/manage/chapters/new", form)
    assert bad.status_code == 422 and "nobody9" in bad.text
    host = make.member("nadia")
    made = browser.post("/manage/chapters/new", {**form, "hosts": "nadia"}, follow=True)
    assert "Lodi e dintorni" in made.text and "/u/nadia" in made.text
    theirs = make.browser(host)
    assert theirs.get("/meetups/new?chapter=lodi-e-dintorni").status_code == 200
    assert make.browser(make.member()).get("/meetups/new").status_code == 403
    meetup(make, boss)
    edit = re.search(r'href="(/meetups/places/\d+/edit)"', browser.get("/meetups/places").text)[1]
    form = {"place_name": "Cascina Nuova", "toilet": "no", "version": "1"}
    silent = browser.post(edit, form)
    assert silent.status_code == 422 and "Say why" in silent.text and 'value="Cascina Nuova"' in silent.text
    saved = browser.post(edit, {**form, "reason": "Ha cambiato nome."}, follow=True)
    assert "Cascina Nuova" in saved.text
    assert browser.post(edit, {"place_name": "Other", "version": "1"}).status_code == 409
