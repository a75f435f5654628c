"""From a report to a post that is back: decided by keyboard, read, objected to, reversed; with scripts and without."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from forum.categories.models import Category
from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.policy.actors import Actor
from forum.threads.domain import PostRef
from tests.e2e.conftest import People
from tests.e2e.support.house import House, text_of
from tests.e2e.support.person import Person
from tests.e2e.test_journey import link_in

WORDS = "Chi non sa cambiare una camera d’aria dovrebbe restare a casa."


@dataclass
class Scene:
    """A quarrel in a category of its own, which one moderator looks after."""

    house: House
    author: Actor
    reporter: Person
    reported: PostRef
    pia: Person  # the author's browser
    first: Person  # who decides
    second: Person  # who looks again
    staff: tuple[Actor, Actor]


def scene(people: People, house: House, *, scripts: bool) -> Scene:
    """The author reads Italian, so do their mails; the rest reads English."""
    make = house.make
    tag = next(make.numbers)
    place = make.category(name=f"Gomme {tag}")
    author = make.member(f"pia{tag}", display_name=f"Pia {tag}", locale="it")
    reporter = make.member(f"rob{tag}", locale="en")
    staff = (
        make.member(f"nora{tag}", role="moderator", locale="en"),
        make.member(f"otto{tag}", role="moderator", locale="en"),
    )
    with house.core.db.write() as session:
        category = session.scalar(select(Category.id).where(Category.slug == place))
        session.add(CategoryModerator(member_id=staff[0].id, category_id=category))
        session.execute(update(Member).where(Member.id == staff[0].id).values(bound=True))
    thread = make.thread(reporter, place, title=f"Come si cambia una camera d’aria? {tag}")
    reported = make.reply(author, thread.thread_id, WORDS)

    def person(actor: Actor, language: str) -> Person:
        return people(actor.name, scripts=scripts, language=language).sign_in_as(actor)

    return Scene(
        house, author, person(reporter, "en-GB"), reported, person(author, "it-IT"), person(staff[0], "en-GB"),
        person(staff[1], "en-GB"), staff,
    )  # fmt: skip


def reports(it: Scene) -> None:
    """From the post's menu; the thank-you page gives a reference."""
    rob, say = it.reporter, it.reporter.say
    post = rob.goto(it.reported.url).post(2)
    post.get_by_label(say("More about post %(n)s", n="2")).click()
    rob.link(re.compile("^" + say("Report")), post).click()
    rob.check()
    rob.page.get_by_label(re.compile(say("Attacks on a person"))).check()
    rob.box(re.compile("^" + say("In your words"))).fill("He mocks whoever asks.")
    rob.button(say("Send the report")).click()
    expect(rob.main()).to_contain_text(re.compile(r"R-[0-9A-Z]{8}"))
    rob.check()


def decides_by_keyboard(it: Scene) -> None:
    """Down to the case, remove, a sentence, off it goes: no pointer is touched."""
    nora, say = it.first, it.first.say
    nora.goto("/moderation").check()
    keys = nora.page.keyboard
    keys.press("j")
    nora.expect_focus(nora.page.locator("[data-queue] a[data-case]").first)
    keys.press("o")
    expect(nora.page.locator("#case")).to_contain_text(WORDS)
    nora.check()
    keys.press("c")
    expect(nora.page.locator("#case")).to_contain_text(
        say("This case is yours: nobody else decides it until you release it.")
    )
    keys.press("r")
    box = nora.page.locator("#explanation")
    expect(box).not_to_have_value("")
    nora.expect_focus(box)
    keys.press("ControlOrMeta+A")
    keys.type("Hai deriso chi chiedeva aiuto. Puoi riscriverlo senza prendere in giro nessuno.")
    nora.check()
    keys.press("Control+Enter")
    expect(nora.page.locator("#case")).to_have_attribute("data-state", "resolved")
    nora.check()


def decides_by_form(it: Scene) -> None:
    """The same with links and buttons; first what it would do."""
    nora, say = it.first, it.first.say
    nora.goto("/moderation").check()
    nora.page.locator("[data-queue] a[data-case]").first.click()
    nora.button(say("Take the case")).click()
    nora.page.get_by_label(say("Remove"), exact=True).check()
    nora.page.locator("#reason").select_option("harassment")
    nora.page.locator("#explanation").fill(
        "Hai deriso chi chiedeva aiuto. Puoi riscriverlo senza prendere in giro nessuno."
    )
    nora.button(say("What would happen?")).click()
    expect(nora.page.locator("#dry-run")).to_be_visible()
    expect(nora.page.locator("#explanation")).to_have_value(re.compile("deriso"))
    nora.check()
    nora.button(re.compile("^" + say("Decide"))).click()
    expect(nora.page.locator("#case")).to_have_attribute("data-state", "resolved")
    nora.check()


