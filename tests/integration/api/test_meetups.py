"""Meetups as JSON: the calls of the contract."""

from datetime import UTC, datetime

import pytest

from forum.threads.models import Thread
from tests.support.meetups import meetup, say

NEW = {
    "title": "Officina aperta", "body": "Freni e trasmissione.", "starts_at_local": "2027-04-10T19:00:00",
    "ends_at_local": "2027-04-10T22:00:00", "timezone": "Europe/Rome",
    "place": {"name": "Cascina Fanzaga", "address": "via Lodivecchia 12, Lodi", "latitude": 45.31, "longitude": 9.5,
              "access": {"step_free": True, "transit": "Bus 8"}},
}  # fmt: skip


@pytest.fixture
def boss(make):
    make.category("officina")
    return make.member("nadia", role="manager")


@pytest.fixture
def call(program):
    """call(actor, method, path, body): (status, answer)."""

    programs = {}

    def ask(who, method, path, body=None):
        name = who.name if who else ""
        if name not in programs:
            scopes = [] if who is None else ["read", "write", *(["manage"] if who.role == "manager" else [])]
            programs[name] = program(who, *scopes)
        answer = programs[name].call(method, path, **({} if body is None else {"json": body}))
        return answer.status_code, answer.json()

    return ask


def test_announce_answer_read_cancel(make, call, boss):
    status, made = call(boss, "POST", "/meetups", {**NEW, "capacity": 1, "guests_allowed": 0})
    assert status == 201, made
    [date] = made["occurrences"]
    assert (date["starts_at"], date["ends_at"]) == ("2027-04-10T17:00:00Z", "2027-04-10T20:00:00Z")
    assert (date["status"], date["capacity"], date["going"], date["waiting"]) == ("confirmed", 1, 0, 0)
    assert made["place"]["access"]["step_free"] is True and made["category"] == "officina"
    one, two = make.member("ezio"), make.member("mirta")
    path = f"/occurrences/{date['id']}"
    assert call(one, "PUT", f"{path}/rsvp", {"answer": "yes"})[1]["state"] == "going"
    status, waits = call(two, "PUT", f"{path}/rsvp", {"answer": "yes", "note": "Vegan"})
    assert (status, waits["state"], waits["position"], waits["answer"]) == (200, "waiting", 1, "yes")
    assert call(two, "PUT", f"{path}/rsvp", {"answer": "yes", "guests": 1})[0] == 422
    assert [row["name"] for row in call(two, "GET", f"{path}/attendees")[1]["items"]] == ["ezio"]
    assert call(None, "GET", f"{path}/attendees")[1] == {"items": [], "next": None, "unnamed": 1}
    rows = call(boss, "GET", f"{path}/attendees")[1]["items"]
    assert [(row["name"], row["state"], row["note"]) for row in rows] == [
        ("ezio", "going", ""), ("mirta", "waiting", "Vegan"),
    ]  # fmt: skip
    assert call(one, "PUT", f"{path}/rsvp", {"answer": "no"})[1] == {
        "answer": "no", "state": "no", "position": None, "guests": 0, "offered_until": None,
    }  # fmt: skip
    assert call(two, "GET", f"/meetups/{made['id']}")[1]["occurrences"][0]["going"] == 1
    assert call(one, "POST", f"{path}/cancel", {"reason": "No"})[0] == 403
    assert call(boss, "POST", f"{path}/cancel", {"reason": ""})[0] == 422
    status, off = call(boss, "POST", f"{path}/cancel", {"reason": "The roof leaks."})
    assert (status, off["status"], off["cancel_reason"]) == (200, "cancelled", "The roof leaks.")
    assert call(one, "PUT", f"{path}/rsvp", {"answer": "yes"})[0] == 409
    [listed] = call(None, "GET", "/meetups")[1]["items"]
    assert listed["occurrences"][0]["status"] == "cancelled"


