"""What the tools of a thread show: how it stands, what was decided about it, its timers, its posts to choose from."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID
from forum.errors import Forbidden, NotFound
from forum.kit.markdown import excerpt
from forum.kit.paging import PAGE, pages
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.moderation.models import Decision, ThreadTimer
from forum.policy.actors import Actor
from forum.policy.moderation import REFUSALS, Stakes, conflicts, require_moderator, visible_decisions
from forum.policy.threads import may_open, visible_threads
from forum.threads.models import Post, Thread
from forum.threads.views import thread_url

SHOWN = 20  # decisions, timers, merged threads
EXCERPT = 160  # characters of a post in the list to choose from


class Ref(msgspec.Struct, frozen=True):
    """A thread by name."""

    id: int
    title: str
    url: str
    category_id: int


class Tooled(msgspec.Struct, frozen=True):
    """A thread as its tools see it. `into`: where it was merged. `refusal`: why this moderator must leave it alone."""

    id: int
    title: str
    slug: str
    state: str
    post_count: int
    last_number: int
    locked_at: datetime | None
    pinned_at: datetime | None
    slow_seconds: int
    category: CategoryView
    author: MemberCard
    into: Ref | None
    refusal: str

    @property
    def url(self) -> str:
        """Its own page."""
        return thread_url(self.id, self.slug)

    @property
    def here(self) -> str:
        """The page of its tools."""
        return f"/moderation/threads/{self.id}"

    @property
    def pages(self) -> int:
        """How many pages of posts."""
        return pages(self.last_number)


class Past(msgspec.Struct, frozen=True):
    """A decision about the thread. `by` "": a timer."""

    id: int
    action: str
    by: str
    at: datetime
    undo_until: datetime | None
    undone_at: datetime | None
    undone_by: str
    may_undo: bool


class Timer(msgspec.Struct, frozen=True):
    """An act that will happen by itself."""

    id: int
    action: str
    due_at: datetime
    by: str


class Choice(msgspec.Struct, frozen=True):
    """A post to choose when a thread is split."""

    id: int
    number: int
    author: str
    at: datetime
    state: str
    words: str


def tooled(session: Session, actor: Actor, house: House, thread_id: int) -> Tooled:
    """The thread with the words of its tools. Raises SignInNeeded, Forbidden (not theirs to moderate), NotFound."""
    require_moderator(actor)
    if not 0 < thread_id <= MAX_ID:
        raise NotFound()
    row = session.execute(
        select(Thread, *CARD).join(Member, Member.id == Thread.author_id).where(Thread.id == thread_id)
    ).first()
    category = house.by_id(row[0].category_id) if row else None
    if row is None or category is None:
        raise NotFound()
    thread, author = row[0], MemberCard(*row[1:])
    if not may_open(actor, thread, category):
        raise NotFound()
    if not actor.moderates_in(category.id):
        raise Forbidden(REFUSALS["bound"])
    reason = conflicts(actor, Stakes(author.id, author.role, category.id), "lock")
    return Tooled(
        id=thread.id, title=thread.title, slug=thread.slug, state=thread.state, post_count=thread.post_count,
        last_number=thread.last_number, locked_at=thread.locked_at, pinned_at=thread.pinned_at,
        slow_seconds=thread.slow_seconds, category=category, author=author,
        into=ref(session, actor, thread.merged_into_id) if thread.state == "merged" else None,
        refusal=REFUSALS[reason] if reason else "",
    )  # fmt: skip


def ref(session: Session, actor: Actor, thread_id: int | None) -> Ref | None:
    """The thread by name, if `actor` may open it."""
    row = session.execute(
        select(Thread.id, Thread.title, Thread.slug, Thread.category_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.id == thread_id, visible_threads(actor))
    ).first()
    return Ref(row.id, row.title, thread_url(row.id, row.slug), row.category_id) if row else None


def merged_here(session: Session, actor: Actor, thread_id: int) -> list[Ref]:
    """The threads that were merged into this one, newest first."""
    rows = session.execute(
        select(Thread.id, Thread.title, Thread.slug, Thread.category_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.merged_into_id == thread_id, Thread.state == "merged", visible_threads(actor))
        .order_by(Thread.id.desc())
        .limit(SHOWN)
    )
    return [Ref(row.id, row.title, thread_url(row.id, row.slug), row.category_id) for row in rows]


def past(session: Session, actor: Actor, thread: Tooled, now: datetime) -> list[Past]:
    """What was decided about the thread itself, newest first. One statement."""
    undoer = aliased(Member)
    rows = session.execute(
        select(Decision, Member.display_name, undoer.display_name)
        .outerjoin(Member, Member.id == Decision.actor_id)
        .outerjoin(undoer, undoer.id == Decision.undone_by_id)
        .where(Decision.target_type == "thread", Decision.target_id == thread.id, visible_decisions(actor))
        .order_by(Decision.id.desc())
        .limit(SHOWN)
    )
    stakes = Stakes(thread.author.id, thread.author.role, thread.category.id)
    return [
        Past(
            row.id, row.action, by or "", row.created_at, row.undo_until, row.undone_at, undone_by or "",
            may_undo=row.undone_at is None and row.undo_until is not None and row.undo_until > now
            and not conflicts(actor, stakes, row.action),
        )
        for row, by, undone_by in rows
    ]  # fmt: skip


def timers(session: Session, thread_id: int) -> list[Timer]:
    """What will happen by itself, soonest first."""
    rows = session.execute(
        select(ThreadTimer.id, ThreadTimer.action, ThreadTimer.due_at, Member.display_name)
        .join(Member, Member.id == ThreadTimer.set_by_id)
        .where(
            ThreadTimer.thread_id == thread_id, ThreadTimer.done_at.is_(None), ThreadTimer.cancelled_at.is_(None)
        )
        .order_by(ThreadTimer.due_at, ThreadTimer.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [Timer(*row) for row in rows]


def choices(session: Session, thread: Tooled, page: int) -> list[Choice]:
    """The posts of a page of the thread, but for the opening one, which stays."""
    low = (page - 1) * PAGE
    rows = session.execute(
        select(Post.id, Post.number, Member.display_name, Post.created_at, Post.state, Post.html)
        .join(Member, Member.id == Post.author_id)
        .where(Post.thread_id == thread.id, Post.number > max(low, 1), Post.number <= low + PAGE)
        .order_by(Post.number)
    )
    return [Choice(*row[:5], excerpt(row[5], EXCERPT)) for row in rows]
