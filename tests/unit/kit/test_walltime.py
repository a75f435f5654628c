# ruff: noqa: DTZ001  wall time has no zone
"""Wall time and moments: the two nights of the year in Rome and New York."""

from datetime import UTC, datetime

import pytest

from forum.kit.walltime import Gap, UnknownZone, is_ambiguous, is_gap, moment, nearest, rules_version, wall_of, zone

ROME, NEW_YORK = zone("Europe/Rome"), zone("America/New_York")


@pytest.mark.parametrize(
    ("where", "wall", "utc"),
    [
        (ROME, datetime(2027, 3, 28, 1, 59), datetime(2027, 3, 28, 0, 59)),
        (ROME, datetime(2027, 3, 28, 3, 0), datetime(2027, 3, 28, 1, 0)),
        (ROME, datetime(2027, 10, 31, 3, 0), datetime(2027, 10, 31, 2, 0)),
        (NEW_YORK, datetime(2027, 3, 14, 3, 0), datetime(2027, 3, 14, 7, 0)),
        (NEW_YORK, datetime(2027, 11, 7, 0, 59), datetime(2027, 11, 7, 4, 59)),
        (NEW_YORK, datetime(2027, 11, 7, 2, 0), datetime(2027, 11, 7, 7, 0)),
    ],
)
def test_moments_around_the_changes(where, wall, utc):
    assert moment(wall, where) == utc.replace(tzinfo=UTC)
    assert wall_of(utc.replace(tzinfo=UTC), where) == wall and not is_gap(wall, where)


@pytest.mark.parametrize(
    ("where", "wall"), [(ROME, datetime(2027, 3, 28, 2, 30)), (NEW_YORK, datetime(2027, 3, 14, 2, 0))]
)
def test_an_hour_that_does_not_exist(where, wall):
    with pytest.raises(Gap):
        moment(wall, where)
    assert is_gap(wall, where) and not is_ambiguous(wall, where)
    for fold in (0, 1):  # a series whose first date was in the second of two equal hours has fold 1 for good
        assert wall_of(nearest(wall, where, fold), where) == wall.replace(hour=3)  # on the clock of before (RFC 5545)


@pytest.mark.parametrize(
    ("where", "wall"), [(ROME, datetime(2027, 10, 31, 2, 30)), (NEW_YORK, datetime(2027, 11, 7, 1, 30))]
)
def test_an_hour_that_comes_twice(where, wall):
    assert is_ambiguous(wall, where)
    first, second = moment(wall, where), moment(wall, where, 1)
    assert (second - first).total_seconds() == 3600
    assert [wall_of(at, where).fold for at in (first, second)] == [0, 1]


def test_what_is_no_zone_and_what_is_no_wall_time():
    for name in ("Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "Europe"):
        with pytest.raises(UnknownZone):
            zone(name)
    with pytest.raises(ValueError, match="no zone"):
        moment(datetime(2027, 1, 1, tzinfo=UTC), ROME)
    assert rules_version()[:2] == "20"
