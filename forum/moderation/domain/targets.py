"""What an act is done to, loaded and locked in the house's order: member, thread, category, post."""

from typing import TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.members.models import Member
from forum.moderation.models import Report
from forum.policy.moderation import Stakes
from forum.threads.models import Post, Thread

T = TypeVar("T", Member, Thread, Category, Post)


class Target(msgspec.Struct, frozen=True):
    """Rows in hand. `member`: whom it concerns (the author, or the member whose profile it is)."""

    type: str
    id: int
    member: Member
    thread: Thread | None = None
    category: Category | None = None
    post: Post | None = None

    @property
    def key(self) -> str:
        """As the log and notices spell it: post:12."""
        return f"{self.type}:{self.id}"

    @property
    def category_id(self) -> int | None:
        """Where it stands; None for a profile."""
        return self.thread.category_id if self.thread else None

    def stakes(self, reporters: frozenset[int] = frozenset()) -> Stakes:
        """For the policy's rules on conflicts of interest."""
        return Stakes(self.member.id, self.member.role, self.category_id, reporters)


def load(session: Session, kind: str, row_id: int, *, lock: bool = True, beside: int = 0) -> Target:
    """The target with its rows. `beside`: another thread that the act changes, locked in the order of ids, so that two
    merges in opposite directions wait for each other. Raises NotFound.
    """
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    if kind == "member":
        return Target(kind, row_id, _get(session, Member, row_id, lock=lock))
    if kind == "thread":
        author_id = session.execute(select(Thread.author_id).where(Thread.id == row_id)).scalar()
        thread_id: int | None = row_id
    elif kind == "post":
        found = session.execute(select(Post.author_id, Post.thread_id).where(Post.id == row_id)).first()
        author_id, thread_id = found or (None, None)
    else:
        raise NotFound()
    if author_id is None or thread_id is None:
        raise NotFound()
    member = _get(session, Member, author_id, lock=lock)
    if beside and lock:
        both = select(Thread.id).where(Thread.id.in_(sorted({thread_id, min(max(beside, 0), MAX_ID)})))
        session.execute(both.order_by(Thread.id).with_for_update(key_share=True))
    thread = _get(session, Thread, thread_id, lock=lock)
    category = _get(session, Category, thread.category_id, lock=False)
    post = _get(session, Post, row_id, lock=lock) if kind == "post" else None
    return Target(kind, row_id, member, thread, category, post)


def _get(session: Session, table: type[T], row_id: int, *, lock: bool) -> T:
    query = select(table).where(table.id == row_id).execution_options(populate_existing=lock)
    row = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise NotFound()
    return row


def reporters(session: Session, case_id: int | None) -> frozenset[int]:
    """Who reported what a case is about."""
    if case_id is None:
        return frozenset()
    rows = session.scalars(select(Report.reporter_id).where(Report.case_id == case_id))
    return frozenset(row for row in rows if row is not None)
