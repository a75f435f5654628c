"""What somebody said after a meetup is quoted only where the box, their word and the site's terms say so."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.categories.models import Category
from forum.feedback import domain
from forum.feedback.domain import NewItem, NewTeam, StatusChange
from forum.feedback.models import Evidence, InboxEntry, Item
from forum.meetups.domain import answer_survey
from forum.meetups.models import Survey
from forum.threads.models import Thread
from tests.conftest import Clock
from tests.factories import Make
from tests.integration.api.conftest import document, program
from tests.support.feedback_exports import file_of, taken
from tests.support.meetups import meetup, say
from tests.support.program import Programs

__all__ = ["document", "program"]
CASES = tuple(product((True, False), (None, True, False)))
"""(the box below the answer, the member's word on being quoted)."""
FILES = ("json", "csv", "md", "html")


class House:
    """Six people were at a meetup, and what each of them missed became evidence of one item."""

    def __init__(self, make: Make, clock: Clock) -> None:
        self.make, self.clock = make, clock
        self.lena, self.dora = make.member("lena", role="manager"), make.member("dora", role="team")
        self.people = [make.member(f"ospite{n}", display_name=f"Ospite Numero{n}") for n in range(len(CASES))]
        with make.core.db.write() as session:
            team = domain.save_team(session, actor=self.lena, team=NewTeam("Events", 5), now=make.now)
            domain.join_team(session, actor=self.lena, team_id=team, name="@dora", now=make.now)
            domain.save_rule(session, actor=self.lena, rule=domain.NewRule("survey", "2"), now=make.now)
        self.place = make.category("ritrovi")
        made: Any = meetup(make, self.lena, category=self.place)
        self.thread, [self.date] = made.thread_id, made.occurrence_ids
        for one in self.people:
            say(make, one, self.date)
        clock.forward(days=8)
        for n, (box, word) in enumerate(CASES):
            self.answers(n, box)
            if word is not None:
                with make.core.db.write() as session:
                    domain.may_be_quoted(session, actor=self.people[n], quote=word, now=make.now)
        make.drain()
        self.item = self.collect()

    def answers(self, n: int, box: bool, rating: int = 2) -> None:
        with self.make.core.db.write() as session:
            answer_survey(session, actor=self.people[n], occurrence_id=self.date, rating=rating, liked="Coffee.",
                          better=said(n), quotable=box, now=self.make.now)  # fmt: skip

    def collect(self) -> int:
        with self.make.core.db.write() as session:
            entries = session.scalars(select(InboxEntry.id).order_by(InboxEntry.id)).all()
            item = 0
            for entry in entries:
                new = None if item else NewItem("No lift", "problem", team="events", pain=1)
                item = domain.accept(session, actor=self.lena, entry_id=entry, item_id=item or None, item=new,
                                     now=self.make.now)  # fmt: skip
            domain.set_status(session, actor=self.lena, item_id=item, change=StatusChange("sent"), now=self.make.now)
        return item

    def file(self, kind: str, privacy: str = "quotes") -> str:
        day = self.make.now.date()
        with self.make.core.db.read() as session:
            team = session.get_one(Item, self.item).team_id
        first, last = day - timedelta(days=20), day + timedelta(days=1)
        snapshot = taken(self.make, self.dora, team, first, last, privacy)
        return file_of(self.make, snapshot, kind).decode().replace("\\", "")


def said(n: int) -> str:
    return f"The lift was missing for number{n}x."


def told(text: str) -> set[int]:
    """Whose words stand in it."""
    return {n for n in range(len(CASES)) if f"number{n}x" in text}


@pytest.fixture
def house(make: Make, clock: Clock) -> House:
    return House(make, clock)


def everywhere(house: House, program: Programs) -> dict[str, set[int]]:
    """Each place that a team reads, and whose words are there."""
    browser = house.make.browser(house.dora)
    team = program(house.dora, "read", "team")
    answer = team.get(f"/feedback/items/{house.item}").json()
    quoted = [it for it in answer["evidence"] if it["quote"]]
    assert len(answer["evidence"]) == len(CASES) and all(bool(it["quote"]) is not bool(it["withheld"])
                                                         for it in answer["evidence"])  # fmt: skip
    places = {"item": told(browser.get(f"/feedback/items/{house.item}").text), "api": told(json.dumps(quoted))}
    return places | {kind: told(house.file(kind)) for kind in FILES}


def test_only_where_box_and_word_say_so(house: House, program: Programs) -> None:
    agreed = {n for n, (box, word) in enumerate(CASES) if box and word is not False}
    assert everywhere(house, program) == dict.fromkeys(("item", "api", *FILES), agreed) and len(agreed) == 2
    for level in ("counts", "paraphrase"):
        assert all(not told(house.file(kind, level)) for kind in FILES)
    page = house.make.browser(house.lena).get(f"/feedback/items/{house.item}").text
    assert told(page) == set(range(len(CASES))), "who collects reads them all, and which may not be passed on"
    house.answers(0, False)  # another day they think otherwise
    assert everywhere(house, program) == dict.fromkeys(("item", "api", *FILES), agreed - {0})


def test_where_only_a_yes_is_a_yes_the_ticked_box_is_not_enough(house: House, program: Programs) -> None:
    with house.make.core.db.write() as session:
        domain.set_terms(session, actor=house.lena, quoted=False, now=house.make.now)
    agreed = {n for n, (box, word) in enumerate(CASES) if box and word}
    assert everywhere(house, program) == dict.fromkeys(("item", "api", *FILES), agreed) and len(agreed) == 1


@pytest.mark.parametrize("what", ["thread hidden", "category closed"])
def test_a_meetup_that_not_everybody_sees_is_neither_quoted_nor_counted(
    house: House, program: Programs, what: str
) -> None:
    assert json.loads(house.file("json"))["heard"]["now"] == len(CASES)
    with house.make.core.db.write() as session:
        if what == "thread hidden":
            session.execute(update(Thread).where(Thread.id == house.thread).values(state="hidden"))
        else:
            session.execute(update(Category).where(Category.slug == house.place).values(visibility="members"))
    assert everywhere(house, program) == {place: set() for place in ("item", "api", *FILES)}
    page = json.loads(house.file("json"))
    assert (page["heard"]["now"], page["pieces"], page["polarity"]) == (0, 0, None)


def test_erased_words_are_in_the_inbox_no_more(house: House, program: Programs) -> None:
    with house.make.core.db.write() as session:
        domain.erase_words(session, member_id=house.people[0].id, now=house.make.now)
    with house.make.core.db.read() as session:
        notes = " ".join(session.scalars(select(InboxEntry.note)))
        kept = " ".join(session.scalars(select(Evidence.quote)))
        surveys = session.scalars(select(Survey.better).where(Survey.member_id == house.people[0].id)).all()
    assert told(notes) == told(kept) == set(range(1, len(CASES)))
    assert surveys == [said(0)], "what they told the hosts is theirs to change on the meetup’s own page"
    assert all(0 not in found for found in everywhere(house, program).values())
