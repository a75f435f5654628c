"""A meetup from its announcement to its account: hosts with scripts, members without, a phone at the door."""

import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
import segno
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from forum.events import record
from forum.meetups.domain import party_token
from forum.meetups.events import OccurrenceEnded
from forum.meetups.models import Occurrence, Rsvp
from forum.policy.actors import Actor
from tests.e2e.conftest import People
from tests.e2e.support.house import House, text_of
from tests.e2e.support.person import DESK, PHONE, Person
from tests.e2e.test_journey import link_in

ROME = ZoneInfo("Europe/Rome")
LANGUAGES = {"it": "it-IT", "en": "en-GB"}


@dataclass
class Scene:
    """Two seats, three who want to come, and a host. `path`: the meetup's page; `dates`: the ids of its dates."""

    house: House
    title: str
    place: str
    starts: datetime
    host: Person
    door: Person
    anna: Person
    bruno: Person
    carla: Person
    actors: dict[str, Actor]
    path: str = ""
    dates: tuple[int, ...] = ()

    def say(self, message: str, **params: str) -> str:
        """In the language that everybody here reads."""
        return self.host.say(message, **params)

    def mail(self, name: str, subject: str, **params: str) -> EmailMessage:
        """The mail to one of them whose subject is this message."""
        wanted = self.say(subject, title=self.title, **params)
        return self.house.mail(f"{self.actors[name].name}@example.org", lambda mail: str(mail["Subject"]) == wanted)


def scene(people: People, house: House, language: str) -> Scene:
    """Members browse without scripts; who stands at the door holds a phone."""
    make, tag = house.make, f"{next(house.make.numbers)}{language}"
    roles = {"host": "manager", "anna": "member", "bruno": "member", "carla": "member"}
    actors = {
        name: make.member(f"{name}{tag}", role=role, display_name=f"{name.title()} {tag}", locale=language)
        for name, role in roles.items()
    }
    place = make.category(name=f"Giri {tag}")

    def person(name: str, *, scripts: bool = False, width: int = DESK) -> Person:
        made = people(name, scripts=scripts, language=LANGUAGES[language], width=width)
        return made.sign_in_as(actors[name])

    soon = (make.now.astimezone(ROME) + timedelta(hours=20)).replace(minute=0, second=0, microsecond=0)
    return Scene(
        house, f"Officina aperta {tag}", place, soon, person("host", scripts=True),
        person("host", scripts=True, width=PHONE), person("anna"), person("bruno"), person("carla", width=PHONE),
        actors,
    )  # fmt: skip


def method(mail: EmailMessage) -> object:
    """What the calendar file in a mail asks of calendars."""
    return next(part.get_param("method") for part in mail.walk() if part.get_content_type() == "text/calendar")


def announces(it: Scene) -> None:
    """In one form: every week, three times, at a new place, two seats."""
    host, say = it.host, it.say
    host.goto("/meetups").check()
    host.link(say("Announce a meetup")).click()
    host.box(say("Title")).fill(it.title)
    host.box(say("Programme")).fill("Freni e trasmissione. **Caffè** alle undici.")
    host.page.locator("#category").select_option(it.place)
    host.page.locator("#day").fill(f"{it.starts:%Y-%m-%d}")
    host.page.locator("#start").fill(f"{it.starts:%H:%M}")
    host.page.locator("#end").fill(f"{it.starts + timedelta(hours=2):%H:%M}")
    host.page.locator("#repeat").select_option("weekly")
    host.page.locator("#until").fill(f"{it.starts + timedelta(days=15):%Y-%m-%d}")
    host.page.locator("#place").select_option("new")
    if not host.page.locator("#place_name").is_visible():
        host.page.locator("summary", has_text=say("Describe another place")).click()
    host.box(say("Name of the place")).fill("Cascina Fanzaga")
    host.page.locator("#capacity").fill("2")
    host.check()
    host.button(say("Announce it")).click()
    host.told()
    expect(host.page.get_by_role("heading", level=1)).to_have_text(it.title)
    expect(host.page.locator("#dates").locator("xpath=../..").locator(".dates > li")).to_have_count(3)
    host.check()
    it.path = host.path.partition("?")[0]
    hrefs = host.page.eval_on_selector_all(".dates a", "links => links.map(link => link.search)")
    it.dates = tuple(int(href.partition("=")[2]) for href in hrefs)
    assert len(it.dates) == 3


