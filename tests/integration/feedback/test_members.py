"""What members do and see of feedback: they point, say "me too", decide about quoting, and see who saw their words."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from forum.feedback import domain, own
from forum.feedback.domain import ItemChange, NewEvidence, NewItem, NewTeam, StatusChange
from forum.feedback.exports.models import Export, ExportRead, Shown, Snapshot
from forum.feedback.models import Consent, Evidence, InboxEntry, Item, PostConsent, Terms, Voice
from forum.feedback.queries import evidence
from forum.policy.actors import Actor
from tests.factories import Make


class House:
    """A manager, three members, a thread with two replies; an item that rests on its first post."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia = make.member("livia", role="manager")
        self.anna, self.ben, self.carla = (make.member(it) for it in ("anna", "ben", "carla"))
        self.place = make.category("officina")
        self.first = make.thread(self.anna, self.place, title="Display", body="The display loses the strap.")
        self.reply = make.reply(self.ben, self.first.thread_id, "Mine works.")
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            self.item = domain.create(
                session, actor=self.livia, now=make.now,
                item=NewItem(title="SECRET finding", kind="problem", team="product",
                             evidence=(NewEvidence(self.first.id),)),
            )  # fmt: skip

    def members(self) -> int:
        return int(self.make.get(Item, self.item).members)

    def words(self) -> Any:
        with self.make.core.db.read() as session:
            return evidence(session, self.alba(), [self.item])[self.item][0]

    def alba(self) -> Actor:
        return Actor(id=999, role="team")


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def count(make: Make, table: Any) -> int:
    with make.core.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_me_too_where_there_is_something_to_agree_with(house: House) -> None:
    """On the post that is evidence, for whoever did not write it; it names nothing of the item; one a member."""
    browser, url = house.make.browser(house.carla), f"/posts/{house.first.id}/me-too"
    page = browser.get(house.first.url.partition("#")[0]).text
    assert f'action="{url}"' in page and f'action="/posts/{house.reply.id}/me-too"' not in page
    assert "SECRET" not in page
    assert browser.post(url).status_code == 303 and browser.post(url).status_code == 303
    assert (count(house.make, Voice), house.members()) == (1, 2)
    piece = browser.post(url, {"back": "1"}, htmx=True)
    assert 'aria-pressed="false"' in piece.text and house.members() == 1
    assert 'aria-pressed="true"' in browser.post(url, htmx=True).text and house.members() == 2
    assert browser.post(f"/posts/{house.reply.id}/me-too").status_code == 404
    for other in (None, house.anna):
        assert f'action="{url}"' not in house.make.browser(other).get(house.first.url.partition("#")[0]).text


def test_me_too_ends_with_the_item(house: House) -> None:
    """An answered item takes no more voices, but whoever spoke may take theirs back; a hidden post shows nothing."""
    browser, url = house.make.browser(house.carla), f"/posts/{house.first.id}/me-too"
    browser.post(url)
    with house.make.core.db.write() as session:
        change = StatusChange("declined", reason="Not ours.")
        domain.set_status(session, actor=house.livia, item_id=house.item, change=change, now=house.make.now)
    assert f'action="{url}"' not in browser.get(house.first.url.partition("#")[0]).text
    assert house.make.browser(house.ben).post(url).status_code == 404
    assert browser.post(url, {"back": "1"}).status_code == 303 and count(house.make, Voice) == 0
    house.make.state(house.first, "hidden")
    assert browser.post(url, {"back": "1"}).status_code == 404


