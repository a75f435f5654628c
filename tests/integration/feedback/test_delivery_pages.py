"""The manager's pages: forms without scripts, a key that is shown once, secrets that never come back."""

import re
from datetime import timedelta
from typing import Any

from forum.feedback.delivery.models import Schedule
from tests.support.delivering import Place
from tests.support.receivers import GitHub

HERE = "/feedback/delivery"
KEY = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def test_a_webhook_from_its_form_to_a_new_key(place: Place, start: Any) -> None:
    receiver, browser = start(), place.make.browser(place.house.livia)
    assert "Redirects are not followed" in browser.get(f"{HERE}/destinations/new?kind=webhook").text
    wrong = browser.post(f"{HERE}/destinations", {"kind": "webhook", "name": "Pipeline", "url": "ftp://x/?key=hidden"})
    assert wrong.status_code == 422 and "Write the whole address" in wrong.text and 'value="Pipeline"' in wrong.text
    assert "key=hidden" not in wrong.text
    made = browser.post(
        f"{HERE}/destinations", {"kind": "webhook", "name": "Pipeline", "url": f"{receiver.url}/in?key=hidden"}
    )
    (key,) = KEY.findall(made.text)
    page = browser.get(f"{HERE}/destinations/1")
    assert made.headers["cache-control"] == "no-store" == page.headers["cache-control"]
    assert KEY.search(page.text) is None and "key=hidden" not in page.text + made.text and "/in" in page.text
    browser.post(f"{HERE}/destinations/1/test", follow=True)
    place.make.drain()
    assert receiver.got[0].path == "/in?key=hidden" and "HTTP 200" in browser.get(f"{HERE}/destinations/1").text
    rotated = browser.post(f"{HERE}/destinations/1/key", {"version": "1"})
    assert rotated.status_code == 200 and KEY.findall(rotated.text) not in ([], [key])
    stale = browser.post(f"{HERE}/destinations/1/key", {"version": "1"})
    assert stale.status_code == 409 and KEY.search(stale.text) is None
    renamed = {"name": "Other", "version": "2"}
    assert browser.post(f"{HERE}/destinations/1", renamed).status_code == 303
    place.clock.forward(minutes=1)
    browser.post(f"{HERE}/destinations/1/test")
    place.make.drain()
    assert receiver.got[1].path == "/in?key=hidden", "an empty field keeps the address"
    browser.post(f"{HERE}/destinations/1/remove", {"version": "3"})
    assert browser.get(f"{HERE}/destinations/1").status_code == 404 and place.destination(1).sealed == ""
    assert "Other" in browser.get(f"{HERE}/log").text


def test_a_schedule_from_its_form(place: Place) -> None:
    browser = place.make.browser(place.house.livia)
    assert browser.get(f"{HERE}/schedules/new").status_code == 200
    form = {
        "team": "product", "every": "week", "weekdays": ["0", "3"], "monthdays": "1", "hour": "9",
        "zone": "Europe/Rome", "period": "week", "locale": "it", "privacy": "counts", "to_team": "1",
        "addresses": "a@nido.example\nb@nido.example", "formats": ["pdf", "xlsx"],
    }  # fmt: skip
    wrong = browser.post(f"{HERE}/schedules", {**form, "hour": "25", "weekdays": []})
    assert wrong.status_code == 422 and "From 0 to 23." in wrong.text and "Choose at least one day." in wrong.text
    assert browser.post(f"{HERE}/schedules", form).headers["location"] == f"{HERE}/schedules/1"
    (one,) = place.all(Schedule)
    assert (one.days, one.hour, one.formats, one.approve) == ([0, 3], 9, ["xlsx", "pdf"], False)
    assert one.addresses == ["a@nido.example", "b@nido.example"]
    assert "23 Nov, 09:00" in browser.get(HERE).text
    page = browser.get(f"{HERE}/schedules/1").text
    assert "b@nido.example</textarea>" in page and page.count("checked") >= 6
    browser.post(f"{HERE}/schedules/1/switch", {"on": "0"})
    assert "switched off" in browser.get(HERE).text and place.all(Schedule)[0].next_at is None
    browser.post(f"{HERE}/schedules/1/remove")
    assert browser.get(f"{HERE}/schedules/1").status_code == 404


def test_an_item_opens_an_issue_and_shows_it_to_managers_alone(place: Place, start: Any) -> None:
    server = start(GitHub, script=[500])
    place.tracker(server)
    item = place.house.items["sensors"]
    browser = place.make.browser(place.house.livia)
    assert "Open an issue: GitHub" in browser.get(f"/feedback/items/{item}").text
    assert (
        browser.post(f"{HERE}/items/{item}/issues", {"destination": "1"}).headers["location"]
        == f"/feedback/items/{item}"
    )
    place.make.drain()
    page = browser.get(f"/feedback/items/{item}").text
    assert "on its way" in page and "Open an issue" not in page
    place.clock.forward(minutes=2)
    place.make.drain()
    assert f'href="{server.url}/nido/city/issues/1"' in browser.get(f"/feedback/items/{item}").text
    assert browser.post(f"{HERE}/items/{item}/issues", {"destination": "99"}).status_code == 404


def test_what_was_given_up_is_sent_again_by_hand(place: Place, start: Any) -> None:
    receiver = start(script=[410])
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, skip_empty=False)
    place.clock.forward(days=20)
    place.make.drain()
    browser = place.make.browser(place.house.livia)
    page = browser.get(f"{HERE}/destinations/{hook}").text
    assert "Switched off, because nothing arrived" in page and "Send again" not in page
    browser.post(f"{HERE}/destinations/{hook}/switch", {"on": "1"})
    assert "Send again" in browser.get(f"{HERE}/log?state=failed").text
    browser.post(f"{HERE}/log/1/again", {"next": f"{HERE}/log"})
    place.make.drain()
    assert len(receiver.got) == 2 and len({it.headers["webhook-id"] for it in receiver.got}) == 1
    assert place.clock.now - place.deliveries()[0].created_at < timedelta(days=1)
