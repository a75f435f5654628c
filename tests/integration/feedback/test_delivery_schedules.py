"""Schedules fire once at each due time, whatever the clocks do; what they make is looked at, mailed, and private."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from forum.errors import Conflict, Invalid
from forum.feedback import domain
from forum.feedback.delivery import runs, schedules
from forum.feedback.delivery.models import Run, Schedule
from forum.feedback.delivery.times import next_due, next_whole, period_before
from forum.feedback.exports import snapshot
from forum.feedback.exports.counting import midnight
from forum.feedback.exports.models import Export, Snapshot
from forum.feedback.models import Team
from forum.outbox import Outbox
from tests.support.delivering import MONTHLY, Place
from tests.support.feedback_exports import SECRETS

ROME = ZoneInfo("Europe/Rome")
NOVEMBER = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
"""08:00 in Rome."""


def test_an_hour_that_is_leapt_over_or_comes_twice_is_due_once() -> None:
    spring = next_due("week", [6], 2, "Europe/Rome", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert spring == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 does not exist: 03:00
    autumn = next_due("week", [6], 2, "Europe/Rome", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert autumn == datetime(2026, 10, 25, 0, tzinfo=UTC)  # the first of two
    assert next_due("week", [6], 2, "Europe/Rome", autumn) == datetime(2026, 11, 1, 1, tzinfo=UTC)
    eight = [next_due("week", [6], 8, "Europe/Rome", datetime(2026, 10, day, 12, tzinfo=UTC)) for day in (17, 24)]
    assert [it.astimezone(ROME).hour for it in eight] == [8, 8] and eight[1] - eight[0] == timedelta(days=7, hours=1)


@given(
    st.integers(0, 1000 * 24 * 60), st.integers(0, 23), st.sets(st.integers(1, 31), min_size=1),
    st.sampled_from(["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]),
)  # fmt: skip
def test_every_day_of_the_month_comes_once(minutes: int, hour: int, days: set[int], zone: str) -> None:
    at, met = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), []
    for _ in range(6):
        due = next_due("month", days, hour, zone, at)
        assert due > at
        met.append(due.astimezone(ZoneInfo(zone)).date())
        at = due
    assert len(set(met)) == 6 and met == sorted(met)


def test_the_period_is_whole_and_before() -> None:
    assert period_before("month", date(2026, 3, 1)) == (date(2026, 2, 1), date(2026, 3, 1))
    assert period_before("month", date(2027, 1, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert period_before("week", date(2026, 11, 2)) == (date(2026, 10, 26), date(2026, 11, 2))
    assert period_before("week", date(2026, 11, 1)) == (date(2026, 10, 19), date(2026, 10, 26))
    last = next_due("month", [31], 8, "UTC", datetime(2026, 2, 1, tzinfo=UTC))
    assert last == datetime(2026, 2, 28, 8, tzinfo=UTC)


EAST = ["Europe/Athens", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Auckland", "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone", [*EAST, "Europe/Rome", "America/New_York", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("every", ["week", "month"])
def test_every_hour_is_in_one_summary_whatever_the_zone(every: str, zone: str) -> None:
    """At each hour, also at the very first of the day, for a year of clocks that change on other days than Rome's."""
    for hour in range(24):
        at, told, day = datetime(2026, 1, 15, tzinfo=UTC), list[tuple[date, date]](), list[date]()
        for _ in range(12 if every == "month" else 54):
            at = next_whole(every, [1] if every == "month" else [0], hour, zone, every, at)
            day.append(at.astimezone(ZoneInfo(zone)).date())
            told.append(period_before(every, day[-1]))
            assert at >= midnight(told[-1][1]), "it is over where its days are counted"
            assert at - midnight(told[-1][1]) < timedelta(days=2), "and is not of long ago"
        assert all(ends == starts for (_, ends), (starts, _) in pairwise(told)), "none twice, none left out"
        assert all((it.day == 1) if every == "month" else (it.weekday() == 0) for it in day)
    first = [1] if every == "month" else [0]
    seven = next_whole(every, first, 23, "Europe/Rome", every, at)
    assert seven == next_due(every, first, 23, "Europe/Rome", at), "later in the day nothing waits"


