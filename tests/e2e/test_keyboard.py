"""Without a mouse."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.support.house import House


def test_the_first_tab_skips_to_the_content(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url.partition("#")[0])
    person.page.keyboard.press("Tab")
    skip = person.link("Skip to the content")
    person.expect_focus(skip)
    expect(skip).to_be_in_viewport()
    person.page.keyboard.press("Enter")
    person.expect_focus(person.main())
    person.page.keyboard.press("Tab")
    person.expect_focus(person.main().get_by_role("link").first)


def test_a_menu_opens_closes_and_gives_the_focus_back(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    keys = person.page.keyboard
    more = person.post(1).get_by_label("More about post 1")
    entry = person.link("Link to this post")
    more.focus()
    keys.press("Enter")
    expect(entry).to_be_visible()
    person.check(".menu[open]")
    keys.press("Tab")
    person.expect_focus(entry)
    keys.press("Escape")
    expect(entry).to_be_hidden()
    person.expect_focus(more)
    keys.press("Space")
    expect(entry).to_be_visible()
    for _ in range(8):
        keys.press("Tab")
    expect(entry).to_be_hidden()  # who walks out of a menu closes it


def test_only_one_menu_is_open(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.post(1).get_by_label("More about post 1").click()
    person.page.get_by_label("Your menu").click()
    expect(person.button("Sign out")).to_be_visible()
    expect(person.link("Link to this post")).to_be_hidden()
    person.check(".menu[open]")
    person.page.mouse.click(5, 400)
    expect(person.button("Sign out")).to_be_hidden()


def test_writing_and_posting_by_keys(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    keys, box = person.page.keyboard, person.box("Your reply")
    box.focus()
    keys.type("Turn it ")
    keys.press("Control+b")
    keys.type("slowly")
    expect(box).to_have_value("Turn it **slowly**")
    keys.press("Control+a")
    keys.press("Control+z")
    expect(box).not_to_have_value("Turn it **slowly**")  # the browser's own undo still works
    box.fill("Turn it **slowly**")
    keys.press("Control+Enter")
    expect(person.post(2).locator("strong")).to_have_text("slowly")
    person.expect_focus(person.post(2))


def test_the_toolbar_is_one_stop(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    bar = person.page.get_by_role("toolbar", name="Formatting")
    keys = person.page.keyboard
    person.button("Bold", bar).focus()
    keys.press("ArrowRight")
    person.expect_focus(person.button("Italic", bar))
    keys.press("End")
    person.expect_focus(person.button("Spoiler", bar))
    keys.press("ArrowRight")
    person.expect_focus(person.button("Bold", bar))
    keys.press("Tab")
    person.expect_focus(person.box("Your reply"))


def test_every_stop_of_the_tab_key_is_seen(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    house.make.reply(nina, thread.thread_id)
    person = people("nina").sign_in_as(nina).goto(thread.url.partition("#")[0])
    seen: list[str] = []
    for _ in range(60):
        person.page.keyboard.press("Tab")
        stop = person.page.evaluate(FOCUSED)
        if stop is None:
            break
        assert stop["shown"], f"the focus is on something invisible: {stop['html']}"
        assert stop["ring"], f"the focus shows no ring: {stop['html']}"
        seen.append(stop["html"])
    assert len(seen) > 15
    assert any(re.search("Post reply", html) for html in seen)


FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const ringed = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== "none";
  const near = [it, it.parentElement, it.closest(".composer")].filter(Boolean).map(e => getComputedStyle(e));
  return { html: it.outerHTML.slice(0, 160), shown: box.width > 1 && box.height > 1 && style.visibility === "visible",
           ring: near.some(ringed) };
}"""
