# ruff: noqa: DTZ001  wall time has no zone
"""Rules of series against recurring-ical-events as oracle, over ten years and both changes of the clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.prop import vRecur

from forum.kit import walltime
from forum.meetups import recurrence
from forum.meetups.recurrence import BadRule, Rule, dates, parse, suggestions

FIRST = datetime(2026, 11, 28, 19, 30)  # a Saturday, the fourth and last of its month
YEARS = 10
RULES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=SA",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA", "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA;UNTIL=20310110", "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=28", "FREQ=MONTHLY;BYDAY=4SA", "FREQ=MONTHLY;BYDAY=-1SA",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1SA;COUNT=12", "FREQ=MONTHLY;INTERVAL=12;BYDAY=4SA",
)  # fmt: skip


def oracle(rule: str, first: datetime, zone: str, until: datetime) -> list[datetime]:
    """The moments that another implementation finds."""
    where = ZoneInfo(zone)
    event = Event()
    event.add("uid", "series")
    event.add("dtstart", first.replace(tzinfo=where))
    event.add("dtend", first.replace(tzinfo=where, hour=first.hour + 1))
    text = rule
    if "UNTIL=" in rule:  # in a file it is a moment: the end of that day there
        head, _, day = rule.rpartition("UNTIL=")
        end = datetime.strptime(day, "%Y%m%d").replace(hour=23, minute=59, tzinfo=where)
        text = head + "UNTIL=" + end.astimezone(ZoneInfo("UTC")).strftime("%Y%m%dT%H%M%SZ")
    event.add("rrule", vRecur.from_ical(text))
    calendar = Calendar()
    calendar.add_component(event)
    found = recurring_ical_events.of(calendar).between(first.replace(tzinfo=where), until.replace(tzinfo=where))
    return sorted(one.start.astimezone(ZoneInfo("UTC")) for one in found)


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York"])
@pytest.mark.parametrize("rule", RULES)
def test_ten_years_agree_with_another_implementation(rule: str, zone: str) -> None:
    until = datetime(FIRST.year + YEARS, 11, 28)
    where = walltime.zone(zone)
    ours = []
    for wall in dates(rule, FIRST):
        if wall >= until:
            break
        ours.append(walltime.nearest(wall, where))
    assert ours == oracle(rule, FIRST, zone, until)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("FREQ=YEARLY", "freq"), ("FREQ=MONTHLY;BYDAY=5SA", "nth"), ("FREQ=WEEKLY;BYDAY=XX", "days"), ("", "freq"),
        ("FREQ=WEEKLY;INTERVAL=0", "interval"), ("FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "until"),
        ("FREQ=DAILY;X=1", "x"),
        ("FREQ=WEEKLY;COUNT=9999", "count"), ("FREQ=WEEKLY;UNTIL=tomorrow", "until"), ("FREQ=DAILY;BYDAY=MO", "days"),
        ("FREQ=WEEKLY;INTERVAL=-1", "interval"), ("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1SA", "nth"),
    ],
)  # fmt: skip
def test_what_is_no_rule_of_ours_is_refused(text: str, field: str) -> None:
    with pytest.raises(BadRule) as refused:
        parse(text)
    assert refused.value.field == field


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_spelled_as_it_was_read(rule: str) -> None:
    assert str(parse(rule)) == rule and parse(str(parse(rule))) == parse(rule)


def test_a_form_offers_what_fits_and_no_fifth_week() -> None:
    assert suggestions(FIRST)["last"] == "FREQ=MONTHLY;BYDAY=-1SA"
    fifth = suggestions(datetime(2027, 1, 30, 10, 0))
    assert "nth" not in fifth and fifth["last"] == "FREQ=MONTHLY;BYDAY=-1SA"
    assert "last" not in suggestions(datetime(2027, 1, 9, 10, 0))
    for rule in suggestions(FIRST).values():
        assert next(iter(dates(rule, FIRST))) == FIRST
    assert str(Rule("weekly", until=date(2027, 1, 2))) == "FREQ=WEEKLY;UNTIL=20270102"
    assert recurrence.parse("FREQ=WEEKLY;WKST=MO").freq == "weekly"
