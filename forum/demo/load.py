"""Fills an empty database with the demo community, through the real verbs, in one transaction.

What people did is replayed in the order of time, so that counters, revisions, mentions, quotes, notices and read
marks are what the forum itself would have made of it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from forum.accounts.domain.people import create_member
from forum.categories.domain import CategoryInput, change_site, create
from forum.categories.queries import house
from forum.db import Database
from forum.demo.hours import HERE, awake
from forum.demo.placeholders import fill
from forum.demo.reading import Content, MemberEntry, ThreadFile
from forum.events import EVENTS, Outbox
from forum.kit.i18n import N_, translate
from forum.kit.jinja import Templates
from forum.kit.mail import Mail
from forum.kit.markdown import quote as quote_markdown
from forum.members.models import Member
from forum.notifications.models import Notice
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.settings import Settings
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import ReadMark, Thread
from forum.worker import Task, job_for

FRESH = timedelta(hours=30)  # notices younger than this are still unread
SEED = 2019  # the same demo each time
READ, BEGUN = 0.6, 0.15  # of the threads that somebody may see: read to the end, read in part; the rest never opened


class Counts(msgspec.Struct, frozen=True):
    """What was made."""

    members: int
    threads: int
    posts: int


class Happening(msgspec.Struct, frozen=True):
    """Something somebody did: a post (`version` 0), or its nth edit."""

    at: datetime
    thread: int
    number: int
    version: int


class Demo:
    """One loading."""

    def __init__(
        self, session: Session, content: Content, settings: Settings, *, password_hash: str, now: datetime
    ) -> None:
        """Inside the caller's write transaction."""
        self.session, self.content, self.settings = session, content, settings
        self.password_hash, self.now = password_hash, now
        self.people: dict[str, Actor] = {}
        self.threads: dict[int, domain.PostRef] = {}
        self.posts: dict[tuple[int, int], domain.PostRef] = {}

    def load(self) -> Counts:
        """Everything."""
        for entry in self.content.members:
            self._member(entry)
        self._site()
        for happening in sorted(self._happenings(), key=msgspec.structs.astuple):
            self._replay(happening)
        self._pin_and_lock()
        self._announce()
        self._read_some()
        return Counts(len(self.people), len(self.threads), len(self.posts))

    # -- people and places -----------------------------------------------------------------------------------

    def _member(self, entry: MemberEntry) -> None:
        joined = self.now - timedelta(days=entry.joined_days_ago)
        member = create_member(
            self.session, name=entry.name, display_name=entry.display, email=f"{entry.name}@example.org",
            role=entry.role, password_hash=self.password_hash, locale=entry.locale, timezone=entry.timezone,
            joined_at=joined, about=entry.about, place=entry.place, links=tuple(entry.links), now=joined,
        )  # fmt: skip
        self.people[entry.name] = Actor(
            id=member.id, role=member.role, name=member.name, display_name=member.display_name, locale=member.locale
        )

    def _site(self) -> None:
        admin = next(actor for actor in self.people.values() if actor.is_admin)
        site = self.content.site
        change_site(
            self.session, actor=admin, name=site.name, tagline_en=site.tagline.en, tagline_it=site.tagline.it,
            brand=site.brand, brand_colour=site.brand_colour, now=self.now,
        )  # fmt: skip
        for entry in self.content.categories:
            data = CategoryInput(
                name=entry.name, slug=entry.slug, description=entry.description, colour=entry.colour,
                parent=entry.parent, locale=entry.locale, visibility=entry.visibility, who_starts=entry.start,
                who_replies=entry.reply,
            )  # fmt: skip
            create(self.session, actor=admin, data=data, now=self.now)

    # -- what they did ---------------------------------------------------------------------------------------

    def _happenings(self) -> Iterator[Happening]:
        for index, thread in enumerate(self.content.threads):
            at = self.now - timedelta(days=thread.days_ago)
            for number, post in enumerate(thread.post, start=1):
                at += timedelta(minutes=post.after)
                edited = awake(at, self.now)
                yield Happening(edited, index, number, 0)
                for version, edit in enumerate(post.edits, start=1):
                    edited = min(edited + timedelta(minutes=edit.after), self.now)
                    yield Happening(edited, index, number, version)

    def _replay(self, what: Happening) -> None:
        thread = self.content.threads[what.thread]
        post = thread.post[what.number - 1]
        actor = self.people[post.author]
        body = post.edits[what.version - 1].body if what.version else post.body
        draft = compose(self.session, self._filled(body, what.thread))
        if what.version:
            domain.edit(
                self.session, actor=actor, post_id=self.posts[what.thread, what.number].id, draft=draft,
                version=what.version, now=what.at, reason=post.edits[what.version - 1].reason,
            )  # fmt: skip
            return
        if what.number == 1:
            ref = domain.start_thread(
                self.session, actor=actor, category=thread.category, title=self._filled(thread.title, what.thread),
                draft=draft, tags=thread.tags, now=what.at, locale=thread.locale,
            )  # fmt: skip
            self.threads[what.thread] = ref
        else:
            parent = self.posts[what.thread, post.reply_to].id if post.reply_to else None
            ref = domain.reply(
                self.session, actor=actor, thread_id=self.threads[what.thread].thread_id, draft=draft, now=what.at,
                reply_to=parent,
            )  # fmt: skip
        self.posts[what.thread, what.number] = ref

    def _filled(self, text: str, index: int) -> str:
        thread = self.content.threads[index]

        def quote(number: int, words: str) -> str:
            author = self.people[thread.post[number - 1].author]
            label = f"{author.display_name}, {translate(N_('post'), thread.locale)} {number}"
            return quote_markdown(label, self.posts[index, number].id, words)

        return fill(text, today=self.now.astimezone(HERE).date(), locale=thread.locale, quote=quote)

    def _pin_and_lock(self) -> None:
        """Straight into the rows: these are staff's acts, and staff's acts come with the moderation log."""
        for index, thread in enumerate(self.content.threads):
            opened = self.now - timedelta(days=thread.days_ago)
            ended = opened + timedelta(minutes=sum(post.after for post in thread.post), hours=2)
            values = {"pinned_at": awake(opened, self.now)} if thread.pinned else {}
            values |= {"locked_at": awake(min(ended, self.now), self.now)} if thread.locked else {}
            if values:
                self.session.execute(update(Thread).where(Thread.id == self.threads[index].thread_id).values(**values))

    # -- what came of it -------------------------------------------------------------------------------------

    def _announce(self) -> None:
        """Run the outbox at the times it would have run, without mail: nobody at example.org waits for any."""
        rows = self.session.execute(
            select(Outbox.id, Outbox.job, Outbox.event, Outbox.payload, Outbox.created_at).order_by(Outbox.id)
        ).all()
        templates = Templates(static=str, reload=False)
        for row in rows:
            at: datetime = row.created_at
            task = Task(row.id, Inside(self.session), self.settings, Nowhere(), lambda at=at: at, templates)  # type: ignore[misc]
            job_for(row.job)(task, msgspec.json.decode(row.payload, type=EVENTS[row.event]))
        self.session.execute(update(Outbox).values(done_at=self.now))
        self.session.execute(update(Notice).where(Notice.mail == "due").values(mail="dropped"))
        old = Notice.created_at < self.now - FRESH
        self.session.execute(update(Notice).where(old).values(read_at=self.now - FRESH))

    def _read_some(self) -> None:
        """Everybody has read some threads, begun some, and not opened others."""
        chance = Random(SEED)  # noqa: S311  a demo, not a secret
        marks = {
            (row.member_id, row.thread_id): row.number
            for row in self.session.execute(select(ReadMark.member_id, ReadMark.thread_id, ReadMark.number))
        }
        fresh, further = [], []
        places = {category.slug: category for category in house(self.session).categories}
        for actor in self.people.values():
            for index, thread in enumerate(self.content.threads):
                if not may_see(actor, places[thread.category]):
                    continue
                number = self._read_to(chance, thread)
                key = (actor.id, self.threads[index].thread_id)
                row = {"member_id": key[0], "thread_id": key[1], "number": number, "at": self.now}
                if number and key not in marks:
                    fresh.append(row)
                elif number > marks.get(key, 0):
                    further.append(row)
        self.session.execute(insert(ReadMark), fresh)
        self.session.execute(update(ReadMark), further)

    def _read_to(self, chance: Random, thread: ThreadFile) -> int:
        """The number of the last post somebody has read; 0 for none. What is new today few have read."""
        drawn, last = chance.random(), len(thread.post)
        at = self.now - timedelta(days=thread.days_ago) + timedelta(minutes=sum(post.after for post in thread.post))
        if self.now - at < FRESH:
            drawn += 0.3
        if drawn < READ:
            return last
        return chance.randint(1, last) if drawn < READ + BEGUN else 0


class Inside(Database):
    """The two doors of a database that lead into a transaction which is open already."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.after_commit = []

    @contextmanager
    def read(self) -> Iterator[Session]:
        """The session that is open."""
        yield self.session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """The session that is open; its owner commits."""
        yield self.session
        self.session.flush()


class Nowhere:
    """A mailer for people who do not exist."""

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Nothing leaves."""


def is_empty(session: Session) -> bool:
    """True while nobody lives here."""
    return session.execute(select(func.count(Member.id))).scalar_one() == 0


def keys(content: Content) -> list[tuple[str, MemberEntry]]:
    """(who they are, member) for each role: the first of it, and the busiest member of each language."""
    busy = Counter(post.author for thread in content.threads for post in thread.post)
    roles = ("admin", "manager", "moderator", "team")
    found = [(role, next(entry for entry in content.members if entry.role == role)) for role in roles]
    for locale, language in (("it", "Italian"), ("en", "English")):
        theirs = [entry for entry in content.members if entry.role == "member" and entry.locale == locale]
        found.append((f"member, reads {language}", max(theirs, key=lambda entry: busy[entry.name])))
    return found
