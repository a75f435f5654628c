"""What a summary says of meetups: only what every guest may see now, and only the marks of members."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, select, update

from forum.categories.models import Category
from forum.feedback.exports import files, snapshot
from forum.feedback.exports.models import Export, Named, Snapshot
from forum.feedback.exports.shapes import MeetupLine
from forum.meetups.models import Occurrence
from forum.threads.models import Thread
from tests.factories import Make
from tests.support.feedback_exports import ENDS, STARTS, House

KINDS = ("csv", "xlsx", "json", "md", "html", "pdf")


@pytest.fixture
def house(make: Make, clock: Any) -> House:
    return House(make, clock)


def closed(house: House, how: str, thread: int, occurrence: int) -> None:
    with house.make.core.db.write() as session:
        if how == "thread removed":
            session.execute(update(Thread).where(Thread.id == thread).values(state="removed"))
        elif how == "moved":
            members_only = session.scalar(select(Category.id).where(Category.slug == house.closed))
            session.execute(update(Thread).where(Thread.id == thread).values(category_id=members_only))
        else:
            session.execute(delete(Occurrence).where(Occurrence.id == occurrence))


@pytest.mark.parametrize("how", ["thread removed", "moved", "date gone"])
def test_a_title_goes_with_its_meetup(house: House, how: str) -> None:
    """From what was made before, in each format; its figures stay, and each file says that something went."""
    thread, occurrence = house.met()
    kept, counts, plain = house.snapshot(), house.snapshot("counts"), house.snapshot("paraphrase")
    (before,) = house.opened(kept).page.meetups
    assert (before.title, before.id) == ("Torino", occurrence)
    assert [(it.title, it.id) for it in house.opened(counts).page.meetups] == [("", 0)]
    assert b"Torino" in house.file(plain, "md")
    closed(house, how, thread, occurrence)
    for privacy in (kept, plain):
        for kind in ("csv", "json", "md", "html"):
            assert b"Torino" not in house.file(privacy, kind), kind
        (line,) = house.opened(privacy).page.meetups
        assert line == msgspec.structs.replace(before, title="", id=0, redacted=True)
        assert "1 title was taken out since: not everybody" in house.file(privacy, "md").decode()
    page = json.loads(house.file(plain, "json"))
    assert page["redacted"] == 1
    quoted = json.loads(house.file(kept, "json"))
    assert quoted["redacted"] == 1 + sum(it["redacted"] for it in quoted["evidence"])
    assert [house.file(plain, kind) for kind in KINDS] == [house.file(plain, kind) for kind in KINDS]
    assert json.loads(house.file(counts, "json"))["redacted"] == 0


def test_once_a_day_the_files_are_looked_at_too(house: House) -> None:
    thread, occurrence = house.met()
    kept, make = house.snapshot("paraphrase"), house.make
    with make.core.db.write() as session:
        export = Export(snapshot_id=kept, format="md", at=make.now)
        session.add(export)
        session.flush()
        number = export.id
    made = files.make(make.core.db, make.core.settings, number, make.now)
    assert b"Torino" in files.path_of(make.core.settings, made).read_bytes()
    assert files.take_out(make.core.db, make.core.settings, make.now) == 0
    closed(house, "thread removed", thread, occurrence)
    assert files.take_out(make.core.db, make.core.settings, make.now) == 1
    assert not files.path_of(make.core.settings, made).exists()
    assert files.take_out(make.core.db, make.core.settings, make.now) == 0
    _, place = files.fetch(make.core.db, make.core.settings, number, make.now)
    assert b"Torino" not in place.read_bytes() and house.export(number).redacted == 1


def test_a_snapshot_from_before_the_ids_is_still_read(house: House) -> None:
    """And one whose figures could not be null yet; it is as it was kept."""
    thread, occurrence = house.met()
    kept = house.snapshot("paraphrase")
    page = msgspec.to_builtins(house.opened(kept).page)
    for line in page["meetups"]:
        del line["id"], line["redacted"]
    del page["polarity"]["share"]
    packer = snapshot.Packer(page)
    with house.make.core.db.write() as session:
        session.get_one(Snapshot, kept).data = packer.finish()
        session.execute(delete(Named))
    closed(house, "thread removed", thread, occurrence)
    assert files.take_out(house.make.core.db, house.make.core.settings, house.make.now) == 0
    (line,) = house.opened(kept).page.meetups
    assert (line.title, line.id) == ("Torino", 0) and all(house.file(kept, kind) for kind in KINDS)


def test_marks_of_the_house_are_no_members_marks(house: House) -> None:
    """Four members and two of the house gave a mark: too few for a mean. A fifth member: the mean of the five."""
    _, occurrence = house.met(marks=4)
    with house.make.core.db.write() as session:
        for one in (house.livia, house.alba):
            house.marked(session, occurrence, one, 1)

    def line() -> MeetupLine:
        (found,) = house.opened(house.snapshot()).page.meetups
        return found

    assert (line().mean, line().answers) == (None, None)
    with house.make.core.db.write() as session:
        house.marked(session, occurrence, house.people[4], 5)
    assert (line().mean, line().answers, line().day) == (4.6, 5, date(2026, 10, 10))
    assert STARTS <= line().day < ENDS
