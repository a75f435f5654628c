"""Answers come back: a notice at once, one mail a day, words in the threads; and rules that fill the inbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forum.events import HousekeepingDue, record
from forum.feedback import domain, letters
from forum.feedback.domain import NewEvidence, NewItem, NewTeam, StatusChange
from forum.feedback.models import Evidence, InboxEntry, Item, Rule, Told
from forum.kit.mail import FileMailer, Mail
from forum.meetups.models import Survey
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.policy.actors import Actor
from forum.threads.models import Post
from tests.conftest import Clock, Mailbox
from tests.factories import Make
from tests.support.meetups import meetup


class House:
    """Anna (Italian) wrote, Ben (English, in New York) agreed; Alba of the team Product has the item."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        self.anna = make.member("anna", locale="it")
        self.ben = make.member("ben", locale="en", timezone="America/New_York")
        self.first = make.thread(self.anna, make.category("officina"), title="Display", body="Perde la fascia.")
        with make.core.db.write() as session:
            team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=team, name="@alba", now=make.now)
        self.item = self.collect("SECRET finding")

    def collect(self, title: str) -> int:
        with self.make.core.db.write() as session:
            item = NewItem(title=title, kind="problem", team="product", evidence=(NewEvidence(self.first.id),))
            made = domain.create(session, actor=self.livia, item=item, now=self.make.now)
            domain.set_status(session, actor=self.livia, item_id=made, change=StatusChange("sent"), now=self.make.now)
            domain.too(session, actor=self.ben, post_id=self.first.id, now=self.make.now)
        return made

    def answer(self, reply: str, status: str = "planned", *, item: int = 0, public: bool = False) -> int:
        change = StatusChange(status, reason="", reply=reply, public=public)
        with self.make.core.db.write() as session:
            made = domain.set_status(
                session, actor=self.alba, item_id=item or self.item, change=change, now=self.make.now
            )
        self.make.drain()
        return made

    def told(self) -> dict[int, Told]:
        with self.make.core.db.read() as session:
            return {it.member_id: it for it in session.scalars(select(Told))}


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def test_a_notice_at_once_and_one_mail_in_the_morning(house: House, clock: Clock, mailbox: Mailbox) -> None:
    """In their language, on their clocks, with the team's words, to their post; two answers are one mail."""
    other = house.collect("SECRET other")
    house.answer("Arriva in primavera.")
    house.answer("Anche questo.", "done", item=other)
    page = house.make.browser(house.anna, language="it").get("/notifications").text
    assert "Arriva in primavera." in page and "Product" in page and "SECRET" not in page
    assert mailbox.sent == []
    rome, york = (it.due_at for it in (house.told()[house.anna.id], house.told()[house.ben.id]))
    assert york.astimezone(UTC).hour == 14 and rome.astimezone(UTC).hour == 8
    clock.now = york  # it is four in the morning there
    house.make.drain()
    [mail] = mailbox.sent
    assert mail.to == "ben@example.org" and "It is planned." in mail.text
    clock.now = rome
    house.make.drain()
    mail = mailbox.sent[1]
    assert mail.to == "anna@example.org" and "Arriva in primavera." in mail.text and "Anche questo." in mail.text
    assert f"/p/{house.first.id}" in mail.text and "SECRET" not in mail.text + mail.html + mail.subject
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and "/unsubscribe/" in mail.text
    clock.forward(days=3)
    house.make.drain()
    assert len(mailbox.sent) == 2 and all(it.sent_at for it in house.told().values())


def test_whoever_pointed_at_it_hears_the_answer(house: House, clock: Clock, mailbox: Mailbox) -> None:
    """As they were promised; once, also when two items became one; not when what they pointed at was put aside.

    What becomes of the entry does not matter, the post does: one that was known, one that goes to another item.
    """
    make = house.make
    carla, dora, emil, gino = (make.member(name, locale="en") for name in ("carla", "dora", "emil", "gino"))
    reply = make.reply(make.member("fred"), house.first.thread_id, "Mine loses it as well, uphill.")
    aside = make.reply(house.ben, house.first.thread_id, "Nice colour, though.")
    with make.core.db.write() as session:
        for who, post in ((carla, reply), (dora, reply), (emil, aside), (house.ben, house.first),
                          (gino, house.first)):  # fmt: skip
            domain.flag(session, actor=who, post_id=post.id, now=make.now)
        entries = {(it.by_id, it.post_id): it.id for it in session.scalars(select(InboxEntry))}
        taken = NewItem(title="SECRET, again", kind="problem")
        other = domain.accept(
            session, actor=house.livia, entry_id=entries[carla.id, reply.id], item=taken, now=make.now
        )
        for who, post, why in ((emil, aside, "No feedback."), (gino, house.first, "We know.")):
            domain.dismiss(session, actor=house.livia, entry_id=entries[who.id, post.id], reason=why, now=make.now)
        domain.merge(session, actor=house.livia, item_id=other, into=house.item, now=make.now)
    page = make.browser(house.livia).get(f"/feedback/items/{house.item}").text
    house.answer("In spring.")
    concerned = {house.anna.id, house.ben.id, carla.id, dora.id, gino.id, make.get(Post, reply.id).author_id}
    assert house.told().keys() == concerned and f"{len(concerned)} people hear of it" in page
    with make.core.db.read() as session:
        notices = list(session.scalars(select(Notice).where(Notice.kind == "heard")))
    assert sorted(it.member_id for it in notices) == sorted(concerned)
    [notice] = [it for it in notices if it.member_id == carla.id]
    browser = make.browser(carla)
    assert "In spring." in browser.get("/notifications").text
    clock.forward(days=2)
    make.drain()
    [mail] = mailbox.to("carla@example.org")
    assert "In spring." in mail.text and f"/p/{reply.id}" in mail.text and "SECRET" not in mail.text
    assert "pointed at it" in mail.text and not mailbox.to("emil@example.org")
    assert browser.get(f"/notifications/{notice.id}").headers["location"].endswith(f"#post-{reply.number}")


