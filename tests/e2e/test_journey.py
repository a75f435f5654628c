"""The whole way of a newcomer, from the front door to signing out, with scripts and without."""

import re
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from forum.policy.actors import Actor
from tests.e2e.conftest import People
from tests.e2e.support.house import House, text_of, wait_for
from tests.e2e.support.person import DESK, PHONE, Person

PASSWORD = "eleven brass lanterns"
OTHER = {"en": ("it", "Italiano"), "it": ("en", "English")}
BROWSERS = {"en": "en-GB", "it": "it-IT"}


@dataclass
class Scene:
    """Who takes part, where."""

    house: House
    ada: Person
    ugo: Person
    other: Actor  # ugo, as the house knows him
    name: str  # ada's handle
    category: str

    @property
    def address(self) -> str:
        """Where ada gets mail."""
        return f"{self.name}@example.org"


def journey(people: People, house: House, *, scripts: bool, language: str = "en", width: int = DESK) -> None:
    """All of it; every page is examined: narrow and dark or wide and light in turn, in slow runs `width` in both."""
    people.views = [view for view in people.views if view[0] == width]
    name = f"ada{next(house.make.numbers)}"
    category = house.make.category(name=f"Officina {name}")
    other = house.make.member(f"ugo{name}", locale=language)
    ada = people("ada", scripts=scripts, language=BROWSERS[language], width=width)
    ugo = people("ugo", scripts=scripts, language=BROWSERS[language], width=width).sign_in_as(other)
    scene = Scene(house, ada, ugo, other, name, category)
    sign_up(scene)
    thread = start_a_thread(scene)
    answer(scene, thread)
    hear_of_it(scene)
    change_ones_mind(scene, thread)
    if people.views:  # the slow runs
        look_around(scene)
    change_the_language(scene, thread)
    leave_and_come_back(scene)


def sign_up(scene: Scene) -> None:
    """From the front page, by the link in the mail, to being a member."""
    ada, say = scene.ada, scene.ada.say
    ada.goto("/").check()
    ada.link(say("Join"), ada.page.get_by_role("banner")).click()
    ada.check()
    ada.button(say("Create the profile")).wait_for()
    with ada.allowing(422):
        ada.button(say("Create the profile")).click()
        expect(ada.page.get_by_role("alert")).to_be_visible()
    ada.check()
    ada.box(say("What you are called here")).fill(scene.name)
    ada.box(re.compile(say("Full name"))).fill("Ada Lanterna")
    ada.box(say("E-mail address")).fill(scene.address)
    ada.page.get_by_label(say("Password")).fill(PASSWORD)
    ada.button(say("Create the profile")).click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    ada.check()
    ada.goto(link_in(scene.house.mail(scene.address), "/verify/"))
    ada.check()
    ada.button(say("Confirm and come in")).click()
    expect(ada.page.get_by_label(say("Your menu"))).to_be_visible()
    expect(ada.main()).to_contain_text("Ada Lanterna")
    ada.check()


def start_a_thread(scene: Scene) -> str:
    """A question with a list and a tag; the thread's address."""
    ada, say = scene.ada, scene.ada.say
    ada.goto("/").link(say("New thread")).click()
    ada.box(say("Title")).fill("Which grease for the headset?")
    ada.page.get_by_label(say("Category")).select_option(scene.category)
    ada.box(say("Message")).fill("I have two:\n\n- lithium\n- marine\n\nThe **rain** decides?")
    ada.box(re.compile(f"^{say('Tags')}")).fill("grease, headset")
    ada.check()
    ada.button(say("Publish")).click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Which grease for the headset?")
    expect(ada.post(1).locator(".prose li")).to_have_text(["lithium", "marine"])
    ada.check()
    return ada.path


def answer(scene: Scene, thread: str) -> None:
    """Somebody else quotes the question and calls its author."""
    ugo, say = scene.ugo, scene.ugo.say
    ugo.goto(thread).check()
    ugo.link(re.compile("^" + say("Quote")), ugo.post(1)).click()
    box = ugo.box(say("Your reply"))
    expect(box).to_have_value(re.compile("> - lithium"))
    box.fill(box.input_value() + f"Marine, @{scene.name}. Always marine.")
    ugo.button(say("Post reply")).click()
    expect(ugo.post(2).locator("blockquote")).to_contain_text("lithium")
    expect(ugo.link(f"@{scene.name}", ugo.post(2))).to_be_visible()
    ugo.check()


def hear_of_it(scene: Scene) -> None:
    """One notice and one mail; both lead to the post, and the mail tells how to get no more."""
    ada, say, house = scene.ada, scene.ada.say, scene.house
    mail = house.mail(scene.address, lambda mail: "Always marine" in text_of(mail))
    about = [each for each in house.mails(scene.address) if "Always marine" in text_of(each)]
    assert len(about) == 1, [each["Subject"] for each in about]
    assert "One-Click" in mail["List-Unsubscribe-Post"]
    bell = ada.page.get_by_role("banner").get_by_role("link", name=re.compile("1"))
    wait_for(lambda: ada.goto("/") and bell.count(), "the unread notice")
    bell.click()
    notice = ada.main().get_by_role("link", name=re.compile("headset"))
    expect(notice).to_have_count(1)
    ada.check()
    notice.click()
    expect(ada.post(2)).to_be_in_viewport()
    ada.check()
    ada.goto(link_in(mail, "/unsubscribe/"))
    ada.check()
    ada.button(say("Stop these mails")).click()
    expect(ada.button(say("Turn them on again"))).to_be_visible()
    ada.check()
    ada.goto(link_in(mail, "/p/"))
    expect(ada.post(2)).to_be_in_viewport()


