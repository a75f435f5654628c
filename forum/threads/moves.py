"""Where posts and threads went: merged threads, and numbers whose posts stand elsewhere.

Every old address leads to where the posts are now, for whoever may open that; for everybody else it leads nowhere,
since an address tells a title.
"""

from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import NotFound
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.policy.actors import Actor
from forum.threads.models import MovedPost, Post, Thread
from forum.threads.views import MovedRun, ThreadView

THREAD = tuple(getattr(Thread, name) for name in ThreadView.__struct_fields__)
LONGEST_CHAIN = 50
"""Merges one after another that an address follows."""


class Merged(NotFound):
    """The thread is an address only. `into`: where its posts are, which the reader may open."""

    def __init__(self, thread_id: int, into: ThreadView) -> None:
        """`thread_id`: the one that was asked for."""
        super().__init__()
        self.thread_id, self.into = thread_id, into


def end_of_chain(session: Session, thread_id: int) -> int:
    """The thread that stands where `thread_id` leads after all merges; itself when it was not merged."""
    for _ in range(LONGEST_CHAIN):
        query = select(Thread.merged_into_id).where(Thread.id == thread_id, Thread.state == "merged")
        into = session.execute(query).scalar()
        if into is None:
            break
        thread_id = into
    return thread_id


def lead_on(session: Session, actor: Actor, thread: ThreadView) -> NoReturn:
    """Raises Merged when `actor` may open where `thread` leads, else NotFound."""
    last = end_of_chain(session, thread.id)
    row = session.execute(
        select(*THREAD)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.id == last, Thread.state != "merged", policy.visible_threads(actor))
    ).first()
    if row is None:
        raise NotFound()
    raise Merged(thread.id, ThreadView(*row))


def landing(session: Session, merged: Merged, page: int) -> int:
    """The number, in the thread that stands now, of the first post that stood on `page` of the merged one."""
    low = max(page - 1, 0) * 20
    found = session.execute(
        select(Post.number)
        .join(MovedPost, MovedPost.post_id == Post.id)
        .where(
            MovedPost.thread_id == merged.thread_id, MovedPost.number > low, Post.thread_id == merged.into.id,
            Post.state == "visible",
        )
        .order_by(MovedPost.number)
        .limit(1)
    ).scalar()  # fmt: skip
    return found or 1


def where(session: Session, actor: Actor, thread: ThreadView, number: int) -> int:
    """The id of the post that had `number` in `thread`; whether `actor` may follow it there is not asked here.

    Raises NotFound for a number that no post ever had, or whose post waits for approval.
    """
    query = select(Post.id, Post.state, Post.author_id, Post.number, Post.deleted_by_id)
    post = session.execute(query.where(Post.thread_id == thread.id, Post.number == number)).first()
    if post is not None:
        if post.state == "held" and not post_policy.may_read(actor, post, thread.category_id):
            raise NotFound()
        found: int = post.id
        return found
    gone = select(MovedPost.post_id).where(MovedPost.thread_id == thread.id, MovedPost.number == number)
    moved = session.execute(gone).scalar()
    if moved is None:
        raise NotFound()
    return moved


def runs(session: Session, actor: Actor, thread: ThreadView, numbers: list[int], low: int, high: int) -> list[MovedRun]:
    """Lines for the numbers in (low, high] whose posts went elsewhere; `numbers`: those that still stand there.

    One statement. What `actor` may not open, and what waits for approval, leaves no line.
    """
    rows = session.execute(
        select(MovedPost.number, Post.id, Post.thread_id, Thread.title, Thread.locale, Category.locale)
        .join(Post, Post.id == MovedPost.post_id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(MovedPost.thread_id == thread.id, MovedPost.number > low, MovedPost.number <= high)
        .where(Post.state != "held", policy.visible_threads(actor))
        .order_by(MovedPost.number)
    ).all()
    return _in_runs(rows, sorted(numbers), thread.id)


def _in_runs(rows: Any, numbers: list[int], thread_id: int) -> list[MovedRun]:
    """Neighbours that went to the same thread, with no post between them that stayed, are one line."""
    found: list[MovedRun] = []
    before: tuple[int, int] | None = None
    for number, post_id, to, title, locale, category_locale in rows:
        place = (to, sum(1 for one in numbers if one < number))
        if place == before:
            last = found[-1]
            found[-1] = MovedRun(last.number, last.count + 1, last.post_id, title, last.locale, last.here)
        else:
            found.append(MovedRun(number, 1, post_id, title, locale or category_locale, to == thread_id))
        before = place
    return found
