"""Feedback in the browser's eyes: the board, an item, capture from a post, the inbox; for managers and for a team."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from forum.feedback import domain
from forum.feedback.domain import NewEvidence, NewItem, NewTeam, NewTheme, StatusChange
from forum.feedback.models import Change, Evidence, InboxEntry, Item
from tests.factories import Make
from tests.support.web import Browser

BODY = "The display loses the strap after the update, every time on a climb."


class House:
    """A manager, a team with somebody in it, members who wrote about a display."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        self.members = [make.member(f"m{n}") for n in range(4)]
        self.place = make.category("officina")
        self.threads = [
            make.thread(it, self.place, title=f"Display {n}", body=BODY) for n, it in enumerate(self.members[:2])
        ]
        self.reply = make.reply(self.members[2], self.threads[0].thread_id, "Mine too: it only searches.")
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=self.team, name="alba", now=make.now)
            self.theme = domain.save_theme(
                session, actor=self.livia, theme=NewTheme("Electronics", team="product"), now=make.now
            )
        self.manager, self.reader = make.browser(self.livia), make.browser(self.alba)

    def item(self, title: str = "The display loses the strap", *posts: Any, sent: bool = False, **fields: Any) -> int:
        """An item of whole posts."""
        words = tuple(NewEvidence(it.id) for it in posts)
        values = {"kind": "problem", "theme": "electronics", "pain": 2, **fields}
        with self.make.core.db.write() as session:
            new = NewItem(title=title, evidence=words, **values)
            made = domain.create(session, actor=self.livia, item=new, now=self.make.now)
            if sent:
                change = StatusChange("sent")
                domain.set_status(session, actor=self.livia, item_id=made, change=change, now=self.make.now)
        return made

    def entry(self, post_id: int, note: str = "again") -> int:
        """Something in the inbox."""
        with self.make.core.db.write() as session:
            domain.flag(session, actor=self.members[3], post_id=post_id, kind="wish", note=note, now=self.make.now)
        with self.make.core.db.read() as session:
            return session.scalars(select(InboxEntry.id).order_by(InboxEntry.id.desc())).first() or 0

    def get(self, item_id: int) -> Item:
        """The row as it is."""
        row: Item = self.make.get(Item, item_id)
        return row


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