def test_the_thread_page_costs_the_same_with_voices(house: House) -> None:
    """Twenty posts that are all evidence cost no statement more than none."""
    make = house.make
    seen: list[str] = []

    def see(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    def cost() -> list[str]:
        """Of the cheapest of three: how far one has read is written beside, and such a commit renews the house."""
        browser, costs = make.browser(house.carla), []
        for _ in range(4):
            seen.clear()
            browser.get(url)
            costs.append([it for it in seen if it.lstrip().upper().startswith(("SELECT", "WITH"))])
        return min(costs[1:], key=len)

    url = house.first.url.partition("#")[0]
    event.listen(make.core.db.engine, "before_cursor_execute", see)
    try:
        before = cost()
        posts = [make.reply(make.member(), house.first.thread_id, f"Same here {n}.") for n in range(17)]
        with make.core.db.write() as session:
            words = [NewEvidence(it.id) for it in posts]
            domain.add_evidence(session, actor=house.livia, item_id=house.item, evidence=words, now=make.now)
        after = cost()
        assert len(after) <= len(before), [it for it in after if it not in before]
        assert house.make.browser(house.carla).get(url).text.count("/me-too") == 2 * 18
    finally:
        event.remove(make.core.db.engine, "before_cursor_execute", see)


def test_this_is_feedback(house: House) -> None:
    """Into the inbox, once for each member; the form comes back filled when something is wrong."""
    browser, url = house.make.browser(house.carla), f"/posts/{house.reply.id}/feedback"
    assert "Mine works." in browser.get(url).text
    wrong = browser.post(url, {"kind": "nonsense", "note": "Look at this"})
    assert wrong.status_code == 422 and 'value="Look at this"' in wrong.text
    assert browser.post(url, {"kind": "praise", "note": "Look  at this"}).status_code == 303
    assert "with the community team" in browser.post(url, {"kind": "risk"}, htmx=True).text
    with house.make.core.db.read() as session:
        entry = session.scalars(select(InboxEntry)).one()
    assert (entry.kind, entry.note, entry.by_id, entry.source) == ("praise", "Look at this", house.carla.id, "member")
    assert house.make.browser().get(url).headers["location"].startswith("/login?")
    house.make.state(house.reply, "held")
    assert browser.get(url).status_code == 404 == house.make.browser(house.anna).post(url).status_code


def test_a_members_word_outweighs_the_sites(house: House) -> None:
    """Site, member, post: the nearer word holds; nothing is kept from before."""
    anna, livia = house.make.browser(house.anna), house.make.browser(house.livia)
    assert house.words().withheld == ""
    assert livia.post("/manage/feedback", {"quote": "no"}).status_code == 303
    assert house.words().withheld == "refused" and house.words().quote == ""
    assert anna.post("/settings/feedback", {"quote": "yes"}).status_code == 303
    assert house.words().withheld == ""
    quoting = f"/posts/{house.first.id}/quoting"
    assert anna.post(quoting, {"quote": "no"}).status_code == 303
    assert house.words().withheld == "refused"
    assert quoting in anna.get("/settings/feedback").text
    anna.post(quoting, {"quote": "site"})
    anna.post("/settings/feedback", {"quote": "site"})
    assert house.words().withheld == "refused" and count(house.make, PostConsent) == count(house.make, Consent) == 0
    livia.post("/manage/feedback", {"quote": "yes"})
    assert house.words().withheld == "" and count(house.make, Terms) == 1
    assert house.make.browser(house.ben).post(quoting, {"quote": "no"}).status_code == 404
    assert anna.post("/settings/feedback", {"quote": "perhaps"}).status_code == 422
    assert anna.post("/manage/feedback", {"quote": "no"}).status_code == 403


def shown(house: House, privacy: str = "quotes") -> None:
    """A summary with Anna's words went to the team by mail, and was fetched by somebody whose name is secret."""
    make = house.make
    reader = make.member("nameless", display_name="READERNAME", role="team")
    with make.core.db.write() as session:
        session.add(
            Snapshot(
                id="8f3a8f3a8f3a8f3a", team_id=house.team, starts=date(2026, 10, 1), ends=date(2026, 11, 1),
                privacy=privacy, locale="en", created_by_id=house.livia.id, created_at=make.now, data=b"",
            )
        )  # fmt: skip
        session.flush()
        words = session.scalars(select(Evidence.id)).one()
        session.execute(
            insert(Shown).values(snapshot_id="8f3a8f3a8f3a8f3a", evidence_id=words, author_id=house.anna.id)
        )
        export = Export(snapshot_id="8f3a8f3a8f3a8f3a", format="pdf", state="ready", by_id=house.livia.id, at=make.now)
        session.add(export)
        session.flush()
        session.add_all(
            [ExportRead(export_id=export.id, by_id=reader.id, how=how, at=make.now) for how in ("mail", "download")]
        )


def test_who_saw_my_words(house: House) -> None:
    """When, which team, which level, how; never a reader's name, never the item, never anybody else's words."""
    shown(house)
    page = house.make.browser(house.anna).get("/settings/feedback").text
    for words in ("Product", "with quotations", "sent by mail", "fetched as a file (PDF)", "1 October", "31 October"):
        assert words in page, words
    assert "The display loses the strap." in page
    assert "READERNAME" not in page and "SECRET" not in page
    data = house.make.browser(house.anna).get("/settings/feedback/data.json")
    assert data.headers["content-disposition"].startswith("attachment")
    kept = data.json()
    assert [it["team"] for it in kept["seen"]] == ["Product"] and len(kept["seen"][0]["deliveries"]) == 2
    assert "READERNAME" not in data.text and "SECRET" not in data.text
    others = house.make.browser(house.ben).get("/settings/feedback").text
    assert "Nobody so far" in others and "strap" not in others


def test_teams_that_can_read_my_words_on_the_site_are_named(house: House) -> None:
    """From when it was passed on, or the words came to it; another team from when it got it; not shown: counted."""
    make, clock = house.make, house.make.core.clock
    anna = make.browser(house.anna)

    def page() -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", anna.get("/settings/feedback").text.split('id="seen"')[1]).split())

    def kept() -> list[Any]:
        return [
            (it["team"], datetime.fromisoformat(it["since"]), len(it["words"]), it["counted"])
            for it in anna.get("/settings/feedback/data.json").json()["readers"]
        ]

    def step(status: str) -> datetime:
        clock.forward(days=1)
        with make.core.db.write() as session:
            change = StatusChange(status, reason="So.")
            domain.set_status(session, actor=house.livia, item_id=house.item, change=change, now=make.now)
        return make.now

    assert "Nobody so far" in page() and kept() == []  # collected, and no team's yet
    sent = step("sent")
    assert "Nobody so far" not in page() and "Team: Product from 22 November on" in page()
    assert "can read 1 passage of yours" in page() and kept() == [("Product", sent, 1, 0)]
    step("triaged")
    assert "Nobody so far" in page()
    step("sent")
    assert kept() == [("Product", sent, 1, 0)], "what it could read then, it could read"
    clock.forward(days=1)
    more = make.reply(house.anna, house.first.thread_id, "And it searches again and again.")
    with make.core.db.write() as session:
        domain.add_evidence(
            session, actor=house.livia, item_id=house.item, evidence=[NewEvidence(more.id)], now=make.now
        )
        domain.may_be_quoted_from(session, actor=house.anna, post_id=house.first.id, quote=False, now=make.now)
    assert kept() == [("Product", make.now, 1, 1)] and "1 is counted only, not shown" in page()
    clock.forward(days=1)
    with make.core.db.write() as session:
        domain.save_team(session, actor=house.livia, team=NewTeam("Support", 5), now=make.now)
        domain.change(
            session, actor=house.livia, item_id=house.item, change=ItemChange(team="support"), version=None,
            now=make.now,
        )  # fmt: skip
    assert kept() == [("Support", make.now, 1, 1)]
    assert "SECRET" not in anna.get("/settings/feedback/data.json").text
    assert "Nobody so far" in make.browser(house.ben).get("/settings/feedback").text


def test_words_of_a_removed_post_are_named_without_their_text(house: House) -> None:
    """Its author reads a removed post in the moderators' statement only; a hidden one is theirs to read."""
    browser = house.make.browser(house.anna)
    house.make.state(house.first, "hidden")
    assert "The display loses" in browser.get("/settings/feedback").text
    house.make.state(house.first, "removed")
    page = browser.get("/settings/feedback").text
    assert "out of sight" in page and "The display loses" not in page
    assert "The display loses" not in browser.get("/settings/feedback/data.json").text


def test_erased_words_are_gone_and_still_counted(house: House) -> None:
    shown(house)
    browser = house.make.browser(house.anna)
    assert "cannot be undone" in browser.get("/settings/feedback/erase").text
    assert browser.post("/settings/feedback/erase").status_code == 303
    with house.make.core.db.read() as session:
        kept = session.scalars(select(Evidence)).one()
        assert (kept.quote, kept.redacted_at) == ("", house.make.now)
        assert own.own_words(session, house.anna).quote is False
    assert house.members() == 1 and house.words().withheld == "erased"
    assert "The display loses" not in browser.get("/settings/feedback").text


def test_a_yes_to_one_post_does_not_outlive_the_erasure(house: House) -> None:
    """Where only those who agreed are quoted: a yes here, all erased, and the same post collected once more."""
    browser, make = house.make.browser(house.anna), house.make
    with make.core.db.write() as session:
        domain.set_terms(session, actor=house.livia, quoted=False, now=make.now)
    second = make.reply(house.anna, house.first.thread_id, "And it searches again and again.")
    for post, word in ((house.first, "yes"), (second, "no")):
        browser.post(f"/posts/{post.id}/quoting", {"quote": word})
    assert house.words().withheld == ""
    browser.post("/settings/feedback/erase")
    with make.core.db.write() as session:
        other = domain.create(
            session, actor=house.livia, now=make.now,
            item=NewItem("Another", "wish", team="product", evidence=(NewEvidence(house.first.id),)),
        )  # fmt: skip
    with make.core.db.read() as session:
        (kept,) = evidence(session, house.alba(), [other])[other]
        assert (kept.withheld, kept.quote, kept.url) == ("refused", "", "")
        assert [(it.post_id, it.quote) for it in session.scalars(select(PostConsent))] == [(second.id, False)]
    browser.post("/settings/feedback", {"quote": "yes"})  # whoever changes their mind is quoted again
    with make.core.db.read() as session:
        assert evidence(session, house.alba(), [other])[other][0].withheld == ""
    assert make.browser().post("/settings/feedback/erase").status_code in {303, 401}
