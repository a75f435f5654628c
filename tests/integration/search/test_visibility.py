"""Whatever an index says, the database decides who sees it: at once, in results, counts, excerpts, suggestions."""

import pytest

from tests.support.search import index, tell_everything

SURFACES = (
    "/search?q={}", "/search?q={}&order=newest", "/search?q={}*", "/search?author=nina", "/search?category=place",
    "/search/similar?title={}", "/api/v1/search?q={}",
)  # fmt: skip


@pytest.fixture
def world(make):
    make.nina, make.mod = make.member("nina"), make.member("mod", role="moderator")
    make.category("place")
    make.ref = make.thread(make.nina, "place", title="Zanzibarword", body="Quetzalword in the body.")
    make.other = make.thread(make.nina, "place", title="Another", body="Nothing of that kind.")
    make.post = make.reply(make.nina, make.other.thread_id, "Quetzalword again.")
    index(make)
    return make


def seen(browser, words):
    """On which surfaces a word shows, beyond the question itself."""
    found = []
    for surface in SURFACES:
        page = browser.get(surface.format(words.lower())).text
        if words in page:
            found.append(surface)
    return found


@pytest.mark.parametrize("state", ["hidden", "held", "removed", "deleted"])
def test_gone_at_once_though_the_index_lags(world, client, state):
    assert seen(client, "Quetzalword") and seen(client, "Zanzibarword")
    world.state(world.ref, state, thread=True)
    world.state(world.post, state)
    for browser in (client, world.browser(world.nina), world.browser(world.mod)):
        assert seen(browser, "Quetzalword") == [] and seen(browser, "Zanzibarword") == []
        assert "Nothing found" in browser.get("/search?q=quetzalword").text


def test_a_post_that_moved_into_a_closed_category(world, client):
    world.category("closed", visibility="staff")
    from forum.moderation.domain import Act, decide

    with world.core.db.write() as session:
        act = Act(action="move", category="closed")
        decide(
            session, actor=world.mod, act=act, target_type="thread", target_id=world.ref.thread_id, now=world.now
        )  # fmt: skip
    assert seen(client, "Zanzibarword") == []
    assert seen(world.browser(world.mod), "Zanzibarword") != []
    assert "closed" not in client.get("/search?q=quetzalword").text.lower()


def test_no_suggestion_spells_out_what_was_hidden(world, client):
    assert "zanzibarword" in client.get("/search?q=zanzibarwrod").text.lower().replace("zanzibarwrod", "")
    world.state(world.ref, "hidden", thread=True)
    tell_everything(world)
    assert "zanzibarword" not in client.get("/search?q=zanzibarwrod").text.lower()


def test_counts_leave_out_what_is_hidden(world, client):
    assert "2 posts" in client.get("/search?q=quetzalword").text
    world.state(world.post, "hidden")
    page = client.get("/search?q=quetzalword").text
    assert "1 post\n" in page or ">1 post<" in page.replace(" <", "<")


def test_a_spoiler_stays_closed(world, client):
    world.reply(world.nina, world.other.thread_id, "The culprit is ||the butlerword|| as we saw. Endingword.")
    index(world)
    page = client.get("/search?q=endingword")
    assert "[Spoiler]" in page.text and "butlerword" not in page.text