@contextmanager
def counted(make: Make) -> Iterator[list[str]]:
    """The SELECTs of whatever happens inside."""
    asked: list[str] = []

    def note(*call: Any) -> None:
        if call[2].lstrip().startswith("SELECT"):
            asked.append(call[2])

    event.listen(make.core.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(make.core.db.engine, "before_cursor_execute", note)


def titles(browser: Browser, path: str) -> list[str]:
    """What a page of the board lists, in its order."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return re.findall(r'<h3><a href="/feedback/items/\d+" dir="auto">([^<]+)</a>', answer.text)


def test_the_board_lists_what_weighs_most_first_in_a_bounded_number_of_statements(house: House) -> None:
    make, manager = house.make, house.manager
    house.item("Light", house.reply, pain=1)
    house.item("Heavy", *house.threads, house.reply, pain=3)
    assert titles(manager, "/feedback") == ["Heavy", "Light"]
    with counted(make) as few:
        manager.get("/feedback")
    for n in range(24):
        house.item(f"More {n}", *house.threads[: n % 3], kind="wish", theme="")
    first = titles(manager, "/feedback")  # what is kept from page to page is made anew
    with counted(make) as many:
        assert titles(manager, "/feedback") == first
    assert len(many) == len(few) <= 12, many
    page = manager.get("/feedback")
    older = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert older is not None and len(first) == 20
    rest = titles(manager, older[1].replace("&amp;", "&"))
    assert len(rest) == 6 and not set(rest) & set(first)
    assert titles(manager, "/feedback?kind=problem") == ["Heavy", "Light"]
    assert titles(manager, "/feedback?theme=electronics&team=product") == ["Heavy", "Light"]
    assert titles(manager, "/feedback?mine=1") == [] == titles(manager, "/feedback?status=done")


def test_a_team_sees_what_was_sent_to_it_and_no_names(house: House) -> None:
    house.item("Kept to ourselves", house.reply)
    sent = house.item("For you", *house.threads, sent=True)
    assert titles(house.reader, "/feedback") == ["For you"] == titles(house.reader, "/feedback?view=sent")
    page = house.reader.get(f"/feedback/items/{sent}").text
    assert BODY in page and "M0" not in page and "/edit" not in page and "merge" not in page
    assert 'href="/feedback"' in house.reader.get("/members").text
    assert 'href="/feedback"' not in house.make.browser(house.members[0]).get("/members").text
    house.entry(house.reply.id)
    assert re.search(r'href="/feedback">Feedback <span class="count">1<', house.manager.get("/members").text)


def test_a_team_acknowledges_plans_and_declines_with_a_reason(house: House) -> None:
    item = house.item("For you", *house.threads, sent=True)
    path, reader = f"/feedback/items/{item}", house.reader
    assert "5 days" in house.manager.get("/feedback/teams").text
    reader.get(path)
    assert reader.post(path + "/status", {"status": "acknowledged"}).status_code == 303
    assert (house.get(item).status, house.get(item).owner_id) == ("acknowledged", house.alba.id)
    assert titles(reader, "/feedback?mine=1") == ["For you"]
    refused = reader.post(path + "/status", {"status": "declined", "reply": "No room for it."})
    assert refused.status_code == 422 and "Say why" in refused.text and "No room for it." in refused.text
    stale = reader.post(path + "/status", {"status": "planned", "reply": "In spring.", "version": "1"})
    assert stale.status_code == 409 and "In spring." in stale.text and "meantime" in stale.text
    version = re.search(r'name="version" value="(\d+)"', stale.text)
    assert version is not None
    reader.post(path + "/status", {"status": "planned", "reply": "In spring.", "version": version[1]})
    assert (house.get(item).status, house.get(item).reply) == ("planned", "In spring.")
    assert "In spring." in house.manager.get(path).text


def test_sending_asks_for_a_team_and_says_what_is_needed(house: House) -> None:
    item = house.item("Loose", house.reply, theme="")
    path, manager = f"/feedback/items/{item}", house.manager
    manager.get(path)
    refused = manager.post(path + "/send", {"ask": "A date, please."})
    assert refused.status_code == 422 and "Choose the team first" in refused.text and "A date, please." in refused.text
    assert house.get(item).ask == ""
    sent = manager.post(path + "/send", {"team": "product", "ask": "A date, please."}, follow=True)
    assert "Sent. The team sees it" in sent.text and house.get(item).status == "sent"
    assert "A date, please." in house.reader.get(path).text


def test_an_edit_on_an_old_version_keeps_what_was_typed(house: House) -> None:
    item = house.item("First", house.reply)
    path, manager = f"/feedback/items/{item}", house.manager
    form = {"title": "Second", "kind": "wish", "pain": "3", "theme": "electronics", "team": "product"}
    version = str(house.get(item).version)
    manager.get(path + "/edit")
    assert manager.post(path + "/edit", {**form, "version": version}).status_code == 303
    late = manager.post(path + "/edit", {**form, "title": "Third", "area": "Nido", "version": version})
    assert late.status_code == 409 and 'value="Third"' in late.text and 'value="Nido"' in late.text
    assert "“Second”" in late.text and house.get(item).title == "Second"
    wrong = manager.post(path + "/edit", {**form, "promise_due": "tomorrow"})
    assert wrong.status_code == 422 and "Choose a date." in wrong.text
    kept = {**form, "promise": "A page on it", "promise_due": "2026-12-24", "kept": "1", "owner": "@alba"}
    assert manager.post(path + "/edit", kept).status_code == 303
    row = house.get(item)
    assert (row.promise, str(row.promise_due), row.owner_id) == ("A page on it", "2026-12-24", house.alba.id)
    assert row.promise_kept_at == house.make.now and "24 December" not in manager.get(path + "/edit").text


def test_words_are_moved_to_a_new_item_or_taken_off(house: House) -> None:
    item = house.item("Both", *house.threads, house.reply)
    path, manager = f"/feedback/items/{item}", house.manager
    page = manager.get(path).text
    ids = re.findall(r'name="evidence" value="(\d+)"', page)
    assert len(ids) == 3
    assert manager.post(path + "/words", {"to": "off"}).status_code == 422
    other = house.item("Elsewhere", house.reply)
    theirs = manager.get(f"/feedback/items/{other}").text
    [foreign] = re.findall(r'name="evidence" value="(\d+)"', theirs)
    assert manager.post(path + "/words", {"to": "off", "evidence": foreign}).status_code == 422
    manager.post(path + "/words", {"to": "off", "evidence": ids[0]})
    made = manager.post(path + "/words", {"to": "new", "title": "Only the strap", "evidence": ids[2]}, follow=True)
    assert "Only the strap" in made.text and "Mine too: it only searches." in made.text
    assert house.get(item).members == 1
    with house.make.core.db.read() as session:
        left = list(session.scalars(select(Evidence.post_id).where(Evidence.item_id == item)))
    assert left == [house.threads[1].id]


def test_similar_items_are_named_merged_and_taken_out_again(house: House) -> None:
    one = house.item("The display loses the strap", house.threads[0])
    two = house.item("Strap lost by the display", house.threads[1], house.reply)
    house.item("A basket for the front", kind="wish", theme="")
    path, manager = f"/feedback/items/{two}", house.manager
    page = manager.get(path).text
    assert f'name="into" value="{one}"' in page and "A basket for the front" not in page
    assert manager.post(path + "/merge", {}).status_code == 422
    merged = manager.post(path + "/merge", {"into": str(one)}, follow=True).text
    assert "The display loses the strap" in merged and house.get(one).members == 3
    gone = manager.get(path).text
    assert f'href="/feedback/items/{one}"' in gone and manager.get(path + "/edit").status_code == 403
    assert manager.post(path + "/unmerge", follow=True).status_code == 200
    assert (house.get(one).members, house.get(two).members) == (1, 2)


def test_words_of_a_post_are_taken_from_its_menu(house: House) -> None:
    manager, post = house.manager, house.threads[0]
    thread = manager.get(post.url, follow=True).text
    assert f'/feedback/capture?post={post.id}"' in thread and 'id="drawer"' in thread
    assert "/feedback/capture" not in house.make.browser(house.members[1]).get(post.url, follow=True).text
    drawer = manager.get(f"/feedback/capture?post={post.id}&quote=loses+the+strap", htmx=True).text
    assert "<html" not in drawer and "loses the strap</textarea>" in drawer
    form = {
        "post": str(post.id),
        "title": "Straps get lost",
        "kind": "problem",
        "pain": "3",
        "quote": "loses the strap",
    }
    wrong = manager.post("/feedback/capture", {**form, "quote": "never said"}, htmx=True)
    assert wrong.status_code == 422 and "do not stand in the post" in wrong.text and "never said" in wrong.text
    made = manager.post("/feedback/capture", form, htmx=True)
    assert made.status_code == 200 and "/feedback/items/1" in made.text
    with house.make.core.db.read() as session:
        kept = session.scalars(select(Evidence)).one()
    assert (kept.quote, kept.source, kept.author_id) == ("loses the strap", "staff", house.members[0].id)
    again = manager.get(f"/feedback/capture?post={house.reply.id}").text
    assert 'value="1" data-similar' in again, "the same thread has words in it"
    found = manager.post("/feedback/capture", {"post": str(house.reply.id), "find": "lost strap", "look": "1"}).text
    assert "Straps get lost" in found
    attached = manager.post("/feedback/capture", {"post": str(house.reply.id), "into": "1"}, follow=True).text
    assert "Mine too: it only searches." in attached and house.get(1).members == 2


def test_the_inbox_is_worked_through(house: House) -> None:
    make, manager = house.make, house.manager
    item = house.item("The display loses the strap", house.threads[0])
    entries = [house.entry(it.id, f"note {it.id}") for it in (house.threads[1], house.reply, house.threads[0])]
    page = manager.get("/feedback/inbox").text
    assert [int(it) for it in re.findall(r'data-entry="(\d+)"', page)] == entries[::-1]
    shown = manager.get(f"/feedback/inbox/{entries[1]}").text
    assert "Mine too: it only searches." in shown and f"note {house.reply.id}" in shown
    assert f'name="into" value="{item}"' in shown
    path = f"/feedback/inbox/{entries[1]}"
    assert manager.post(path + "/dismiss", {"reason": " "}).status_code == 422
    done = manager.post(path + "/dismiss", {"reason": "a joke"})
    assert done.headers["location"] == f"/feedback/inbox/{entries[0]}?undo={entries[1]}"
    after = manager.follow(done).text
    assert f'action="/feedback/inbox/{entries[1]}/back"' in after
    assert "a joke" in manager.get("/feedback/inbox?view=aside").text
    manager.post(path + "/back")
    assert make.get(InboxEntry, entries[1]).state == "waiting"
    manager.post(path + "/accept", {"into": str(item), "quote": "only searches"})
    assert house.get(item).members == 2
    late = manager.post(path + "/dismiss", {"reason": "too late"})
    assert late.status_code == 409
    first = f"/feedback/inbox/{entries[0]}"
    assert manager.post(first + "/accept", {"title": "", "kind": "wish"}).status_code == 422
    manager.post(first + "/accept", {"title": "New", "kind": "wish", "pain": "1"})
    entry = make.get(InboxEntry, entries[0])
    assert entry.state == "accepted" and house.get(entry.item_id).title == "New"
    assert titles(manager, "/feedback?kind=wish") == ["New"]


def test_what_is_hidden_leaves_the_inbox(house: House) -> None:
    inside = house.make.thread(house.members[0], house.place, title="Soon gone", body="CANARY words")
    entry = house.entry(inside.id)
    assert "CANARY" in house.manager.get(f"/feedback/inbox/{entry}").text
    house.make.state(inside, "deleted")
    house.make.state(inside, "deleted", thread=True)
    house.manager.get("/feedback/inbox")
    assert house.reader.get(f"/feedback/inbox/{entry}").status_code == 403


def test_themes_teams_and_rules_have_their_forms(house: House) -> None:
    manager = house.manager
    manager.get("/feedback/themes")
    manager.post("/feedback/themes", {"name": "Display", "parent": "electronics", "aliases": "Nido, screen\nstrap"})
    assert "Nido, screen, strap" in manager.get("/feedback/themes").text
    assert manager.post("/feedback/themes", {"name": "Deep", "parent": "display"}).status_code == 422
    edit = f"/feedback/themes/{house.theme}/edit"
    late = manager.post(edit, {"name": "Other", "version": "99"})
    assert late.status_code == 409 and 'value="Other"' in late.text
    manager.post("/feedback/themes", {"name": "Electrics"})
    merged = manager.post("/feedback/themes/3/merge", {"into": "electronics"}, follow=True).text
    assert "Electrics" in merged and "/feedback/themes/3/edit" not in merged
    team = f"/feedback/teams/{house.team}"
    assert "needs" not in manager.get(team).text
    plain = manager.post(team + "/people", {"person": "m0"})
    assert plain.status_code == 422 and "role “team” first" in plain.text and 'value="m0"' in plain.text
    manager.post(f"{team}/people/{house.alba.id}/leave")
    assert titles(house.reader, "/feedback") == [] and "Nobody reads for it yet." in manager.get(team).text
    manager.post(team, {"name": "Product", "ack_days": "0"})
    assert manager.last is not None and manager.last.status_code == 422
    manager.get("/feedback/rules")
    assert manager.post("/feedback/rules", {"match": "survey", "value": "9"}).status_code == 422
    manager.post("/feedback/rules", {"match": "phrase", "value": "Keeps Breaking", "kind": "problem"})
    assert "keeps breaking" in manager.get("/feedback/rules").text
    assert manager.post("/feedback/rules", {"match": "phrase", "value": "keeps breaking"}).status_code == 409
    manager.post("/feedback/rules/1/stop")
    assert "Put it to work" in manager.get("/feedback/rules").text


def test_an_item_page_is_bounded_however_many_spoke(house: House) -> None:
    make = house.make
    item = house.item("Loud", *house.threads)
    house.manager.get(f"/feedback/items/{item}")
    with counted(make) as few:
        house.manager.get(f"/feedback/items/{item}")
    people = [make.member() for _ in range(13)]  # nobody writes much in a short time
    posts = [make.reply(people[n % 13], house.threads[0].thread_id, f"Also me, no. {n}.") for n in range(52)]
    with make.core.db.write() as session:
        for some in (posts[:40], posts[40:]):
            words = [NewEvidence(it.id) for it in some]
            domain.add_evidence(session, actor=house.livia, item_id=item, evidence=words, now=make.now)
    house.manager.get(f"/feedback/items/{item}")
    with counted(make) as many:
        page = house.manager.get(f"/feedback/items/{item}").text
    assert len(many) == len(few) <= 20, many
    assert page.count('id="words-') == 51  # fifty pieces and the form
    older = re.search(r'href="(/feedback/items/\d+\?after=\d+)#words"', page)
    assert older is not None
    assert house.manager.get(older[1]).text.count("<blockquote") == 4
    with make.core.db.read() as session:
        assert session.scalars(select(Change.what).where(Change.item_id == item).order_by(Change.id)).all() == [
            "created", "evidence_added", "evidence_added",
        ]  # fmt: skip
