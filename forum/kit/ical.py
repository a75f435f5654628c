"""iCalendar (RFC 5545) and invitations by mail (iTIP, RFC 5546): files that calendars read, and read again rightly.

Each date of a series is an entry of its own, with its own UID: no RECURRENCE-ID has to match anybody's idea of it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event, Timezone, vCalAddress, vDuration, vGeo, vText, vUri

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Ritrovo//Forum//EN"
REFRESH = timedelta(hours=6)
"""How often we ask subscribers to look; the large ones look once a day whatever we ask."""
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_PARTSTAT = {"yes": "ACCEPTED", "maybe": "TENTATIVE", "no": "DECLINED"}


class Person(msgspec.Struct, frozen=True):
    """Who organises or is invited. `answer`: yes, maybe, no or nothing yet."""

    name: str
    email: str
    answer: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One date in a calendar.

    `starts`, `ends`: aware, in the zone of the place (a ZoneInfo), so that a calendar shows the wall time of there.
    `sequence`: raised by every change that whoever comes must know of. `changed`: when, UTC.
    """

    uid: str
    sequence: int
    title: str
    starts: datetime
    ends: datetime
    changed: datetime
    text: str = ""
    place: str = ""
    position: tuple[float, float] | None = None  # latitude, longitude
    url: str = ""
    cancelled: bool = False
    tentative: bool = False  # whoever looks after it has not said yes yet, or whose calendar it is
    free: bool = False  # it takes no time of whose calendar it is
    organizer: Person | None = None
    attendees: tuple[Person, ...] = ()


def calendar(
    entries: Iterable[Entry], *, name: str = "", locale: str = "", url: str = "", method: Method = "PUBLISH"
) -> bytes:
    """A file with these entries and the rules of the zones that they use. The same entries give the same bytes."""
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", PRODUCT)
    made.add("method", method)
    if name:
        title = vText(" ".join(clean(name).split()))  # a vText is escaped; the library writes other values as they are
        made.add("name", title)
        made.add("x-wr-calname", title)
    if url:
        made.add("url", vUri(url))
    if method == "PUBLISH":
        made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", vDuration(REFRESH))
    rows = list(entries)
    for zone, (first, last) in _years(rows).items():
        made.add_component(_rules(zone, first, last))
    for row in rows:
        made.add_component(_event(row, locale, method))
    return bytes(made.to_ical())


def clean(value: str) -> str:
    """Text that cannot leave its field: one kind of line end, no control characters (RFC 5545, 3.3.11)."""
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def uid(kind: str, number: int, host: str) -> str:
    """The same for the same date, for ever: "occurrence-12@forum.example"."""
    return f"{kind}-{number}@{host}"


def _event(row: Entry, locale: str, method: Method) -> Event:
    made = Event()
    made.add("uid", row.uid)
    made.add("sequence", row.sequence)
    made.add("dtstamp", row.changed.astimezone(UTC))
    made.add("last-modified", row.changed.astimezone(UTC))
    made.add("dtstart", wall(row.starts))
    made.add("dtend", wall(row.ends))
    language = {"LANGUAGE": locale} if locale else {}
    made.add("summary", clean(row.title), parameters=language)
    if row.text:
        made.add("description", clean(row.text), parameters=language)
    if row.place:
        made.add("location", clean(row.place).replace("\n", ", "))
    if row.position:
        made.add("geo", vGeo(row.position))
    if row.url:
        made.add("url", vUri(row.url))
    made.add("status", "CANCELLED" if row.cancelled else "TENTATIVE" if row.tentative else "CONFIRMED")
    made.add("transp", "TRANSPARENT" if row.cancelled or row.free else "OPAQUE")
    if row.organizer:
        made["organizer"] = _address(row.organizer, role="")
    for person in row.attendees:
        asked = _address(person, role="REQ-PARTICIPANT")
        asked.params["PARTSTAT"] = vText(_PARTSTAT.get(person.answer, "NEEDS-ACTION"))
        # the answer is given on our page, where places are counted: a mail program's reply would reach nobody
        asked.params["RSVP"] = vText("FALSE")
        made.add("attendee", asked, encode=False)
    return made


def _address(person: Person, role: str) -> vCalAddress:
    made = vCalAddress(f"MAILTO:{person.email}")
    # quoted by the library; a quote inside would end the parameter
    made.params["CN"] = vText(clean(person.name).replace('"', "'").replace("\n", " "))
    if role:
        made.params["ROLE"] = vText(role)
    return made


def wall(moment: datetime) -> datetime:
    """As a calendar may write it: wall time with its zone, or UTC where the wall time would mean another moment.

    A time that happens twice means the first one (RFC 5545, 3.3.5), so the second is written in UTC.
    """
    if moment.fold and moment.replace(fold=0).utcoffset() != moment.utcoffset():
        return moment.astimezone(UTC)
    return moment


def _years(rows: Sequence[Entry]) -> dict[ZoneInfo, tuple[int, int]]:
    """The zones in use, each with the first and last year."""
    found: dict[ZoneInfo, tuple[int, int]] = {}
    for row in rows:
        for moment in (row.starts, row.ends):
            zone = moment.tzinfo
            if isinstance(zone, ZoneInfo) and zone.key != "UTC":
                first, last = found.get(zone, (moment.year, moment.year))
                found[zone] = (min(first, moment.year), max(last, moment.year))
    return dict(sorted(found.items(), key=lambda it: it[0].key))


@lru_cache(maxsize=64)
def _rules(zone: ZoneInfo, first: int, last: int) -> Timezone:
    """The VTIMEZONE of these years, a year more on each side: a change may lie just before or behind.

    Made from the very zone that the entries are in: the library's own idea of it may be older.
    """
    made = Timezone.from_tzinfo(zone, zone.key, first_date=date(first - 1, 1, 1), last_date=date(last + 2, 1, 1))
    made.pop("comment", None)
    return made
