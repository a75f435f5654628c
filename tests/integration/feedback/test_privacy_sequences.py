"""Whatever happens to words, in whatever order: no page, file, mail, webhook, log or audit row says more than it may.

Sequences of events are drawn. After each, whether a piece may be quoted is worked out here in plain Python, and every
surface is searched: of runs made before the events, and of those made afterwards.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest
import structlog
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from forum.audit.models import AuditDetail, AuditEntry
from forum.categories.models import Category
from forum.errors import Invalid
from forum.feedback import domain
from forum.feedback.delivery import destinations
from forum.feedback.delivery.models import Delivery, Run
from forum.feedback.domain import NewEvidence
from forum.feedback.models import Consent, Evidence, InboxEntry, PostConsent, Terms
from forum.outbox import Outbox
from forum.threads.models import Post, Thread
from tests.conftest import Mailbox
from tests.factories import Make
from tests.support.delivering import Place
from tests.support.feedback_exports import SECRETS, at
from tests.support.receivers import Receiver, Reply, Request

LEVELS = ("counts", "paraphrase", "quotes")
TEXTS, ALL = ("json", "md"), ("csv", "xlsx", "json", "md", "html", "pdf")
NOVEMBER = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
EVENTS = ("erase", "hidden", "deleted", "removed", "held", "thread hidden", "moved", "category", "refuse", "agree",
          "refuse here", "agree here", "opt in", "back", "collected again")  # fmt: skip
ERASED = [("opt in", 0), ("agree here", 0), ("erase", 0), ("collected again", 0)]
"""What a yes to one post must not outlive."""


@dataclass
class World:
    """Pieces of evidence, what stands in them, and the verbs of what may happen to them."""

    place: Place
    hooks: dict[str, tuple[Receiver, Receiver]]
    mailbox: Mailbox
    month: set[int] = field(default_factory=set)
    """The pieces that the runs are about."""
    pieces: dict[int, tuple[int, int, int, str]] = field(default_factory=dict)
    """Evidence → (post, thread, author, its words on one line)."""
    schedules: dict[int, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)
    """Level → a run made before anything happened."""
    promised: set[int] = field(default_factory=set)
    """Posts of whoever had their words erased, and has not agreed since: none is quoted from now on."""

    @property
    def make(self) -> Make:
        return self.place.make

    def __post_init__(self) -> None:
        with self.make.core.db.read() as session:
            rows = session.execute(
                select(Evidence.id, Evidence.post_id, Evidence.thread_id, Evidence.author_id, Evidence.quote)
                .join(Post, Post.id == Evidence.post_id).join(Thread, Thread.id == Post.thread_id)
                .join(Category, Category.id == Thread.category_id)
                .where(Evidence.by_staff.is_(False), Category.slug == self.place.house.open)
            )  # fmt: skip
            self.pieces = {row[0]: (row[1], row[2], row[3], line(row[4])) for row in rows}
            said = select(Evidence.id).where(Evidence.said_at >= at(10, 1), Evidence.said_at < at(10, 31))
            self.month = set(session.scalars(said)) & set(self.pieces)
            self.quotes = {row.id: row.quote for row in session.scalars(select(Evidence))}
            slugs = session.execute(select(Category.slug, Category.id)).all()
            self.categories = {row.slug: row.id for row in slugs}

    def again(self) -> None:
        """As it was before anything happened."""
        home = self.categories[self.place.house.open]
        with self.make.core.db.write() as session:
            for table in (Consent, PostConsent, Terms):
                session.execute(delete(table))
            session.execute(update(Post).values(state="visible"))
            session.execute(update(Thread).where(Thread.id.in_({it[1] for it in self.pieces.values()}))
                            .values(state="visible", category_id=home))  # fmt: skip
            session.execute(update(Category).where(Category.id == home).values(visibility="public"))
            session.execute(delete(Evidence).where(Evidence.id.not_in(self.quotes)))
            for row in session.scalars(select(Evidence)):
                row.quote, row.redacted_at = self.quotes[row.id], None
        self.pieces = {key: it for key, it in self.pieces.items() if key in self.quotes}
        self.month &= set(self.pieces)
        self.promised.clear()
        fresh = {level: self.place.house.snapshot(level) for level in LEVELS}
        with self.make.core.db.write() as session:  # the runs that are to be sent again are of now
            for run in session.scalars(select(Run)):
                run.snapshot_id = fresh[self.schedules[run.schedule_id]]
        self.old = fresh

    def happens(self, event: str, n: int) -> None:
        """To the nth piece: to its post, its thread, its category, or its author."""
        post, thread, author, _ = sorted(self.pieces.values())[n % len(self.pieces)]
        now = self.make.now
        with self.make.core.db.write() as session:
            if event == "erase":
                domain.erase_words(session, member_id=author, now=now)
                self.promised |= {it[0] for it in self.pieces.values() if it[2] == author}
            elif event == "collected again":
                with suppress(Invalid):  # what nobody may open is not collected
                    self.collect(session, post)
            elif event in {"hidden", "deleted", "removed", "held"}:
                session.execute(update(Post).where(Post.id == post).values(state=event))
            elif event == "back":
                session.execute(update(Post).where(Post.id == post).values(state="visible"))
            elif event == "thread hidden":
                session.execute(update(Thread).where(Thread.id == thread).values(state="hidden"))
            elif event == "moved":
                closed = self.categories[self.place.house.closed]
                session.execute(update(Thread).where(Thread.id == thread).values(category_id=closed))
            elif event == "category":
                session.execute(update(Category).where(Category.slug == self.place.house.open)
                                .values(visibility="members"))  # fmt: skip
            elif event == "opt in":
                domain.set_terms(session, actor=self.place.house.livia, quoted=False, now=now)
            else:
                self.consents(session, event, post, author)

    def collect(self, session: Any, post: int) -> None:
        """The whole post, for another item."""
        other = self.place.house.items["thanks"]
        new = [NewEvidence(post)]
        if not domain.add_evidence(session, actor=self.place.house.livia, item_id=other, evidence=new,
                                   now=self.make.now):  # fmt: skip
            return
        made = session.scalars(select(Evidence).order_by(Evidence.id.desc()).limit(1)).one()
        before = next(key for key, it in self.pieces.items() if it[0] == post)
        self.pieces[made.id] = (post, made.thread_id, made.author_id, line(made.quote))
        if before in self.month:
            self.month.add(made.id)

    def consents(self, session: Any, event: str, post: int, author: int) -> None:
        table, key = (PostConsent, {"post_id": post}) if "here" in event else (Consent, {"member_id": author})
        column, value = next(iter(key.items()))
        session.execute(delete(table).where(getattr(table, column) == value))
        if event.startswith("agree"):
            whose = author if event == "agree" else 0
            self.promised -= {post, *(it[0] for it in self.pieces.values() if it[2] == whose)}
        session.execute(insert(table).values(**key, quote=event.startswith("agree"), at=self.make.now))

    # -- what may be said ----------------------------------------------------------------------------------------------

    def allowed(self) -> set[int]:
        """The pieces that may be quoted now, by the rules as the decision says them."""
        with self.make.core.db.read() as session:
            members = {it.member_id: it.quote for it in session.scalars(select(Consent))}
            posts = {it.post_id: it.quote for it in session.scalars(select(PostConsent))}
            terms = next((it.quoted for it in session.scalars(select(Terms))), True)
            states = {row.id: row.state for row in session.execute(select(Post.id, Post.state))}
            threads = {it.id: (it.state, it.category_id) for it in session.scalars(select(Thread))}
            public = {it.id for it in session.scalars(select(Category)) if it.visibility == "public"}
            erased = set(session.scalars(select(Evidence.id).where(Evidence.redacted_at.is_not(None))))
        return {
            key for key, (post, thread, author, _) in self.pieces.items()
            if key not in erased and post not in self.promised and states[post] == "visible"
            and threads[thread][0] == "visible" and threads[thread][1] in public
            and posts.get(post, members.get(author, terms))
        }  # fmt: skip

    # -- where it might be said ----------------------------------------------------------------------------------------

    def files(self, kinds: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        """(where, level, text) of runs made before the events and of new ones."""
        for level in LEVELS:
            for when, snapshot in (("old", self.old[level]), ("new", self.place.house.snapshot(level))):
                for kind in kinds:
                    yield f"{when} {kind}", level, readable(self.place.house.file(snapshot, kind), kind)

    def sent(self) -> Iterator[tuple[str, str, str]]:
        """Everything that left once leaves again, and once it does not arrive."""
        self.mailbox.sent.clear()
        for pair in self.hooks.values():
            for receiver in pair:
                receiver.got.clear()
                receiver.script[:] = [500]
        with self.make.core.db.write() as session:
            for delivery in session.scalars(select(Delivery.id).order_by(Delivery.id)).all():
                destinations.redeliver(session, actor=self.place.house.livia, delivery_id=delivery, now=self.make.now)
        self.mailbox.fail = OSError("the mail server is away")
        self.make.drain()
        self.mailbox.fail = None
        yield from self.written_down()  # what a receiver complains of is kept until it has what it wants
        self.place.clock.forward(minutes=10)
        self.make.drain()
        for level, pair in self.hooks.items():
            for receiver, kind in zip(pair, ("webhook", "slack"), strict=True):
                assert len(receiver.got) == 2
                for request in receiver.got:
                    yield kind, level, unescaped(request.body)
        assert len(self.mailbox.sent) == len(LEVELS)
        for mail in self.mailbox.sent:
            level = next(it for it in LEVELS if f"{it}@" in mail.to)
            for attached in mail.files:
                yield f"attached {attached.name}", level, readable(attached.data, attached.name.rpartition(".")[2])
            yield "mail", level, line(mail.subject + mail.text + mail.html)

    def pages(self) -> Iterator[tuple[str, str, str]]:
        """What somebody of the team reads; on screen it is the level of quotes."""
        browser = self.make.browser(self.place.house.alba)
        items = [f"/feedback/items/{item}" for item in self.place.house.items.values()]
        lists = ["/feedback", "/feedback/exports", "/feedback/summary?team=product&from=2026-10-01&to=2026-10-31"]
        for path in (*items, *lists):
            found = browser.get(path)
            assert found.status_code == 200, path
            yield path, "quotes", line(found.text)
        token = {"Authorization": f"Bearer {self.make.token(self.place.house.alba)}"}
        for item in self.place.house.items.values():
            answer = self.make.browser().get(f"/api/v1/feedback/items/{item}", headers=token)
            assert answer.status_code == 200
            yield "api", "quotes", unescaped(answer.content)

    def written_down(self) -> Iterator[tuple[str, str, str]]:
        """What stays in the log of the staff, in the outbox and beside deliveries: nobody's words at all."""
        with self.make.core.db.read() as session:
            for row in session.execute(select(AuditEntry.action, AuditEntry.target, AuditEntry.data)):
                yield "audit", "none", line(str(row))
            for body in session.scalars(select(AuditDetail.body)):
                yield "audit details", "none", line(json.dumps(body, ensure_ascii=False))
            for row in session.execute(select(Outbox.event, Outbox.payload, Outbox.error)):
                yield "outbox", "none", line(str(row))
            for error in session.scalars(select(Delivery.error)):
                yield "delivery", "none", line(error)