def test_no_mail_for_who_wants_none_or_has_read_it(house: House, clock: Clock, mailbox: Mailbox) -> None:
    ben = house.make.browser(house.ben)
    ben.post("/settings/notices", {"site": ["heard"], "mail": []})
    house.answer("In spring.")
    anna = house.make.browser(house.anna)
    with house.make.core.db.read() as session:
        notice = session.scalars(select(Notice).where(Notice.member_id == house.anna.id)).one()
    assert anna.get(f"/notifications/{notice.id}").headers["location"].endswith("#post-1")
    clock.forward(days=2)
    house.make.drain()
    assert mailbox.sent == [] and all(it.sent_at for it in house.told().values())


def test_one_click_stops_them(house: House, clock: Clock, mailbox: Mailbox) -> None:
    house.answer("In spring.")
    clock.forward(days=2)
    house.make.drain()
    stop = mailbox.to("ben@example.org")[0].headers["List-Unsubscribe"].strip("<>").partition("8000")[2]
    assert house.make.browser().post(stop, {"List-Unsubscribe": "One-Click"}, token="").status_code == 200
    house.answer("It is here.", "done")
    clock.forward(days=2)
    house.make.drain()
    assert len(mailbox.to("ben@example.org")) == 1 and len(mailbox.to("anna@example.org")) == 2


class Killed:
    """Hands the mail over and dies before it can say so."""

    def __init__(self, inner: FileMailer) -> None:
        self.inner, self.dies, self.sent = inner, True, list[Mail]()

    def send(self, mail: Mail, *, now: datetime) -> None:
        self.inner.send(mail, now=now)
        self.sent.append(mail)
        if self.dies:
            raise KeyboardInterrupt


def test_killed_between_sending_and_noting(house: House, clock: Clock, tmp_path: Path) -> None:
    """The same mail again under the same id: one in the folder, and what was answered meanwhile waits its turn."""
    worker = house.make.core.worker
    assert worker is not None
    with house.make.core.db.write() as session:
        domain.take_back(session, actor=house.ben, post_id=house.first.id)
    house.answer("In primavera.")
    mailer = Killed(FileMailer(tmp_path, sender="a@example.org", sender_name="A", domain="example.org"))
    worker.mailer = mailer
    clock.forward(days=1)
    with pytest.raises(KeyboardInterrupt):
        house.make.drain()
    assert house.told()[house.anna.id].sent_at is None
    mailer.dies = False
    clock.forward(minutes=10)  # the lease of the killed worker has run out
    house.make.drain()
    assert len(mailer.sent) == 2 and mailer.sent[0] == mailer.sent[1]
    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert house.told()[house.anna.id].sent_at == clock.now


def test_an_answer_that_missed_its_mail_goes_with_another(house: House, clock: Clock, mailbox: Mailbox) -> None:
    house.answer("In spring.")
    with house.make.core.db.write() as session:  # as if they had been noted while the mail of the morning left
        for row in session.scalars(select(Outbox).where(Outbox.job == "feedback.mail_answers")):
            session.delete(row)
    clock.forward(days=2)
    with house.make.core.db.write() as session:
        record(session, HousekeepingDue(), now=clock.now)
    house.make.drain()
    assert sorted(it.to for it in mailbox.sent) == ["anna@example.org", "ben@example.org"]


@pytest.mark.parametrize("state", ["hidden", "removed"])
def test_the_mail_asks_again_what_may_be_seen(house: House, clock: Clock, mailbox: Mailbox, state: str) -> None:
    """Of a post that is out of sight neither title nor address goes to who agreed; the answer still arrives."""
    house.answer("In spring.")
    house.make.state(house.first, state)
    clock.forward(days=2)
    house.make.drain()
    [mail] = mailbox.to("ben@example.org")
    assert "In spring." in mail.text and "Display" not in mail.text and f"/p/{house.first.id}" not in mail.text


