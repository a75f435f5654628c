"""New rules: written and announced by a manager, noticed, compared and acknowledged by a member, then taken back."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from forum.guidelines.models import GuidelineVersion
from tests.e2e.conftest import People
from tests.e2e.support.house import House
from tests.e2e.support.person import Person

WITHOUT = pytest.param(False, id="no-scripts", marks=pytest.mark.slow)
EACH = pytest.mark.parametrize("scripts", [pytest.param(True, id="scripts", marks=pytest.mark.slow), WITHOUT])


@EACH
def test_from_draft_to_acknowledgement(people: People, house: House, scripts: bool) -> None:
    with house.core.db.write() as session:  # the demo's manager has one in hand
        draft = (GuidelineVersion.announced_at.is_(None), GuidelineVersion.number > 1)
        session.execute(delete(GuidelineVersion).where(*draft))
    boss = people("livia", scripts=scripts).sign_in_as(house.make.member(role="manager"))
    nina = house.make.member()
    try:
        number = write(boss, scripts)
        announce(boss, number)
        read(people("nina", scripts=scripts).sign_in_as(nina), number)
        guest = people("a guest", scripts=scripts).goto("/guidelines")
        expect(guest.page.locator(".band")).to_have_count(0)
        expect(guest.main()).to_contain_text(f"version {number} applies")
        guest.check()
    finally:
        withdraw(boss)
    late = people("nina, later", scripts=scripts).sign_in_as(house.make.member()).goto("/latest")
    expect(late.page.locator(".band")).to_have_count(0)
    late.goto("/guidelines/history")
    expect(late.main()).to_contain_text("withdrawn")
    late.check()


def write(boss: Person, scripts: bool) -> int:
    """Draft it in both languages; the number of the version."""
    boss.goto("/manage/guidelines").check()
    boss.button("Write the next version").click()
    boss.check()
    number = int(boss.path.split("/")[3])
    for name, words in (("English", "Be **patient** with bicycles."), ("Italian", "Pazienza con le **bici**.")):
        box = boss.box(f"Rules in {name}")
        box.fill(box.input_value() + f"\n\n{words} {number} {scripts}\n")
        boss.box(f"What changes, in {name}").fill(words.replace("*", ""))
    boss.page.locator("[data-preview]").first.click()
    shown = boss.page.locator("#source_en-preview")
    expect(shown.locator("#en-rule-11")).to_be_visible()
    expect(shown.locator("strong", has_text="patient").last).to_be_visible()
    boss.check()
    if scripts:
        boss.button("Write", boss.page.locator(".composer").first).click()
    boss.button("Save the draft").click()
    boss.told()
    boss.check()
    return number


def announce(boss: Person, number: int) -> None:
    """With the day that the form proposes."""
    boss.link("Announce …").click()
    expect(boss.page.locator("ins").first).to_be_visible()
    boss.check()
    chosen = boss.page.get_by_label("Applies from").input_value()
    boss.page.get_by_label("Applies from").fill("2020-01-01")
    with boss.allowing(422):
        boss.button(f"Announce version {number}").click()
        expect(boss.page.get_by_role("alert")).to_contain_text("Members need fourteen days")
    boss.check()
    boss.page.get_by_label("Applies from").fill(chosen)
    boss.button(f"Announce version {number}").click()
    boss.told()
    expect(boss.main()).to_contain_text(f"Version {number} is announced")
    expect(boss.page.locator(".band")).to_have_count(0)
    boss.check()


def read(nina: Person, number: int) -> None:
    """The band, what changes, and done."""
    nina.goto("/latest")
    band = nina.page.get_by_role("region", name="New guidelines")
    expect(band).to_contain_text("new guidelines apply")
    nina.check()
    if nina.scripts:
        nina.goto("/latest").check_steady()
    nina.link("What changes", band).click()
    expect(nina.page.locator(".diff ins").first).to_be_visible()
    gap = nina.page.locator(".diff details").first
    gap.locator("summary").click()
    expect(gap).to_have_attribute("open", "")
    nina.check()
    nina.link("Read all of it").click()
    assert nina.path == f"/guidelines/{number}"
    nina.link("4 What stays private").click()
    expect(nina.page.locator("#rule-4")).to_be_in_viewport()
    nina.check()
    nina.button("I have read them", nina.main()).click()
    nina.told()
    expect(nina.page.locator(".band")).to_have_count(0)
    nina.goto("/latest")
    expect(nina.page.locator(".band")).to_have_count(0)


def withdraw(boss: Person) -> None:
    """Whatever the test came to: the house is shared, and nobody else wants a band."""
    boss.goto("/manage/guidelines")
    if boss.link("Withdraw …").count():
        boss.link("Withdraw …").click()
        boss.check()
        boss.button("Withdraw it").click()
        boss.told()
    elif boss.link("Throw away …").count():
        boss.link("Throw away …").click()
        boss.button("Throw it away").click()
