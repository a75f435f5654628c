"""A notice of illegal content, from a guest's form in Italian to the reasoned decision; with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.e2e.support.house import House, text_of

EACH = pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["scripts", "no-scripts"]
)
WORDS = "Incita alla violenza contro un gruppo di persone, con nomi e luoghi."


def within_hours(text: str) -> str:
    """The address in a mail that opens a notice."""
    found = re.search(r"https?://\S+?(/notices/\S+key=[0-9a-f]{32})", text)
    assert found, text
    return found[1]


@EACH
@pytest.mark.slow
def test_a_guest_gives_notice_in_italian_and_reads_the_reasoned_decision(
    people: People, house: House, scripts: bool
) -> None:
    tag = next(house.make.numbers)
    author = house.make.member(f"autore{tag}", locale="it")
    post = house.make.thread(author, title=f"Parole d’odio {tag}", body="Parole che non si possono leggere.")
    mail = f"nora{tag}@example.org"
    guest = people("nora", scripts=scripts, language="it-IT")
    say = guest.say

    guest.goto("/contact").check()
    guest.link(re.compile("^" + re.escape(say("Give notice of illegal content")))).click()
    with guest.allowing(422):
        guest.button(say("Send the notice")).click()
        expect(guest.page.get_by_role("alert")).to_contain_text(say("Where is it?"))
    guest.check()
    guest.box(re.compile("^" + re.escape(say("Where is it?")))).fill(f"{house.url}/p/{post.id}")
    guest.page.get_by_label(re.compile("^" + re.escape(say("What is it about?")))).select_option("hate")
    guest.box(re.compile("^" + re.escape(say("Why is it against the law?")))).fill(WORDS)
    guest.box(re.compile("^" + re.escape(say("Which law?")))).fill("Art. 604-bis c.p.")
    guest.box(re.compile("^" + re.escape(say("Your mail address")))).fill(mail)
    guest.page.locator("#good_faith").check()
    guest.button(say("Send the notice")).click()
    expect(guest.main()).to_contain_text(re.compile(r"N-[0-9A-Z]{8}"))
    guest.check()
    receipt = house.mail(mail)
    assert re.search(r"N-[0-9A-Z]{8}", str(receipt["Subject"]))
    where = within_hours(text_of(receipt))

    staff = house.make.member(f"otto{tag}", role="moderator", locale="en")
    desk = people("otto", scripts=scripts).sign_in_as(staff)
    desk.goto("/moderation/notices").check()
    desk.page.get_by_role("link", name="Hate speech").first.click()
    expect(desk.main()).to_contain_text(WORDS)
    expect(desk.main()).to_contain_text("Art. 604-bis c.p.")
    desk.check()
    desk.page.locator("[data-act=remove]").check(force=True)
    desk.page.locator("#reason").select_option("illegal")
    desk.box(re.compile("^Why, to")).fill("Il testo incita alla violenza: la legge lo vieta.")
    desk.page.get_by_text("A word to who reported", exact=True).click()
    desk.box(re.compile("^To who reported")).fill("Avevi ragione, lo abbiamo tolto.")
    desk.button(re.compile("^Decide")).click()
    expect(desk.main()).to_contain_text("Removed")

    decided = house.mail(mail, lambda message: "Avevi ragione" in text_of(message))
    assert within_hours(text_of(decided)) == where and "otto" not in text_of(decided)
    guest.goto(where)
    expect(guest.main()).to_contain_text(say("It is removed."))
    expect(guest.main()).to_contain_text("Avevi ragione, lo abbiamo tolto.")
    expect(guest.main()).to_contain_text("Art. 604-bis c.p.")
    guest.check()
    guest.goto(f"/p/{post.id}")
    expect(guest.page.get_by_text("Parole che non si possono leggere.")).to_have_count(0)


@pytest.mark.slow
def test_a_minor_asks_and_the_clock_is_on_the_case(people: People, house: House) -> None:
    tag = next(house.make.numbers)
    author = house.make.member(f"bullo{tag}")
    post = house.make.thread(author, title=f"Prese in giro {tag}", body="Ridete tutti di lei.")
    mail = f"gaia{tag}@example.org"
    guest = people("gaia", language="it-IT", width=360)
    say = guest.say
    guest.goto("/report/bullying").check()
    guest.page.get_by_label(say("I am the person concerned, and at least 14 years old")).check()
    guest.box(re.compile("^" + re.escape(say("Where is it?")))).fill(f"/p/{post.id}")
    guest.box(re.compile("^" + re.escape(say("What is happening?")))).fill(
        "Mi prendono in giro da giorni, tutti insieme."
    )
    guest.box(re.compile("^" + re.escape(say("Your mail address")))).fill(mail)
    guest.page.locator("#good_faith").check()
    guest.button(say("Send the request")).click()
    guest.check()
    house.mail(mail)
    staff = house.make.member(f"pia{tag}", role="moderator", locale="en")
    desk = people("pia").sign_in_as(staff)
    desk.goto("/moderation/notices?view=timed")
    expect(desk.main()).to_contain_text("Confirm by")
    desk.check()
    desk.page.get_by_role("link", name="Harassment").first.click()
    desk.button("Tell them it is in hand").click()
    desk.told()
    expect(desk.main()).to_contain_text("Act by")
    house.mail(mail, lambda message: "N-" in str(message["Subject"]) and "garante" in text_of(message).lower())