def post_is_gone(it: Scene) -> None:
    """A line stands in its place, for everybody."""
    expect(it.reporter.goto(it.reported.url).post(2)).to_contain_text(
        it.reporter.say("Post %(n)s was removed by the moderators.", n="2")
    )
    assert WORDS not in it.reporter.page.content()


def author_reads_and_objects(it: Scene) -> None:
    """The mail in Italian holds the statement and leads to it; from there, an objection."""
    pia, say = it.pia, it.pia.say
    mail = it.house.mail(f"{it.author.name}@example.org", lambda mail: "deriso" in text_of(mail))
    assert say("We removed a post of yours") in text_of(mail) + str(mail["Subject"])
    pia.goto(link_in(mail, "/decisions/"))
    expect(pia.main()).to_contain_text(WORDS)
    expect(pia.main()).to_contain_text("Hai deriso chi chiedeva aiuto.")
    assert it.staff[0].display_name not in pia.page.content() and it.reporter.name not in pia.page.content()
    pia.check()
    pia.box(say("What we should consider")).fill("Era una battuta tra amici: chiedete a Rob.")
    pia.button(say("Ask for a second look")).click()
    expect(pia.main()).to_contain_text("Era una battuta tra amici")
    pia.check()


def somebody_else_reverses(it: Scene) -> None:
    """Who decided first cannot; the second moderator answers."""
    nora, otto, say = it.first, it.second, it.second.say
    case = re.compile(re.escape(it.author.display_name))
    nora.goto("/moderation/appeals").main().get_by_role("link", name=case).click()
    expect(nora.main()).to_contain_text(say("Somebody else answers this one"))
    otto.goto("/moderation/appeals").check()
    otto.main().get_by_role("link", name=case).click()
    otto.check()
    otto.page.get_by_label(re.compile("^" + say("The decision is reversed"))).check()
    otto.box(say("Why")).fill("L’abbiamo riletto: era una battuta, e Rob lo conferma.")
    otto.button(say("Answer")).click()
    expect(otto.main()).to_contain_text(say("The decision was reversed"))
    otto.check()


def all_is_back(it: Scene) -> None:
    """The post, and word of it in everybody's mail, each in their language."""
    expect(it.reporter.goto(it.reported.url).post(2)).to_contain_text(WORDS)
    mail = it.house.mail(f"{it.author.name}@example.org", lambda mail: "era una battuta, e Rob" in text_of(mail))
    assert it.pia.say("The decision was reversed").lower() in (text_of(mail) + str(mail["Subject"])).lower()
    for mail in it.house.mails(f"{it.author.name}@example.org"):
        assert it.staff[0].name not in text_of(mail) and it.staff[1].name not in text_of(mail)
    outcome = it.house.mails(f"{it.reporter.name}@example.org")
    assert outcome, "who reported hears of it"
    it.reporter.goto("/reports").check()
    expect(it.pia.goto("/decisions").main()).to_contain_text(it.pia.say("We removed a post of yours"))
    it.pia.check()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_by_keyboard(people: People, house: House) -> None:
    it = scene(people, house, scripts=True)
    reports(it)
    decides_by_keyboard(it)
    post_is_gone(it)
    author_reads_and_objects(it)
    somebody_else_reverses(it)
    all_is_back(it)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_without_scripts_on_postgresql(people: People, postgres_house: House) -> None:
    people.house = postgres_house
    it = scene(people, postgres_house, scripts=False)
    reports(it)
    decides_by_form(it)
    post_is_gone(it)
    author_reads_and_objects(it)
    somebody_else_reverses(it)
    all_is_back(it)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_in_every_light(people: People, house: House, scripts: bool) -> None:
    it = scene(people, house, scripts=scripts)
    reports(it)
    (decides_by_keyboard if scripts else decides_by_form)(it)
    post_is_gone(it)
    author_reads_and_objects(it)
    somebody_else_reverses(it)
    all_is_back(it)
