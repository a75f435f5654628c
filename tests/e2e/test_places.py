"""Accounts, settings, the desk, errors: what each page promises, in a browser."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.support.house import House, wait_for
from tests.e2e.support.person import PHONE
from tests.e2e.test_journey import PASSWORD, link_in

pytestmark = pytest.mark.slow  # the journeys visit most of these pages; this walks through every one

EACH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def picture() -> bytes:
    """A PNG of one colour, wider than high."""
    buffer = BytesIO()
    Image.new("RGB", (320, 200), (180, 40, 60)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_forgotten_password(people: People, house: House) -> None:
    nina = house.make.member()
    address = f"{nina.name}@example.org"
    before = people("nina's old telephone").sign_in_as(nina).goto("/settings/account")
    person = people("nina").goto("/login")
    person.link("Forgotten password?").click()
    person.box("E-mail address").fill(address)
    person.button("Send the link").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    person.check()
    person.goto(link_in(house.mail(address), "/password/reset/"))
    with person.allowing(422):
        person.page.get_by_label("New password").fill("password1")
        person.button("Save and come in").click()
        expect(person.page.get_by_role("alert")).to_be_visible()
    person.check()
    person.page.get_by_label("New password").fill(PASSWORD)
    person.button("Save and come in").click()
    expect(person.page.get_by_label("Your menu")).to_be_visible()
    before.goto("/")
    expect(before.page.get_by_label("Your menu")).to_have_count(0)
    used = people("a finder of the mail")
    used.goto(
        link_in(house.mail(address, lambda mail: "/password/reset/" in mail.as_string()), "/password/reset/"),
        status=410,
    )
    expect(used.main()).to_contain_text("This link no longer works")
    used.check()


@EACH
def test_a_picture_of_oneself(people: People, house: House, scripts: bool) -> None:
    nina = house.make.member(display_name="Nina Corso")
    person = people("nina", scripts=scripts).sign_in_as(nina).goto("/settings/profile")
    person.page.get_by_label("New picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture()}
    )
    person.button("Use this picture").click()
    shown = person.page.get_by_role("banner").locator(".avatar img")
    expect(shown).to_be_visible()
    assert (
        shown.evaluate("image => image.decode().then(() => image.naturalWidth === image.naturalHeight)")
        if scripts
        else True
    )
    person.check()
    with person.allowing(422, 415):
        person.page.get_by_label("New picture").set_input_files(
            {"name": "me.png", "mimeType": "image/png", "buffer": b"not a picture"}
        )
        person.button("Use this picture").click()
        expect(person.page.get_by_role("alert")).to_be_visible()
    person.check()
    person.button("Take the picture away").click()
    expect(person.page.get_by_role("banner").locator(".avatar img")).to_have_count(0)


@EACH
def test_ones_own_page(people: People, house: House, scripts: bool) -> None:
    nina = house.make.member()
    person = people("nina", scripts=scripts).sign_in_as(nina).goto("/settings/profile")
    person.box(re.compile("^About you")).fill("Rides **slowly**. <b>Not bold</b>")
    person.box(re.compile("^Place")).fill("Gorizia")
    person.box("Link 1").fill("javascript:alert(1)")
    with person.allowing(422):
        person.button("Save the profile").click()
        expect(person.page.get_by_role("alert")).to_be_visible()
    expect(person.box(re.compile("^Place"))).to_have_value("Gorizia")
    person.check()
    person.box("Link 1").fill("https://example.org/nina")
    person.button("Save the profile").click()
    person.told()
    person.goto(f"/u/{nina.name}")
    expect(person.main().locator("strong", has_text="slowly")).to_be_visible()
    expect(person.main()).to_contain_text("Gorizia")
    expect(person.link(re.compile(r"example\.org.nina"))).to_have_attribute("rel", re.compile("nofollow"))
    person.check()


@EACH
def test_the_dark_theme_by_choice(people: People, house: House, scripts: bool) -> None:
    nina = house.make.member()
    person = people("nina", scripts=scripts).sign_in_as(nina).goto("/settings/look")
    person.page.get_by_role("radio", name="Dark").check()
    person.button("Save the changes").click()
    person.told()
    expect(person.page.locator("html")).to_have_attribute("data-theme", "dark")
    person.check()
    if scripts:
        paper = person.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert brightness(person, paper) < 0.2, paper


def brightness(person: object, colour: str) -> float:
    """0 (black) to 1 (white) of a CSS colour as the browser computes it."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour)]
    return numbers[0] if colour.startswith("oklch") else sum(numbers[:3]) / 3 / 255