def test_a_public_answer_is_posted_once_and_signed(house: House) -> None:
    make = house.make
    other = make.thread(house.ben, make.category(), title="Again", body="Same here.")
    locked = make.thread(house.ben, make.category(), title="Locked", body="Same here, too.")
    with make.core.db.write() as session:
        words = (NewEvidence(other.id), NewEvidence(locked.id))
        domain.add_evidence(session, actor=house.livia, item_id=house.item, evidence=words, now=make.now)
    make.lock(locked)
    change = house.answer("It comes in spring.", public=True)
    with make.core.db.write() as session:  # the job runs a second time, as after a crash
        row = session.scalars(select(Outbox).where(Outbox.job == "feedback.post_reply")).one()
        row.done_at = None
    make.drain()
    with make.core.db.read() as session:
        posts = session.scalars(select(Post).where(Post.author_id == house.alba.id).order_by(Post.thread_id)).all()
    assert [(it.thread_id, it.reply_to_id) for it in posts] == [
        (house.first.thread_id, house.first.id), (other.thread_id, other.id),
    ]  # fmt: skip
    assert all(it.source == "It comes in spring.\n\n— Product" for it in posts)
    assert [it.submission for it in posts] == [f"feedback-{change}-{it.thread_id}" for it in posts]
    house.answer("Only for you.", "done")
    with make.core.db.read() as session:
        assert len(session.scalars(select(Post).where(Post.author_id == house.alba.id)).all()) == 2
    make.check_counters()


def test_the_next_morning() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert letters.next_morning(late) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert letters.next_morning(late, "America/New_York") == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert letters.next_morning(late, "Nowhere/Else") == letters.next_morning(late)
    assert letters.next_morning(datetime(2026, 11, 21, 5, tzinfo=UTC)) == datetime(2026, 11, 21, 8, tzinfo=UTC)


def rules(make: Make, **values: str) -> None:
    with make.core.db.write() as session:
        for match, value in values.items():
            session.add(Rule(match=match, value=value, kind="problem", created_at=make.now))


def entries(make: Make) -> list[InboxEntry]:
    make.drain()
    with make.core.db.read() as session:
        return list(session.scalars(select(InboxEntry).order_by(InboxEntry.id)))


def test_rules_fill_the_inbox_and_nothing_else(make: Make) -> None:
    """By tag, by category (its opening posts), by words however they are spelled; staff's own words never; once."""
    anna, livia = make.member("anna"), make.member("livia", role="manager")
    make.category("aiuto")
    rules(make, tag="display", category="aiuto", phrase="perde il segnale")
    tagged = make.thread(anna, make.category(), title="Uno", tags=("display",))
    helped = make.thread(make.member(), "aiuto", title="Due")
    worded = make.reply(make.member(), helped.thread_id, "Anche il mio **Perde** il  s3gnale!")
    make.reply(make.member(), helped.thread_id, "Il mio no.")
    make.reply(livia, helped.thread_id, "Chi altro perde il segnale?")
    found = entries(make)
    assert [(it.post_id, it.source, it.kind, it.state) for it in found] == [
        (ref.id, "rule", "problem", "waiting") for ref in (tagged, helped, worded)
    ]
    with make.core.db.write() as session:
        for row in session.scalars(select(Outbox).where(Outbox.job == "feedback.look")):
            row.done_at = None
    assert len(entries(make)) == 3
    with make.core.db.write() as session:
        for rule in session.scalars(select(Rule)):
            rule.active = False
    make.reply(make.member(), tagged.thread_id, "perde il segnale")
    assert len(entries(make)) == 3


def surveyed(make: Make, who: Actor, rating: int, occurrence: int) -> int:
    from forum.meetups.events import SurveyAnswered

    with make.core.db.write() as session:
        row = Survey(
            occurrence_id=occurrence, member_id=who.id, rating=rating, better="L’ascensore  mancava.",
            created_at=make.now, changed_at=make.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        record(session, SurveyAnswered(row.id), now=make.now)
        record(session, SurveyAnswered(row.id), now=make.now)
        return row.id


def test_a_low_mark_of_a_meetup_waits_in_the_inbox(make: Make) -> None:
    livia = make.member("livia", role="manager")
    date: Any = meetup(make, livia).occurrence_ids[0]
    rules(make, survey="2")
    low = surveyed(make, make.member(), 2, date)
    surveyed(make, make.member(), 3, date)
    surveyed(make, livia, 1, date)
    [entry] = entries(make)
    assert (entry.survey_id, entry.source, entry.note) == (low, "survey", "L’ascensore mancava.")


def test_what_a_survey_says_becomes_evidence_that_counts_a_member(make: Make) -> None:
    livia, guest = make.member("livia", role="manager"), make.member()
    date: Any = meetup(make, livia).occurrence_ids[0]
    rules(make, survey="2")
    low = surveyed(make, guest, 2, date)
    [entry] = entries(make)
    with make.core.db.write() as session:
        item = NewItem(title="No lift at the venue", kind="problem", pain=2)
        item_id = domain.accept(session, actor=livia, entry_id=entry.id, item=item, now=make.now)
    with make.core.db.read() as session:
        [words] = session.scalars(select(Evidence).where(Evidence.item_id == item_id))
        assert (words.survey_id, words.author_id, words.source) == (low, guest.id, "survey")
        assert words.quote == "L’ascensore  mancava." and not words.by_staff
        found = session.get(Item, item_id)
        assert found is not None and (found.members, found.threads) == (1, 0)