def members_answer(it: Scene) -> None:
    """One tap, without scripts: two have seats, for Bruno on every date; the third waits."""
    it.anna.goto(it.path).check()
    it.anna.button(it.say("Yes")).click()
    expect(it.anna.page.locator("#rsvp")).to_contain_text(it.say("You are going."))
    bruno = it.bruno.goto(it.path)
    bruno.page.locator("#rsvp summary").click()
    bruno.page.get_by_label(it.say("The same for all coming dates")).check()
    bruno.box(re.compile("^" + it.say("Do you need anything?"))).fill("Arrivo in treno.")
    bruno.button(it.say("Yes, I am coming")).click()
    expect(bruno.page.locator("#rsvp")).to_contain_text(it.say("You are going."))
    bruno.check()
    carla = it.carla.goto(it.path)
    expect(carla.page.locator("#rsvp")).to_contain_text(
        it.say("All seats are taken: with “Yes” you go on the waiting list.")
    )
    carla.button(it.say("Yes")).click()
    expect(carla.page.locator("#rsvp")).to_contain_text(it.say("You are first on the waiting list."))
    carla.check()


def a_seat_is_freed(it: Scene, people: People) -> None:
    """Anna gives hers back; Carla's mail says so, and takes an answer from whoever holds it, signed in nowhere."""
    it.anna.goto(it.path).button(it.say("No")).click()
    mail = it.mail("carla", "You have a seat: %(title)s")
    assert "Cascina Fanzaga" in text_of(mail)
    assert method(mail) == "REQUEST", "the date goes into her calendar"
    page = people("mailed", scripts=False, language=LANGUAGES[it.host.locale]).goto(link_in(mail, "/meetups/answer/"))
    expect(page.main()).to_contain_text(it.say("You are going."))
    expect(page.main()).to_contain_text(it.title)
    page.check()
    page.button(it.say("Yes")).click()
    expect(page.main()).to_contain_text(it.say("You are going."))


def one_date_is_cancelled(it: Scene) -> None:
    """The second alone, with a reason that reaches whoever wanted to come."""
    host, say = it.host, it.say
    host.goto(f"{it.path}?date={it.dates[1]}")
    host.link(say("Cancel this date")).click()
    host.check()
    host.page.locator("#reason").fill("La cascina è chiusa per i lavori al tetto.")
    host.button(say("Cancel it")).click()
    host.told()
    expect(host.main()).to_contain_text(say("This date is cancelled."))
    host.check()
    address = f"{it.actors['bruno'].name}@example.org"
    mail = it.house.mail(address, lambda mail: "lavori al tetto" in text_of(mail))
    assert method(mail) == "CANCEL" and it.title in str(mail["Subject"])
    expect(it.bruno.goto(it.path).page.locator("#rsvp")).to_contain_text(say("You are going."))
    it.bruno.goto(f"{it.path}?date={it.dates[1]}").check()
    expect(it.bruno.main()).to_contain_text("lavori al tetto")


def at_the_door(it: Scene) -> None:
    """A camera opens what Carla's code says; Bruno is on the list; somebody comes along."""
    carla, door, say = it.carla, it.door, it.say
    carla.goto(it.path).link(say("Your code for the door")).click()
    carla.check()
    code = scanned(it, carla)
    door.goto(code[:-1] + ("0" if code[-1] != "0" else "1"), status=404)
    expect(door.main()).to_contain_text(say("This code opens nothing"))
    door.check()
    door.goto(code)
    expect(door.page.get_by_role("heading", level=1)).to_have_text(it.actors["carla"].display_name)
    door.check()
    door.button(say("They are here")).click()
    expect(door.main()).to_contain_text(say("Here."))
    door.link(say("The list"), door.main()).last.click()
    door.mark()
    door.button(say("Here: %(name)s", name=it.actors["bruno"].display_name)).click()
    expect(door.page.locator("#tally")).to_contain_text(re.compile(r"2\s+" + say("of %(n)s", n="2")))
    door.heard(say("%(name)s is here.", name=it.actors["bruno"].display_name))
    assert door.same_document()
    door.box(re.compile("^" + say("Name"))).fill("Pina")
    door.button(say("Add them")).click()
    door.told()
    expect(door.page.locator("#tally")).to_contain_text(re.compile(r"3\s+" + say("of %(n)s", n="2")))
    door.check()


