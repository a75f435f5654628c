"""Fifty at once: real threads with connections of their own, and real clients of a real server, on both databases.

While they answer, bring guests and take seats back, hosts change the room and take people off the list, offers run
out, and in the end the date is called off. What they leave behind is looked at transaction by transaction, in the
order of commits: never more people than seats, nobody past the queue, no answer lost.
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import httpx
import pytest
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from forum.errors import Busy, Conflict, Invalid
from forum.meetups.domain import Reply, answer, cancel_occurrence, remove_party
from forum.meetups.domain.offers import end_offer
from forum.meetups.models import Occurrence, Rsvp
from forum.policy.actors import Actor
from tests.e2e.support.house import House
from tests.factories import Make
from tests.support.meetups import meetup, put_capacity, say

CLIENTS = 50
MOST_GUESTS = 2
OFFER = timedelta(hours=1)
SEATED = {"going", "offered"}
Row = tuple[str, str, int, int | None]
"""(answer, state, guests, ticket)."""
Snapshot = tuple[int | None, dict[int, Row]]
"""(capacity, member id → their row)."""


def snapshot(session: Session, occurrence_id: int) -> Snapshot:
    """How a date stands, in one statement."""
    session.flush()
    here = and_(Rsvp.occurrence_id == Occurrence.id)
    columns = (Occurrence.capacity, Rsvp.member_id, Rsvp.answer, Rsvp.state, Rsvp.guests, Rsvp.ticket)
    query = select(*columns).outerjoin(Rsvp, here).where(Occurrence.id == occurrence_id)
    found = session.execute(query).all()
    return found[0][0], {row[1]: (row[2], row[3], row[4], row[5]) for row in found if row[1] is not None}


def judge(before: Snapshot, after: Snapshot) -> None:
    """What must hold from one moment to the next. Every party could fit into the room at any time."""
    capacity, rows = after
    taken = sum(1 + row[2] for row in rows.values() if row[1] in SEATED)
    assert capacity is None or taken <= capacity, "more people than seats"
    waiting = {who: row for who, row in rows.items() if row[1] == "waiting"}
    first = min(waiting.values(), key=lambda row: row[3] or 0, default=None)
    if capacity is not None and first is not None:
        assert taken + 1 + first[2] > capacity, "a free seat, and the first party would fit"
    for who, row in rows.items():
        old = before[1].get(who)
        if row[1] not in SEATED or (old is not None and old[1] in SEATED):
            continue
        ticket = old[3] if old is not None else None
        for other, wait in waiting.items():
            had = before[1].get(other)
            if had is not None and had[3] == wait[3]:  # has waited all the time
                assert ticket is not None and ticket < (wait[3] or 0), "somebody went past the queue"


@dataclass
class Step:
    """What a transaction left, taken while it held the date's lock: steps stand in the order of commits.

    `said`: (member, answer, guests). `kept`: it was committed, and whoever answered was told so.
    """

    after: Snapshot
    said: tuple[int, str, int] | None
    kept: bool = False


class Crowd:
    """Threads that answer `rounds` times each, while hosts and the worker do theirs."""

    def __init__(self, make: Make, *, capacity: int, offers: bool) -> None:
        self.make, self.capacity, self.now = make, capacity, make.now
        self.host = make.member(role="manager")
        self.people = [make.member(email=False) for _ in range(CLIENTS)]
        made = meetup(
            make, self.host, capacity=capacity, guests_allowed=MOST_GUESTS, days=60,
            offer_minutes=60 if offers else None,
        )  # fmt: skip
        [self.date] = made.occurrence_ids
        self.gate = Barrier(CLIENTS + 2)
        self.log: list[Step] = []
        self.refused = 0

    def run(self, rounds: int) -> None:
        """Let them loose, and wait for all."""
        with ThreadPoolExecutor(CLIENTS + 2) as pool:
            work = [pool.submit(self.client, number, rounds) for number in range(CLIENTS)]
            work += [pool.submit(self.hosts, rounds), pool.submit(self.worker, rounds)]
            for one in work:
                one.result()

    def patiently(self, act: Callable[[Session], Any], said: tuple[int, str, int] | None = None) -> None:
        """In a transaction of its own. A refusal leaves nothing behind."""
        for _ in range(40):
            with suppress(Busy):
                try:
                    with self.make.core.db.write() as session:
                        told = act(session) or said
                        step = Step(snapshot(session, self.date), told)
                        self.log.append(step)
                    step.kept = True
                except (Conflict, Invalid):
                    self.refused += 1
                return
        raise AssertionError("busy forty times in a row")

    def client(self, number: int, rounds: int) -> None:
        chance, who = random.Random(number), self.people[number]
        self.gate.wait(60)
        for _ in range(rounds):
            reply = chance.choice(("yes", "yes", "yes", "no", "maybe"))
            guests = chance.randint(0, MOST_GUESTS) if reply == "yes" else 0
            self.patiently(partial(self.say, who, Reply(reply, guests)), (who.id, reply, guests))

    def say(self, who: Actor, reply: Reply, session: Session) -> None:
        answer(session, actor=who, occurrence_id=self.date, reply=reply, now=self.now)

    def hosts(self, rounds: int) -> None:
        """The room grows and shrinks; now and then somebody is taken off the list."""
        chance = random.Random(99)
        self.gate.wait(60)
        for turn in range(rounds * 2):
            if turn % 2:
                self.patiently(lambda session: self.take_off(session, chance))
            else:
                size = self.capacity + chance.randint(-2, 12)
                self.patiently(lambda session, size=size: put_capacity(session, self.host, self.date, size, self.now))

    def take_off(self, session: Session, chance: random.Random) -> tuple[int, str, int] | None:
        rows = session.execute(select(Rsvp.id, Rsvp.member_id).where(Rsvp.state.in_(("going", "waiting")))).all()
        if not rows:
            return None
        row_id, member_id = chance.choice(rows)
        seat = remove_party(session, actor=self.host, rsvp_id=row_id, reason="You asked.", now=self.now)
        return (member_id, seat.answer, seat.guests) if seat.state == "no" else None

    def worker(self, rounds: int) -> None:
        """Time goes by, and offers that nobody took up end."""
        self.gate.wait(60)
        for _ in range(rounds):
            self.now += OFFER / 2
            with self.make.core.db.read() as session:
                rows = session.scalars(select(Rsvp.id).where(Rsvp.state == "offered")).all()
            for row_id in rows:
                self.patiently(lambda session, row_id=row_id: end_offer(session, rsvp_id=row_id, now=self.now))

    def look(self) -> None:
        """At every commit, and at the end."""
        before: Snapshot = (self.capacity, {})
        for step in self.log:
            if step.kept:
                judge(before, step.after)
                before = step.after
        last: dict[int, tuple[str, int]] = {}
        for step in self.log:
            if step.kept and step.said is not None:
                last[step.said[0]] = step.said[1:]
        with self.make.core.db.read() as session:
            assert snapshot(session, self.date) == before
            date = session.get_one(Occurrence, self.date)
        rows = before[1]
        assert date.taken == sum(1 + row[2] for row in rows.values() if row[1] in SEATED)
        assert (date.waiting, date.maybe) == tuple(
            sum(row[1] == state for row in rows.values()) for state in ("waiting", "maybe")
        )
        assert {who: (row[0], row[2]) for who, row in rows.items()} == last, "an answer was lost"


@pytest.mark.parametrize("offers", [pytest.param(False, marks=pytest.mark.slow), True])
def test_fifty_at_once(make, offers):
    crowd = Crowd(make, capacity=20, offers=offers)
    crowd.run(2)
    crowd.look()


@pytest.mark.slow
@pytest.mark.parametrize("offers", [False, True])
def test_fifty_for_longer_and_then_it_is_called_off(make, offers):
    crowd = Crowd(make, capacity=20, offers=offers)
    crowd.run(25)
    crowd.look()
    assert len(crowd.log) > CLIENTS * 10
    with make.core.db.write() as session:
        cancel_occurrence(session, actor=crowd.host, occurrence_id=crowd.date, reason="The roof leaks.", now=crowd.now)
    before = crowd.log[-1].after[1]
    for who in crowd.people[:5]:
        with pytest.raises(Conflict):
            say(make, who, crowd.date)
    with make.core.db.read() as session:
        after = snapshot(session, crowd.date)[1]
    held = {who for who, (_, state, *_) in before.items() if state == "offered"}
    assert {who: it for who, it in after.items() if who not in held} == {
        who: it for who, it in before.items() if who not in held
    }, "answers say who has to be told"
    assert all(after[who][:3] == (before[who][0], "waiting", before[who][2]) for who in held), "nobody's seats"


# -- over HTTP -------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(backend: str, settings: Any, tmp_path: Path) -> Iterator[House]:
    """A server of its own process on the test's database."""
    house = House(tmp_path / "house", database_url=settings.database_url if backend == "postgres" else "")
    yield house
    house.close()


