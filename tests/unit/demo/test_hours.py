"""The demo's people sleep at night, and nothing that they do changes its order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forum.demo.hours import HERE, awake

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=270)).map(lambda since: datetime(2026, 3, 1, tzinfo=UTC) + since)
AGO = st.timedeltas(timedelta(0), timedelta(days=40))


@given(MOMENTS, st.lists(AGO, max_size=12))
def test_the_order_stays_and_nothing_lies_in_the_future(now: datetime, ago: list[timedelta]) -> None:
    before = sorted(now - each for each in ago)
    after = [awake(at, now) for at in before]
    assert after == sorted(after)
    assert all(at <= now for at in after)


@given(MOMENTS, AGO)
def test_nobody_writes_at_night(now: datetime, ago: timedelta) -> None:
    local = awake(now - ago, now).astimezone(HERE)
    loaded = now.astimezone(HERE)
    assert local.date() == (now - ago).astimezone(HERE).date()
    if local.date() != loaded.date() or loaded.hour > 7:
        assert (local.hour, local.minute) >= (6, 29) or local.utcoffset() != local.replace(hour=0).utcoffset()
