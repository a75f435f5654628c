"""The same, through pages: nothing here needs JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.support.house import House

REPLY = "Your reply"


def test_a_reply_with_preview(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina", scripts=False).sign_in_as(nina).goto(thread.url)
    person.check()
    person.box(REPLY).fill("This is **bold**.")
    person.button("Preview").click()
    expect(person.page.get_by_role("region", name="Preview").locator("strong")).to_have_text("bold")
    expect(person.box(REPLY)).to_have_value("This is **bold**.")
    person.check()
    person.button("Post reply").click()
    expect(person.post(2).locator("strong")).to_have_text("bold")
    assert person.page.url.endswith("#post-2")


@pytest.mark.slow
def test_an_empty_reply_comes_back_with_its_error(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina", scripts=False).sign_in_as(nina).goto(house.make.thread(nina).url)
    with person.allowing(422):
        person.button("Post reply").click()
        expect(person.page.get_by_role("alert")).to_contain_text(REPLY)
    expect(person.page).to_have_title(re.compile("^Error: "))
    person.check()
    person.link(REPLY, person.page.get_by_role("alert")).click()
    assert person.page.url.endswith("#body")


def test_quote_and_answer(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina, body="Grease it first.")
    person = people("ugo", scripts=False).sign_in_as(ugo).goto(thread.url)
    person.link(re.compile("^Quote"), person.post(1)).click()
    box = person.box(REPLY)
    expect(box).to_have_value(re.compile(r"> Grease it first\."))
    person.check()
    box.fill(box.input_value() + "Done.")
    person.button("Post reply").click()
    expect(person.post(2).locator("blockquote")).to_contain_text("Grease it first.")
    person.check()


def test_edit_delete_restore(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina)
    house.make.reply(ugo, thread.thread_id, "The frist words.")
    person = people("ugo", scripts=False).sign_in_as(ugo).goto(thread.url)
    person.post(2).get_by_label("More about post 2").click()
    person.link("Edit", person.post(2)).click()
    box = person.box("Your post")
    expect(box).to_have_value("The frist words.")
    person.check()
    box.fill("The first words.")
    person.button("Save").click()
    expect(person.post(2)).to_contain_text("The first words.")
    person.post(2).get_by_label("More about post 2").click()
    person.button("Delete", person.post(2)).click()
    expect(person.post(2)).to_contain_text("You deleted this post.")
    person.check()
    person.button("Restore it").click()
    expect(person.post(2)).to_contain_text("The first words.")


@pytest.mark.slow
def test_a_stale_edit(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina, body="Ten bolts hold it.")
    first = people("nina at home", scripts=False).sign_in_as(nina)
    second = people("nina at work", scripts=False).sign_in_as(nina)
    for person in (first, second):
        person.goto(f"/posts/{thread.id}/edit")
    first.box("Your post").fill("Eleven bolts hold it.")
    first.button("Save").click()
    expect(first.post(1)).to_contain_text("Eleven")
    second.box("Your post").fill("Nine bolts hold it.")
    with second.allowing(409):
        second.button("Save").click()
        expect(second.page.get_by_role("alert")).to_contain_text("changed while you were writing")
    expect(second.box("Your post")).to_have_value("Nine bolts hold it.")
    expect(second.box("The text that stands now")).to_have_value("Eleven bolts hold it.")
    second.check()
    second.button("Save").click()
    expect(second.post(1)).to_contain_text("Nine bolts hold it.")


def test_an_expired_session_gives_the_text_back(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina", scripts=False).sign_in_as(nina).goto(thread.url)
    person.box(REPLY).fill("Words that took an hour.")
    person.context.clear_cookies()
    with person.allowing(401, 403):
        person.button("Post reply").click()
        expect(person.main()).to_contain_text("Words that took an hour.")
    person.check()


@pytest.mark.slow
def test_older_threads_and_pages_of_a_thread(people: People, house: House) -> None:
    nina = house.make.member(role="moderator")  # whom no quota slows
    category = house.make.category()
    for number in range(25):
        house.make.thread(nina, category, title=f"Old thread {number}")
    long = house.make.thread(nina, category, title="A long one")
    for _ in range(44):
        house.make.reply(nina, long.thread_id)
    person = people("guest", scripts=False).goto(f"/c/{category}")
    first = person.page.locator(".thread-title").first.inner_text()
    person.link("Older").click()
    expect(person.page.locator(".thread-title").first).not_to_have_text(first)
    person.check()
    person.goto(f"{long.url.partition('#')[0]}")
    person.link("Next page").last.click()
    expect(person.post(21)).to_be_visible()
    person.check()
    person.link(re.compile("3$"), person.page.locator(".pager").last).click()
    expect(person.post(45)).to_be_visible()
    person.goto(f"/p/{long.id}")
    expect(person.post(1)).to_be_in_viewport()
