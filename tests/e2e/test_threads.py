"""Threads with scripts: everything happens in place."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from forum.threads.models import Post
from tests.e2e.conftest import People
from tests.e2e.support.house import House
from tests.e2e.support.person import PHONE

REPLY = "Your reply"


def posts_in(house: House, thread_id: int) -> int:
    with house.core.db.read() as session:
        return session.execute(select(func.count()).where(Post.thread_id == thread_id)).scalar_one()


def test_a_reply_appears_in_place_and_gets_the_focus(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.check_steady()
    person.mark()
    person.box(REPLY).fill("The bearing was dry.")
    person.button("Post reply").click()
    expect(person.post(2)).to_contain_text("The bearing was dry.")
    person.expect_focus(person.post(2))
    expect(person.box(REPLY)).to_have_value("")
    person.box(REPLY).fill("And one more thing.")
    person.button("Post reply").click()
    expect(person.post(3)).to_contain_text("And one more thing.")
    expect(person.page.locator(".post")).to_have_count(3)
    assert person.same_document()
    person.check()


@pytest.mark.slow
def test_what_others_wrote_meanwhile_comes_along(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    house.make.reply(ugo, thread.thread_id, "I was faster.")
    person.box(REPLY).fill("I was slower.")
    person.button("Post reply").click()
    expect(person.post(2)).to_contain_text("I was faster.")
    expect(person.post(3)).to_contain_text("I was slower.")
    person.expect_focus(person.post(3))


@pytest.mark.slow
def test_an_empty_reply_is_refused_in_place(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    person.mark()
    with person.allowing(422):
        person.button("Post reply").click()
        expect(person.page.locator("#reply-form [role=alert]")).to_be_focused()
    expect(person.box(REPLY)).to_have_attribute("aria-invalid", "true")
    expect(person.page).to_have_title(re.compile("^Error: "))
    assert person.same_document()
    person.check()
    person.box(REPLY).fill("Something after all.")
    person.button("Post reply").click()
    expect(person.post(2)).to_contain_text("Something after all.")
    expect(person.page).not_to_have_title(re.compile("^Error: "))


@pytest.mark.slow
def test_an_over_long_reply_keeps_its_text(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    text = "Long. " * 7000
    person.box(REPLY).fill(text)
    with person.allowing(422):
        person.button("Post reply").click()
        expect(person.page.locator("#reply-form [role=alert]")).to_be_focused()
    assert person.box(REPLY).input_value().strip() == text.strip()


@pytest.mark.slow
def test_a_preview_opens_in_place_and_follows_the_typing(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    person.mark()
    box, preview = person.box(REPLY), person.page.get_by_role("region", name="Preview")
    expect(preview).to_be_hidden()
    box.fill("This is **bold**.")
    person.button("Preview").click()
    expect(preview.locator("strong")).to_have_text("bold")
    box.fill("This is *slanted*.")
    expect(preview.locator("em")).to_have_text("slanted")
    person.check()
    person.look("light", PHONE)
    expect(box).to_be_hidden()
    person.button("Write").click()
    expect(box).to_be_focused()
    expect(preview).to_be_hidden()
    assert person.same_document()


def test_editing_in_place_and_thinking_better_of_it(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina, body="The frist words.")
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.mark()
    more = person.post(1).get_by_label("More about post 1")
    more.click()
    person.link("Edit").click()
    box = person.box("Your post")
    expect(box).to_have_value("The frist words.")
    expect(box).to_be_focused()
    person.check()
    person.link("Leave it as it was").click()
    expect(person.post(1)).to_contain_text("The frist words.")
    person.expect_focus(person.post(1))
    person.post(1).get_by_label("More about post 1").click()
    person.link("Edit").click()
    person.box("Your post").fill("The first words.")
    person.button("Save").click()
    expect(person.post(1)).to_contain_text("The first words.")
    person.expect_focus(person.post(1))
    assert person.same_document()


@pytest.mark.slow
def test_a_stale_edit_shows_both_texts(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina, body="Ten bolts hold it.")
    first = people("nina at home").sign_in_as(nina).goto(thread.url)
    second = people("nina at work").sign_in_as(nina).goto(thread.url)
    for person in (first, second):
        person.post(1).get_by_label("More about post 1").click()
        person.link("Edit").click()
        expect(person.box("Your post")).to_be_visible()
    first.box("Your post").fill("Eleven bolts hold it.")
    first.button("Save").click()
    expect(first.post(1)).to_contain_text("Eleven")
    second.box("Your post").fill("Nine bolts hold it.")
    with second.allowing(409):
        second.button("Save").click()
        expect(second.page.get_by_role("alert")).to_contain_text("changed while you were writing")
    expect(second.box("Your post")).to_have_value("Nine bolts hold it.")
    expect(second.box("The text that stands now")).to_have_value("Eleven bolts hold it.")
    expect(second.page.locator(".diff ins")).to_have_text("Nine")
    expect(second.page.locator(".diff del")).to_have_text("Eleven")
    second.check()
    second.button("Save").click()
    expect(second.post(1)).to_contain_text("Nine bolts hold it.")


@pytest.mark.slow
def test_deleting_and_restoring_in_place(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina)
    house.make.reply(ugo, thread.thread_id, "Words I regret.")
    person = people("ugo").sign_in_as(ugo).goto(thread.url)
    person.mark()
    person.post(2).get_by_label("More about post 2").click()
    person.button("Delete").click()
    expect(person.post(2)).to_contain_text("You deleted this post.")
    person.expect_focus(person.post(2))
    person.check()
    guest = people("guest").goto(thread.url)
    expect(guest.post(2)).to_have_text("Post 2 was deleted by its author.")
    guest.check()
    person.button("Restore it").click()
    expect(person.post(2)).to_contain_text("Words I regret.")
    expect(person.post(2)).not_to_contain_text("You deleted this post.")
    person.expect_focus(person.post(2))
    assert person.same_document()
    expect(guest.goto(thread.url).post(2)).to_contain_text("Words I regret.")


def test_a_double_click_posts_once(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.box(REPLY).fill("Just once.")
    person.button("Post reply").dblclick()
    expect(person.post(2)).to_contain_text("Just once.")
    person.page.wait_for_load_state("networkidle")
    assert posts_in(house, thread.thread_id) == 2
    expect(person.page.locator(".post")).to_have_count(2)


@pytest.mark.slow
def test_a_draft_survives_a_reload_and_ends_with_its_post(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.box(REPLY).fill("Half a thought")
    expect(person.page.locator("[data-draft-state]")).to_have_text("Draft kept on this device")
    person.page.reload()
    expect(person.box(REPLY)).to_have_value("Half a thought")
    expect(person.page.locator(".draft-note")).to_contain_text("We put back the draft you left here.")
    person.check()
    person.button("Post reply").click()
    expect(person.post(2)).to_contain_text("Half a thought")
    person.page.reload()
    expect(person.box(REPLY)).to_have_value("")
    assert not any(key.startswith("draft:") for key in person.storage())


@pytest.mark.slow
def test_a_draft_can_be_discarded(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    person.box(REPLY).fill("Nonsense")
    expect(person.page.locator("[data-draft-state]")).to_have_text("Draft kept on this device")
    person.page.reload()
    person.button("Discard it").click()
    expect(person.box(REPLY)).to_have_value("")
    person.expect_focus(person.box(REPLY))
    person.page.reload()
    expect(person.box(REPLY)).to_have_value("")


@pytest.mark.slow
def test_quoting_a_post_fills_the_composer(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina, body="Grease it first.")
    person = people("ugo").sign_in_as(ugo).goto(thread.url)
    person.mark()
    person.post(1).get_by_role("link", name=re.compile("^Quote")).click()
    expect(person.box(REPLY)).to_have_value(re.compile(r"> Grease it first\."))
    person.expect_focus(person.box(REPLY))
    person.page.keyboard.type("Done.")
    person.button("Post reply").click()
    expect(person.post(2).locator("blockquote")).to_contain_text("Grease it first.")
    expect(person.post(2)).to_contain_text("Done.")
    assert person.same_document()


@pytest.mark.slow
def test_quoting_a_passage(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina, body="Grease the *bearing* first.\n\nThen turn the bolt.")
    person = people("ugo").sign_in_as(ugo).goto(thread.url)
    person.post(1).locator(".post-body p").last.select_text()
    person.button("Quote this passage").click()
    expect(person.box(REPLY)).to_have_value(re.compile(r"> Then turn the bolt\."))
    assert "Grease" not in person.box(REPLY).input_value()


@pytest.mark.slow
def test_answering_one_post_among_many(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina)
    for _ in range(3):
        house.make.reply(nina, thread.thread_id)
    person = people("ugo").sign_in_as(ugo).goto(thread.url)
    person.mark()
    person.box(REPLY).fill("About the second one: yes.")
    person.post(2).get_by_role("link", name=re.compile("^Reply")).click()
    expect(person.page.locator("#reply-form")).to_contain_text("You answer")
    expect(person.box(REPLY)).to_have_value("About the second one: yes.")
    person.button("Post reply").click()
    expect(person.post(5)).to_contain_text("Answers")
    expect(person.post(5)).to_contain_text("About the second one: yes.")
    assert person.same_document()


@pytest.mark.slow
def test_older_threads_come_in_place(people: People, house: House) -> None:
    nina = house.make.member(role="moderator")  # whom no quota slows
    category = house.make.category()
    for number in range(45):
        house.make.thread(nina, category, title=f"Thread number {number}")
    person = people("guest").goto(f"/c/{category}")
    rows = person.page.locator(".threads > li")
    shown = rows.count()
    person.mark()
    person.link("Older").click()
    expect(rows).not_to_have_count(shown)
    titles = person.page.locator(".threads > li .thread-title").all_inner_texts()
    assert len(titles) == len(set(titles)) > shown
    assert person.same_document()
    person.expect_focus(rows.nth(shown).get_by_role("link").first)
    person.check()


def test_an_expired_session_keeps_the_text(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    person.box(REPLY).fill("Words that took an hour.")
    person.context.clear_cookies()
    person.mark()
    with person.allowing(401, 403):
        person.button("Post reply").click()
        expect(person.page.locator("#reply-form .problem-slot")).to_be_visible()
    assert person.same_document()
    expect(person.box(REPLY)).to_have_value("Words that took an hour.")
    person.check()


def test_no_connection_keeps_the_text(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina).goto(house.make.thread(nina).url)
    person.box(REPLY).fill("Words from a tunnel.")
    person.context.set_offline(True)
    with person.allowing(0):
        person.button("Post reply").click()
        expect(person.page.get_by_text("The site did not answer")).to_be_visible()
    expect(person.box(REPLY)).to_have_value("Words from a tunnel.")
    person.context.set_offline(False)
    person.button("Post reply").click()
    expect(person.post(2)).to_contain_text("Words from a tunnel.")


@pytest.mark.slow
def test_copying_the_link_to_a_post(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    person = people("nina").sign_in_as(nina)
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.goto(thread.url)
    person.post(1).get_by_label("More about post 1").click()
    person.link("Link to this post").click()
    person.heard("Link copied")
    assert person.page.evaluate("navigator.clipboard.readText()") == f"{house.url}/p/{thread.id}"
    person.goto(f"/p/{thread.id}")
    assert person.page.url.endswith("#post-1")
