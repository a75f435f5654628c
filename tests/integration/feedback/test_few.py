"""One to four people are told apart to nobody but those who collect: not on the board, a page, nor by the API."""

import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from forum.feedback import desk, domain, queries
from forum.feedback.domain import NewEvidence, NewItem, NewTeam, StatusChange
from forum.feedback.models import Told
from forum.feedback.views import ItemRow
from tests.factories import Make


class House:
    """A manager, a team, and items that rest on one to six people."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        people = [make.member(f"m{n}") for n in range(6)]
        category = make.category("officina")
        self.posts = [make.thread(it, category, title=f"Thread {n}", body=f"Words {n}") for n, it in enumerate(people)]
        with make.core.db.write() as session:
            team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=team, name="alba", now=make.now)
        self.items = {n: self.item(n) for n in (4, 1, 3, 2, 6)}

    def item(self, people: int) -> int:
        """Sent to the team."""
        evidence = tuple(NewEvidence(it.id) for it in self.posts[:people])
        new = NewItem(f"Item of the {'abcdef'[people - 1]}", "problem", team="product", pain=3, evidence=evidence)
        with self.make.core.db.write() as session:
            made = domain.create(session, actor=self.livia, item=new, now=self.make.now)
            self.step(session, made, "sent")
        return made

    def step(self, session: Any, item: int, status: str) -> None:
        """Taken by the manager."""
        domain.set_status(session, actor=self.livia, item_id=item, now=self.make.now,
                          change=StatusChange(status, reply="So."))  # fmt: skip

    def api(self, who: Any, path: str = "") -> Any:
        """What the API tells."""
        headers = {"Authorization": f"Bearer {self.make.token(who)}"}
        answer = self.make.browser().http.get(f"/api/v1/feedback/items{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def test_the_api_tells_a_team_no_small_number(house: House) -> None:
    exact = {it["id"]: (it["members"], it["threads"], it["priority"]) for it in house.api(house.livia)["items"]}
    assert exact == {house.items[n]: (n, n, 3 * n) for n in house.items}
    told = {it["id"]: (it["members"], it["threads"], it["priority"]) for it in house.api(house.alba)["items"]}
    assert told == {house.items[n]: (6, 6, 18) if n == 6 else (None, None, None) for n in house.items}
    one = house.api(house.alba, f"/{house.items[3]}")
    assert (one["members"], one["threads"], one["priority"]) == (None, None, None)


def test_neither_the_order_nor_the_cursor_tells_a_team_who_has_more(house: House) -> None:
    newest = [house.items[n] for n in (6, 2, 3, 1, 4)]  # of those with few, the newest first
    assert [it["id"] for it in house.api(house.livia)["items"]] == [house.items[n] for n in (6, 4, 3, 2, 1)]
    found, after = [], ""
    while after is not None:
        answer = house.api(house.alba, f"?limit=1&after={after}")
        found += [it["id"] for it in answer["items"]]
        after = answer["next"]
        if after and len(found) > 1:
            key = urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
            assert re.findall(r"\d+", key) == ["0", str(found[-1])]
    assert found == newest
    with house.make.core.db.read() as session:
        filters = queries.Filters(order="members")
        assert [it.id for it in queries.items(session, house.alba, filters).rows] == newest


def test_the_pages_say_so(house: House) -> None:
    make, alba, livia = house.make, house.make.browser(house.alba), house.make.browser(house.livia)
    rows = re.findall(r'<li class="finding">.*?</li>', alba.get("/feedback").text, re.S)
    assert len(rows) == 5
    for row in rows:
        few = "of the f<" not in row
        assert ("&lt;5" in row) == few and ("thread" in row) != few and ("weight" in row) != few, row
        assert ("finding-grown" in row) != few
    assert ">2</b>" in livia.get("/feedback").text and "&lt;5" not in livia.get("/feedback").text
    item, page = house.items[2], f"/feedback/items/{house.items[2]}"
    mine, theirs = livia.get(page).text, alba.get(page).text
    assert "<b>2</b>people" in mine and "Weight = people × pain = 2 × 3." in mine and "2 people hear of it" in mine
    assert "<b>&lt;5</b>people" in theirs and "not told apart" in theirs and "Whoever spoke hears" in theirs
    assert "thread" not in theirs.split('class="figures"')[1].split("</section>")[0].split("</ul>")[0]
    with make.core.db.write() as session:
        house.step(session, item, "planned")
    make.drain()
    with make.core.db.write() as session:
        session.execute(update(Told).where(Told.member_id == 3).values(sent_at=make.now))
    assert "Told 1 of 2 people" in livia.get(page).text
    told = alba.get(page).text
    assert "Whoever spoke is being told." in told and "Told 1" not in told
    with make.core.db.write() as session:
        session.execute(update(Told).values(sent_at=make.now))
    assert "Everybody who spoke was told." in alba.get(page).text
    big = f"/feedback/items/{house.items[6]}"
    assert "<b>6</b>people" in alba.get(big).text and "6 people hear of it" in alba.get(big).text


def test_a_history_counts_no_words_for_a_team(house: House) -> None:
    with house.make.core.db.write() as session:
        domain.add_evidence(session, actor=house.livia, item_id=house.items[1],
                            evidence=[NewEvidence(house.posts[4].id)], now=house.make.now)  # fmt: skip
    page = f"/feedback/items/{house.items[1]}"
    assert "(+1)" in house.make.browser(house.livia).get(page).text
    assert "(+1)" not in house.make.browser(house.alba).get(page).text


@pytest.mark.parametrize(("members", "came", "told"), [(6, 6, True), (12, 7, True), (12, 2, False), (9, 6, False)])
def test_who_came_lately_is_told_when_neither_they_nor_the_others_are_few(
    house: House, members: int, came: int, told: bool
) -> None:
    with house.make.core.db.read() as session:
        row: ItemRow = queries.item(session, house.livia, house.items[6])
        assert desk.grown(session, [row.id], house.make.now - timedelta(days=1)) == {row.id: 6}
    row = replace(row, members=members)
    assert desk.grown_for_team([row], {row.id: came}) == ({row.id: came} if told else {})
