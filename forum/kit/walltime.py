"""Wall time: what the clock in the room says, and the moment it means.

People agree on "19:00 in Rome"; which moment that is, the zone's rules say, and governments change them. So the wall
time is kept and the moment derived, again whenever `rules_version` changes. Hours that a zone leaps over do not exist
(`Gap`); of hours that it has twice, `fold` says which (PEP 495).
"""

import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib import import_module
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Gap(ValueError):
    """The wall time does not exist in its zone: the clock leaps over it."""


class UnknownZone(ValueError):
    """No zone of that name."""


@lru_cache(1)
def rules_version() -> str:
    """Which zone data derives moments here, as in "2026f": the system's if it has any, else the package's."""
    for folder in zoneinfo.TZPATH:
        try:
            with open(f"{folder}/tzdata.zi", encoding="ascii") as text:  # noqa: PTH123  "# version 2026f"
                return text.readline().rpartition(" ")[2].strip()[:8]
        except OSError:
            continue
    return str(import_module("tzdata").IANA_VERSION)[:8]


def zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(name) from None


def moment(wall: datetime, where: tzinfo, fold: int = 0) -> datetime:
    """The moment (aware, UTC) at which clocks in `where` show the naive `wall`. Raises Gap, ValueError (not naive)."""
    if wall.tzinfo is not None:
        raise ValueError("wall time has no zone")
    at = wall.replace(tzinfo=where, fold=fold).astimezone(UTC)
    if at.astimezone(where).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        raise Gap(wall.isoformat())
    return at


def nearest(wall: datetime, where: tzinfo, fold: int = 0) -> datetime:
    """As `moment`; an hour that does not exist is read on the clock of before: 02:30 becomes what would be 03:30.

    For what was agreed on before the rules changed, and for the dates of a rule (RFC 5545, 3.3.5).
    """
    at = wall.replace(tzinfo=where, fold=fold).astimezone(UTC)
    if fold and wall_of(at, where) != wall.replace(fold=0):  # `fold` is about hours that come twice, not about gaps
        return wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    return at


def wall_of(at: datetime, where: tzinfo) -> datetime:
    """What clocks in `where` show at the moment `at`; naive, with its fold."""
    return at.astimezone(where).replace(tzinfo=None)


def is_ambiguous(wall: datetime, where: tzinfo) -> bool:
    """True when clocks show `wall` twice."""
    first, second = (wall.replace(tzinfo=where, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not is_gap(wall, where)


def is_gap(wall: datetime, where: tzinfo) -> bool:
    """True when clocks never show `wall`."""
    try:
        moment(wall, where)
    except Gap:
        return True
    return False


def minutes(span: timedelta) -> int:
    """Whole minutes of `span`."""
    return int(span.total_seconds() // 60)


__all__ = ["Gap", "UnknownZone", "is_ambiguous", "is_gap", "minutes", "moment", "nearest", "rules_version", "wall_of",
           "zone"]  # fmt: skip
