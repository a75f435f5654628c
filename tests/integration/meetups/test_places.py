"""A place that changes changes the dates there, and whoever comes hears of it."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from forum.errors import Invalid
from forum.meetups import domain
from forum.meetups.domain import NewPlace
from forum.meetups.models import News, Occurrence, Place
from forum.notifications.models import Notice
from forum.outbox import Outbox
from tests.support.meetups import CASCINA, meetup, say


@pytest.fixture
def host(make):
    return make.member("nadia", role="manager", display_name="Nadia Ferri")


@pytest.fixture
def place(make, host):
    """The id of a place where two meetups take place, and its description."""
    with make.core.db.write() as session:
        return domain.save_place(session, actor=host, place=CASCINA, now=make.now)


def save(make, host, place, new, reason=""):
    with make.core.db.write() as session:
        domain.save_place(session, actor=host, place=new, place_id=place, reason=reason, now=make.now)


def dates(make, *refs):
    with make.core.db.read() as session:
        query = select(Occurrence).where(Occurrence.meetup_id.in_([ref.id for ref in refs]))
        return {row.id: row for row in session.scalars(query)}


def test_another_address_is_told_to_whoever_comes(make, host, place, clock, mailbox):
    once = meetup(make, host, place=place)
    series = meetup(make, host, place=place, rule="FREQ=WEEKLY;COUNT=4", title="Ogni settimana")
    elsewhere = meetup(make, host, place=NewPlace("Oratorio", "via Roma 1"))
    anna, bruno = make.member("anna"), make.member("bruno")
    say(make, anna, once.occurrence_ids[0])
    for date in series.occurrence_ids[:3]:
        say(make, bruno, date)
    off = series.occurrence_ids[3]
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=host, occurrence_id=off, reason="Festa.", now=make.now)
    make.drain()
    clock.forward(days=8)
    make.drain()
    begun = {once.occurrence_ids[0], series.occurrence_ids[0]}
    later = meetup(make, host, place=place, title="Più avanti")
    say(make, anna, later.occurrence_ids[0])
    make.drain()
    before = dates(make, once, series, elsewhere, later)
    mailbox.sent.clear()
    moved = replace(CASCINA, address="via Lodivecchia 40, Lodi")
    with pytest.raises(Invalid) as refused:
        save(make, host, place, moved)
    assert "reason" in refused.value.fields
    assert make.get(Place, place).address == CASCINA.address
    clock.forward(minutes=5)
    save(make, host, place, moved, "Il portone è un altro.")
    make.drain()
    clock.forward(minutes=30)
    make.drain()
    after = dates(make, once, series, elsewhere, later)
    told = {key for key, row in after.items() if row.sequence != before[key].sequence}
    assert told == {*series.occurrence_ids[1:3], later.occurrence_ids[0]} and not told & begun
    assert all(after[key].changed_at > before[key].changed_at and not after[key].own for key in told)
    for who, method in (("anna", "REQUEST"), ("bruno", "")):  # of several dates: a file, for no mail invites to two
        [mail] = [one for one in mailbox.to(f"{who}@example.org") if "Il portone è un altro." in one.text]
        assert "via Lodivecchia 40" in mail.text and mail.method == method, who
    with make.core.db.read() as session:
        kinds = session.scalars(select(News.what).where(News.kind == "changed")).all()
        assert set(kinds) == {"place"} and len(kinds) == 3


def test_twice_run_tells_once_and_what_is_no_address_tells_nobody(make, host, place, clock):
    made = meetup(make, host, place=place)
    anna = make.member("anna")
    say(make, anna, made.occurrence_ids[0])
    make.drain()
    clock.forward(minutes=5)
    save(make, host, place, replace(CASCINA, toilet=True, transit="Linea 3"))
    make.drain()
    [row] = dates(make, made).values()
    assert row.sequence == 0, "it is found where it was"
    save(make, host, place, replace(CASCINA, name="Cascina Nuova"), "Ha cambiato nome.")
    with make.core.db.read() as session:
        [job] = session.scalars(select(Outbox).where(Outbox.job == "meetups.tell_of_place")).all()
        payload = job.payload
    clock.forward(minutes=1)
    make.drain()
    with make.core.db.write() as session:  # the worker was killed after its work, and does it again
        session.add(Outbox(job="meetups.tell_of_place", event="PlaceChanged", payload=payload, created_at=make.now,
                           run_at=make.now))  # fmt: skip
    clock.forward(minutes=1)
    make.drain()
    [row] = dates(make, made).values()
    with make.core.db.read() as session:
        told = session.scalars(select(Notice.kind).where(Notice.member_id == anna.id)).all()
    assert (row.sequence, told) == (1, ["meetup_changed"])
