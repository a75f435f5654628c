"""At the door: what was tapped by mistake is taken back, what was noted unfairly is excused."""

import re

import pytest
from sqlalchemy import select

from forum.meetups import queries
from forum.meetups.models import Rsvp, WalkIn
from tests.support.meetups import meetup, say


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


def forms(text, action):
    """The hidden fields of the forms that post to `action`."""
    found = re.findall(rf'<form[^>]*action="{action}"[^>]*>(.*?)</form>', text, re.DOTALL)
    return [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', one)) for one in found]


def tally(text):
    return re.search(r"Here</dt><dd>(\d+) ", text)[1]


def test_a_miss_is_excused_where_it_is_shown(make, boss, clock):
    anna, came, bruno = make.member("anna", display_name="Anna Bo"), make.member(), make.member("bruno")
    [date] = meetup(make, boss, helpers=("bruno",)).occurrence_ids
    say(make, anna, date)
    seat = say(make, came, date)
    clock.forward(days=7)
    browser = make.browser(boss)
    browser.post(f"/occurrences/{date}/check-in", {"rsvp_id": str(seat.rsvp_id)})
    clock.forward(hours=6)
    make.drain()
    helper = make.browser(bruno).get(f"/occurrences/{date}/door").text
    assert "Anna Bo" in helper and "/excuse" not in helper, "helpers know of no misses"
    url, missed = f"/occurrences/{date}/excuse", queries.no_show_rates
    [form] = forms(browser.get(f"/occurrences/{date}/door").text, url)
    [again] = forms(browser.get(f"/occurrences/{date}/desk").text, url)
    assert form["rsvp_id"] == again["rsvp_id"] != str(seat.rsvp_id)
    row = browser.post(url, form, htmx=True).text
    assert 'data-announce="Excused."' in row and "did not come" not in row and "/excuse" not in row
    with make.core.db.read() as session:
        assert missed(session, [anna.id], now=make.now) == {anna.id: (0, 1)}
    back = browser.post(url, again)
    assert back.headers["location"].endswith("/desk")
    assert not forms(browser.get(f"/occurrences/{date}/desk").text, url)


def test_who_came_unannounced_is_taken_back(make, boss, clock):
    first, second = (meetup(make, boss).occurrence_ids[0] for _ in range(2))
    make.member("anna", display_name="Anna Bo")
    clock.forward(days=7)
    browser, url = make.browser(boss), f"/occurrences/{first}/walk-ins"
    browser.post(url, {"name": "Pina", "people": "20", "submission": "tap"})
    door = browser.get(f"/occurrences/{first}/door").text
    [form] = forms(door, f"{url}/remove")
    assert tally(door) == "20" and "Take back: Pina" in door
    browser.post(f"/occurrences/{second}/walk-ins/remove", form)
    with make.core.db.read() as session:
        assert len(session.scalars(select(WalkIn)).all()) == 1, "another door's list"
    assert make.browser(make.member()).post(f"{url}/remove", form).status_code == 403
    for _ in range(2):
        door = browser.post(f"{url}/remove", form, follow=True).text
    assert "Taken back." in door and tally(door) == "0" and "Pina" not in door


def test_a_word_about_pictures_is_shown_where_they_are_taken(make, boss, clock):
    [date] = meetup(make, boss).occurrence_ids
    shy, shown, away = (make.member(name, display_name=name.title()) for name in ("anna", "ezio", "ivo"))
    seats = [say(make, who, date, photos=photos) for who, photos in ((shy, False), (shown, True), (away, False))]
    clock.forward(days=7)
    browser = make.browser(boss)
    for seat in seats[:2]:
        browser.post(f"/occurrences/{date}/check-in", {"rsvp_id": str(seat.rsvp_id)})
    door = browser.get(f"/occurrences/{date}/door").text
    rows = [row.partition("</li>")[0] for row in door.split('<li id="party-')[1:]]
    assert [("Ezio" in row, "no pictures" in row) for row in rows] == [(False, True), (True, False), (False, True)]
    assert browser.get(f"/occurrences/{date}/desk").text.count("no pictures") == 2
    text = browser.post(f"/occurrences/{date}/export", {"format": "csv"}).content.decode("utf-8-sig")
    said = {line.split(",")[0]: line.split(",")[6] for line in text.splitlines()}
    assert said == {"Name": "On pictures", "Anna": "No", "Ezio": "Yes", "Ivo": "No"}
    album = browser.get(f"/occurrences/{date}/album").text
    assert "1 member who was there has not agreed to be on pictures." in album
    clock.forward(days=1)
    reader = make.browser(make.member())
    assert "has not agreed" not in reader.get(f"/occurrences/{date}/album").text, "it is for whoever adds some"


def test_a_member_who_came_unannounced_is_taken_back_by_scripts_too(make, boss, clock):
    [date] = meetup(make, boss).occurrence_ids
    make.member("anna", display_name="Anna Bo")
    clock.forward(days=7)
    browser = make.browser(boss)
    browser.post(f"/occurrences/{date}/walk-ins", {"member": "anna", "people": "2", "submission": "tap"})
    [form] = forms(browser.get(f"/occurrences/{date}/door").text, f"/occurrences/{date}/undo-check-in")
    done = browser.post(f"/occurrences/{date}/undo-check-in", form, htmx=True)
    assert done.status_code == 200 and f'id="party-{form["rsvp_id"]}"' in done.text
    assert 'data-announce="Taken back."' in done.text and 'hx-swap-oob="true"' in done.text
    assert tally(done.text) == "0" and "<button" not in done.text
    with make.core.db.read() as session:
        assert session.scalars(select(Rsvp)).all() == []
