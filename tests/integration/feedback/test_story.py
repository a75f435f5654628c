"""From a post to the answered member, by API, on both databases; every figure of a month counted a second time."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from forum.feedback import domain
from forum.feedback.domain import ItemChange, NewTeam, NewTheme
from forum.feedback.polarity import domain as polarity
from forum.meetups.domain import answer_survey, check_in, walk_in
from forum.policy.actors import Actor
from tests.conftest import Clock, Mailbox
from tests.factories import Make
from tests.integration.api.conftest import document, program
from tests.support.delivering import Place
from tests.support.program import Program, Programs
from tests.support.recount import Recount

__all__ = ["document", "program"]
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
ANSWER = "Da marzo monteremo un cavalletto doppio. Chi ha già la bici lo riceve senza spese."
PASSAGE = "si piega con la bici carica"


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


class Community:
    """Everybody with a program of their own; the manager's page work is done by the verbs of the pages."""

    def __init__(self, make: Make, clock: Clock, program: Programs) -> None:
        self.make, self.clock = make, clock
        clock.now = at(9, 1)
        self.pia = make.member("pia.verdi", display_name="Pia Verdi", locale="it")
        self.ben = make.member("ben.hill", display_name="Ben Hill", locale="en")
        self.others = [make.member(f"voce{n}", display_name=f"Voce Numero{n}") for n in range(8)]
        self.lena = make.member("lena", role="manager", display_name="Lena Olmi")
        self.dora = make.member("dora", role="team", display_name="Dora Anna Bell")
        self.open, self.closed = make.category("telai", locale="it"), make.category("soci", visibility="members")
        self.programs: dict[str, Program] = {}
        for who in (self.pia, self.ben, *self.others, self.lena, self.dora):
            scopes = {"manager": ("read", "write", "manage"), "team": ("read", "write", "team")}.get(who.role, ())
            self.programs[who.name] = program(who, *scopes)
        with make.core.db.write() as session:
            for name in ("Frames", "Events"):
                team_id = domain.save_team(session, actor=self.lena, team=NewTeam(name, 5), now=make.now)
                domain.join_team(session, actor=self.lena, team_id=team_id, name="@dora", now=make.now)
            for name in ("Stands", "Brakes", "Lights", "Bags"):
                domain.save_theme(session, actor=self.lena, theme=NewTheme(name, team="frames"), now=make.now)

    def call(self, who: Actor, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        answer = self.programs[who.name].call(method, path, **({} if body is None else {"json": body}), **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def opens(self, who: Actor, title: str, words: str, when: datetime, category: str = "") -> tuple[int, int]:
        """(thread, post)."""
        self.clock.now = when
        body = {"category": category or self.open, "title": title, "body": words}
        thread = self.call(who, "POST", "/threads", body, status=201)["id"]
        [post] = self.call(who, "GET", f"/threads/{thread}/posts")["items"]
        assert post["state"] == "visible"
        return thread, post["id"]

    def says(self, who: Actor, thread: int, words: str, when: datetime) -> int:
        self.clock.now = when
        post = self.call(who, "POST", f"/threads/{thread}/posts", {"body": words}, status=201)
        assert post["state"] == "visible"
        return int(post["id"])

    def collect(self, title: str, kind: str, pain: int, theme: str, posts: list[int], when: datetime) -> int:
        self.clock.now = when
        body = {"title": title, "kind": kind, "pain": pain, "theme": theme,
                "evidence": [{"post_id": it} for it in posts]}  # fmt: skip
        return int(self.call(self.lena, "POST", "/feedback/items", body, status=201)["id"])

    def step(self, who: Actor, item: int, status: str, when: datetime, **more: str) -> Any:
        self.clock.now = when
        found = self.call(who, "POST", f"/feedback/items/{item}/status", {"status": status, **more})
        assert found["status"] == status
        return found

    def export(self, who: Actor, team: str = "frames", kind: str = "json") -> bytes:
        body = {"team": team, "from": str(NOVEMBER), "to": str(DECEMBER), "format": kind, "privacy": "quotes"}
        made = self.call(who, "POST", "/feedback/exports", body, status=201)
        found = self.programs[who.name].http.get(made["download_url"])
        assert found.status_code == 200
        return found.content


@pytest.fixture
def community(make: Make, clock: Clock, program: Programs) -> Community:
    return Community(make, clock, program)


def captured(it: Community) -> tuple[int, int]:
    """The manager quotes a passage of what an ordinary member wrote; (item, post)."""
    words = "Il cavalletto è pessimo: si piega con la bici carica, e a pieno carico cade."
    thread, post = it.opens(it.pia, "Il cavalletto si piega", words, at(11, 3))
    english = it.says(it.ben, thread, "Same here: the stand is bad, it bends and I hate it.", at(11, 4))
    body = {
        "title": "The stand bends under load", "kind": "problem", "pain": 2, "theme": "stands",
        "evidence": [{"post_id": post, "quote": PASSAGE}],
    }  # fmt: skip
    it.call(it.pia, "POST", "/feedback/items", body, status=403)
    it.clock.now = at(11, 5)
    first, again = (
        it.call(it.lena, "POST", "/feedback/items", body, status=201, headers={"Idempotency-Key": "stand"})
        for _ in range(2)
    )
    assert first == again and first["evidence"][0]["quote"] == PASSAGE and first["team"] == "frames"
    added = it.call(it.lena, "POST", f"/feedback/items/{first['id']}/evidence", {"post_id": english})
    assert (added["members"], added["threads"], added["priority"]) == (2, 1, 4)
    return first["id"], post


def answered(it: Community, item: int) -> None:
    """The team sees it once it was sent, reads it, plans it and says so."""
    it.call(it.dora, "GET", f"/feedback/items/{item}", status=404)
    it.step(it.lena, item, "sent", at(11, 6))
    [listed] = it.call(it.dora, "GET", "/feedback/items")["items"]
    assert (listed["id"], listed["status"]) == (item, "sent")
    it.step(it.dora, item, "acknowledged", at(11, 7))
    it.call(it.dora, "POST", f"/feedback/items/{item}/status", {"status": "declined"}, status=422)
    it.step(it.dora, item, "planned", at(11, 8), reply=ANSWER)
    it.make.drain()


def told(it: Community, post: int, mailbox: Mailbox) -> None:
    """A notice at once, a mail in the morning, each in the member's language, and to nobody else."""
    page = it.make.browser(it.pia, language="it").get("/notifications").text
    assert ANSWER in page and "Frames" in page and "Dora" not in page
    assert mailbox.sent == []
    it.clock.now = at(11, 9, 8)
    it.make.drain()
    (italian,), (english,) = mailbox.to("pia.verdi@example.org"), mailbox.to("ben.hill@example.org")
    assert ANSWER in italian.text and "È pianificata." in italian.text and f"/p/{post}" in italian.text
    assert ANSWER in english.text and "It is planned." in english.text and "pianificata" not in english.text
    for mail in mailbox.sent:
        assert "The stand bends" not in mail.text + mail.html and "Dora" not in mail.text + mail.html
    assert len(mailbox.sent) == 2


def test_from_a_post_to_an_answered_member_by_api(community: Community, mailbox: Mailbox) -> None:
    it = community
    item, post = captured(it)
    it.make.drain()
    mailbox.sent.clear()  # that somebody replied
    answered(it, item)
    told(it, post, mailbox)
    exported = json.loads(it.export(it.dora))
    [line] = exported["lines"]
    assert (line["id"], line["title"], line["status"], line["owner"]) == (
        item, "The stand bends under load", "planned", "DB",
    )  # fmt: skip
    assert {one["text"] for one in exported["evidence"]} == {
        PASSAGE, "Same here: the stand is bad, it bends and I hate it.",
    }  # fmt: skip
    assert not any(name in json.dumps(exported) for name in ("Pia", "pia.verdi", "Ben", "Lena", "Dora"))
    clock_went_on(it)
    it.step(it.dora, item, "done", it.clock.now, reply="Eccolo.")
    it.make.drain()
    clock_went_on(it)
    assert "Eccolo." in mailbox.to("pia.verdi@example.org")[-1].text and len(mailbox.to("pia.verdi@example.org")) == 2


def clock_went_on(it: Community) -> None:
    it.clock.forward(days=1)
    it.make.drain()


# -- every figure ----------------------------------------------------------------------------------------------------


def month(it: Community) -> dict[str, int]:
    """October and November around their midnights; what counts, and what does not; merged, answered, late."""
    stand, _ = it.opens(it.others[0], "Stands", "Il cavalletto è rotto, che disastro.", at(10, 3))
    stands = [it.says(who, stand, f"Anche il mio si è rotto, pessimo: {n}.", at(10, 4 + n))
              for n, who in enumerate(it.others[:6])]  # fmt: skip
    late = it.says(it.others[6], stand, "Ancora ottobre, per mezz’ora: è pessimo.", at(10, 31, 22, 30))
    early = it.says(it.others[7], stand, "È già novembre, e non funziona.", at(10, 31, 23, 30))
    after = it.says(it.ben, stand, "Already December here, and it is broken.", at(11, 30, 23, 30))
    it.clock.now = at(11, 1)
    stands += [late, early, *(it.says(who, stand, "Di nuovo rotto, orribile: il cavalletto non tiene.", at(11, 2))
                              for who in it.others[:5])]  # fmt: skip
    staff = it.says(it.lena, stand, "We of the staff have seen it as well.", at(11, 3))
    _, closed = it.opens(it.ben, "Among us", "Only among us: the stand never worked.", at(11, 4), it.closed)
    _, more = it.opens(it.pia, "Cavalletto", "Peccato: ottima bici, cavalletto pessimo.", at(11, 5))
    items = {"stand": it.collect("Stands bend", "problem", 3, "stands", [*stands, staff, closed], at(11, 6))}
    items["twin"] = it.collect("Stands break", "problem", 2, "stands", [more, stands[0]], at(11, 6))
    brake, _ = it.opens(it.others[0], "Brakes", "I freni fischiano, che fastidio.", at(10, 6))
    brakes = [it.says(who, brake, "I miei freni sono rumorosi.", at(10, 7)) for who in (it.pia, *it.others[:6])]
    brakes += [it.says(who, brake, "Ancora rumorosi.", at(11, 7)) for who in it.others[:2]]
    items["brakes"] = it.collect("Brakes squeal", "problem", 1, "brakes", brakes, at(10, 20))
    light, _ = it.opens(it.pia, "Lights", "Vorrei una luce più forte, davvero.", at(11, 8))
    lights = [it.says(who, light, f"Anch'io vorrei più luce, di sera: {n}.", at(11, 9))
              for n, who in enumerate(it.others[:6])]  # fmt: skip
    items["lights"] = it.collect("Brighter lights", "wish", 0, "lights", lights, at(11, 10))
    bag, _ = it.opens(it.ben, "Bags", "What a great bag, I love it.", at(11, 11))
    bags = [it.says(who, bag, "Una borsa ottima, bellissima, grazie!", at(11, 12)) for who in it.others[1:7]]
    items["bags"] = it.collect("Bags please", "praise", 0, "bags", bags, at(11, 13))
    items["unsent"] = it.collect("Nobody has sent this", "risk", 3, "bags", [bags[0], more], at(11, 14))
    saddle, _ = it.opens(it.pia, "Saddle", "La sella è dura, che male.", at(11, 26))
    saddles = [it.says(who, saddle, "Anche la mia è dura.", at(11, 27)) for who in it.others[:6]]
    items["late"] = it.collect("The saddle is hard", "problem", 2, "bags", saddles, at(12, 1, 3))
    items["latefew"] = it.collect("Only two mind it", "wish", 1, "bags", saddles[:2], at(12, 1, 3))
    for name in ("late", "latefew"):
        it.step(it.lena, items[name], "sent", at(12, 1, 4))
    items["december"] = it.collect("Said too late", "risk", 1, "brakes", [after], at(12, 1, 3))
    return items


def worked_on(it: Community, items: dict[str, int], meetup: int) -> None:
    """Voices, refusals, steps of a team in time and too late, a merge, words on the page, a reading by hand."""
    items["lift"] = meetup
    for name in ("stand", "twin", "brakes", "lights", "bags", "lift"):
        it.step(it.lena, items[name], "sent", at(11, 15))
    it.step(it.dora, items["stand"], "acknowledged", at(11, 16))
    it.step(it.dora, items["brakes"], "acknowledged", at(11, 24))
    it.step(it.dora, items["brakes"], "done", at(11, 25), reply="Nuove pastiglie.")
    it.clock.now = at(11, 17)
    it.call(it.lena, "POST", f"/feedback/items/{items['twin']}/merge", {"into": items["stand"]})
    words = it.call(it.lena, "GET", f"/feedback/items/{items['stand']}")["evidence"]
    refused, erased = words[8]["post_id"], it.others[4]
    browser = it.make.browser(it.pia)
    browser.get(f"/p/{words[0]['post_id']}")
    assert browser.post(f"/posts/{words[0]['post_id']}/me-too", {}).status_code in {200, 303}
    with it.make.core.db.write() as session:
        domain.may_be_quoted(session, actor=it.others[1], quote=False, now=it.make.now)
        author = next(who for who in it.others if it.call(it.lena, "GET", f"/posts/{refused}")["author"] == who.name)
        domain.may_be_quoted_from(session, actor=author, post_id=refused, quote=False, now=it.make.now)
        domain.erase_words(session, member_id=erased.id, now=it.make.now)
        polarity.override(session, actor=it.lena, evidence_id=words[9]["id"], value=1, now=it.make.now)
        ask = ItemChange(ask="May we say March?", promise="A new stand", promise_due=date(2026, 12, 20), area="Gheppio")
        for key, change in (("stand", ask), ("lights", ItemChange(ask="Is there a stronger lamp?"))):
            domain.change(session, actor=it.lena, item_id=items[key], change=change, version=None, now=it.make.now)


def met(it: Community) -> int:
    """A meetup in the period: who said they come, who came, what they said; the item that their words became."""
    it.clock.now = at(11, 1)
    place = {"name": "Cascina", "address": "via Lodivecchia 12, Lodi"}
    made = it.call(it.lena, "POST", "/meetups", {
        "title": "Officina aperta", "body": "Freni.", "category": it.open, "starts_at_local": "2026-11-18T19:00:00",
        "ends_at_local": "2026-11-18T22:00:00", "timezone": "Europe/Rome", "place": place, "guests_allowed": 2,
    }, status=201)  # fmt: skip
    occurrence = made["occurrences"][0]["id"]
    for n, who in enumerate(it.others[:7]):
        it.call(who, "PUT", f"/occurrences/{occurrence}/rsvp", {"answer": "yes", "guests": n % 2})
    it.clock.now = at(11, 18, 18)
    recount = Recount(it.make.core.db, NOVEMBER, DECEMBER, it.clock.now)
    with it.make.core.db.write() as session:
        for row in recount.rows("SELECT id FROM rsvps ORDER BY id")[:6]:
            check_in(session, actor=it.lena, rsvp_id=row["id"], now=it.clock.now)
        walk_in(session, actor=it.lena, occurrence_id=occurrence, name="Two friends", people=2, now=it.clock.now)
    it.clock.now = at(11, 19)
    with it.make.core.db.write() as session:
        domain.save_rule(session, actor=it.lena, rule=domain.NewRule("survey", "3"), now=it.clock.now)
    for n, who in enumerate(it.others[:6]):
        with it.make.core.db.write() as session:
            answer_survey(
                session, actor=who, occurrence_id=occurrence, rating=2 + n % 2, liked="Il caffè.",
                better=f"Manca l’ascensore, e fa freddo: {n}.", quotable=n != 3, now=it.clock.now,
            )  # fmt: skip
    it.make.drain()
    entries = [row["id"] for row in recount.rows("SELECT id FROM feedback_inbox WHERE source = 'survey' ORDER BY id")]
    item = 0
    with it.make.core.db.write() as session:
        for entry in entries:
            new = domain.NewItem("No lift at the venue", "problem", team="frames", pain=1)
            item = domain.accept(session, actor=it.lena, entry_id=entry, item_id=item or None,
                                 item=None if item else new, now=it.clock.now)  # fmt: skip
    return item


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Key by key, so that a failure says which figure is wrong."""
    for key, value in expected.items():
        assert found[key] == value, key


def test_every_figure_of_the_summary_is_what_raw_posts_say(community: Community, start: Any) -> None:
    """In the file that the API makes, and in what the worker sends by itself; of one team, and of all."""
    it = community
    place, receivers = Place(it.make, it.clock, _House(it)), {"frames": start(), "": start()}
    items = month(it)
    it.clock.now = at(11, 2)
    worked_on(it, items, met(it))
    it.clock.now = at(11, 28)
    for team, receiver in receivers.items():
        hook, _ = place.hook(receiver)
        place.schedule(team=team, destinations=(hook,), to_team=False, privacy="quotes")
    it.clock.now = at(12, 1, 7)
    it.make.drain()
    for team, receiver in receivers.items():
        recount = Recount(it.make.core.db, NOVEMBER, DECEMBER, it.clock.now, team or None)
        expected, sent = recount.figures(), receiver.got[0].json["data"]["summary"]
        assert not_trivial(expected, team), "a month in which nothing happens proves nothing"
        exported = json.loads(it.export(it.dora if team else it.lena, team))
        compare(sent, expected)
        compare(exported, expected)
        words_are_those(exported, recount)


def words_are_those(exported: dict[str, Any], recount: Recount) -> None:
    """Every piece that may be quoted and no other, as it stands in the post; one pseudonym for one person."""
    quotable = {one.evidence: one for one in recount.words() if one.may_quote}
    assert [one["id"] for one in exported["evidence"]] == sorted(quotable)
    authors: dict[str, int] = {}
    for one in exported["evidence"]:
        raw, few = quotable[one["id"]], recount.line(one["item"])["people"]["now"] is None
        assert (one["item"], one["text"], one["source"]) == (raw.item, " ".join(raw.text.split()), raw.source)
        assert one["link"] == (f"/p/{raw.post}" if raw.post else "") and bool(one["alias"]) is not few
        assert few or authors.setdefault(one["alias"], raw.member) == raw.member
    assert len(set(authors.values())) == len(authors) > 3


def not_trivial(page: dict[str, Any], team: str) -> bool:
    courses = {it["name"]: it["course"] for it in page["themes"]}
    line = next(it for it in page["lines"] if it["title"] == "Stands bend")
    return bool(
        page["heard"]["percent"] is not None and page["due"] > page["answered"] > 0 and page["praise"]
        and page["polarity"]["corrected"] == 1 and page["polarity"]["points"] is not None
        and page["polarity"]["total"] > page["polarity"]["scored"] and line["withheld"]
        and "The saddle is hard" in {it["title"] for it in page["lines"]}  # of December, said in November
        and page["meetups"][0]["missing"] and page["asks"] and page["promises"] and len(page["top"]) >= 4
        and {"new", "fading"} <= set(courses.values()) and any(it["people"]["now"] is None for it in page["lines"])
        and ("Nobody has sent this" in {it["title"] for it in page["lines"]}) is (team == "")
    )  # fmt: skip


class _House:
    """What `Place` needs to know."""

    def __init__(self, it: Community) -> None:
        self.livia = it.lena


def test_the_period_ends_at_midnight_in_rome(community: Community) -> None:
    """Half an hour before and after: what the recount above rests on, with figures written down by hand."""
    it = community
    thread, _ = it.opens(it.lena, "Stands", "Who has one?", at(10, 1))
    hours = (at(10, 31, 22, 59), at(10, 31, 23, 1), at(11, 30, 22, 59), at(11, 30, 23, 1))
    posts = [
        it.says(who, thread, "Il mio cavalletto si piega.", when)
        for when in hours for who in it.others[: 5 + hours.index(when)]
    ]  # fmt: skip
    item = it.collect("Stands bend", "problem", 2, "stands", posts, at(11, 30, 22))
    it.step(it.lena, item, "sent", at(11, 30, 22))
    it.clock.now = at(12, 2)
    [line] = json.loads(it.export(it.dora))["lines"]
    assert (line["people"]["before"], line["people"]["now"], line["pieces"], line["priority"]) == (5, 7, 13, 14)
    assert timedelta(days=30) == DECEMBER - NOVEMBER