def line(text: str) -> str:
    """On one line, as a reader sees it."""
    for written, sign in (("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#34;", '"')):
        text = text.replace(written, sign)
    return " ".join(text.split())


def unescaped(body: bytes) -> str:
    return line(json.dumps(json.loads(body), ensure_ascii=False))


def readable(content: bytes, kind: str) -> str:
    if kind == "pdf":
        found = pypdf.PdfReader(io.BytesIO(content))
        return line(" ".join(it.extract_text() for it in found.pages) + str(found.metadata))
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return line(" ".join(book.read(name).decode() for name in book.namelist()))
    return line(content.decode().replace("\\", ""))


class Echo(Receiver):
    """Repeats what it was sent, from the praise on, whenever it complains."""

    def answer(self, request: Request) -> Reply:
        status, headers, body = super().answer(request)
        at = request.body.find(b'"praise":')
        return status, headers, body if status == 200 else b"Cannot read: " + request.body[max(at, 0) :]


@pytest.fixture
def world(october: Place, start: Any, mailbox: Mailbox) -> World:
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    hooks = {level: (start(Echo), start(Echo)) for level in LEVELS}
    schedules = {}
    for level, (program, chat) in hooks.items():
        both = (place.hook(program)[0], place.hook(chat, "slack")[0])
        schedules[place.schedule(
            destinations=both, to_team=False, privacy=level, addresses=(f"{level}@example.org",), formats=("md",),
        )] = level  # fmt: skip
    place.clock.now = NOVEMBER
    place.make.drain()
    return World(place, hooks, mailbox, schedules=schedules)