def scanned(it: Scene, carla: Person) -> str:
    """The address in the drawing on Carla's page: drawn anew from what is signed for her, it is the same."""
    with it.house.core.db.read() as session:
        rsvp = session.execute(
            select(Rsvp).where(Rsvp.occurrence_id == it.dates[0], Rsvp.member_id == it.actors["carla"].id)
        ).scalar_one()
        token = party_token(it.house.core.secret, rsvp.id, it.dates[0])
    drawn = io.BytesIO()
    segno.make(f"{it.house.url}/meetups/check-in/{token}", error="q", micro=False).save(drawn, kind="svg", border=2)
    path = re.search(rb'<path[^>]*stroke[^>]* d="([^"]+)"', drawn.getvalue()) or re.search(
        rb' d="([^"]+)"', drawn.getvalue()
    )
    shown = carla.page.locator(".qr path").last.get_attribute("d")
    assert path is not None
    assert shown == path[1].decode()
    return f"/meetups/check-in/{token}"


def it_is_over(it: Scene) -> None:
    """Two days pass for the first date; the server's own worker closes it."""
    back = timedelta(days=2)
    with it.house.core.db.write() as session:
        row = session.get_one(Occurrence, it.dates[0])
        row.starts_at, row.ends_at = row.starts_at - back, row.ends_at - back
        row.starts_local, row.ends_local = row.starts_local - back, row.ends_local - back
        record(session, OccurrenceEnded(row.id, row.ends_at), now=it.house.make.now)


def how_it_was(it: Scene) -> None:
    """Three questions by mail; the hosts read the answers, and draft an account that quotes none of them."""
    carla, host, say = it.carla, it.host, it.say
    mail = it.mail("carla", "How was it? %(title)s")
    carla.goto(link_in(mail, "/occurrences/")).check()
    with carla.allowing(422):
        carla.button(say("Send my answers")).click()
        expect(carla.page.get_by_role("alert")).to_contain_text(say("All in all"))
    carla.check()
    carla.page.get_by_label(say("Very good"), exact=True).check()
    carla.box(re.compile("^" + re.escape(say("What was good?")))).fill("Il caffè di Nadia.")
    carla.button(say("Send my answers")).click()
    carla.told()
    first = f"/occurrences/{it.dates[0]}"
    adds_a_photo(it, first)
    host.goto(f"{first}/desk")
    expect(host.main()).to_contain_text("Il caffè di Nadia.")
    host.check()
    host.goto(f"{it.path}?date={it.dates[0]}").link(say("Draft the account")).click()
    text = host.page.locator("#body")
    expect(text).to_have_value(re.compile("^# "))
    assert "Il caffè" not in text.input_value(), "said to the teams, not to everybody"
    host.check()
    text.fill(text.input_value() + "\nAbbiamo smontato sei freni.\n")
    host.button(say("Publish it in the thread")).click()
    expect(host.post(2)).to_contain_text("Abbiamo smontato sei freni.")
    host.check()
    carla.goto(f"{it.path}?date={it.dates[0]}").check()
    carla.link(say("How it was: the account")).click()
    expect(carla.post(2)).to_contain_text("Abbiamo smontato sei freni.")
    assert it.actors["carla"].display_name not in carla.post(2).inner_text(), "who said it stays untold"


def adds_a_photo(it: Scene, first: str) -> None:
    """Not without the consent of who can be recognised."""
    carla, say, drawn = it.carla, it.say, io.BytesIO()
    Image.new("RGB", (90, 60), "#1d5c70").save(drawn, "PNG")
    picture = {"name": "freno.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    for consents in (False, True):
        carla.goto(f"{first}/album").page.locator("#photo").set_input_files(files=picture)  # type: ignore[arg-type]
        carla.box(say("What it shows")).fill("Un freno smontato sul banco")
        carla.page.get_by_label(re.compile("^" + say("Everybody who can be recognised agrees"))).set_checked(consents)
        with carla.allowing(*([] if consents else [422])):
            carla.button(say("Add it")).click()
            expect(carla.page.locator(".album img")).to_have_count(int(consents))
    expect(carla.page.get_by_role("img", name="Un freno smontato sul banco")).to_be_visible()
    carla.check()


def journey(people: People, house: House, language: str) -> None:
    it = scene(people, house, language)
    announces(it)
    members_answer(it)
    a_seat_is_freed(it, people)
    one_date_is_cancelled(it)
    at_the_door(it)
    it_is_over(it)
    how_it_was(it)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_in_italian(people: People, house: House) -> None:
    journey(people, house, "it")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_in_english_in_every_light(people: People, house: House) -> None:
    journey(people, house, "en")