@pytest.mark.slow
def test_fifty_clients_of_a_real_server(house):
    """Fifty connections to one process, a host's changes from another one, and a pair of eyes that reads meanwhile."""
    make = house.make
    host, people = make.member(role="manager"), [make.member() for _ in range(CLIENTS)]
    [date] = meetup(make, host, capacity=20, guests_allowed=MOST_GUESTS, days=60).occurrence_ids
    path, gate, done = f"/api/v1/occurrences/{date}/rsvp", Barrier(CLIENTS + 1), Event()
    tokens = [make.token(who) for who in people]
    last: dict[int, tuple[str, int]] = {}
    seen: list[Snapshot] = []

    def client(number: int) -> set[int]:
        chance, statuses = random.Random(number), set()
        headers = {"Authorization": f"Bearer {tokens[number]}"}
        with httpx.Client(base_url=house.url, headers=headers, timeout=60) as http:
            gate.wait(60)
            for _ in range(12):
                reply = chance.choice(("yes", "yes", "yes", "no", "maybe"))
                guests = chance.randint(0, MOST_GUESTS) if reply == "yes" else 0
                told = http.put(path, json={"answer": reply, "guests": guests})
                statuses.add(told.status_code)
                if told.status_code == 200:
                    assert (told.json()["answer"], told.json()["guests"]) == (reply, guests)
                    last[people[number].id] = (reply, guests)
        return statuses

    def hosts() -> None:
        chance = random.Random(7)
        gate.wait(60)
        while not done.is_set():
            with suppress(Invalid, Busy), make.core.db.write() as session:
                put_capacity(session, host, date, 20 + chance.randint(-2, 12), make.now)
            time.sleep(0.02)

    def eyes() -> None:
        while not done.is_set():
            with make.core.db.read() as session:
                seen.append(snapshot(session, date))

    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        others = [pool.submit(hosts), pool.submit(eyes)]
        clients = [pool.submit(client, number) for number in range(CLIENTS)]
        statuses = set().union(*(one.result() for one in clients))
        done.set()
        for one in others:
            one.result()
    assert 200 in statuses <= {200, 409}, statuses  # 409: no seats for more guests
    before: Snapshot = (20, {})
    for after in (*seen, final(make, date)):
        judge(before, after)
        before = after
    assert len(seen) > 20 and {who: (row[0], row[2]) for who, row in before[1].items()} == last, "an answer was lost"
    off = httpx.post(
        f"{house.url}/api/v1/occurrences/{date}/cancel", json={"reason": "The roof leaks."}, timeout=60,
        headers={"Authorization": f"Bearer {make.token(host)}"},
    )  # fmt: skip
    assert off.json()["status"] == "cancelled"
    late = httpx.put(house.url + path, json={"answer": "no"}, headers={"Authorization": f"Bearer {tokens[0]}"})
    assert late.status_code == 409 and final(make, date) == before


def final(make: Make, date: int) -> Snapshot:
    """How it stands now."""
    with make.core.db.read() as session:
        return snapshot(session, date)
