"""Calendar files as other programs read them: every one parses, changes replace, words stay words.

khal keeps calendars of its own in the test's folder: what it shows after each import is what a member would see.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from forum.meetups import domain, queries
from forum.meetups.domain import DatePlan, NewChapter, NewPlace
from forum.meetups.models import Occurrence
from tests.support.meetups import meetup, say

pytestmark = pytest.mark.slow
"""khal is a process for each calendar; `test_calendars.py` reads the same files with icalendar in the quick suite."""

NASTY = 'Freni, luci; e\\n "campanello" 🚲\r\nEND:VEVENT\rBEGIN:VEVENT\nUID:falso@x\nSUMMARY:falso'
FORMATS = """[locale]
local_timezone=Europe/Rome
default_timezone=Europe/Rome
timeformat=%H:%M
dateformat=%Y-%m-%d
longdateformat=%Y-%m-%d
datetimeformat=%Y-%m-%d %H:%M
longdatetimeformat=%Y-%m-%d %H:%M
"""


class Khal:
    """A calendar program of somebody's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config, self.number = folder, folder / "config", 0
        (folder / "mine").mkdir(parents=True)
        self.config.write_text(
            f"[calendars]\n[[mine]]\npath={folder / 'mine'}\n[sqlite]\npath={folder / 'khal.db'}\n{FORMATS}"
        )

    def __call__(self, *words: str) -> str:
        line = [str(Path(sys.executable).with_name("khal")), "-c", str(self.config), *words]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "rror" not in done.stderr, done.stderr
        return done.stdout

    def load(self, *files: bytes) -> list[str]:
        """Take files in one after the other; what stands in the calendar then."""
        paths = []
        for data in files:
            self.number += 1
            paths.append(self.folder / f"{self.number}.ics")
            paths[-1].write_bytes(data)
        for path in paths:
            self("import", "--batch", str(path))
        shown = self("list", "--day-format", "", "2026-11-01", "400d", "--format", "{start} {title} {status}")
        return [line.strip() for line in shown.splitlines() if line.strip()]


@pytest.fixture
def khal(tmp_path):
    return Khal(tmp_path / "khal")


@pytest.fixture
def host(make):
    return make.member("livia", role="manager")


def moved(make, host, date_id, **more):
    with make.core.db.write() as session:
        date = session.get_one(Occurrence, date_id)
        hours = timedelta(hours=more.pop("hours", 1))
        it = DatePlan(
            more.pop("title", date.title), date.starts_local + hours, date.ends_local + hours, date.timezone,
            place=date.place_id, online_url=date.online_url, capacity=date.capacity, **more,
        )  # fmt: skip
        domain.change_occurrence(
            session, actor=host, occurrence_id=date_id, plan=it, version=None, reason="Piove.", now=make.now
        )


def called_off(make, host, date_id):
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=host, occurrence_id=date_id, reason="Neve.", now=make.now)


def attached(mailbox, address):
    return [mail.calendar for mail in mailbox.to(address) if mail.calendar]


def later(make, clock):
    make.drain()
    clock.forward(minutes=45)
    make.drain()


def test_mails_change_and_cancel_what_the_calendar_has(make, host, clock, mailbox, khal):
    """Yes, moved, moved again, called off: one entry all the time, and always the right one."""
    [date] = meetup(make, host, days=20).occurrence_ids
    renzo = make.member("renzo", locale="it")
    say(make, renzo, date)
    later(make, clock)
    assert khal.load(attached(mailbox, "renzo@example.org")[-1]) == ["2026-12-11 10:00 Officina aperta CONFIRMED"]
    for hour in (11, 12):
        moved(make, host, date)
        later(make, clock)
        [now] = khal.load(attached(mailbox, "renzo@example.org")[-1])
        assert now == f"2026-12-11 {hour}:00 Officina aperta CONFIRMED"
    called_off(make, host, date)
    later(make, clock)
    files = attached(mailbox, "renzo@example.org")
    assert khal.load(files[-1]) == ["2026-12-11 12:00 Officina aperta CANCELLED"]
    read = [Calendar.from_ical(data).walk("VEVENT")[0] for data in files]
    assert [int(it["sequence"]) for it in read] == [0, 1, 2, 3] and len({str(it["uid"]) for it in read}) == 1


