"""Looking for something: typed, narrowed, page by page, kept; with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from forum.search.engines.base import IndexUnusable, Scope
from forum.search.jobs import engine_of
from forum.search.language import parse
from tests.e2e.conftest import People
from tests.e2e.support.house import House, wait_for

EACH = pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["scripts", "no-scripts"]
)


def found(house: House, words: str, posts: int) -> None:
    """Wait until the server's own worker has told the index of `posts` posts."""
    engine = engine_of(house.core.settings, house.core.db)
    query = parse(words, today=house.make.now.date())

    def there() -> bool:
        try:
            return len(engine.find(query, Scope()).hits) >= posts
        except IndexUnusable:  # it is being made
            return False

    wait_for(there, f"{posts} posts with {words} in the index")


@EACH
@pytest.mark.slow
def test_search_narrow_turn_the_page_and_keep_it(people: People, house: House, scripts: bool) -> None:
    nina = house.make.member(role="moderator")  # whom no quota slows
    wide, narrow = house.make.category(name="Wide"), house.make.category(name="Narrow")
    word = f"quokka{'s' if scripts else 'n'}trail"
    for number in range(22):
        house.make.thread(nina, wide, title=f"Thread {number}", body=f"A {word}, **number** {number}.")
    house.make.thread(nina, narrow, title=f"The only {word} here", body="Look at `<b>this</b>`.")
    found(house, word, 23)
    person = people("nina", scripts=scripts).sign_in_as(nina).goto("/")
    field = person.page.get_by_role("banner").get_by_role("searchbox", name="Search")
    field.fill(word)
    field.press("Enter")
    expect(person.page.get_by_role("heading", name=re.compile("^23 posts"))).to_be_visible()
    expect(person.main().locator("mark").first).to_have_text(word)
    person.check()
    person.link("Next page").click()
    expect(person.main().locator(".results > li")).to_have_count(3)
    person.link(re.compile("^Narrow")).first.click()
    expect(person.main().locator(".results > li")).to_have_count(1)
    expect(person.main().locator(".results")).to_contain_text("<b>this</b>")
    person.check()
    person.button("Save this search").click()
    person.told()
    expect(person.main()).to_contain_text(f"{word}, in Narrow")
    person.check()
    person.link(re.compile(f"^{word}")).click()
    person.link(re.compile("take this filter off")).click()
    expect(person.page.get_by_role("heading", name=re.compile("^23 posts"))).to_be_visible()
    person.goto(f"/search?q={word}+xyzzyqwy&has=image")
    expect(person.main()).to_contain_text("Nothing found")
    person.check()


@pytest.mark.slow
def test_similar_threads_while_one_types(people: People, house: House) -> None:
    nina = house.make.member()
    house.make.thread(nina, title="Marmalade in the derailleur", body="How do I get marmalade out of a derailleur?")
    found(house, "marmalade", 1)
    person = people("nina").sign_in_as(nina).goto("/threads/new")
    person.box("Title").press_sequentially("Derailleur full of marmalade")
    expect(person.link(re.compile("Marmalade in the derailleur"))).to_be_visible()
    person.check()
    person.expect_focus(person.box("Title"))


@pytest.mark.slow
def test_similar_threads_without_scripts(people: People, house: House) -> None:
    nina = house.make.member()
    house.make.thread(nina, title="Treacle on the saddle", body="How do I get treacle off a saddle?")
    found(house, "treacle", 1)
    person = people("nina", scripts=False).sign_in_as(nina).goto("/threads/new")
    person.box("Title").fill("Saddle full of treacle")
    person.box("Message").fill("Words so far.")
    person.button("Look for similar threads").click()
    expect(person.link(re.compile("Treacle on the saddle"))).to_be_visible()
    expect(person.box("Message")).to_have_value("Words so far.")
    person.check()


@pytest.mark.slow
def test_what_comes_by_itself_leaves_the_focus_alone(people: People, house: House) -> None:
    nina = house.make.member()
    house.make.thread(nina, title="Molasses in the hub", body="How do I get molasses out of a hub?")
    other = house.make.thread(nina, title="A hub full of molasses", body="Molasses in my hub: what now?")
    found(house, "molasses", 2)
    person = people("nina").sign_in_as(nina).goto(other.url.partition("#")[0])
    expect(person.main().get_by_role("link", name="Molasses in the hub")).to_be_visible()  # at the foot, a little later
    person.expect_focus(person.page.locator("body"))
    person.page.keyboard.press("Tab")
    person.expect_focus(person.link("Skip to the content"))


@pytest.mark.slow
def test_search_with_the_keyboard(people: People, house: House) -> None:
    nina = house.make.member()
    house.make.thread(nina, title="Zwieback twice", body="One zwieback.")
    found(house, "zwieback", 1)
    person = people("nina").sign_in_as(nina).goto("/search")
    person.page.keyboard.type("zwieback")
    person.page.keyboard.press("Enter")
    result = person.link(re.compile("Zwieback twice"))
    expect(result).to_be_visible()
    for _ in range(60):
        person.page.keyboard.press("Tab")
        if result.evaluate("link => link === document.activeElement"):
            break
    person.page.keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile("/t/"))
