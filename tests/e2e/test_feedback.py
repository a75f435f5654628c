"""From a member's post to the answer they read: captured, sent to a team, read, planned, told; in both languages."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from forum.feedback import domain
from forum.feedback.domain import NewTeam, NewTheme
from forum.policy.actors import Actor
from forum.threads.domain import PostRef
from tests.e2e.conftest import People
from tests.e2e.support.house import House, wait_for
from tests.e2e.support.person import Person

WORDS = "Il cavalletto si piega con la bici carica, e a pieno carico cade."
PASSAGE = "si piega con la bici carica"
ANSWER = "Da marzo monteremo un cavalletto doppio. Chi ha già la bici lo riceve senza spese."


@dataclass
class Scene:
    """A manager and a team that answers; a member who has something to say."""

    house: House
    tag: int
    author: Actor
    post: PostRef
    lena: Person  # collects
    dora: Person  # answers for the team
    pia: Person  # wrote it
    slug: str

    @property
    def title(self) -> str:
        return f"Il cavalletto si piega ({self.tag})"


def scene(people: People, house: House, *, scripts: bool) -> Scene:
    """The manager and the member read Italian, the team English."""
    make = house.make
    tag = next(make.numbers)
    place = make.category(name=f"Telai {tag}", locale="it")
    author = make.member(f"pia{tag}", display_name=f"Pia {tag}", locale="it")
    manager = make.member(f"lena{tag}", role="manager", locale="it")
    team = make.member(f"dora{tag}", role="team", locale="en")
    post = make.thread(author, place, title=f"Il cavalletto della Gheppio {tag}", body=WORDS)
    with house.core.db.write() as session:
        team_id = domain.save_team(session, actor=manager, team=NewTeam(f"Frames {tag}", 5), now=make.now)
        domain.join_team(session, actor=manager, team_id=team_id, name=team.name, now=make.now)
        theme = NewTheme(f"Stands {tag}", team=f"frames-{tag}")
        domain.save_theme(session, actor=manager, theme=theme, now=make.now)

    def person(actor: Actor, language: str) -> Person:
        return people(actor.name, scripts=scripts, language=language).sign_in_as(actor)

    return Scene(
        house, tag, author, post, person(manager, "it-IT"), person(team, "en-GB"), person(author, "it-IT"),
        f"frames-{tag}",
    )  # fmt: skip


def captures(it: Scene, *, scripts: bool) -> None:
    """One gesture: with scripts what is selected is quoted in a drawer; without, the words are typed on a page."""
    lena, say = it.lena, it.lena.say
    post = lena.goto(it.post.url).post(1)
    if scripts:
        select_passage(lena)
    post.get_by_label(say("More about post %(n)s", n="1")).click()
    link = lena.link(re.compile("^" + say("Add to feedback")), post)
    expect(link).to_be_visible()
    link.click()
    form = lena.page.locator("#capture-body")
    quote = form.locator("#quote")
    if scripts:
        expect(lena.page.locator("#drawer")).to_be_visible()
        expect(quote).to_have_value(PASSAGE)
        lena.check("#drawer")
    else:
        quote.fill(PASSAGE)
        lena.check()
    form.locator("#title").fill(it.title)
    form.get_by_label(say("Problem"), exact=True).check(force=True)
    form.locator("#pain").select_option("2")
    form.locator("#theme").select_option(f"stands-{it.tag}")
    lena.button(say("Add it"), form).last.click()
    if scripts:
        lena.link(say("Look at the item"), form).click()
    expect(lena.main().get_by_role("heading", level=1)).to_have_text(it.title)
    expect(lena.main()).to_contain_text(PASSAGE)
    lena.check()


def select_passage(person: Person) -> None:
    """Choose the words in the post, as somebody would with the pointer."""
    person.page.evaluate(
        """words => { const walk = document.createTreeWalker(document.querySelector("#post-1 .post-body"), 4);
        let node; while ((node = walk.nextNode())) { const at = node.data.indexOf(words); if (at < 0) continue;
          const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + words.length);
          getSelection().removeAllRanges(); getSelection().addRange(range); } }""",
        PASSAGE,
    )


def sends(it: Scene) -> None:
    """To the theme's team, with what is needed."""
    lena, say = it.lena, it.lena.say
    lena.page.locator("#ask").fill("Una data per il cavalletto nuovo.")
    expect(lena.page.locator("#team")).to_have_value(it.slug)
    lena.button(say("Send it")).click()
    lena.told()
    lena.goto("/feedback").check()
    expect(lena.main()).to_contain_text(it.title)


def answers(it: Scene) -> None:
    """The team reads it on its board, says so, then plans it with a word for those who spoke."""
    dora, say = it.dora, it.dora.say
    dora.goto("/feedback").check()
    dora.link(it.title).click()
    expect(dora.main()).to_contain_text(PASSAGE)
    expect(dora.main()).to_contain_text("Una data per il cavalletto nuovo.")
    assert it.author.display_name not in dora.page.content()
    dora.check()
    dora.page.get_by_label(say("We have read it")).check()
    dora.button(say("Say it")).click()
    dora.told()
    dora.page.get_by_label(say("It will not happen")).check()
    with dora.allowing(422):
        dora.button(say("Say it")).click()
        expect(dora.page.locator("#reason-error")).to_be_visible()
    dora.check()
    dora.page.get_by_label(say("It is planned")).check()
    dora.box(re.compile("^" + say("What those who spoke will read"))).fill(ANSWER)
    dora.button(say("Say it")).click()
    dora.told()
    expect(dora.main()).to_contain_text(ANSWER)


def reads(it: Scene) -> None:
    """The member hears of it: a notice in their language, which holds the answer and no colleague's name."""
    pia = it.pia
    notice = pia.page.locator("main", has_text=ANSWER[:40])

    def seen() -> bool:
        pia.goto("/notifications")
        return notice.count() > 0

    wait_for(seen, "the notice of the answer")
    assert it.dora.name not in pia.main().inner_text()
    pia.check()


def triages(it: Scene) -> None:
    """The inbox by keyboard: another post is pointed out, attached to the item that looks like it."""
    lena, make = it.lena, it.house.make
    other = make.reply(it.author, it.post.thread_id, "Anche il mio cavalletto si piega, con il seggiolino.")
    with it.house.core.db.write() as session:
        domain.flag(session, actor=it.author, post_id=other.id, kind="problem", now=make.now)
    lena.goto("/feedback/inbox").check()
    keys = lena.page.keyboard
    keys.press("j")
    lena.expect_focus(lena.page.locator("[data-queue] a[data-entry]").first)
    keys.press("o")
    expect(lena.page.locator("#entry")).to_contain_text("con il seggiolino")
    lena.check()
    keys.press("a")
    expect(lena.page.locator("[data-similar]:checked + .said")).to_have_text(it.title)
    keys.press("Control+Enter")
    lena.told()


@pytest.mark.timeout(240)
@pytest.mark.slow
def test_from_a_post_to_an_answer(people: People, house: House) -> None:
    it = scene(people, house, scripts=True)
    captures(it, scripts=True)
    sends(it)
    triages(it)
    answers(it)
    reads(it)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_on_postgresql(people: People, postgres_house: House, scripts: bool) -> None:
    people.house = postgres_house
    it = scene(people, postgres_house, scripts=scripts)
    captures(it, scripts=scripts)
    sends(it)
    if scripts:
        triages(it)  # by keyboard
    answers(it)
    reads(it)