def change_ones_mind(scene: Scene, thread: str) -> None:
    """An edit after the grace period, with a reason; the history shows the words that went and came."""
    ada, say = scene.ada, scene.ada.say
    first = ada.goto(thread).post(1)
    scene.house.age(int(first.get_attribute("data-post") or 0), hours=2)
    more = say("More about post %(n)s", n="1")
    first.get_by_label(more).click()
    ada.link(say("Edit"), first).click()
    box = ada.box(say("Your post"))
    expect(box).to_have_value(re.compile("lithium"))
    ada.check()
    box.fill(box.input_value().replace("lithium", "white lithium").replace("I have two", "I own two"))
    ada.box(re.compile("^" + say("Why"))).fill("More precise")
    ada.button(say("Save")).click()
    expect(first).to_contain_text("white lithium")
    ada.check()
    ada.link(re.compile("^" + say("edited")), first).click()
    expect(ada.page.locator(".diff ins")).to_contain_text(["own", "white"])
    expect(ada.page.locator(".diff del")).to_contain_text(["have"])
    expect(ada.main()).to_contain_text("More precise")
    ada.check()


def look_around(scene: Scene) -> None:
    """The places a newcomer looks at."""
    ada = scene.ada
    paths = (
        f"/u/{scene.other.name}", f"/u/{scene.name}", "/members", f"/c/{scene.category}", "/tag/grease",
        "/notifications", "/unread", "/settings/profile", "/settings/account", "/settings/notices", "/settings/look",
        "/settings/tokens", "/guidelines",
    )  # fmt: skip
    for path in paths:
        ada.goto(path).check()


def change_the_language(scene: Scene, thread: str) -> None:
    """By the link at the foot; it holds on every page, and the member's mails follow."""
    ada = scene.ada
    ada.goto(thread)
    locale, words = OTHER[ada.locale]
    ada.button(words).click()
    expect(ada.page.locator("html")).to_have_attribute("lang", locale)
    ada.locale = locale
    expect(ada.button(ada.say("Post reply"))).to_be_visible()
    ada.check()
    for path in ("/", "/settings/look", f"/u/{scene.name}", "/notifications"):
        ada.goto(path)
        expect(ada.page.locator("html")).to_have_attribute("lang", locale)
        ada.check()


def leave_and_come_back(scene: Scene) -> None:
    """Signed out from the menu; a wrong password, then the right one; and out again."""
    ada, say = scene.ada, scene.ada.say
    sign_out(ada)
    ada.check()
    ada.link(say("Sign in"), ada.page.get_by_role("banner")).click()
    ada.box(say("Name or e-mail address")).fill(scene.name)
    ada.page.get_by_label(say("Password")).fill("eleven brass buttons")
    with ada.allowing(401, 422):
        ada.button(say("Sign in"), ada.main()).click()
        expect(ada.page.get_by_role("alert")).to_be_visible()
    expect(ada.box(say("Name or e-mail address"))).to_have_value(scene.name)
    ada.check()
    ada.page.wait_for_timeout(1100)  # the wait that one wrong password costs
    ada.page.get_by_label(say("Password")).fill(PASSWORD)
    ada.button(say("Sign in"), ada.main()).click()
    expect(ada.page.get_by_label(say("Your menu"))).to_be_visible()
    sign_out(ada)


def sign_out(person: Person) -> None:
    """Through the menu."""
    person.page.get_by_label(person.say("Your menu")).click()
    person.button(person.say("Sign out")).click()
    expect(person.link(person.say("Sign in"), person.page.get_by_role("banner"))).to_be_visible()


def link_in(mail: EmailMessage, beginning: str) -> str:
    """The first link of a mail that leads below `beginning`."""
    found = re.search(rf"https?://[^/\s]+({re.escape(beginning)}\S+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_with_scripts(people: People, house: House) -> None:
    journey(people, house, scripts=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_scripts_on_postgresql(people: People, postgres_house: House) -> None:
    people.house = postgres_house
    journey(people, postgres_house, scripts=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("scripts", "language", "width"),
    [(True, "en", PHONE), (True, "it", DESK), (False, "en", DESK), (False, "it", PHONE)],
    ids=["scripts-en-phone", "scripts-it-desk", "no-scripts-en-desk", "no-scripts-it-phone"],
)  # every two of them meet
def test_in_every_light(people: People, house: House, scripts: bool, language: str, width: int) -> None:
    journey(people, house, scripts=scripts, language=language, width=width)
