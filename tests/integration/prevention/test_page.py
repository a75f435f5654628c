"""The page where managers say what the phases do."""

import pytest
from sqlalchemy import select

from forum.moderation import domain as moderation
from forum.moderation.domain.acts import Act
from forum.moderation.models import Case, Statement
from forum.prevention import queries
from forum.prevention.models import Check, Setting, WatchedWord


@pytest.fixture
def manager(make):
    return make.browser(make.member("maria", role="manager"))


def test_modes_numbers_and_categories_are_kept(core, make, manager):
    slug = make.category()
    page = manager.get("/manage/prevention")
    assert page.status_code == 200 and "Links of newcomers" in page.text
    with core.db.read() as session:
        place = core.house(session).by_slug(slug).id
    answer = manager.post(
        "/manage/prevention",
        {"version": "1", "mode-links": "hold", "links.most": "7", "first_read": str(place), "mode-category": "hold"},
    )
    assert answer.status_code == 303
    with core.db.read() as session:
        row = session.scalars(select(Setting)).one()
        assert (row.modes, row.options, row.first_read) == (
            {"links": "hold", "category": "hold"}, {"links.most": 7}, [place],
        )  # fmt: skip
        rules = queries.rules(session)
    assert rules.number("links", "most", 3) == 7 and place in rules.first_read
    again = manager.get("/manage/prevention").text
    assert 'name="links.most" type="text" value="7"' in again or 'value="7"' in again


def test_a_bad_number_comes_back_with_what_was_typed(manager):
    answer = manager.post("/manage/prevention", {"version": "1", "rate.ten": "many", "mode-links": "hold"})
    assert answer.status_code == 422
    assert 'value="many"' in answer.text and "A number from 1 to 100." in answer.text
    assert manager.post("/manage/prevention", {"version": "9"}).status_code == 409


def test_words_come_go_and_are_tried(core, make, manager):
    answer = manager.post("/manage/prevention/words", {"texts": "viagra\ncheap*\n\nviagra", "action": "hold"})
    assert answer.status_code == 303
    found = manager.post("/manage/prevention/try", {"sample": "Buy V1AGRA, cheaper than ever"})
    assert "viagra, cheap*" in found.text
    assert "No word of the list" in manager.post("/manage/prevention/try", {"sample": "Ciao a tutti"}).text
    with core.db.read() as session:
        first = session.scalars(select(WatchedWord.id)).first()
    assert manager.post(f"/manage/prevention/words/{first}/remove", {}).status_code == 303
    assert "No word of the list" in manager.post("/manage/prevention/try", {"sample": "V1AGRA"}).text


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [("(a", "cannot be read"), (r"(?=x)y", "cannot be read"), (r".*", "nearly every"), (r"[\pL\pN]{3,90}", "too long")],
)
def test_patterns_are_checked(manager, pattern, problem):
    answer = manager.post("/manage/prevention/words", {"texts": pattern, "kind": "pattern", "action": "flag"})
    assert answer.status_code == 422 and problem in answer.text
    assert pattern.replace("&", "&amp;") in answer.text or "&#" in answer.text


def test_a_refused_reply_comes_back_with_its_words(core, make, manager):
    manager.post("/manage/prevention", {"version": "1", "mode-links": "block"})
    author = make.member("anna")
    thread = make.thread(author)
    browser = make.browser(make.member("bruno"))
    words = "Look https://a.example/ https://b.example/ https://c.example/ https://d.example/"
    answer = browser.post(f"/threads/{thread.thread_id}/replies", {"body": words, "submission": "x"})
    assert answer.status_code == 422
    assert words in answer.text and "few links" in answer.text


def test_a_hidden_field_that_is_filled_in_is_noticed(core, make):
    thread = make.thread(make.member("anna"))
    browser = make.browser(make.member("bruno"))
    page = browser.get(f"/threads/{thread.thread_id}/reply").text
    assert 'name="homepage"' in page
    browser.post(f"/threads/{thread.thread_id}/replies", {"body": "Hello", "homepage": "https://x.example"})
    with core.db.read() as session:
        assert session.scalars(select(Check.phase)).one() == "form"


def test_the_case_says_what_was_seen_and_that_nobody_reported_it(core, make):
    thread = make.thread(make.member("anna"))
    browser = make.browser(make.member("bruno"))
    words = "Look https://a.example/ https://b.example/ https://c.example/ https://d.example/"
    browser.post(f"/threads/{thread.thread_id}/replies", {"body": words, "submission": "x"})
    make.drain()
    moderator = make.member("mario", role="moderator")
    with core.db.read() as session:
        case = session.scalars(select(Case)).one()
    page = make.browser(moderator).get(f"/moderation/cases/{case.id}").text
    assert "Seen by prevention" in page and "4 links to places nobody here links to" in page
    assert "A guest" not in page
    with core.db.write() as session:
        moderation.decide(
            session, actor=moderator, case_id=case.id, version=case.version, now=make.now,
            act=Act(action="remove", reason="spam", explanation="Advertising."),
        )  # fmt: skip
        assert session.scalars(select(Statement.after_report)).one() is False
