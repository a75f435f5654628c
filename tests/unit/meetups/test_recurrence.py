# ruff: noqa: DTZ001  wall time has no zone
"""Rules of series against recurring-ical-events as oracle, over ten years and both changes of the clocks."""

from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.prop import vRecur

from forum.kit import walltime
from forum.meetups import recurrence
from forum.meetups.recurrence import (
    FREQUENCIES,
    MAX_COUNT,
    MAX_INTERVAL,
    BadRule,
    Rule,
    dates,
    parse,
    suggestions,
)

FIRST = datetime(2026, 11, 28, 19, 30)  # a Saturday, the fourth and last of its month
YEARS = 10
ZONES = ("Europe/Rome", "America/New_York")
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
    event.add("duration", timedelta(minutes=20))
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


def ours(rule: str, first: datetime, zone: str, until: datetime) -> list[datetime]:
    """The moments that we find."""
    where = walltime.zone(zone)
    return [walltime.nearest(wall, where) for wall in takewhile(lambda wall: wall < until, dates(rule, first))]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("rule", RULES)
def test_ten_years_agree_with_another_implementation(rule: str, zone: str) -> None:
    until = datetime(FIRST.year + YEARS, 11, 28)
    assert ours(rule, FIRST, zone, until) == oracle(rule, FIRST, zone, until)


@st.composite
def series(draw: st.DrawFn) -> tuple[str, datetime]:
    """(any rule of ours, a first date that it names); often in the hours that come twice or never."""
    hours = st.sampled_from((0, 1, 2, 3, 10, 19, 23))
    day = draw(st.dates(date(2026, 11, 21), date(2031, 11, 21)))
    first = datetime(day.year, day.month, day.day, draw(hours), draw(st.sampled_from((0, 30, 59))))
    freq = draw(st.sampled_from(FREQUENCIES))
    more: dict[str, Any] = {"interval": draw(st.integers(1, MAX_INTERVAL))}
    if freq == "weekly":
        more["days"] = tuple(sorted({first.weekday(), *draw(st.sets(st.integers(0, 6), max_size=3))}))
    elif freq == "monthly_date":
        more["month_day"] = first.day
    elif freq == "monthly_day":
        fifth = first.day > 28
        last = (first + timedelta(days=7)).month != first.month
        assume(last or not fifth)
        more["nth"] = -1 if fifth or (last and draw(st.booleans())) else (first.day - 1) // 7 + 1
        more["day"] = first.weekday()
    end = draw(st.sampled_from(("", "count", "until")))
    if end == "count":
        more["count"] = draw(st.integers(1, MAX_COUNT))
    elif end == "until":
        more["until"] = first.date() + timedelta(days=draw(st.integers(0, 4000)))
    return str(Rule(freq, **more)), first


@given(series(), st.sampled_from(ZONES))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_rule_agrees_over_ten_years(made: tuple[str, datetime], zone: str) -> None:
    agrees(made, zone)


@pytest.mark.slow
@given(series(), st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_rules_agree_over_ten_years(made: tuple[str, datetime], zone: str) -> None:
    agrees(made, zone)


def agrees(made: tuple[str, datetime], zone: str) -> None:
    rule, first = made
    # moments, not wall times, are counted from the first one on: a series that begins in a gap is refused anyway
    assume(not walltime.is_gap(first, walltime.zone(zone)))
    until = first.replace(year=first.year + YEARS, day=min(first.day, 28))
    assert ours(rule, first, zone, until) == oracle(rule, first, zone, until)


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
