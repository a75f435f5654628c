"""Where a search ends: what it says of posts that are beyond, in its heading, on its last page, in its counts."""

import re
from html import unescape
from types import ModuleType

import pytest

from forum.search import finding
from forum.search.engines import base
from forum.search.engines.postgres import engine as postgres
from forum.search.engines.whoosh import engine as whoosh
from forum.search.views import GROUPS
from tests.integration.search.test_pages import heading, titles
from tests.support.search import index

MOST = GROUPS + 4
OPTION = re.compile(r'<a href="[^"]*" rel="nofollow"([^>]*)><span[^>]*>(.*?)</span> <span class="facet-count">(.*?)<')


@pytest.fixture
def world(make, monkeypatch):
    """More posts about pads than are looked at, and those of ugo among the last."""
    modules: tuple[ModuleType, ...] = (finding, base, postgres, whoosh)
    for it in modules:
        monkeypatch.setattr(it, "CANDIDATES", MOST)
    make.nina, make.ugo = make.member("nina", role="moderator"), make.member("ugo")
    make.category("officina"), make.category("giri")
    make.first = make.thread(make.nina, "giri", title="All of it", body="Much, and some of it about brakes.")
    for number in range(5):
        words = " ".join(f"word{number}x{it}" for it in range(200))
        make.reply(make.ugo, make.first.thread_id, f"{words} and pads at last.")
    for number in range(MOST + 3):
        make.thread(make.nina, "officina", title=f"Pads number {number}", body="Pads, pads.")
    index(make)
    return make


def counts(page):
    """Value of a filter → (its count as it is said, whether it is chosen)."""
    found = OPTION.findall(page.text)
    return {unescape(name).lower(): (count, "aria-current" in marks) for marks, name, count in found}


def test_the_end_of_what_is_looked_at_is_said(world, client):
    page = client.get("/search?q=pads")
    assert heading(page) == f"The first {MOST} posts" and "as far as we look" not in page.text
    last = client.get("/search?q=pads&page=2")
    assert f"That is as far as we look: the best {MOST} posts." in last.text
    assert len(titles(page)) + len(titles(last)) == MOST
    assert counts(page)["officina"] == (f"at least {MOST}", False) == counts(page)["nina"]
    few = client.get("/search?q=brakes")
    assert heading(few) == "1 post" and "as far as we look" not in few.text and "at least" not in few.text


def test_counts_are_those_of_the_results_they_stand_beside(world, client):
    """What the words alone find is full without a single post of ugo's; with the filter all of them come."""
    assert "ugo" not in counts(client.get("/search?q=pads"))
    for asked in ("q=pads+author:ugo", "q=pads&author=ugo", "q=pads+author:ugo&order=newest"):
        page = client.get(f"/search?{asked}")
        assert heading(page) == "5 posts  in 1 thread" and "as far as we look" not in page.text
        found = counts(page)
        assert found["ugo"] == ("5", True), "as the heading says"
        assert found["nina"][0].startswith("at least "), "others were counted as far as was looked"
        assert found["giri"] == ("5", False) and "officina" not in found
    page = client.get("/search?q=pads&category=giri")
    found = counts(page)
    assert (
        found["giri"] == ("5", True) and found["officina"][0].startswith("at least ") and found["ugo"] == ("5", False)
    )


def test_a_filter_that_leaves_more_than_is_looked_at(world, client):
    page = client.get("/search?q=pads&author=nina")
    assert heading(page) == f"The first {MOST} posts"
    assert counts(page)["nina"] == (f"at least {MOST}", True)
    assert counts(page)["officina"] == (f"at least {MOST}", False)
