"""Calendar files: read back by other programs as what was meant, whatever the words in them."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from forum.kit.ical import Entry, Method, Person, calendar, clean, uid, wall
from forum.kit.mail import Mail, build

ROME, NEW_YORK = ZoneInfo("Europe/Rome"), ZoneInfo("America/New_York")
PLAIN = Entry(
    uid=uid("occurrence", 7, "forum.example"),
    sequence=0,
    title="Giro lungo l’Adda",
    starts=datetime(2027, 4, 10, 19, tzinfo=ROME),
    ends=datetime(2027, 4, 10, 21, 30, tzinfo=ROME),
    changed=datetime(2026, 11, 21, 9, tzinfo=UTC),
    url="https://forum.example/meetups/3/giro",
)
NASTY = 'Giro; con, virgole\\n "e" 🚲\r\nEND:VEVENT\rBEGIN:VEVENT\nSUMMARY:falso\x00\x0b\u2028fine'


def events(data: bytes) -> list[Event]:
    return [it for it in Calendar.from_ical(data).walk("VEVENT") if isinstance(it, Event)]


def only(data: bytes) -> Event:
    (event,) = events(data)
    return event


def test_an_entry_is_read_back() -> None:
    whole = msgspec.structs.replace(
        PLAIN, text="Ritrovo alle 18:45.\nLuci obbligatorie.", place="Bar Centrale\nVia Roma 1, Lodi",
        position=(45.3142, 9.5034), sequence=4, organizer=Person("Livia", "livia@forum.example"),
        attendees=(Person("Renzo", "renzo@mail.example", "yes"), Person("Graham", "graham@mail.example")),
    )  # fmt: skip
    event = only(calendar([whole], name="Incontri", locale="it", method="REQUEST"))
    assert (event["uid"], event["sequence"], event["status"]) == ("occurrence-7@forum.example", 4, "CONFIRMED")
    assert (event.start, event.end) == (whole.starts, whole.ends)
    assert event["summary"] == "Giro lungo l’Adda" and event["summary"].params["LANGUAGE"] == "it"
    assert event["description"] == whole.text and event["location"] == "Bar Centrale, Via Roma 1, Lodi"
    assert event["geo"].to_ical() == "45.3142;9.5034"
    assert event["organizer"].email == "livia@forum.example"
    first, second = event["attendee"]
    assert (first.params["PARTSTAT"], second.params["PARTSTAT"]) == ("ACCEPTED", "NEEDS-ACTION")


def test_the_same_entries_give_the_same_bytes() -> None:
    assert calendar([PLAIN], name="A") == calendar([PLAIN], name="A")


@pytest.mark.parametrize("field", ["title", "text", "place"])
def test_no_text_leaves_its_field(field: str) -> None:
    event = only(calendar([msgspec.structs.replace(PLAIN, **{field: NASTY})]))
    name = {"title": "summary", "text": "description", "place": "location"}[field]
    expected = clean(NASTY).replace("\n", ", ") if field == "place" else clean(NASTY)
    assert str(event[name]) == expected and "falso" in str(event[name])


@given(st.text(max_size=300), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_and_any_name(text: str, name: str) -> None:
    row = msgspec.structs.replace(
        PLAIN, title=text or "x", text=text, place=text, organizer=Person(name, "a@b.example"),
        attendees=(Person(name, "c@d.example"),),
    )  # fmt: skip
    data = calendar([row], name=text)
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == 1 == data.count(b"\r\nEND:VEVENT\r\n")
    event = only(data)
    assert str(event["summary"]) == clean(text or "x") and event["attendee"].email == "c@d.example"
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")


@pytest.mark.parametrize("zone", [ROME, NEW_YORK])
def test_the_rules_of_the_zone_come_along(zone: ZoneInfo) -> None:
    """A reader that knows no zones but those of the file finds the same moments, on both sides of each change."""
    days = [datetime(2027, month, day, 19, tzinfo=zone) for month in (3, 4, 10, 11) for day in (1, 14, 15, 28, 29)]
    data = calendar(
        [msgspec.structs.replace(PLAIN, uid=str(it), starts=it, ends=it + timedelta(hours=2)) for it in days]
    )
    (rules,) = Calendar.from_ical(data).walk("VTIMEZONE")
    known = rules.to_tz(lookup_tzid=False)
    for event, day in zip(events(data), days, strict=True):
        local = event.start.replace(tzinfo=None)
        assert local.replace(tzinfo=known).utcoffset() == day.utcoffset(), day
        assert event.start == day


def test_the_second_of_two_equal_hours_is_written_in_utc() -> None:
    twice = datetime(2027, 10, 31, 2, 30, tzinfo=ROME)
    assert wall(twice) is twice
    second = wall(twice.replace(fold=1))
    assert second.tzinfo is UTC and second.hour == 1
    data = calendar([msgspec.structs.replace(PLAIN, starts=twice.replace(fold=1), ends=twice + timedelta(hours=3))])
    assert only(data).start == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_an_invitation_travels_as_the_last_alternative_of_a_mail() -> None:
    data = calendar([msgspec.structs.replace(PLAIN, text="Però: più giù, è così. " * 20)], method="REQUEST")
    sent = Mail("r@x.example", "Ci sei", "Testo", "<p>Testo</p>", "seat-1-2", calendar=data, method="REQUEST")
    raw = bytes(build(sent, sender="f@x.example", sender_name="", domain="x.example", now=PLAIN.changed))
    read = message_from_bytes(raw, policy=default)
    assert [it.get_content_type() for it in read.walk()] == [
        "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    part = list(read.walk())[-1]
    assert part["content-type"].params["method"] == "REQUEST"
    assert only(part.get_content().encode()) == only(data)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def khal(folder: Path, *words: str) -> str:
    """A calendar program with a calendar of its own in `folder`."""
    config = folder / "config"
    if not config.exists():
        formats = "timeformat=%H:%M\ndateformat=%Y-%m-%d\nlongdateformat=%Y-%m-%d\n"
        formats += "datetimeformat=%Y-%m-%d %H:%M\nlongdatetimeformat=%Y-%m-%d %H:%M\n"
        config.write_text(
            f"[calendars]\n[[mine]]\npath={folder / 'mine'}\n[sqlite]\npath={folder / 'khal.db'}\n"
            f"[locale]\nlocal_timezone=Europe/Rome\ndefault_timezone=Europe/Rome\n{formats}"
        )
        (folder / "mine").mkdir()
    command = [str(Path(sys.executable).with_name("khal")), "-c", str(config), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_change_and_a_cancellation_replace_what_a_calendar_had(tmp_path: Path) -> None:
    later = {"starts": PLAIN.starts + timedelta(days=1), "ends": PLAIN.ends + timedelta(days=1)}
    steps: list[tuple[Method, dict[str, object], str]] = [
        ("PUBLISH", {}, "2027-04-10 19:00 Giro lungo l’Adda CONFIRMED"),
        ("REQUEST", {"sequence": 1, **later}, "2027-04-11 19:00 Giro lungo l’Adda CONFIRMED"),
        ("CANCEL", {"sequence": 2, **later, "cancelled": True}, "2027-04-11 19:00 Giro lungo l’Adda CANCELLED"),
    ]
    for number, (method, change, expected) in enumerate(steps):
        file = tmp_path / f"{number}.ics"
        file.write_bytes(calendar([msgspec.structs.replace(PLAIN, **change)], method=method))
        khal(tmp_path, "import", "--batch", str(file))
        shown = khal(tmp_path, "list", "--day-format", "", "2027-04-01", "30d", "--format", "{start} {title} {status}")
        assert [line.strip() for line in shown.splitlines() if line.strip()] == [expected]
