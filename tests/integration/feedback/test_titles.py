"""A thread's title is its author's words: it never becomes an item's, which goes where nobody is quoted."""

from typing import Any

import pytest
from sqlalchemy import select

from forum.errors import Invalid
from forum.feedback import domain
from forum.feedback.delivery.content import issue_of
from forum.feedback.domain import ItemChange, NewEvidence, NewItem
from forum.feedback.models import Item
from tests.factories import Make

SAID = "My doctor says no more climbs"
OWN = "Rides without climbs"
STOPS = "These are the words of whoever opened the thread."


class House:
    """A manager, and a member who opened a thread in a closed category, in an open one, and in one with a no."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia = make.member("livia", role="manager")
        self.giulia = make.member("giulia", display_name="Giulia Ferri")
        self.closed = make.thread(self.giulia, make.category("soci", visibility="members"), title=SAID)
        public = make.category("officina")
        self.open = make.thread(self.giulia, public, title=SAID)
        self.answer = make.reply(make.member("paolo"), self.open.thread_id, "Mine says the same.")
        self.staffs = make.thread(self.livia, public, title="What we change about the climbs")
        self.manager = make.browser(self.livia)

    def item(self, title: str, *posts: Any) -> int:
        """Made by the manager."""
        new = NewItem(title, "wish", evidence=tuple(NewEvidence(it.id) for it in posts))
        with self.make.core.db.write() as session:
            return domain.create(session, actor=self.livia, item=new, now=self.make.now)

    def entry(self, post: Any) -> str:
        """An entry of the inbox; its path."""
        with self.make.core.db.write() as session:
            domain.flag(session, actor=self.giulia, post_id=post.id, now=self.make.now)
            found = session.scalars(select(domain.inbox.InboxEntry.id)).one()
        return f"/feedback/inbox/{found}"

    def titles(self) -> list[str]:
        """Of all items."""
        with self.make.core.db.read() as session:
            return list(session.scalars(select(Item.title)))


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


@pytest.mark.parametrize("place", ["closed", "open", "answer"])
def test_the_form_begins_without_the_threads_title_and_refuses_it(house: House, place: str) -> None:
    post = getattr(house, place)
    form = house.manager.get(f"/feedback/capture?post={post.id}").text
    assert SAID in form and f'value="{SAID}"' not in form
    sent = {"post": str(post.id), "kind": "wish", "pain": "1"}
    for taken in (SAID, "  my DOCTOR says: no more climbs!", f"{SAID}, he writes", "doctor says no more climbs"):
        refused = house.manager.post("/feedback/capture", {**sent, "title": taken})
        assert refused.status_code == 422 and STOPS in refused.text, taken
    assert house.titles() == []
    house.manager.post("/feedback/capture", {**sent, "title": OWN})
    assert house.titles() == [OWN]


def test_an_entry_of_the_inbox_is_the_same(house: House) -> None:
    path = house.entry(house.closed)
    shown = house.manager.get(path).text
    assert SAID in shown and f'value="{SAID}"' not in shown
    refused = house.manager.post(path + "/accept", {"title": SAID, "kind": "wish", "pain": "1"})
    assert refused.status_code == 422 and STOPS in refused.text and house.titles() == []


def test_it_does_not_come_in_by_another_door(house: House) -> None:
    item = house.item(OWN, house.closed, house.open)
    with pytest.raises(Invalid), house.make.core.db.write() as session:
        domain.change(session, actor=house.livia, item_id=item, change=ItemChange(title=SAID), version=None,
                      now=house.make.now)  # fmt: skip
    page = house.manager.get(f"/feedback/items/{item}").text
    words = page.split('name="evidence" value="')[1].split('"')[0]
    moved = house.manager.post(f"/feedback/items/{item}/words", {"to": "new", "title": SAID, "evidence": words})
    assert moved.status_code == 422 and STOPS in moved.text and house.titles() == [OWN]
    token = house.make.token(house.livia)
    body = {"title": SAID, "kind": "wish", "evidence": [{"post_id": house.open.id}]}
    answer = house.make.browser().http.post(
        "/api/v1/feedback/items", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 422 and STOPS in answer.json()["errors"]["title"]


def test_the_staffs_own_title_and_a_subject_of_few_words_may_stand(house: House) -> None:
    assert house.item("What we change about the climbs", house.staffs)
    assert house.item("Climbs", house.open), "two people may name a subject alike"


def test_a_title_that_is_a_members_all_the_same_is_named_on_its_page(house: House) -> None:
    item = house.item(SAID)
    page = f"/feedback/items/{item}"
    assert "This title is a member’s" not in house.manager.get(page).text
    with house.make.core.db.write() as session:
        domain.add_evidence(session, actor=house.livia, item_id=item, evidence=[NewEvidence(house.open.id)],
                            now=house.make.now)  # fmt: skip
    assert "This title is a member’s" in house.manager.get(page).text


def test_an_issue_of_a_tracker_names_nobody(house: House) -> None:
    item = house.item("Giulia Ferri’s climbs", house.open)
    change = ItemChange(area="giulia@ferri.example.it", ask="May @giulia hear of it? Tel. 333 1234567")
    with house.make.core.db.write() as session:
        domain.change(session, actor=house.livia, item_id=item, change=change, version=None, now=house.make.now)
        issue = issue_of(
            session, session.get_one(Item, item), secret=b"s", site="Ritrovo", base_url="http://forum.test",
            locale="en", since=house.make.now,
        )  # fmt: skip
    said = str((issue.title, issue.facts)).casefold()
    assert "climbs" in said and "may @… hear" in said
    assert not any(it in said for it in ("giulia", "ferri", "333"))