def judge(world: World, kinds: tuple[str, ...], events: list[tuple[str, int]]) -> None:
    """After these events, every surface says what it may."""
    world.again()
    first = world.allowed()
    assert first == set(world.pieces), "at first everything may be quoted"
    with structlog.testing.capture_logs() as logs:
        for event, n in events:
            world.happens(event, n)
        allowed = world.allowed()
        found = [*world.files(kinds), *world.sent(), *world.pages(), *world.written_down()]
    found += [("log", "none", line(str(it))) for it in logs]
    assert any(it["event"] == "delivery failed" for it in logs), "what goes wrong is logged, and looked at"
    tellable = {key: words for key, (*_, words) in world.pieces.items() if not any(it in words for it in SECRETS)}
    for where, level, text in found:
        for secret in SECRETS:
            assert secret not in text, (where, level, secret)
        assert "Only among us" not in text, (where, level)
        said = {key for key, words in tellable.items() if words in text}
        assert not said or level == "quotes", (where, level, said)
        words = {world.pieces[key][3] for key in allowed}  # the same ones may have been collected twice
        assert {tellable[key] for key in said} <= words, (where, level, [world.pieces[key] for key in said - allowed])
        if where == "new json" and level == "quotes":
            expected = {tellable[key] for key in allowed & set(tellable) & world.month}
            assert {tellable[key] for key in said} == expected, "and what may be said is said"


