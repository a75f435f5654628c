"""Searches that members keep: the list, and the weekly mail that respects what may be seen when it is sent."""

import re
from urllib.parse import urlsplit

import msgspec
import pytest
from sqlalchemy import delete

from forum.events import FindsDue, HousekeepingDue, record
from forum.moderation.domain import Act, decide
from forum.outbox import Outbox
from forum.search.domain import MOST
from tests.support.search import index


@pytest.fixture
def world(make, clock):
    """Nina keeps a search; a post matches already."""
    make.nina, make.ugo = make.member("nina"), make.member("ugo")
    make.category("place")
    make.ref = make.thread(make.ugo, "place", title="Old pads", body="These were here before.")
    make.page = make.browser(make.nina)
    make.page.get("/search?q=pads")
    make.page.post("/settings/searches", {"query": "pads"})
    index(make)
    return make


def housekeeping(make):
    with make.core.db.write() as session:
        record(session, HousekeepingDue(), now=make.now)
    make.drain()


def week(make, clock):
    clock.forward(days=7, minutes=1)
    housekeeping(make)


def test_saved_from_the_page_of_results(world):
    page = world.page.get("/settings/searches")
    assert "pads" in page.text and "once a week by mail" in page.text
    link = re.search(r'href="(/search\?[^"]+)"><strong', page.text)[1]
    assert world.page.get(link).status_code == 200


def test_fields_are_kept_with_the_words(world):
    page = world.page.get("/search?q=wheel&category=place&author=ugo&after_date=2026-01-01")
    text = re.search(r'name="query" value="([^"]+)"', page.text)[1]
    assert world.page.post("/settings/searches", {"query": text}).status_code == 303
    page = world.page.get("/settings/searches").text
    assert "wheel, in Place, by @ugo, from 1 January on" in page


@pytest.mark.parametrize(("query", "words"), [("", "a word is enough"), (" pads ", "already"), ("x" * 500, "400")])
def test_what_cannot_be_kept_comes_back(world, query, words):
    answer = world.page.post("/settings/searches", {"query": query})
    assert answer.status_code == 422 and words in answer.text


def test_a_member_keeps_so_many(world):
    for number in range(MOST - 1):
        assert world.page.post("/settings/searches", {"query": f"word{number}"}).status_code == 303
    assert world.page.post("/settings/searches", {"query": "one more"}).status_code == 422
    assert world.browser(world.ugo).get("/settings/searches").status_code == 200


def saved_id(make):
    return re.search(r"/settings/searches/(\d+)/stop", make.page.get("/settings/searches").text)[1]


def test_renamed_paused_and_let_go(world, clock, mailbox):
    which = f"/settings/searches/{saved_id(world)}"
    assert world.browser(world.ugo).get(which).status_code == 404
    world.page.post(which, {"query": "pads wet", "name": "My <brakes>"})
    page = world.page.get("/settings/searches").text
    assert "My &lt;brakes&gt;" in page and "without mails" in page
    world.reply(world.ugo, world.ref.thread_id, "New wet pads.")
    week(world, clock)
    assert mailbox.to("nina@example.org") == []
    other = world.browser(world.ugo)
    other.get("/settings/searches")
    assert other.post(f"{which}/stop").status_code == 404
    world.page.post(f"{which}/stop")
    assert "No searches yet" in world.page.get("/settings/searches").text


def test_one_mail_a_week_with_what_is_new(world, clock, mailbox):
    clock.forward(days=1)
    world.reply(world.ugo, world.ref.thread_id, "Ceramic pads, <b>brand</b> new & **loud**.")
    world.reply(world.nina, world.ref.thread_id, "My own words on pads.")
    housekeeping(world)
    assert mailbox.to("nina@example.org") == [], "not before a week has passed"
    week(world, clock)
    [mail] = mailbox.to("nina@example.org")
    assert mail.subject == "1 new find of your searches"
    assert "Ceramic pads" in mail.text and "My own words" not in mail.text and "here before" not in mail.text
    assert "<strong>pads</strong>" in mail.html and "<b>brand" not in mail.html
    housekeeping(world)
    week(world, clock)
    assert len(mailbox.to("nina@example.org")) == 1, "nothing new, no mail"
    world.thread(world.ugo, "place", title="More pads", body="Even more.")
    clock.forward(days=1)
    housekeeping(world)
    assert len(mailbox.to("nina@example.org")) == 2, "the week since the last one is over"


@pytest.mark.parametrize("state", ["hidden", "held", "removed", "deleted"])
def test_the_mail_asks_what_may_be_seen_when_it_leaves(world, clock, mailbox, state):
    ref = world.reply(world.ugo, world.ref.thread_id, "Secret pads.")
    index(world)
    world.state(ref, state)
    week(world, clock)
    assert mailbox.to("nina@example.org") == []


def approve(make, moderator, ref):
    act = Act(action="approve")
    with make.core.db.write() as session:
        decide(session, actor=moderator, act=act, target_type="post", target_id=ref.id, now=make.now)


