# ruff: noqa: DTZ001  wall time has no zone
"""A meetup in a private category appears to nobody else: one canary over every surface, mails and feeds among them.

The access matrix (tests/integration/matrix) asks the same of each level of category; here somebody *loses* access
while they have a seat, a calendar address, notices and the links of old mails, and the meetup lives on.
"""

import io
import re
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import select

from forum.accounts.domain.people import set_role
from forum.meetups import domain, queries
from forum.meetups.domain import DatePlan, NewChapter, NewPlace, NewQuestion
from forum.meetups.domain.desk import message_party
from forum.meetups.models import Occurrence, Photo
from forum.threads.models import Thread
from tests.support.meetups import meetup, plan, say
from tests.support.routes import ROUTES

CANARY = "gallinella"
FIRST = datetime(2026, 12, 5, 19, 0)
LISTS = (
    "/", "/latest", "/new", "/top", "/unanswered", "/meetups", "/meetups?month=2026-12", "/meetups/coming",
    "/meetups/past", "/meetups.ics", "/feed.atom", "/sitemap.xml", "/search?q=zibaldone", "/u/livia",
    "/meetups/chapters", "/api/v1/meetups", "/api/v1/meetups?when=past", "/api/v1/threads", "/api/v1/categories",
    "/api/v1/search?q=zibaldone", "/api/v1/members/livia", "/notifications", "/meetups/near",
)  # fmt: skip
"""Where a count, a cursor or an empty day could give it away."""


class Scene:
    """A public meetup, and a private series full of canaries that a moderator has a seat at."""

    def __init__(self, make, clock, mailbox):
        self.make, self.clock, self.mailbox = make, clock, mailbox
        self.host = make.member("livia", role="manager")
        self.gone = make.member("renzo", role="moderator", locale="it")
        self.member = make.member("ilaria")
        with make.core.db.write() as session:
            for one in (self.gone, self.member):
                domain.set_town(session, actor=one, town="Lodi", latitude=45.3, longitude=9.5)
        meetup(make, self.host, category=make.category("aperta"), title="Giro aperto", starts_local=FIRST)
        make.drain()

    def write(self, verb, **what):
        with self.make.core.db.write() as session:
            return verb(session, now=self.make.now, **what)

    def announce(self):
        make, host = self.make, self.host
        make.category("stanza", visibility="staff", name=f"Stanza {CANARY}", description=CANARY)
        chapter = NewChapter(f"Gruppo {CANARY}", "stanza", about=CANARY, town="Lodi")
        self.chapter = self.write(domain.save_chapter, actor=host, chapter=chapter).slug
        self.made = meetup(
            make, host, category="stanza", title=f"Riunione {CANARY}", body=f"Lo zibaldone, {CANARY}.",
            place=NewPlace(CANARY, CANARY, 45.31, 9.5, transit=CANARY, access=CANARY), starts_local=FIRST,
            online_url=f"https://{CANARY}.example/", capacity=1, rule="FREQ=WEEKLY;COUNT=3", chapter=self.chapter,
            questions=(NewQuestion(f"Perché {CANARY}?"),), privacy="public", offer_minutes=60,
        )  # fmt: skip
        self.date = self.made.occurrence_ids[0]
        second = make.member("nadia", role="moderator")
        for who in (self.gone, second):
            for date in self.made.occurrence_ids:
                self.seat = say(make, who, date, note=CANARY) if who is self.gone else say(make, who, date)
        self.feed = f"/meetups/calendar/{self.write_token()}/mine.ics"
        self.code = domain.party_token(make.core.secret, self.seat.rsvp_id, self.made.occurrence_ids[-1])
        make.drain()
        self.write(message_party, actor=host, occurrence_id=self.date, text=CANARY, everybody=True)
        make.drain()
        self.clock.forward(minutes=45)
        make.drain()

    def write_token(self):
        with self.make.core.db.write() as session:
            return domain.new_calendar_token(session, actor=self.gone, now=self.make.now)

    def lose_access(self):
        with self.make.core.db.write() as session:
            set_role(session, self.gone.id, "member", self.make.now)
        self.make.drain()

    def live_on(self):
        """Reminders, a change, a message, a seat that frees up, a date called off, a picture, the survey."""
        make, dates = self.make, self.made.occurrence_ids
        self.write(message_party, actor=self.host, occurrence_id=dates[0], text=CANARY, everybody=True)
        with make.core.db.read() as session:
            row = session.get_one(Occurrence, dates[1])
        later = DatePlan(
            row.title, row.starts_local + timedelta(hours=1), row.ends_local + timedelta(hours=1), row.timezone,
            note=CANARY, place=row.place_id, online_url=row.online_url, capacity=3,
        )  # fmt: skip
        what = {"actor": self.host, "occurrence_id": row.id}
        self.write(domain.change_occurrence, plan=later, version=None, reason=CANARY, **what)
        self.write(domain.cancel_occurrence, actor=self.host, occurrence_id=dates[2], reason=CANARY)
        for _ in range(4):
            make.drain()
            self.clock.forward(minutes=45)
        for hours in (7 * 24, 24, 2):
            self.clock.now = max(self.clock.now, row_start(make, dates[0]) - timedelta(hours=hours))
            make.drain()
            self.clock.forward(minutes=45)
            make.drain()
        self.clock.now = row_start(make, dates[0]) + timedelta(hours=8)
        make.drain()
        self.photo = "x.webp"
        made = io.BytesIO()
        Image.new("RGB", (40, 30), "#1d5c70").save(made, "PNG")
        browser = make.browser(self.host)
        browser.get(f"/occurrences/{dates[0]}/album")
        sent = browser.http.post(
            f"/occurrences/{dates[0]}/album", files={"photo": ("a.png", made.getvalue(), "image/png")},
            data={"_csrf": browser.token, "alt": CANARY, "consent": "1"},
        )  # fmt: skip
        assert sent.status_code == 303
        with make.core.db.read() as session:
            self.photo = session.scalars(select(Photo.file)).one()

    def addresses(self):
        """Every GET address of the application, about the private meetup wherever one can be named."""
        with self.make.core.db.read() as session:
            thread = session.get_one(Thread, self.made.thread_id)
        values = {
            "meetup_id": [self.made.id], "occurrence_id": self.made.occurrence_ids, "thread_id": [thread.id],
            "post_id": [1, 2, 3, 4], "post_number": [1], "name": ["livia", "renzo"], "place_id": [1, 2],
            "category_id": [1, 2], "member_id": [self.gone.id], "saved_id": [1], "photo_id": [1],
        }  # fmt: skip
        for method, path in ROUTES:
            if method != "GET":
                continue
            here = dict(values)
            here["slug"] = [self.chapter] if "/chapters/" in path else ["stanza"] if path.startswith("/c/") else ["x"]
            here["token"] = [self.code]
            if path == "/meetups/calendar/{token:str}/mine.ics":
                yield self.feed
                continue
            if path == "/uploads/meetups/{name:str}":
                here["name"] = [self.photo]
            names = re.findall(r"\{(\w+):\w+\}", path)
            most = max((len(here.get(name, [1])) for name in names), default=1)
            for n in range(most):
                yield re.sub(
                    r"\{(\w+):\w+\}", lambda m, n=n, here=here: str((here.get(m[1], [1]) * 9)[n]), path
                )  # fmt: skip


