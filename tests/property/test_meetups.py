"""Answers, guests, a room that changes size, offers, removals, in any order, on both databases.

Never more people than seats, nobody past the queue, no answer lost: every step is compared with a model of a few
lines. What fifty do at once is in test_meetups_crowds.py.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from forum.errors import Conflict, Invalid
from forum.meetups.domain import remove_party
from forum.meetups.models import News, Occurrence, Rsvp
from tests.factories import Make
from tests.support.meetups import meetup, put_capacity, say

PEOPLE = 8
MOST_GUESTS = 2
OFFER = timedelta(hours=1)
WHO = st.integers(0, PEOPLE - 1)


@dataclass
class Party:
    """One member's answer, as the model knows it."""

    answer: str = "no"
    state: str = "none"
    guests: int = 0
    ticket: int = 0
    until: datetime | None = None


@dataclass
class Room:
    """The rules of `forum.meetups.domain.seats`, in the fewest words."""

    capacity: int | None
    offers: bool
    parties: dict[int, Party] = field(default_factory=dict)
    tickets: int = 0

    @property
    def taken(self) -> int:
        return sum(1 + it.guests for it in self.parties.values() if it.state in {"going", "offered"})

    def fits(self, people: int, held: int = 0) -> bool:
        return self.capacity is None or self.taken - held + people <= self.capacity

    def queue(self) -> list[Party]:
        waiting = [it for it in self.parties.values() if it.state == "waiting"]
        possible = [it for it in waiting if self.capacity is None or 1 + it.guests <= self.capacity]
        return sorted(possible, key=lambda it: it.ticket)

    def settle(self, now: datetime) -> None:
        for it in self.parties.values():
            if it.state == "offered" and it.until is not None and it.until <= now:
                it.state = "lapsed"
        self.promote(now)

    def promote(self, now: datetime) -> None:
        while (queue := self.queue()) and self.fits(1 + queue[0].guests):
            first = queue[0]
            first.state, first.until = ("offered", now + OFFER) if self.offers else ("going", None)

    def yes(self, who: int, guests: int, now: datetime) -> bool:
        """False: refused, and nothing has changed."""
        if self.capacity is not None and 1 + guests > self.capacity:
            it = self.parties.get(who)
            if it is None or it.state not in {"going", "offered"} or guests > it.guests:
                return False
        self.settle(now)
        it = self.parties.setdefault(who, Party())
        held = 1 + it.guests if it.state in {"going", "offered"} else 0
        others = [one for one in self.queue() if one is not it]
        if held:
            if 1 + guests > held and (others or not self.fits(1 + guests, held)):
                return False
            it.state = "going"
        elif not others and self.fits(1 + guests):
            it.state = "going"
        elif it.state != "waiting" or guests > it.guests:
            self.tickets += 1
            it.state, it.ticket = "waiting", self.tickets
        it.answer, it.guests = "yes", guests
        self.promote(now)
        return True

    def other(self, who: int, answer: str, guests: int, now: datetime) -> None:
        self.settle(now)
        it = self.parties.setdefault(who, Party())
        it.answer, it.state, it.guests = answer, answer, guests
        self.promote(now)


class Seats(RuleBasedStateMachine):
    """One date, eight members, a host."""

    make: Make
    clock: Any

    @initialize(capacity=st.sampled_from((1, 2, 3, 5)), offers=st.booleans())
    def scene(self, capacity: int, offers: bool) -> None:
        self.host = self.make.member(role="manager")
        self.people = [self.make.member(email=False) for _ in range(PEOPLE)]
        made = meetup(
            self.make, self.host, capacity=capacity, guests_allowed=MOST_GUESTS, days=60,
            offer_minutes=60 if offers else None,
        )  # fmt: skip
        [self.date] = made.occurrence_ids
        self.room = Room(capacity, offers)

    def refused(self, act: Any) -> bool:
        try:
            act()
        except (Conflict, Invalid):
            return True
        return False

    @rule(who=WHO, guests=st.integers(0, MOST_GUESTS))
    def yes(self, who: int, guests: int) -> None:
        before = {key: (it.answer, it.state, it.guests, it.ticket, it.until) for key, it in self.room.parties.items()}
        tickets = self.room.tickets
        wrong = self.refused(lambda: say(self.make, self.people[who], self.date, guests=guests))
        assert wrong != self.room.yes(who, guests, self.make.now)
        if wrong:  # a refusal leaves nothing behind, not even offers that ended on the way
            self.room.parties = {key: Party(*values) for key, values in before.items()}
            self.room.tickets = tickets

    @rule(who=WHO)
    def maybe(self, who: int) -> None:
        say(self.make, self.people[who], self.date, "maybe", guests=0)
        self.room.other(who, "maybe", 0, self.make.now)

    @rule(who=WHO)
    def no(self, who: int) -> None:
        say(self.make, self.people[who], self.date, "no")
        self.room.other(who, "no", 0, self.make.now)

    @rule(capacity=st.sampled_from((1, 2, 3, 4, 6, 9, None)))
    def resize(self, capacity: int | None) -> None:
        if capacity == self.room.capacity:
            return
        wrong = self.refused(lambda: self.resize_room(capacity))
        assert wrong == (capacity is not None and capacity < self.room.taken)
        if not wrong:
            self.room.capacity = capacity
            self.room.settle(self.make.now)

    def resize_room(self, capacity: int | None) -> None:
        with self.make.core.db.write() as session:
            put_capacity(session, self.host, self.date, capacity, self.make.now)

    @rule(who=WHO)
    def remove(self, who: int) -> None:
        it = self.room.parties.get(who)
        if it is None:
            return
        with self.make.core.db.write() as session:
            row = session.scalars(select(Rsvp).where(Rsvp.member_id == self.people[who].id)).one()
            remove_party(session, actor=self.host, rsvp_id=row.id, reason="You asked.", now=self.make.now)
        if it.state in {"going", "offered", "waiting", "maybe"}:
            it.answer, it.state, it.guests = "no", "no", 0
            self.room.settle(self.make.now)

    @rule(minutes=st.sampled_from((5, 40, 61)))
    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @invariant()
    def as_the_model(self) -> None:
        if not hasattr(self, "room"):
            return
        with self.make.core.db.read() as session:
            date = session.get_one(Occurrence, self.date)
            rows = {row.member_id: row for row in session.scalars(select(Rsvp))}
        people = {who: rows[self.people[who].id] for who in self.room.parties if self.people[who].id in rows}
        assert {who: (row.answer, row.state, row.guests) for who, row in people.items()} == {
            who: (it.answer, it.state, it.guests) for who, it in self.room.parties.items() if it.state != "none"
        }
        order = sorted((row.ticket, who) for who, row in people.items() if row.ticket is not None)
        assert [who for _, who in order] == [
            who for who, it in sorted(self.room.parties.items(), key=lambda one: one[1].ticket) if it.state == "waiting"
        ]
        assert date.taken == self.room.taken and (date.capacity is None or date.taken <= date.capacity)
        assert date.waiting == len(order) and date.maybe == sum(row.state == "maybe" for row in rows.values())


def explore(make: Make, clock: Any, examples: int, steps: int) -> None:
    class Here(Seats):
        pass

    Here.make, Here.clock = make, clock

    def machine() -> Seats:
        with make.core.db.write() as session:  # examples share a database: the last one's answers go
            for table in (News, Rsvp):
                session.execute(delete(table))
        return Here()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip


def test_any_order_of_answers_is_as_the_model_says(make, clock):
    explore(make, clock, examples=6, steps=25)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_long_runs_are_as_the_model_says(make, clock):
    explore(make, clock, examples=60, steps=50)
