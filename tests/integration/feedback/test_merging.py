"""Items merged one into another and the next: taken apart again, each has its words and stands as it stood."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.errors import Invalid
from forum.feedback import domain
from forum.feedback.domain import StatusChange
from forum.feedback.models import Evidence, Item
from tests.factories import Make
from tests.integration.feedback.test_items import House, counted


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def words(house: House, item: Any) -> set[int]:
    """Posts that it rests on; its figures are those of its rows."""
    with house.make.core.db.read() as session:
        found = {it for it in session.scalars(select(Evidence.post_id).where(Evidence.item_id == item["id"])) if it}
    row = house.make.get(Item, item["id"])
    assert (row.members, row.threads) == counted(house.make, item["id"])
    return found


def merge(house: House, item: Any, into: Any) -> None:
    with house.make.core.db.write() as session:
        domain.merge(session, actor=house.livia, item_id=item["id"], into=into["id"], now=house.make.now)


def apart(house: House, item: Any) -> None:
    with house.make.core.db.write() as session:
        domain.unmerge(session, actor=house.livia, item_id=item["id"], now=house.make.now)


def test_a_chain_of_merges_is_taken_apart_from_its_end(house: House) -> None:
    one = house.item(house.threads[0], title="One")
    two, three = house.item(house.threads[1], title="Two"), house.item(house.replies[0], title="Three")
    own = {"one": {house.threads[0].id}, "two": {house.threads[1].id}, "three": {house.replies[0].id}}
    merge(house, one, into=two)
    merge(house, two, into=three)
    assert words(house, three) == own["one"] | own["two"] | own["three"]
    browser = house.make.browser(house.livia)
    sentence = "What it went into was merged into another one since. Take that one out again first."
    page = browser.get(f"/feedback/items/{one['id']}").text
    assert sentence in page and "Take it out again" not in page
    assert "Take it out again" in browser.get(f"/feedback/items/{two['id']}").text
    refused = browser.post(f"/feedback/items/{one['id']}/unmerge", {})
    assert refused.status_code == 422 and refused.text.count(sentence) == 2
    assert words(house, three) == own["one"] | own["two"] | own["three"] and words(house, one) == set()
    apart(house, two)
    assert (words(house, two), words(house, three)) == (own["one"] | own["two"], own["three"])
    apart(house, one)
    assert (words(house, one), words(house, two), words(house, three)) == tuple(own.values())
    merge(house, two, into=one)  # and the other way round: nothing is left of the first time
    apart(house, two)
    assert (words(house, one), words(house, two)) == (own["one"], own["two"])


def test_what_was_moved_by_hand_stays_where_it_was_put(house: House) -> None:
    one, two = house.item(*house.threads, title="One"), house.item(house.replies[0], title="Two")
    moved = one["evidence"][0]["id"]
    with house.make.core.db.write() as session:
        domain.split(session, actor=house.livia, evidence_ids=[moved], into=two["id"], now=house.make.now)
    merge(house, one, into=two)
    with house.make.core.db.write() as session, pytest.raises(Invalid):
        domain.split(session, actor=house.livia, evidence_ids=[moved], into=one["id"], now=house.make.now)
    apart(house, one)
    assert words(house, one) == {house.threads[1].id}
    assert words(house, two) == {house.threads[0].id, house.replies[0].id}


@pytest.mark.parametrize("status", ["triaged", "sent", "acknowledged", "planned", "done", "declined"])
@pytest.mark.parametrize("backend", ["sqlite"])  # what is kept and read back is a word
def test_an_item_stands_again_as_it_stood(house: House, status: str) -> None:
    one, two = house.item(house.threads[0], title="One"), house.item(house.threads[1], title="Two")
    steps = {"triaged": (), "sent": ("sent",)}.get(status, ("sent", status))
    for step in steps:
        with house.make.core.db.write() as session:
            domain.set_status(
                session, actor=house.livia, item_id=one["id"], change=StatusChange(step, reason="So."),
                now=house.make.now,
            )  # fmt: skip
    before = house.make.get(Item, one["id"])
    dates = (before.sent_at, before.due_at, before.acknowledged_at, before.answered_at)
    merge(house, one, into=two)
    house.make.core.clock.forward(days=2)
    apart(house, one)
    after = house.make.get(Item, one["id"])
    assert (after.status, after.merged_into_id, after.reason) == (status, None, before.reason)
    assert (after.sent_at, after.due_at, after.acknowledged_at, after.answered_at) == dates
    assert (after.due_at is None) == (status == "triaged")
    assert after.due_at is None or after.due_at - before.sent_at == timedelta(days=5)