def test_feeds_change_and_cancel_what_the_calendar_has(make, host, khal):
    """A series by its feed: one date moved, one called off, one renamed, the rest as they were; nothing doubled."""
    dates = meetup(make, host, days=7, rule="FREQ=WEEKLY;COUNT=4").occurrence_ids
    guest = make.browser()
    first = khal.load(guest.get("/meetups.ics").content)
    assert len(first) == 4 and all(line.endswith("10:00 Officina aperta CONFIRMED") for line in first)
    moved(make, host, dates[1], hours=2)
    moved(make, host, dates[2], hours=0, title="Cena")
    called_off(make, host, dates[3])
    after = khal.load(guest.get("/meetups.ics").content, guest.get(f"/occurrences/{dates[0]}/calendar.ics").content)
    assert [line.partition(" ")[2] for line in after] == [
        "10:00 Officina aperta CONFIRMED", "12:00 Officina aperta CONFIRMED", "10:00 Cena CONFIRMED",
        "10:00 Officina aperta CANCELLED",
    ]  # fmt: skip
    assert khal.load(guest.get("/meetups.ics").content) == after, "the same file again changes nothing"


def test_whoever_gives_the_seat_back_and_takes_it_again(make, host, clock, mailbox, khal):
    [date] = meetup(make, host, days=20).occurrence_ids
    renzo = make.member("renzo", locale="it")
    for reply, status in (("yes", "CONFIRMED"), ("no", "CANCELLED"), ("yes", "CONFIRMED")):
        say(make, renzo, date, reply)
        later(make, clock)
        assert khal.load(attached(mailbox, "renzo@example.org")[-1]) == [f"2026-12-11 10:00 Officina aperta {status}"]


def test_every_file_parses_whatever_the_words(make, host, clock, mailbox, khal):
    """Site, category, chapter, one date, one's own, and the mails: with words that would break out if they could."""
    make.category("officina", name=NASTY[:60].replace("\r", " "))
    with make.core.db.write() as session:
        chapter = NewChapter("Lodi, BEGIN:VEVENT; \\n fine", "officina", about=NASTY, town="Lodi")
        slug = domain.save_chapter(session, actor=host, chapter=chapter, now=make.now).slug
    made = meetup(
        make, host, days=20, title=NASTY, body=NASTY, category="officina", chapter=slug,
        place=NewPlace(NASTY[:100], NASTY, transit=NASTY, access=NASTY), online_url="https://x.example/a,b;c",
    )  # fmt: skip
    [date] = made.occurrence_ids
    renzo = make.member("renzo", locale="it", display_name='Renzo "il, Rosso"; 🚲')
    say(make, renzo, date)
    later(make, clock)
    moved(make, host, date, note=NASTY[:400])
    later(make, clock)
    with make.core.db.write() as session:
        token = domain.new_calendar_token(session, actor=renzo, now=make.now)
    guest = make.browser()
    files = {
        path: guest.get(path).content
        for path in (
            "/meetups.ics", "/c/officina/meetups.ics", f"/meetups/chapters/{slug}/calendar.ics",
            f"/occurrences/{date}/calendar.ics", f"/meetups/calendar/{token}/mine.ics",
        )
    }  # fmt: skip
    files |= {f"mail {n}": data for n, data in enumerate(attached(mailbox, "renzo@example.org"))}
    assert len(files) == 7
    with make.core.db.read() as session:
        uid = session.scalars(select(Occurrence.uid)).one()
        title = queries.row(session, host, make.core.house(session), date).occurrence.title
    for name, data in files.items():
        [one] = Calendar.from_ical(data).walk("VEVENT")
        assert str(one["uid"]) == f"{uid}@127.0.0.1" and str(one["summary"]) == title, name
        assert data.count(b"\r\nBEGIN:VEVENT\r\n") == 1 and b"\r\nUID:falso" not in data, name
        assert b"\n" not in data.replace(b"\r\n", b"") and not one.errors, name
        assert len(khal.load(data)) == 1, name


def test_a_file_with_a_whole_series_enters_changes_and_cancels_what_the_calendar_has(make, host, clock, mailbox, khal):
    """Yes to all, one moved, no to all: one file each time, and the same entries all the time."""
    made = meetup(make, host, days=20, rule="FREQ=WEEKLY;COUNT=3")
    renzo = make.member("renzo", locale="it")
    times = ("2026-12-11 10:00", "2026-12-18 10:00", "2026-12-25 10:00")

    def answer(reply):
        mailbox.sent.clear()
        with make.core.db.write() as session:
            domain.answer_series(
                session, actor=renzo, meetup_id=made.id, reply=domain.Reply(reply), now=make.now
            )  # fmt: skip
        later(make, clock)
        [mail] = mailbox.to("renzo@example.org")
        return khal.load(mail.files[0].data)

    assert answer("yes") == [f"{time} Officina aperta CONFIRMED" for time in times]
    mailbox.sent.clear()
    moved(make, host, made.occurrence_ids[1], hours=2)
    later(make, clock)
    changed = khal.load(*attached(mailbox, "renzo@example.org"))
    assert changed[1] == "2026-12-18 12:00 Officina aperta CONFIRMED" and len(changed) == 3
    assert [line.rpartition(" ")[2] for line in answer("no")] == ["CANCELLED"] * 3
