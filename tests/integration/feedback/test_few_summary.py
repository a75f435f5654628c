"""One to four people can be told apart in no summary: not by tone, by what others leave of a total, nor by a place."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from sqlalchemy import delete

from forum.feedback import domain
from forum.feedback.domain import NewEvidence, NewItem
from forum.feedback.exports import queries, shapes, tables
from forum.feedback.exports.shapes import Document
from forum.feedback.models import Item
from forum.feedback.polarity.models import Value
from tests.factories import Make
from tests.support.feedback_exports import ENDS, STARTS, House, at, taken

KINDS = ("csv", "xlsx", "json", "md", "html", "pdf")


class Town(House):
    """The house, whose team for events has heard nothing yet."""

    def heard(self, title: str, who: list[Any], *, pain: int = 0, month: int = 10, text: str = "Terrible. {n}",
              ask: str = "") -> int:  # fmt: skip
        """An item of the team for events: each of them said it once, in October."""
        self.clock.now = at(month, 5)
        opening = self.make.thread(self.livia, self.open, title=f"About {title}")
        refs = []
        for n, one in enumerate(who):
            self.clock.now = at(month, 6) + timedelta(hours=len(self.posts), minutes=n)
            refs.append(self.make.reply(one, opening.thread_id, text.format(n=n)))
        item = NewItem(f"Item {title}", "problem", team="events", pain=pain,
                       evidence=tuple(NewEvidence(it.id) for it in refs))  # fmt: skip
        self.clock.now = at(month, 20)
        with self.make.core.db.write() as session:
            self.items[title] = domain.create(session, actor=self.livia, item=item, now=self.make.now)
        self.status(title, self.make.now, "sent")
        if ask:
            self.change(title, ask=ask)
        self.posts[title] = refs[0]
        self.clock.now = at(11, 21, 9)
        return self.items[title]

    def kept(self) -> str:
        """Its summary of October, with members' words."""
        return taken(self.make, self.livia, self.team + 1, STARTS, ENDS, "quotes")

    def page(self) -> Document:
        """The same, opened; on the screen it says the same."""
        page = self.opened(self.kept()).page
        with self.make.core.db.read() as session:
            live = queries.live(
                session, team_id=self.team + 1, starts=STARTS, ends=ENDS, locale="en", now=self.make.now
            )
        assert (live.pieces, live.polarity, live.asks) == (page.pieces, page.polarity, page.asks)
        assert live.top == page.top and live.method == page.method
        return page


@pytest.fixture
def town(make: Make, clock: Any) -> Town:
    return Town(make, clock)


@pytest.mark.parametrize("read", [True, False])
def test_one_members_tone_is_no_figure(town: Town, read: bool) -> None:
    """Six scored pieces of one member, read by the job before or not: no points, and no number of pieces."""
    town.heard("one", town.people[:1] * 6)
    if read:
        town.make.drain()
    else:
        with town.make.core.db.write() as session:
            session.execute(delete(Value))
    page = town.page()
    assert page.heard.now is None and page.pieces is None
    assert page.polarity == shapes.Polarity(None, None, None, None, 1, None)
    snapshot = town.kept()
    for kind in ("md", "html", "json"):
        text = town.file(snapshot, kind).decode()
        assert "Scored" not in text and "corrected by hand" not in text and " points" not in text
    with town.make.core.db.write() as session:  # those who agree have said nothing that has a tone
        for one in town.people[1:7]:
            domain.too(session, actor=one, post_id=town.posts["one"].id, now=at(10, 25))
    page = town.page()
    assert (page.heard.now, page.pieces) == (7, 6)
    assert page.polarity == shapes.Polarity(None, None, 6, 6, 1, 0)
    town.heard("four", town.people[1:5])
    town.heard("more", town.people[1:5])
    found = town.page().polarity
    assert found and found.points is not None and found.points < 0 and (found.scored, found.before) == (14, None)


def test_the_tone_of_the_period_before_is_of_five_people_too(town: Town) -> None:
    town.heard("before", town.people[:1] * 6, month=9)
    town.heard("now", town.people[:6])
    found = town.page().polarity
    assert found and found.points is not None and found.before is None
    town.heard("others", town.people[1:5], month=9)
    found = town.page().polarity
    assert found and found.before is not None


def test_a_total_is_not_told_when_the_others_leave_what_is_hidden(town: Town) -> None:
    """One item of few people: what all have less what the others have would be theirs."""
    town.heard("big", town.people[:8])
    town.heard("other", town.people[:6])
    assert town.page().pieces == 14
    small = town.heard("small", town.people[:1] * 3, text="A matter of {n}.")
    page = town.page()
    assert page.line(small).pieces is None
    told = [it.pieces for it in page.lines if it.id != small]
    assert told == [8, 6] and page.pieces is None
    found = page.polarity
    assert found and (found.scored, found.total, found.corrected, found.share) == (None, None, None, 80)
    assert found.points is not None and "Scored about 80% of the pieces" in town.file(town.kept(), "md").decode()
    town.heard("smaller", town.people[2:4])
    page = town.page()
    assert page.pieces == 19 and page.polarity and page.polarity.total == 19 and page.polarity.share is None


def test_all_files_say_the_same_of_it(town: Town) -> None:
    town.heard("big", town.people[:8])
    town.heard("small", town.people[:3])
    snapshot = town.kept()
    files = {kind: town.file(snapshot, kind) for kind in KINDS}
    document = json.loads(files["json"])
    jsonschema.validate(document, shapes.json_schema())
    assert document["pieces"] is None and document["polarity"]["total"] is None
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert [it["value"] for it in rows if it["id"] == "pieces"] == [""]
    assert dict(tables.figures(town.opened(snapshot).page))["pieces"] is None
    assert all(files.values())


@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_no_place_tells_how_many_people(town: Town, people: int) -> None:
    """Between an item that weighs ten and one that weighs eight, three people with a pain of three could be counted."""
    town.heard("few, hard", town.people[:people], pain=3, ask="Hard?")
    town.heard("few, first", town.people[4 : 4 + people], pain=1, ask="First?")
    town.heard("few, second", town.people[8:10], pain=1, ask="Second?")
    town.heard("five", town.people[:5], pain=2, ask="Five?")
    town.heard("six", town.people[:6], pain=1, ask="Six?")
    order = [town.items[key] for key in ("five", "six", "few, hard", "few, first", "few, second")]
    page = town.page()
    assert [it.id for it in page.lines] == [it.item for it in page.top] == order
    assert [it.item for it in page.asks] == order
    assert "by their pain" in " ".join(page.method)
    with town.make.core.db.read() as session:
        assert session.get_one(Item, order[2]).members == people


def test_what_nobody_speaks_of_any_more_comes_last(town: Town) -> None:
    town.heard("gone", town.people[:9], pain=3, month=9)
    town.heard("few", town.people[:2], pain=0)
    assert [it.people.now for it in town.page().lines] == [None, 0]
