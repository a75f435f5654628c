"""From posts to a finding, a team's answer and who is to hear of it: by the JSON API, and counted anew by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.feedback import desk, domain, queries
from forum.feedback.domain import NewItem, NewTeam, NewTheme, StatusChange
from forum.feedback.exports import counting
from forum.feedback.exports import queries as exports
from forum.feedback.jobs import next_morning
from forum.feedback.models import Change, Evidence, Item, Told, Voice
from forum.moderation import domain as moderation
from forum.policy.actors import Actor
from forum.threads.models import Post
from tests.factories import Make


class House:
    """A manager, somebody of the product team, members who wrote about the same display."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        self.members = [make.member(f"m{n}") for n in range(4)]
        category = make.category("officina")
        self.threads = [make.thread(it, category, title=f"Display {n}", body=f"The display loses the strap, says {n}.")
                        for n, it in enumerate(self.members[:2])]  # fmt: skip
        self.replies = [
            make.reply(it, self.threads[0].thread_id, "Mine too: it only searches.") for it in self.members[2:]
        ]
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=self.team, name="@alba", now=make.now)
            domain.save_theme(
                session, actor=self.livia, theme=NewTheme("Electronics", aliases=("Elettronica",), team="product"),
                now=make.now,
            )  # fmt: skip
        self.browser, self.tokens = make.browser(), {it.id: make.token(it) for it in (self.livia, self.alba)}

    def call(self, who: Actor, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.browser.http.request(
            method, f"/api/v1/feedback/items{path}", json=body,
            headers={"Authorization": f"Bearer {self.tokens[who.id]}"},
        )  # fmt: skip
        assert answer.status_code == status, answer.text
        return answer.json()

    def item(self, *posts: Any, **fields: Any) -> Any:
        body = {"title": "The display loses the strap", "kind": "problem", "theme": "electronics", "pain": 3, **fields}
        return self.call(self.livia, "POST", "", {**body, "evidence": [{"post_id": it.id} for it in posts]}, 201)


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def counted(make: Make, item_id: int) -> tuple[int, int]:
    """Members and threads, counted from the rows in Python."""
    with make.core.db.read() as session:
        words = list(session.scalars(select(Evidence).where(Evidence.item_id == item_id)))
        voices = list(session.scalars(select(Voice).where(Voice.item_id == item_id)))
    people = {it.author_id for it in words if not it.by_staff} | {it.member_id for it in voices if not it.by_staff}
    with make.core.db.read() as session:  # where the posts stand now, whatever was noted when they were taken
        posts = [it.post_id for it in words if not it.by_staff]
        threads = set(session.scalars(select(Post.thread_id).where(Post.id.in_(posts))))
    return len(people), len(threads)


def test_words_of_several_people_become_one_item(house: House) -> None:
    staff = house.make.reply(house.livia, house.threads[1].thread_id, "We are looking into it.")
    item = house.item(*house.threads, *house.replies, staff, house.replies[0])
    assert (item["members"], item["threads"], item["priority"]) == (4, 2, 12) == (*counted(house.make, item["id"]), 12)
    assert (item["team"], item["status"], len(item["evidence"])) == ("product", "triaged", 5)
    assert item["evidence"][0]["quote"] == "The display loses the strap, says 0."
    assert "author" not in item["evidence"][0]
    again = house.call(house.livia, "POST", f"/{item['id']}/evidence", {"post_id": house.replies[0].id})
    assert again["version"] == item["version"] and len(again["evidence"]) == 5


def test_a_span_is_found_whatever_the_spaces(house: House) -> None:
    item = house.item()
    some = {"post_id": house.threads[0].id, "quote": " loses\n the   strap"}
    item = house.call(house.livia, "POST", f"/{item['id']}/evidence", some)
    assert item["evidence"][0]["quote"] == "loses the strap"
    with house.make.core.db.read() as session:
        kept = session.scalars(select(Evidence)).one()
        assert "The display loses the strap, says 0."[kept.start : kept.end] == "loses the strap"
    wrong = house.call(house.livia, "POST", f"/{item['id']}/evidence", {**some, "quote": "never said"}, 422)
    assert "evidence.0.quote" in wrong["errors"]


def test_a_team_sees_what_was_sent_to_it_and_answers(house: House) -> None:
    item = house.item(*house.threads, house.replies[0])
    path = f"/{item['id']}"
    house.call(house.alba, "GET", path, status=404)
    assert house.call(house.alba, "GET", "") == {"items": [], "next": None}
    sent = house.call(house.livia, "POST", path + "/status", {"status": "sent", "version": item["version"]})
    due = house.make.get(Item, item["id"]).due_at
    assert due == house.make.now + timedelta(days=5) and sent["version"] == item["version"] + 1
    assert [it["id"] for it in house.call(house.alba, "GET", "")["items"]] == [item["id"]]
    house.call(house.alba, "POST", path + "/evidence", {"post_id": house.replies[1].id}, 403)
    house.call(house.alba, "POST", path + "/status", {"status": "triaged"}, 422)
    assert "reason" in house.call(house.alba, "POST", path + "/status", {"status": "declined"}, 422)["errors"]
    house.call(house.alba, "POST", path + "/status", {"status": "acknowledged"})
    stale = house.call(house.alba, "POST", path + "/status", {"status": "planned", "version": 1}, 409)
    assert "meantime" in stale["detail"]
    done = house.call(house.alba, "POST", path + "/status", {"status": "planned", "reply": "It comes in spring."})
    assert (done["status"], done["reply"]) == ("planned", "It comes in spring.")


def test_whoever_spoke_is_to_hear_of_the_answer_once(house: House) -> None:
    item = house.item(house.threads[0], house.replies[0])
    make, now = house.make, house.make.now
    with make.core.db.write() as session:
        domain.too(session, actor=house.members[3], post_id=house.threads[0].id, now=now)
        domain.too(session, actor=house.members[2], post_id=house.threads[0].id, now=now)
        answer = domain.set_status(
            session, actor=house.livia, item_id=item["id"], change=StatusChange("planned", reply="In spring."), now=now
        )
    make.drain()
    make.drain()
    with make.core.db.read() as session:
        told = {it.member_id: it.due_at for it in session.scalars(select(Told).where(Told.change_id == answer))}
    assert told.keys() == {house.members[n].id for n in (0, 2, 3)}
    assert set(told.values()) == {next_morning(now)} and next_morning(now) > now


def test_a_merge_counts_each_member_once_and_can_be_taken_back(house: House) -> None:
    one, other = house.item(*house.threads), house.item(house.threads[0], house.replies[0], title="Again")
    make, now = house.make, house.make.now
    with make.core.db.write() as session:
        domain.too(session, actor=house.members[3], post_id=house.replies[0].id, now=now)
    before = [counted(make, it["id"]) for it in (one, other)]
    assert before == [(2, 2), (3, 1)]
    merged = house.call(house.livia, "POST", f"/{other['id']}/merge", {"into": one["id"]})
    assert (merged["id"], merged["members"], merged["threads"]) == (one["id"], 4, 2)
    assert counted(make, one["id"]) == (4, 2)
    gone = house.call(house.livia, "GET", f"/{other['id']}")
    assert (gone["status"], gone["merged_into"]) == ("duplicate", one["id"])
    assert other["id"] not in [it["id"] for it in house.call(house.livia, "GET", "")["items"]]
    house.call(house.livia, "POST", f"/{other['id']}/status", {"status": "done"}, 422)
    house.call(house.livia, "POST", f"/{one['id']}/merge", {"into": other["id"]}, 422)
    house.call(house.livia, "POST", f"/{one['id']}/merge", {"into": one["id"]}, 422)
    with make.core.db.write() as session:
        domain.unmerge(session, actor=house.livia, item_id=other["id"], now=now)
    back = house.call(house.livia, "GET", f"/{other['id']}")
    assert (back["status"], back["members"], back["merged_into"]) == ("triaged", 3, None)
    assert counted(make, other["id"]) == (3, 1)


def test_words_follow_their_posts_to_another_thread(house: House) -> None:
    """Two threads become one, one becomes two, and back again: threads are counted where the posts stand."""
    make, (first, second) = house.make, (it.thread_id for it in house.threads)
    item = house.item(*house.threads, *house.replies)
    house.call(house.livia, "POST", f"/{item['id']}/status", {"status": "sent"})

    def decided(action: str, thread_id: int, **fields: Any) -> int:
        with make.core.db.write() as session:
            return moderation.decide(
                session, actor=house.livia, act=moderation.Act(action=action, **fields), target_type="thread",
                target_id=thread_id, now=make.now,
            ).id  # fmt: skip

    def seen() -> tuple[int, int | None]:
        """On the board, and on the summary of its day."""
        today = make.now.date()
        with make.core.db.read() as session:
            page = exports.live(session, team_id=house.team, starts=today, ends=today + timedelta(days=1), locale="en",
                                now=make.now)  # fmt: skip
            words = counting.heard(session, house.team, counting.span(page.starts, page.ends), 1).words
        shown = house.call(house.livia, "GET", f"/{item['id']}")
        assert counted(make, item["id"]) == (shown["members"], shown["threads"])
        return shown["threads"], words[item["id"]].threads

    assert seen() == (2, 2)
    merged = decided("merge", second, into=first)
    assert seen() == (1, 1)
    with make.core.db.read() as session:
        assert desk.rest_on(session, [], [first]) == {item["id"]: False}
        assert desk.rest_on(session, [], [second]) == {}
    with make.core.db.write() as session:
        moderation.undo(session, actor=house.livia, decision_id=merged, now=make.now)
    assert seen() == (2, 2)
    decided("split", first, posts=tuple(it.id for it in house.replies), title="Only searching", category="officina")
    assert seen() == (3, 3)


def test_words_move_to_another_item(house: House) -> None:
    one, other = house.item(*house.threads), house.item(title="Elsewhere")
    with house.make.core.db.write() as session:
        domain.split(
            session, actor=house.livia, evidence_ids=[one["evidence"][1]["id"]], into=other["id"], now=house.make.now
        )
    for it in (one, other):
        shown = house.call(house.livia, "GET", f"/{it['id']}")
        assert (shown["members"], shown["threads"]) == (1, 1) == counted(house.make, it["id"])


def test_words_are_withheld_as_soon_as_they_may_not_be_shown(house: House) -> None:
    make = house.make
    inside = make.thread(house.members[3], make.category("soci", visibility="members"), body="Only for members.")
    item = house.item(*house.threads, *house.replies, inside)
    house.call(house.livia, "POST", f"/{item['id']}/status", {"status": "sent"})
    make.state(house.replies[0], "hidden")
    with make.core.db.write() as session:
        domain.may_be_quoted(session, actor=house.members[1], quote=False, now=make.now)
        domain.may_be_quoted(session, actor=house.members[0], quote=False, now=make.now)
        domain.may_be_quoted_from(
            session, actor=house.members[0], post_id=house.threads[0].id, quote=True, now=make.now
        )
    shown = house.call(house.alba, "GET", f"/{item['id']}")["evidence"]
    assert [it["withheld"] for it in shown] == ["", "refused", "hidden", "", "private"]
    assert [bool(it["quote"]) for it in shown] == [True, False, False, True, False]
    assert [it["post_id"] is None for it in shown] == [False, True, True, False, True]
    whole = house.call(house.livia, "GET", f"/{item['id']}")["evidence"]
    assert all(it["quote"] for it in whole) and [it["withheld"] for it in whole] == [it["withheld"] for it in shown]


def test_the_inbox(house: House) -> None:
    make, now = house.make, house.make.now
    post = house.replies[0]
    with make.core.db.write() as session:
        assert domain.flag(session, actor=house.members[0], post_id=post.id, kind="problem", note="again", now=now)
        assert domain.flag(session, actor=house.members[1], post_id=post.id, now=now)
        assert not domain.flag(session, actor=house.members[0], post_id=post.id, now=now)
        assert domain.flag(session, actor=house.members[0], post_id=house.threads[1].id, now=now)
    with make.core.db.read() as session:
        rows, _ = queries.inbox(session, house.livia)
        assert [(it.post_id, it.by and it.by.name) for it in rows] == [
            (house.threads[1].id, "m0"), (post.id, "m1"), (post.id, "m0"),
        ]  # fmt: skip
        with pytest.raises(Forbidden):
            queries.inbox(session, house.alba)
    with make.core.db.write() as session:
        item = NewItem("The strap", "problem")
        item_id = domain.accept(session, actor=house.livia, entry_id=rows[1].id, item=item, now=now)
        domain.dismiss(session, actor=house.livia, entry_id=rows[0].id, reason="a question, answered", now=now)
    with make.core.db.write() as session, pytest.raises(Conflict):
        domain.accept(session, actor=house.livia, entry_id=rows[2].id, item_id=item_id, now=now)
    with make.core.db.write() as session:
        assert queries.waiting(session, house.livia) == 0
        domain.put_back(session, actor=house.livia, entry_id=rows[0].id)
        assert queries.waiting(session, house.livia) == 1
    assert [it["post_id"] for it in house.call(house.livia, "GET", f"/{item_id}")["evidence"]] == [post.id]


def test_members_point_only_at_what_they_may_read(house: House) -> None:
    make = house.make
    inside = make.thread(house.livia, make.category("staff", visibility="staff"))
    with make.core.db.write() as session, pytest.raises(NotFound):
        domain.flag(session, actor=house.members[0], post_id=inside.id, now=make.now)
    house.item(inside)
    with make.core.db.write() as session, pytest.raises(NotFound):
        domain.too(session, actor=house.members[0], post_id=inside.id, now=make.now)


def test_themes_have_two_levels_and_merge_with_their_items(house: House) -> None:
    make, now = house.make, house.make.now
    with make.core.db.write() as session:
        low = domain.save_theme(session, actor=house.livia, theme=NewTheme("Nido", parent="electronics"), now=now)
        with pytest.raises(Invalid):
            domain.save_theme(session, actor=house.livia, theme=NewTheme("Deeper", parent="nido"), now=now)
        brakes = domain.save_theme(session, actor=house.livia, theme=NewTheme("Brakes"), now=now)
    house.item(theme="nido")
    assert len(house.call(house.livia, "GET", "?theme=electronics")["items"]) == 1
    with make.core.db.write() as session:
        assert domain.merge_themes(session, actor=house.livia, theme_id=low, into=brakes, now=now) == 1
    assert house.item(theme="nido")["theme"] == "brakes"
    with make.core.db.read() as session:
        (found,) = [it for it in queries.themes(session, house.livia) if it.slug == "brakes"]
        assert found.aliases == ("Nido",)


def test_the_list_goes_on_where_it_stopped_in_one_statement(house: House) -> None:
    for n in range(7):
        house.item(*house.threads[: n % 3], title=f"Item {n}", pain=n % 4)
    seen: list[int] = []
    after = ""
    while True:
        page = house.call(house.livia, "GET", f"?limit=3&after={after}")
        seen += [it["priority"] for it in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 7 and seen == sorted(seen, reverse=True)
    asked: list[str] = []
    event.listen(house.make.core.db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with house.make.core.db.read() as session:
        queries.items(session, house.livia, queries.Filters())
    assert len([it for it in asked if it.startswith("SELECT")]) == 1


def test_every_step_is_in_its_history_and_in_the_log(house: House) -> None:
    item = house.item(*house.threads)
    house.call(house.livia, "POST", f"/{item['id']}/status", {"status": "sent"})
    house.call(house.livia, "POST", f"/{item['id']}/status", {"status": "declined", "reason": "Too dear."})
    with house.make.core.db.read() as session:
        rows = session.scalars(select(Change).where(Change.item_id == item["id"]).order_by(Change.id))
        assert [(it.what, it.before, it.after) for it in rows] == [
            ("created", "", "problem"), ("status", "triaged", "sent"), ("status", "sent", "declined"),
        ]  # fmt: skip
        assert session.get_one(Post, house.threads[0].id).state == "visible"
