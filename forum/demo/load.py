"""Fills an empty database with the demo community, through the real verbs, in one transaction.

What people did, and what the staff did about it, is replayed in the order of time, with the worker's jobs in between:
counters, revisions, mentions, notices, cases, statements and the log are what the forum itself would have made of it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from random import Random

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from forum.accounts.domain.people import create_member
from forum.accounts.queries import acting
from forum.admin.domain import bind
from forum.categories.domain import CategoryInput, change_site, create
from forum.categories.queries import house
from forum.db import Database, Moment
from forum.demo import guidelines, moderation
from forum.demo.deeds import Deed
from forum.demo.feedback import Feedback
from forum.demo.hours import HERE, awake
from forum.demo.meetups import Meetups
from forum.demo.placeholders import fill
from forum.demo.reading import Content, EditEntry, MemberEntry
from forum.events import EVENTS
from forum.kit.i18n import N_, translate
from forum.kit.jinja import Templates
from forum.kit.mail import Mail
from forum.kit.markdown import quote as quote_markdown
from forum.members.models import Member
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.settings import Settings
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import ReadMark, Thread
from forum.worker import Task, job_for

FRESH = timedelta(hours=30)  # notices younger than this are still unread
SEED = 2019  # the same demo each time
LEFT = {"notifications.mail_notice", "search.index_changes"}
"""Jobs that are not run: nobody at example.org waits for mail, and the server indexes all in one go when it starts."""
DUE = (
    select(Outbox.id, Outbox.job, Outbox.event, Outbox.payload)
    .where(Outbox.done_at.is_(None), Outbox.dead_at.is_(None), Outbox.run_at <= bindparam("at", type_=Moment()))
    .order_by(Outbox.run_at, Outbox.id)
)
DONE = (
    update(Outbox)
    .where(Outbox.id.in_(bindparam("ids", expanding=True)))
    .values(done_at=bindparam("at", type_=Moment()))
    .execution_options(synchronize_session=False)
)
READ, BEGUN = 0.6, 0.15  # of the threads that somebody may see: read to the end, read in part; the rest never opened


class Counts(msgspec.Struct, frozen=True):
    """What was made."""

    members: int
    threads: int
    posts: int


class Demo:
    """One loading."""

    def __init__(
        self, session: Session, content: Content, settings: Settings, *, password_hash: str, now: datetime
    ) -> None:
        """Inside the caller's write transaction."""
        self.session, self.content, self.settings = session, content, settings
        self.password_hash, self.now = password_hash, now
        self.people: dict[str, int] = {}
        self.posts: dict[tuple[int, int], domain.PostRef] = {}
        self.index = {number: index for index, number in enumerate(content.numbers)}
        self.templates = Templates(static=str, reload=False)

    def load(self) -> Counts:
        """Everything, and after each deed what the worker would have done about it."""
        deeds = [*self._joining(), *self._writing(), *moderation.deeds(self, self.content.stories)]
        deeds += guidelines.deeds(
            self.session, self.content.versions, who=self.actor, everybody=self._everybody, now=self.now
        )
        meetups = Meetups(
            self.session, who=self.actor, target=self.target, written=self.written_at, now=self.now
        )  # fmt: skip
        deeds += meetups.deeds(self.content.meetups.chapter, self.content.meetups.meetup)
        feedback = Feedback(self.session, who=self.actor, target=self.target, written=self.written_at, now=self.now)
        deeds += feedback.deeds(self.content.feedback)
        for deed in sorted(deeds, key=lambda deed: deed[:2]):
            deed.do(deed.at)
            self._announce(deed.at)
        self._settle()
        self._read_some()
        return Counts(len(self.people), len(self.content.threads), len(self.posts))

    # -- who and what is meant ---------------------------------------------------------------------------------

    def actor(self, name: str, at: datetime) -> Actor:
        """Somebody as they were at that time: who was silenced then, does not write."""
        return acting(self.session, self.people[name], at)

    def _everybody(self, at: datetime) -> list[Actor]:
        return [acting(self.session, member_id, at) for member_id in self.people.values()]

    def target(self, key: str) -> tuple[str, int]:
        """(type, id) of "50" (a thread), "50#4" (a post), "@renzo.g" (a member)."""
        if key.startswith("@"):
            return "member", self.people[key[1:]]
        thread, _, number = key.partition("#")
        ref = self.posts[self.index[thread], int(number or 1)]
        return ("post", ref.id) if number else ("thread", ref.thread_id)

    def written_at(self, key: str) -> datetime:
        """When a thread or post was written, before people are put to bed."""
        thread, _, number = key.partition("#")
        file = self.content.threads[self.index[thread]]
        minutes = sum(post.after for post in file.post[: int(number or 1)])
        return self.now - timedelta(days=file.days_ago) + timedelta(minutes=minutes)

    # -- people and places -----------------------------------------------------------------------------------

    def _joining(self) -> Iterator[Deed]:
        """The administrator comes first and makes the place."""
        for index, entry in enumerate(self.content.members):
            joined = self.now - timedelta(days=entry.joined_days_ago)

            def join(at: datetime, entry: MemberEntry = entry) -> None:
                first = not self.people
                self._member(entry, at)
                if first:
                    self._site(entry.name, at)
                elif entry.moderates:
                    self._bind(entry, at)

            yield Deed(joined, (0, index), join)

    def _member(self, entry: MemberEntry, joined: datetime) -> None:
        member = create_member(
            self.session, name=entry.name, display_name=entry.display, email=f"{entry.name}@example.org",
            role=entry.role, password_hash=self.password_hash, locale=entry.locale, timezone=entry.timezone,
            joined_at=joined, about=entry.about, place=entry.place, links=tuple(entry.links), now=joined,
        )  # fmt: skip
        self.people[entry.name] = member.id

    def _site(self, founder: str, at: datetime) -> None:
        admin, site = self.actor(founder, at), self.content.site
        change_site(
            self.session, actor=admin, name=site.name, tagline_en=site.tagline.en, tagline_it=site.tagline.it,
            brand=site.brand, brand_colour=site.brand_colour, now=at,
        )  # fmt: skip
        for entry in self.content.categories:
            data = CategoryInput(
                name=entry.name, slug=entry.slug, description=entry.description, colour=entry.colour,
                parent=entry.parent, locale=entry.locale, visibility=entry.visibility, who_starts=entry.start,
                who_replies=entry.reply,
            )  # fmt: skip
            create(self.session, actor=admin, data=data, now=at)

    def _bind(self, entry: MemberEntry, at: datetime) -> None:
        places = {category.slug: category.id for category in house(self.session).categories}
        bind(
            self.session, actor=next(actor for actor in self._everybody(at) if actor.is_admin),
            member_id=self.people[entry.name], categories=frozenset(places[slug] for slug in entry.moderates), now=at,
        )  # fmt: skip

    # -- what they wrote -------------------------------------------------------------------------------------

    def _writing(self) -> Iterator[Deed]:
        """Posts, and each of their later versions."""
        for index, thread in enumerate(self.content.threads):
            at = self.now - timedelta(days=thread.days_ago)
            for number, post in enumerate(thread.post, start=1):
                at += timedelta(minutes=post.after)
                edited = awake(at, self.now)
                yield Deed(edited, (2, index, number, 0), partial(self._write, index, number))
                for version, edit in enumerate(post.edits, start=1):
                    edited = min(edited + timedelta(minutes=edit.after), self.now)
                    yield Deed(edited, (2, index, number, version), partial(self._edit, index, number, edit))

    def _write(self, index: int, number: int, at: datetime) -> None:
        thread = self.content.threads[index]
        post = thread.post[number - 1]
        actor, draft = self.actor(post.author, at), compose(self.session, self._filled(post.body, index))
        if number == 1:
            self.posts[index, 1] = domain.start_thread(
                self.session, actor=actor, category=thread.category, title=self._filled(thread.title, index),
                draft=draft, tags=thread.tags, now=at, locale=thread.locale, examine=False,
            )  # fmt: skip
            return
        self.posts[index, number] = domain.reply(
            self.session, actor=actor, thread_id=self.posts[index, 1].thread_id, draft=draft, now=at,
            reply_to=self.posts[index, post.reply_to].id if post.reply_to else None, examine=False,
        )  # fmt: skip

    def _edit(self, index: int, number: int, edit: EditEntry, at: datetime) -> None:
        author = self.content.threads[index].post[number - 1].author
        domain.edit(
            self.session, actor=self.actor(author, at), post_id=self.posts[index, number].id, version=None,
            draft=compose(self.session, self._filled(edit.body, index)), now=at, reason=edit.reason,
            examine=False,
        )  # fmt: skip

    def _filled(self, text: str, index: int) -> str:
        thread = self.content.threads[index]
        shown = {entry.name: entry.display for entry in self.content.members}

        def quote(number: int, words: str) -> str:
            author = shown[thread.post[number - 1].author]
            label = f"{author}, {translate(N_('post'), thread.locale)} {number}"
            return quote_markdown(label, self.posts[index, number].id, words)

        return fill(text, today=self.now.astimezone(HERE).date(), locale=thread.locale, quote=quote)

    # -- what came of it -------------------------------------------------------------------------------------

    def _announce(self, at: datetime) -> None:
        """Run what is due in the outbox, but for `LEFT`."""
        rows = self.session.execute(DUE, {"at": at}).all()
        for row in rows:
            if row.job not in LEFT:
                task = Task(row.id, Inside(self.session), self.settings, Nowhere(), lambda: at, self.templates)
                job_for(row.job)(task, msgspec.json.decode(row.payload, type=EVENTS[row.event]))
        if rows:
            self.session.execute(DONE, {"ids": [row.id for row in rows], "at": at})

    def _settle(self) -> None:
        """No mail ever left, and what is older than `FRESH` has been read. What lies in the future stays due."""
        while self.session.execute(DUE, {"at": self.now}).first():
            self._announce(self.now)
        mailed = update(Notice).where(Notice.mail.in_(("due", "sent")))
        self.session.execute(mailed.values(mail="dropped", mailed_at=None))
        old = (Notice.created_at < self.now - FRESH, Notice.read_at.is_(None))
        self.session.execute(update(Notice).where(*old).values(read_at=self.now - FRESH))

    def _read_some(self) -> None:
        """Everybody has read some threads, begun some, and not opened others."""
        chance = Random(SEED)  # noqa: S311  a demo, not a secret
        marks = {
            (row.member_id, row.thread_id): row.number
            for row in self.session.execute(select(ReadMark.member_id, ReadMark.thread_id, ReadMark.number))
        }
        fresh, further = [], []
        places = {category.id: category for category in house(self.session).categories}
        threads = self.session.execute(
            select(Thread.id, Thread.category_id, Thread.last_number, Thread.last_post_at)
            .where(Thread.state == "visible")
            .order_by(Thread.id)
        ).all()
        for actor in self._everybody(self.now):
            for thread in threads:
                if actor.is_suspended or not may_see(actor, places[thread.category_id]):
                    continue
                number = self._read_to(chance, thread.last_number, thread.last_post_at)
                key = (actor.id, thread.id)
                row = {"member_id": key[0], "thread_id": key[1], "number": number, "at": self.now}
                if number and key not in marks:
                    fresh.append(row)
                elif number > marks.get(key, 0):
                    further.append(row)
        self.session.execute(insert(ReadMark), fresh)
        self.session.execute(update(ReadMark), further)

    def _read_to(self, chance: Random, last: int, at: datetime) -> int:
        """The number of the last post somebody has read; 0 for none. What is new today few have read."""
        drawn = chance.random()
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
    def write(self, line: str = "") -> Iterator[Session]:
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