def test_what_waited_for_a_moderator_is_news_when_it_appears(world, clock, mailbox):
    moderator = world.member(role="moderator")
    held = msgspec.structs.replace(world.ugo, held=True)
    clock.forward(days=1)
    waits = [world.reply(held, world.ref.thread_id, f"Pads that waited: {it}.") for it in ("one", "two")]
    opens = world.thread(held, "place", title="Pads in a thread that waited")
    world.reply(world.ugo, world.ref.thread_id, "Pads at once.")
    week(world, clock)
    [first] = mailbox.to("nina@example.org")
    assert "at once" in first.text and "that waited" not in first.text
    clock.forward(hours=1)
    approve(world, moderator, waits[0])
    approve(world, moderator, opens)
    week(world, clock)
    [_, second] = mailbox.to("nina@example.org")
    assert second.subject == "2 new finds of your searches", "their numbers are lower than what was told"
    assert "waited: one" in second.text and "Pads in a thread" in second.text and "at once" not in second.text
    week(world, clock)
    assert len(mailbox.to("nina@example.org")) == 2, "and told once"


def test_what_the_index_has_not_heard_of_is_in_the_mail(world, clock, mailbox):
    clock.forward(days=8)
    world.reply(world.ugo, world.ref.thread_id, "Pads of this very moment.")
    with world.core.db.write() as session:
        session.execute(delete(Outbox))  # nobody has told the index yet
        record(session, FindsDue(world.nina.id), now=world.now)
    world.drain()
    assert "this very moment" in mailbox.to("nina@example.org")[0].text


@pytest.mark.parametrize("how", ["deleted", "paused"])
def test_the_week_lasts_when_the_search_that_was_mailed_is_gone(world, clock, mailbox, how):
    mailed = f"/settings/searches/{saved_id(world)}"
    world.page.post("/settings/searches", {"query": "wheels"})
    world.reply(world.ugo, world.ref.thread_id, "New pads.")
    week(world, clock)
    assert len(mailbox.to("nina@example.org")) == 1
    world.page.post(f"{mailed}/stop") if how == "deleted" else world.page.post(mailed, {"query": "pads"})
    world.reply(world.ugo, world.ref.thread_id, "New wheels.")
    clock.forward(days=1)
    housekeeping(world)
    assert len(mailbox.to("nina@example.org")) == 1
    clock.forward(days=6, minutes=1)
    housekeeping(world)
    assert "New wheels" in mailbox.to("nina@example.org")[1].text


def test_a_post_that_lacks_a_word_is_no_news(world, clock, mailbox):
    world.page.post(f"/settings/searches/{saved_id(world)}", {"query": "squeal brake levers", "weekly": "1"})
    world.reply(world.ugo, world.ref.thread_id, "My brake levers are new.")
    week(world, clock)
    assert mailbox.to("nina@example.org") == []
    world.reply(world.ugo, world.ref.thread_id, "The brake levers squeal.")
    week(world, clock)
    assert "levers squeal" in mailbox.to("nina@example.org")[0].text


def test_a_run_that_was_killed_sends_the_same_mail_again(world, clock, mailbox):
    world.reply(world.ugo, world.ref.thread_id, "New pads.")
    mailbox.fail = OSError("no server")
    week(world, clock)
    mailbox.fail = None
    clock.forward(minutes=5)
    world.drain()
    assert len(mailbox.to("nina@example.org")) == 1


def test_one_click_stops_them(world, clock, mailbox):
    world.reply(world.ugo, world.ref.thread_id, "New pads.")
    week(world, clock)
    [mail] = mailbox.to("nina@example.org")
    address = mail.headers["List-Unsubscribe"].strip("<>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(address).path
    stranger = world.browser()
    assert "We would write to you no more when this happens.<" in stranger.get(path).text
    answer = stranger.http.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    world.reply(world.ugo, world.ref.thread_id, "Newer pads.")
    week(world, clock)
    assert len(mailbox.to("nina@example.org")) == 1
    later = world.browser(world.nina)
    assert "No mail about your searches reaches you" in later.get("/settings/searches").text
    assert "New finds" not in later.get("/notifications").text


def test_an_import_is_no_news(world, clock, mailbox):
    from datetime import timedelta

    from sqlalchemy import update

    from forum.threads.models import Post

    ref = world.reply(world.ugo, world.ref.thread_id, "Imported pads of long ago.")
    with world.core.db.write() as session:
        long_ago = world.now - timedelta(days=900)
        session.execute(update(Post).where(Post.id == ref.id).values(created_at=long_ago))
    week(world, clock)
    assert mailbox.to("nina@example.org") == []


def test_in_the_language_of_its_reader(make, clock, mailbox):
    anna, ugo = make.member("anna", locale="it"), make.member("ugo")
    ref = make.thread(ugo, title="Freni")
    page = make.browser(anna)
    page.get("/search?q=freni")
    page.post("/settings/searches", {"query": "freni"})
    make.reply(ugo, ref.thread_id, "Nuovi freni.")
    week(make, clock)
    [mail] = mailbox.to("anna@example.org")
    assert "Nuovi freni" in mail.text and "novembre" in mail.text