def test_a_date_whose_thread_was_hidden_is_cancelled_all_the_same(make, call, boss):
    made = meetup(make, boss)
    with make.core.db.write() as session:
        session.get_one(Thread, made.thread_id).state = "hidden"
    path = f"/occurrences/{made.occurrence_ids[0]}/cancel"
    assert call(make.member("ezio"), "POST", path, {"reason": "Rain."})[0] == 404
    status, off = call(boss, "POST", path, {"reason": "Rain."})
    assert (status, off["status"]) == (200, "cancelled")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at_local": "2027-03-28T02:30:00", "ends_at_local": "2027-03-28T05:00:00"}, "starts_at_local"),
        ({"starts_at_local": "2027-04-10T19:00:00Z"}, "starts_at_local"),
        ({"starts_at_local": "tomorrow"}, "starts_at_local"),
        ({"starts_at_local": "2020-04-10T19:00:00"}, "starts_at_local"),
        ({"ends_at_local": "2027-04-10T18:00:00"}, "ends_at_local"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"capacity": 0}, "capacity"),
        ({"rsvp_deadline": "2027-04-11T19:00:00"}, "rsvp_deadline"),
        ({"repeat": "FREQ=MONTHLY;BYDAY=5SA"}, "repeat"),
        ({"repeat": {"freq": "weekly", "by_day": ["XX"]}}, "repeat"),
        ({"place": {"name": ""}}, "place"),
        ({"place": None}, "place"),
        ({"category": "nowhere"}, "category"),
        ({"title": ""}, "title"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_said_by_its_name(call, boss, change, field):
    status, problem = call(boss, "POST", "/meetups", {**NEW, **change})
    assert status == 422 and field in problem["errors"], problem


def test_of_two_equal_hours_the_one_that_was_meant(call, boss):
    night = {**NEW, "starts_at_local": "2027-10-31T02:30:00", "ends_at_local": "2027-10-31T02:50:00"}
    starts = [call(boss, "POST", "/meetups", {**night, "fold": fold})[1]["occurrences"][0] for fold in (0, 1)]
    assert [one["starts_at"] for one in starts] == ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]
    assert [one["ends_at"] for one in starts] == ["2027-10-31T00:50:00Z", "2027-10-31T01:50:00Z"]


@pytest.mark.parametrize(
    "repeat", ["FREQ=MONTHLY;BYDAY=2SA;COUNT=3", {"freq": "monthly", "by_day": ["2SA"], "count": 3}]
)
def test_a_series_has_its_dates(call, boss, repeat):
    made = call(boss, "POST", "/meetups", {**NEW, "repeat": repeat})[1]
    assert [one["starts_at_local"] for one in made["occurrences"]] == [
        "2027-04-10T19:00:00", "2027-05-08T19:00:00", "2027-06-12T19:00:00",
    ]  # fmt: skip
    assert made["repeat"] == "FREQ=MONTHLY;BYDAY=2SA;COUNT=3"


def test_lists_go_on_after_a_cursor_and_keep_what_is_private(make, call, boss):
    make.category("staff-only", visibility="staff")
    call(boss, "POST", "/meetups", {**NEW, "category": "staff-only", "title": "Secret"})
    ids = [call(boss, "POST", "/meetups", {**NEW, "title": f"Meetup {n}"})[1]["id"] for n in range(3)]
    first = call(None, "GET", "/meetups?limit=2")[1]
    rest = call(None, "GET", f"/meetups?limit=2&after={first['next']}")[1]
    assert [one["id"] for one in first["items"] + rest["items"]] == ids and rest["next"] is None
    assert len(call(boss, "GET", "/meetups")[1]["items"]) == 4
    assert call(None, "GET", "/meetups?category=staff-only")[0] == 404
    assert call(make.member(), "POST", "/meetups", NEW)[0] == 403
    assert call(None, "POST", "/meetups", NEW)[0] == 401


def test_an_offer_reads_as_waiting(make, call, boss):
    made = call(boss, "POST", "/meetups", {**NEW, "capacity": 1, "offer_minutes": 720})[1]
    date, one, two = made["occurrences"][0]["id"], make.member(), make.member()
    say(make, one, date)
    say(make, two, date)
    say(make, one, date, "no")
    status, taken = call(two, "PUT", f"/occurrences/{date}/rsvp", {"answer": "maybe"})
    assert (status, taken["state"], taken["offered_until"]) == (200, "maybe", None)
    say(make, two, date)
    assert call(two, "PUT", f"/occurrences/{date}/rsvp", {"answer": "yes"})[1]["state"] == "going"


def test_an_offer_after_the_deadline_is_taken_up(make, call, boss, clock):
    late = {**NEW, "capacity": 1, "offer_minutes": 720, "rsvp_deadline": "2027-04-09T19:00:00"}
    date = call(boss, "POST", "/meetups", late)[1]["occurrences"][0]["id"]
    one, two, three = make.member(), make.member(), make.member()
    for who in (one, two, three):
        say(make, who, date)
    clock.now = datetime(2027, 4, 9, 18, 0, tzinfo=UTC)  # an hour after the deadline
    say(make, one, date, "no")
    path = f"/occurrences/{date}/rsvp"
    assert call(two, "PUT", path, {"answer": "maybe"})[0] == 409
    assert call(two, "PUT", path, {"answer": "yes"})[1]["state"] == "going"
    assert call(three, "PUT", path, {"answer": "yes"})[1]["state"] == "waiting", "the same again"
    assert call(make.member(), "PUT", path, {"answer": "yes"})[0] == 409
