"""Members, categories, threads and posts for tests, made by the real verbs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from forum.accounts.models import Account, ApiToken, SignIn
from forum.categories.models import Category
from forum.kit import tokens
from forum.members.models import Member
from forum.policy.actors import SCOPES_OF, Actor
from forum.threads.compose import compose
from forum.threads.domain import PostRef, reply, start_thread
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.support.web import Browser


@dataclass
class Make:
    """Everything is committed at once; names count up, so nothing clashes."""

    core: Core
    app: Any
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        """The test's clock."""
        return self.core.clock()

    def member(self, name: str = "", *, role: str = "member", email: bool = True, **columns: Any) -> Actor:
        """A member with a verified address (NAME@example.org); `columns` go to the row."""
        name = name or f"member{next(self.numbers)}"
        with self.core.db.write() as session:
            row = Member(
                name=name,
                name_key=name.lower(),
                display_name=columns.pop("display_name", name.title()),
                role=role,
                joined_at=columns.pop("joined_at", self.now),
                links=columns.pop("links", []),
                **columns,
            )
            session.add(row)
            session.flush()
            if email:
                address = f"{name}@example.org".lower()
                session.add(
                    Account(
                        member_id=row.id, email=address, email_key=address, verified_at=self.now, created_at=self.now
                    )
                )
            return Actor(
                id=row.id, role=role, name=name, display_name=row.display_name, locale=columns.get("locale", "")
            )

    def category(self, slug: str = "", *, visibility: str = "public", **columns: Any) -> str:
        """A category; its slug."""
        slug = slug or f"category-{next(self.numbers)}"
        with self.core.db.write() as session:
            session.add(
                Category(
                    slug=slug,
                    name=columns.pop("name", slug.title()),
                    visibility=visibility,
                    created_at=self.now,
                    **columns,
                )
            )
        return slug

    def thread(
        self,
        author: Actor,
        category: str = "",
        *,
        title: str = "",
        body: str = "Hello there.",
        tags: tuple[str, ...] = (),
    ) -> PostRef:
        """A thread with its opening post."""
        category = category or self.category()
        with self.core.db.read() as session:
            draft = compose(session, body)
        with self.core.db.write() as session:
            return start_thread(
                session,
                actor=author,
                category=category,
                title=title or f"Thread {next(self.numbers)}",
                draft=draft,
                tags=list(tags),
                now=self.now,
                examine=False,
            )

    def reply(self, author: Actor, thread_id: int, body: str = "An answer.", *, reply_to: int | None = None) -> PostRef:
        """A reply."""
        with self.core.db.read() as session:
            draft = compose(session, body)
        with self.core.db.write() as session:
            return reply(
                session, actor=author, thread_id=thread_id, draft=draft, reply_to=reply_to, now=self.now, examine=False
            )

    def state(self, ref: PostRef, state: str, *, thread: bool = False) -> None:
        """Put a post (or its thread) into a state directly, as moderation will."""
        with self.core.db.write() as session:
            table, row_id = (Thread, ref.thread_id) if thread else (Post, ref.id)
            session.execute(update(table).where(table.id == row_id).values(state=state))

    def lock(self, ref: PostRef) -> None:
        """Lock a thread."""
        with self.core.db.write() as session:
            session.execute(update(Thread).where(Thread.id == ref.thread_id).values(locked_at=self.now))

    def check_counters(self) -> None:
        """Every counter equals what it counts."""
        seen = Post.state == "visible"
        with self.core.db.read() as session:
            for thread in session.scalars(select(Thread)):
                posts = session.scalars(select(Post).where(Post.thread_id == thread.id, seen)).all()
                assert thread.post_count == len(posts), f"thread {thread.id}"
                if posts:
                    newest = max(posts, key=lambda post: (post.created_at, post.id))
                    assert (thread.last_post_at, thread.last_poster_id) == (newest.created_at, newest.author_id)
            for category in session.scalars(select(Category)):
                theirs = select(Thread).where(Thread.category_id == category.id, Thread.state == "visible")
                threads = session.scalars(theirs).all()
                assert category.thread_count == len(threads), f"category {category.id}"
                assert category.post_count == sum(thread.post_count for thread in threads), f"category {category.id}"
            for member in session.scalars(select(Member)):
                mine = select(func.count()).select_from(Post).where(Post.author_id == member.id, seen)
                assert member.post_count == session.scalar(mine), f"member {member.id}"

    def browser(self, actor: Actor | None = None, *, language: str = "en") -> Browser:
        """A browser, signed in as `actor`."""
        browser = Browser(self.app, language=language)
        if actor is not None:
            browser.http.cookies.set("forum-session", self.session(actor), domain="127.0.0.1")
        return browser

    def session(self, actor: Actor, *, age: timedelta = timedelta(0)) -> str:
        """A living session of `actor`; its token."""
        token = tokens.new_token()
        with self.core.db.write() as session:
            session.add(
                SignIn(
                    token_hash=tokens.digest(token),
                    member_id=actor.id,
                    created_at=self.now - age,
                    seen_at=self.now,
                    expires_at=self.now + timedelta(days=30),
                    browser="test",
                )
            )
        return token

    def token(self, actor: Actor, *scopes: str) -> str:
        """An API token of `actor`; without `scopes`, with all that the role allows."""
        token = tokens.new_token()
        with self.core.db.write() as session:
            session.add(
                ApiToken(
                    member_id=actor.id,
                    label="test",
                    token_hash=tokens.digest(token),
                    created_at=self.now,
                    scopes=sorted(scopes or SCOPES_OF[actor.role]),
                )
            )
        return token

    def drain(self) -> int:
        """Let the worker do everything that is due."""
        assert self.core.worker is not None
        return self.core.worker.drain()

    def get(self, table: type[Any], row_id: Any) -> Any:
        """A row, detached."""
        with self.core.db.read() as session:
            row = session.get(table, row_id)
            if row is not None:
                session.expunge(row)
            return row


def scalar(session: Session, query: Any) -> Any:
    """One value."""
    return session.execute(query).scalar_one()
