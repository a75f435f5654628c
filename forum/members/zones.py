"""Time zones by name, as people look for them: by continent, then by city, in their language."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import available_timezones

import msgspec
from babel.core import Locale, get_global
from babel.dates import get_timezone_location

from forum.kit.dates import BABEL, zone
from forum.kit.i18n import N_

REGIONS = {
    "Europe": N_("Europe"), "Africa": N_("Africa"), "America": N_("America"), "Antarctica": N_("Antarctica"),
    "Arctic": N_("Arctic"), "Asia": N_("Asia"), "Atlantic": N_("Atlantic"), "Australia": N_("Australia"),
    "Indian": N_("Indian Ocean"), "Pacific": N_("Pacific"),
}  # fmt: skip
"""IANA's first half → its name. Europe first: that is where most readers of the two languages are."""


class Zone(msgspec.Struct, frozen=True):
    """One zone. `label`: "Rome (+01:00)"."""

    name: str
    label: str


class Region(msgspec.Struct, frozen=True):
    """A continent and its zones, by city."""

    label: str
    zones: tuple[Zone, ...]


@lru_cache(1)
def known() -> frozenset[str]:
    """The zones that may be chosen: those with a place, none of the old aliases, and UTC."""
    placed = set(get_global("zone_territories")) & available_timezones()
    return frozenset({name for name in placed if name.partition("/")[0] in REGIONS} | {"UTC"})


def regions(locale: str, now: datetime) -> tuple[Region, ...]:
    """All zones, with how far each is from UTC at this hour."""
    return _regions(locale, int(now.timestamp() // 3600))


@lru_cache(8)
def _regions(locale: str, hour: int) -> tuple[Region, ...]:
    at = datetime.fromtimestamp(hour * 3600, UTC)
    language = Locale.parse(BABEL[locale])
    groups: dict[str, list[Zone]] = {region: [] for region in REGIONS}
    for name in known() - {"UTC"}:
        city = get_timezone_location(name, locale=language, return_city=True)
        groups[name.partition("/")[0]].append(Zone(name, f"{city} ({_offset(name, at)})"))
    found = [Region(REGIONS[key], tuple(sorted(zones, key=lambda z: z.label))) for key, zones in groups.items()]
    return (*found, Region("UTC", (Zone("UTC", "UTC"),)))


def _offset(name: str, at: datetime) -> str:
    text = at.astimezone(zone(name)).strftime("%z")
    return f"{text[:3]}:{text[3:]}".replace("-", "\u2212")