def test_the_zone_moves_the_hours(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina").sign_in_as(nina)
    hours = []
    for zone in ("Asia/Tokyo", "America/New_York"):
        person.goto("/settings/look")
        person.page.get_by_label("Time zone").select_option(zone)
        person.button("Save the changes").click()
        person.told()
        hint = person.page.locator("#timezone-hint")
        hours.append(re.search(r"(\d\d):\d\d", hint.inner_text())[1])  # type: ignore[index]
    assert hours[0] != hours[1]


@EACH
def test_notices_are_ticked_off(people: People, house: House, scripts: bool) -> None:
    nina, ugo = house.make.member(), house.make.member()
    thread = house.make.thread(nina, title="A question of bearings")
    for words in ("First", "Second"):
        house.make.reply(ugo, thread.thread_id, f"{words}.")
    person = people("nina", scripts=scripts).sign_in_as(nina)
    rows = person.page.locator(".notices > li.is-unread")
    wait_for(lambda: person.goto("/notifications") and rows.count() == 2, "two notices")
    person.check()
    person.button("Mark as read").first.click()
    expect(rows).to_have_count(1)
    person.button("Mark all as read").click()
    expect(rows).to_have_count(0)
    expect(person.page.get_by_role("banner").locator(".count")).to_have_count(0)
    person.check()


def test_what_is_unread_is_found(people: People, house: House) -> None:
    nina, ugo = house.make.member(), house.make.member()
    category = house.make.category()
    thread = house.make.thread(nina, category, title="Where the spokes go")
    reader = people("ugo").sign_in_as(ugo).goto(thread.url)
    row = reader.page.locator(".threads > li", has_text="Where the spokes go")
    wait_for(
        lambda: reader.goto(f"/c/{category}") and "is-unread" not in (row.get_attribute("class") or ""), "the read mark"
    )
    house.make.reply(nina, thread.thread_id, "Into the hub.")
    reader.goto(f"/c/{category}")
    expect(row).to_have_class(re.compile("is-unread"))
    expect(row).to_contain_text("1 new")
    reader.check()
    reader.link("Where the spokes go").click()
    expect(reader.page.locator("#unread")).to_have_text("1 new post")
    expect(reader.post(2)).to_be_in_viewport()
    reader.check()


def test_a_locked_thread_says_so(people: People, house: House) -> None:
    nina = house.make.member()
    thread = house.make.thread(nina)
    house.make.lock(thread)
    person = people("nina").sign_in_as(nina).goto(thread.url)
    expect(person.main()).to_contain_text("This thread is locked.")
    expect(person.box("Your reply")).to_have_count(0)
    person.check()


def test_the_directory_grows_in_place_and_finds(people: People, house: House) -> None:
    person = people("guest").goto("/members")
    person.main().get_by_role("searchbox").fill("gra")
    person.page.keyboard.press("Enter")
    expect(person.link("Graham Pell")).to_be_visible()
    expect(person.link("Teo Brambati", person.page.locator("[aria-labelledby=everybody]"))).to_have_count(0)
    person.check()
    person.main().get_by_role("searchbox").fill("zzzz")
    person.page.keyboard.press("Enter")
    expect(person.main()).to_contain_text("zzzz")
    person.check()


@EACH
def test_errors_are_pages_too(people: People, house: House, scripts: bool) -> None:
    guest = people("guest", scripts=scripts)
    nina = people("nina", scripts=scripts).sign_in_as(house.make.member())
    secret = house.make.category(visibility="staff")
    for person, path, status in (
        (guest, "/nowhere", 404), (guest, "/t/99999999", 404), (guest, f"/c/{secret}", 404),
        (guest, f"/t/{2**63}", 404),
        (nina, "/manage", 403), (nina, f"/c/{secret}", 404), (nina, "/threads/1/replies", 405),
    ):  # fmt: skip
        person.goto(path, status=status)
        expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        expect(person.link("Ritrovo").or_(person.link("Il Cortile"))).to_be_visible()
        person.check()


def test_settings_ask_a_guest_to_sign_in_and_lead_back(people: People, house: House) -> None:
    nina = house.make.member()
    house.give_password(nina, PASSWORD)
    person = people("nina")
    person.page.goto("/settings/look")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    person.watch.forgive(401)
    person.box("Name or e-mail address").fill(nina.name)
    person.page.get_by_label("Password").fill(PASSWORD)
    person.button("Sign in", person.main()).click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Language and look")


@EACH
def test_a_manager_arranges_categories(people: People, house: House, scripts: bool) -> None:
    livia = house.known("livia.o")
    name = f"Velodromo {'con' if scripts else 'senza'}"
    person = people("livia", scripts=scripts).sign_in_as(livia)
    house.speak(livia, "en")
    person.goto("/manage/categories").check()
    person.link("New category").click()
    with person.allowing(422):
        person.button("Save").click()
        expect(person.page.get_by_role("alert")).to_be_visible()
    person.check()
    person.box("Name").fill(name)
    person.box(re.compile("^What it is for")).fill("Laps and lungs.")
    person.button("Save").click()
    names = person.page.locator(".arrange-name > a")
    last = names.count() - 1
    expect(names.nth(last)).to_have_text(name)
    person.button(f"Move “{name}” up").click()
    expect(names.nth(last - 1)).to_have_text(name)
    person.check()
    if scripts:
        person.expect_focus(person.button(f"Move “{name}” up"))
        person.heard(f"“{name}” has moved.")
    person.link(re.compile(f"^Edit ?: {name}")).click()
    person.link("Remove …").click()
    person.check()
    person.button("Remove the category").click()
    expect(person.link(re.compile(f"^Edit ?: {name}"))).to_have_count(0)


def test_an_administrator_sets_the_colour(people: People, house: House) -> None:
    teo = house.known("teo.b")
    house.speak(teo, "en")
    person = people("teo").sign_in_as(teo).goto("/admin/site")
    field = person.page.get_by_label("Accent colour")
    before = field.input_value()
    paint = "getComputedStyle(document.querySelector('.button--primary')).backgroundColor"
    old = person.page.evaluate(paint)
    try:
        field.fill("#ffdd00")
        person.button("Save").click()
        expect(person.main()).to_contain_text("pale")
        assert person.page.evaluate(paint) != old
        person.check()
        guest = people("guest").goto("/")
        guest.check()
    finally:
        person.goto("/admin/site")
        person.page.get_by_label("Accent colour").fill(before)
        person.button("Save").click()
        person.told()
    assert person.page.evaluate(paint) == old


def test_the_first_administrator(people: People, postgres_house: House) -> None:
    people.house = postgres_house
    if not (link := postgres_house.setup_link()):
        pytest.fail(f"no set-up link in:\n{postgres_house.log_file.read_text('utf-8')[:500]}")
    person = people("the operator").goto(link)
    person.check()
    person.box("What you are called here").fill("capo")
    person.box("E-mail address").fill("capo@example.org")
    person.page.get_by_label("Password").fill("twelve brass lanterns")
    person.button("Take charge").click()
    expect(person.page.get_by_label("Your menu")).to_be_visible()
    person.goto("/manage").check()
    people("too late").goto(link, status=410).check()


def test_a_token_for_programs(people: People, house: House) -> None:
    nina = house.make.member()
    house.give_password(nina, PASSWORD)
    person = people("nina").sign_in_as(nina).goto("/settings/tokens")
    person.box("What it is for").fill("Backup at home")
    person.page.get_by_label("Your password").fill(PASSWORD)
    person.button("Make the token").click()
    token = person.box("New token").input_value()
    assert len(token) > 30
    person.check()
    answer = person.context.request.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["name"] == nina.name
    person.goto("/settings/tokens")
    expect(person.main()).to_contain_text("Backup at home")
    expect(person.page.get_by_text(token)).to_have_count(0)
    person.check()
    person.button(re.compile("^Revoke")).click()
    assert person.context.request.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status == 401


def test_the_description_of_the_api(people: People) -> None:
    person = people("a programmer").goto("/api/docs")
    person.check_steady()
    for details in person.page.locator("main details").all()[:6]:
        details.locator("summary").click()
    person.check()


def test_a_flood_of_text_is_refused_and_kept(people: People, house: House) -> None:
    nina = house.make.member()
    person = people("nina", width=PHONE).sign_in_as(nina).goto(house.make.thread(nina).url)
    text = "x" * 530_000
    person.page.evaluate("text => { document.querySelector('#reply-form textarea').value = text; }", text)
    person.mark()
    with person.allowing(413):
        person.button("Post reply").click()
        expect(person.page.locator("#reply-form .problem-slot")).to_be_visible()
    assert person.same_document()
    assert len(person.box("Your reply").input_value()) == len(text)