DRAWN = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 60)), min_size=1, max_size=8)
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])  # at length on one: the statements are the same
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def test_no_surface_says_more_than_it_may(world: World) -> None:
    @settings(max_examples=3, deadline=None, suppress_health_check=CHECKS, derandomize=True,
              phases=[Phase.explicit, Phase.generate])  # fmt: skip
    @example(ERASED)
    @given(DRAWN)
    def drawn(events: list[tuple[str, int]]) -> None:
        judge(world, TEXTS, events)

    drawn()


@ON_SQLITE
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_surface_says_more_than_it_may_at_length(world: World) -> None:
    @settings(max_examples=10, deadline=None, suppress_health_check=CHECKS)
    @given(DRAWN)
    def drawn(events: list[tuple[str, int]]) -> None:
        judge(world, ALL, events)

    drawn()


@ON_SQLITE
@pytest.mark.slow
def test_each_by_itself(world: World) -> None:
    """So that none is left to chance."""
    for event in EVENTS:
        judge(world, TEXTS, [(event, 0), (event, 20)])


def test_the_inbox_forgets_a_note_of_who_was_erased(october: Place) -> None:
    place, paolo = october, october.house.paolo
    with place.make.core.db.write() as session:
        domain.flag(session, actor=paolo, post_id=place.house.posts["giulia"].id, note="It is mine, too.",
                    now=place.make.now)  # fmt: skip
        domain.erase_words(session, member_id=paolo.id, now=place.make.now)
    with place.make.core.db.read() as session:
        assert set(session.scalars(select(InboxEntry.note))) == {""}