def row_start(make, occurrence_id):
    with make.core.db.read() as session:
        return session.get_one(Occurrence, occurrence_id).starts_at


@pytest.fixture
def scene(make, clock, mailbox):
    return Scene(make, clock, mailbox)


def steady(text):
    """A page without what differs each time: tokens and ids of requests."""
    return re.sub(r"[0-9a-f]{16,}|\d+ (minutes?|hours?) ago", "", text)


def test_counts_and_lists_of_others_stay_as_they_were(scene, make, clock):
    """Byte by byte: no number, no empty day, no cursor tells that there is something."""
    start = clock.now
    readers = {"guest": None, "member": scene.member}
    before = {(who, url): make.browser(actor).get(url) for who, actor in readers.items() for url in LISTS}
    scene.announce()
    clock.now = start
    for (who, url), was in before.items():
        now = make.browser(readers[who]).get(url)
        assert now.status_code == was.status_code, (who, url)
        if url != "/u/livia":  # when she was last here
            assert steady(now.text) == steady(was.text), (who, url)
        assert CANARY not in now.text, (who, url)


def test_it_appears_to_nobody_else(scene, make, mailbox):
    scene.announce()
    inside = make.browser(scene.gone)
    for url in ("/meetups", f"/meetups/{scene.made.id}/x", scene.feed, "/notifications", "/api/v1/meetups"):
        own = {"headers": {"Authorization": f"Bearer {make.token(scene.gone)}"}} if "/api/" in url else {}
        assert CANARY in inside.get(url, follow=True, **own).text, f"{url} shows it to those who may see it"
    old = [mail for mail in mailbox.to("renzo@example.org") if CANARY in mail.text]
    assert any(mail.calendar for mail in old)
    links = {url for mail in old for url in re.findall(r"https?://[^/\s]+(/\S+)", mail.text)}
    assert any("/meetups/answer/" in url for url in links), links
    mailbox.sent.clear()
    scene.lose_access()
    scene.live_on()
    told = {mail.to for mail in mailbox.sent if CANARY in mail.text + mail.subject}
    assert told == {"livia@example.org", "nadia@example.org"}, "staff hears of it all the time"
    leaks = []
    urls = [*scene.addresses(), *LISTS, *sorted(links)]
    for actor in (None, scene.member, scene.gone):
        browser = make.browser(actor)
        own = {"Authorization": f"Bearer {make.token(actor)}"} if actor else {}
        for url in urls:
            if "search" in url:
                scene.clock.forward(seconds=1)  # nobody searches faster
            found = browser.get(url, headers=own if url.startswith("/api/") else {})
            shown = found.text + str(found.headers) if "image" not in found.headers.get("content-type", "") else CANARY
            for echo in (url, quote(url, safe=""), quote(url), escape(url)):  # a page may repeat what was asked
                shown = shown.replace(echo, "")
            leaks += [f"{actor and actor.name} {url}"] if CANARY in shown.lower() else []
    assert leaks == []
    with make.core.db.read() as session:
        reader = queries.calendar_reader(session, scene.feed.split("/")[3], make.now)
        assert reader is not None, "the address itself lives, and is empty"
    assert b"BEGIN:VEVENT" not in make.browser().get(scene.feed).content
    assert b"BEGIN:VEVENT" in make.browser(scene.host).get("/meetups.ics").content
    assert plan(make).title not in make.browser(scene.gone).get("/notifications").text