@pytest.mark.parametrize(
    ("zone", "hour", "every", "due"),
    [
        ("Europe/Athens", 0, "week", datetime(2026, 11, 1, 23, tzinfo=UTC)),
        ("Asia/Tokyo", 7, "week", datetime(2026, 11, 1, 23, tzinfo=UTC)),
        ("Asia/Tokyo", 8, "week", datetime(2026, 11, 1, 23, tzinfo=UTC)),
        ("Europe/Athens", 0, "month", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("Asia/Tokyo", 2, "month", datetime(2026, 10, 31, 23, tzinfo=UTC)),
    ],
)
def test_the_last_hours_of_a_period_are_in_its_summary(
    place: Place, zone: str, hour: int, every: str, due: datetime
) -> None:
    place.clock.now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    schedule = place.schedule(every=every, period=every, days=(1,) if every == "month" else (0,), hour=hour, zone=zone,
                              skip_empty=False)  # fmt: skip
    place.clock.now = due - timedelta(minutes=30)
    place.make.drain()
    assert place.runs() == []
    with place.make.core.db.write() as session:  # saved while it waits, it is due as before
        schedules.switch(session, actor=place.house.livia, schedule_id=schedule, on=False, version=None,
                         now=place.clock.now)  # fmt: skip
        schedules.switch(session, actor=place.house.livia, schedule_id=schedule, on=True, version=None,
                         now=place.clock.now)  # fmt: skip
    category = place.make.category("late")
    late = place.make.thread(place.make.member("late"), category, title="Late", body="At the last moment.")
    new = domain.NewItem("Late item", "problem", team="product", evidence=(domain.NewEvidence(late.id),))
    with place.make.core.db.write() as session:
        made = domain.create(session, actor=place.house.livia, item=new, now=place.clock.now)
        domain.set_status(session, actor=place.house.livia, item_id=made, change=domain.StatusChange("sent"),
                          now=place.clock.now)  # fmt: skip
    place.clock.now = due
    place.make.drain()
    (run,) = place.runs()
    with place.make.core.db.read() as session:
        page = snapshot.opened(session, str(run.snapshot_id)).page
    assert (page.ends, page.new) == (run.ends, 1) and made in {it.id for it in page.lines}
    assert run.due_on == due.astimezone(ZoneInfo(zone)).date() and run.ends <= run.due_on


def test_once_at_each_due_time_whatever_is_repeated(place: Place) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    weekly = place.schedule(every="week", days=(0, 3), period="week", to_team=True, skip_empty=False)
    for _ in range(9):
        place.make.drain()
        for _ in range(2):
            with place.make.core.db.write() as session:
                runs.fire(session, weekly, place.clock.now)
        place.clock.forward(hours=24)
    place.make.drain()
    found = place.runs()
    assert [it.due_on for it in found] == [date(2026, 11, 2), date(2026, 11, 5), date(2026, 11, 9)]
    assert [(it.starts, it.state) for it in found] == [
        (date(2026, 10, 26), "sent"), (date(2026, 10, 26), "sent"), (date(2026, 11, 2), "sent"),
    ]  # fmt: skip
    place.clock.now = datetime(2026, 11, 9, 9, tzinfo=UTC)
    later = msgspec.structs.replace(MONTHLY, every="week", days=(0,), hour=20, period="week")
    with place.make.core.db.write() as session:  # once more on the same day: that day's has left already
        schedules.save(session, actor=place.house.livia, schedule_id=weekly, now=place.clock.now, new=later)
    place.clock.now = datetime(2026, 11, 10, 0, tzinfo=UTC)
    place.make.drain()
    assert len(place.runs()) == 3


def test_what_was_missed_while_the_site_was_down_is_made_up_for_but_not_for_ever(place: Place) -> None:
    place.clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    place.schedule(every="week", days=(0,), period="week", skip_empty=False)
    place.clock.now = datetime(2026, 11, 21, tzinfo=UTC)
    place.make.drain()
    met = [it.due_on for it in place.runs()]
    assert met[0] == date(2026, 1, 5) and len(met) == 6 and met[-1] == date(2026, 11, 16)
    (one,) = place.all(Schedule)
    assert one.next_at == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_switched_off_and_taken_away_is_not_due(place: Place) -> None:
    place.clock.now = NOVEMBER - timedelta(days=3)
    first, second = place.schedule(), place.schedule()
    livia, now = place.house.livia, place.clock.now
    with place.make.core.db.write() as session:
        schedules.switch(session, actor=livia, schedule_id=first, on=False, version=None, now=now)
        schedules.remove(session, actor=livia, schedule_id=second, version=None, now=now)
    place.clock.now = NOVEMBER + timedelta(days=1)
    place.make.drain()
    assert place.runs() == []
    with place.make.core.db.write() as session:
        schedules.switch(session, actor=livia, schedule_id=first, on=True, version=None, now=place.clock.now)
    assert place.all(Schedule)[0].next_at == datetime(2026, 12, 1, 7, tzinfo=UTC)


def test_nothing_said_is_left_out_with_its_snapshot(place: Place) -> None:
    place.clock.now = datetime(2027, 5, 30, tzinfo=UTC)
    place.schedule(team="events")
    place.clock.now = datetime(2027, 6, 1, 12, tzinfo=UTC)
    place.make.drain()
    assert [it.state for it in place.runs()] == ["skipped"] and place.all(Snapshot) == [] == place.deliveries()


def test_a_look_before_it_leaves(october: Place, mailbox: Any) -> None:
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(approve=True, addresses=("lead@nido.example",), formats=("pdf", "csv"), privacy="quotes")
    place.clock.now = NOVEMBER
    place.make.drain()
    (run,) = place.runs()
    assert run.state == "waiting" and place.deliveries() == []
    (told,) = [it for it in mailbox.to("livia@example.org") if "waits for you" in it.subject]
    assert f"/feedback/delivery/runs/{run.id}" in told.text
    browser = place.make.browser(place.house.livia)
    page = browser.get(f"/feedback/delivery/runs/{run.id}")
    assert page.status_code == 200 and "Item sensors" in page.text and "lead@nido.example" in page.text
    assert browser.post(f"/feedback/delivery/runs/{run.id}/approve").status_code == 303
    with pytest.raises(Conflict), place.make.core.db.write() as session:
        runs.reject(session, actor=place.house.livia, run_id=run.id, reason="", now=place.clock.now)
    place.make.drain()
    got = [it for it in mailbox.sent if it.to in {"alba@example.org", "lead@nido.example"} and it.files]
    assert sorted(it.to for it in got) == ["alba@example.org", "lead@nido.example"]
    assert [(it.name, it.data[:4] == b"%PDF") for it in got[0].files] == [
        ("feedback-product-2026-10-01-2026-10-31.csv", False), ("feedback-product-2026-10-01-2026-10-31.pdf", True),
    ]  # fmt: skip
    for mail in got:
        said = mail.text + mail.html + mail.files[0].data.decode()
        assert not any(secret in said for secret in SECRETS) and "Item sensors" in mail.html
    assert {it.message_id for it in got} == {it.message_id for it in place.deliveries()}
    with place.make.core.db.read() as session:
        assert set(session.scalars(select(Export.snapshot_id))) == {place.runs()[0].snapshot_id}


def test_what_waits_is_made_anew_when_the_schedule_is_for_others(october: Place, mailbox: Any) -> None:
    place, livia = october, october.house.livia
    nadia = place.make.member("nadia", role="team")
    with place.make.core.db.write() as session:
        events = session.scalars(select(Team.id).where(Team.slug == "events")).one()
        domain.join_team(session, actor=livia, team_id=events, name="nadia", now=place.clock.now)
    place.clock.now = NOVEMBER - timedelta(days=1)
    plan = {"approve": True, "privacy": "quotes", "formats": ("csv",), "skip_empty": False}
    schedule = place.schedule(**plan)
    place.clock.now = NOVEMBER
    place.make.drain()
    (first,) = place.runs()
    browser, path = place.make.browser(livia), f"/feedback/delivery/runs/{first.id}"
    seen = browser.get(path).text
    assert "Item sensors" in seen and "Summary for Product" in seen and "With members’ words" in seen
    version = re.findall(r'name="version" value="(\d+)"', seen)[0]
    for change in ({"team": "events", "privacy": "paraphrase", "locale": "it"}, {"team": "events", "hour": 9}):
        new = msgspec.structs.replace(MONTHLY, **{**plan, "privacy": "paraphrase", "locale": "it", **change})
        with place.make.core.db.write() as session:
            schedules.save(session, actor=livia, schedule_id=schedule, new=new, now=place.clock.now)
        if "hour" not in change:
            assert place.runs()[0].state == "due" and "Item sensors" not in browser.get(path).text
        place.make.drain()
        (run,) = place.runs()
        kept = place.make.get(Snapshot, run.snapshot_id)
        assert (run.state, kept.team_id, kept.privacy, kept.locale) == ("waiting", events, "paraphrase", "it")
    assert len(place.all(Snapshot)) == 2, "an hour changes nothing of what was counted"
    assert len([it for it in mailbox.to("livia@example.org") if "waits for you" in it.subject]) == 2
    page = browser.get(path).text
    assert "Summary for Events" in page and "With the staff’s words" in page and "Item sensors" not in page
    stale = browser.post(path + "/approve", {"version": version}, follow=True)
    assert "changed in the meantime" in stale.text and place.deliveries() == []
    browser.post(path + "/approve", {"version": re.findall(r'name="version" value="(\d+)"', page)[0]})
    place.make.drain()
    (mail,) = [it for it in mailbox.sent if it.files]
    assert mail.to == f"{nadia.name}@example.org" and "Item sensors" not in mail.text + mail.files[0].data.decode()
    assert mail.files[0].name == "feedback-events-2026-10-01-2026-10-31.csv"


def test_what_has_left_already_is_labelled_and_mailed_as_it_was_made(october: Place, mailbox: Any) -> None:
    place, livia = october, october.house.livia
    place.clock.now = NOVEMBER - timedelta(days=1)
    schedule = place.schedule(privacy="quotes", formats=("csv",))
    place.clock.now = NOVEMBER
    mailbox.fail = OSError("connection refused")
    place.make.drain()
    new = msgspec.structs.replace(MONTHLY, team="", locale="it", privacy="counts", to_team=False, addresses=("a@b.it",))
    with place.make.core.db.write() as session:
        schedules.save(session, actor=livia, schedule_id=schedule, new=new, now=place.clock.now)
    page = place.make.browser(livia).get(f"/feedback/delivery/runs/{place.runs()[0].id}").text
    assert "Summary for Product" in page and "With members’ words" in page
    mailbox.fail = None
    place.clock.forward(minutes=10)
    place.make.drain()
    (mail,) = mailbox.to("alba@example.org")
    assert "Item sensors" in mail.text and "Product" in mail.subject and place.deliveries()[0].state == "sent"


def test_a_rejected_one_stays_in_the_house(place: Place, mailbox: Any) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(approve=True, skip_empty=False)
    place.clock.now = NOVEMBER
    place.make.drain()
    browser = place.make.browser(place.house.livia)
    browser.get("/feedback/delivery/runs/1")
    browser.post("/feedback/delivery/runs/1/reject", {"reason": "The figures of the meetup are missing."})
    place.make.drain()
    assert (place.runs()[0].state, place.deliveries()) == ("rejected", [])
    assert "figures of the meetup" in browser.get("/feedback/delivery/runs/1").text
    assert mailbox.to("alba@example.org") == []


def test_whoever_left_the_team_gets_no_mail_that_was_queued_before(place: Place, mailbox: Any) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(skip_empty=False)
    place.clock.now = NOVEMBER
    mailbox.fail = OSError("connection refused")
    place.make.drain()
    (waiting,) = place.deliveries()
    assert (waiting.state, waiting.address) == ("waiting", "alba@example.org") and "refused" in waiting.error
    with place.make.core.db.write() as session:
        domain.leave_team(session, actor=place.house.livia, team_id=place.house.team, member_id=place.house.alba.id,
                          now=place.clock.now)  # fmt: skip
    mailbox.fail = None
    place.clock.forward(minutes=10)
    place.make.drain()
    assert place.deliveries()[0].state == "failed" and mailbox.to("alba@example.org") == []


def test_a_worker_killed_while_it_makes_a_summary_makes_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(skip_empty=False)
    place.clock.now = NOVEMBER
    real, dead = runs.release, []

    class Killed(BaseException):
        pass

    def once(*args: Any, **named: Any) -> None:
        real(*args, **named)
        if not dead:
            dead.append(True)
            raise Killed

    monkeypatch.setattr(runs, "release", once)
    with pytest.raises(Killed):
        place.make.drain()
    place.clock.forward(minutes=6)
    place.make.drain()
    assert [it.state for it in place.runs()] == ["sent"] == [it.state for it in place.deliveries()]
    assert len(place.all(Snapshot)) == 1
    with place.make.core.db.read() as session:
        assert session.scalars(select(Outbox.id).where(Outbox.dead_at.is_not(None))).all() == []


def test_what_cannot_be_a_schedule_is_said_by_field(place: Place) -> None:
    for wrong, field in (
        ({"days": ()}, "days"), ({"days": (32,)}, "days"), ({"hour": 24}, "hour"), ({"zone": "Rome"}, "zone"),
        ({"team": "nobody"}, "team"), ({"privacy": "all"}, "privacy"), ({"formats": ("exe",)}, "formats"),
        ({"addresses": ("a@b",)}, "addresses"), ({"addresses": ("x@y.it\r\nBcc: z@y.it",)}, "addresses"),
        ({"destinations": (99,)}, "destinations"), ({"to_team": False}, "addresses"), ({"locale": "xx"}, "locale"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            place.schedule(**wrong)
        assert field in error.value.fields, wrong
    assert place.all(Run) == [] == place.all(Schedule)
