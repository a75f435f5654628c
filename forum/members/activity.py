"""What a member wrote, as far as the reader may see it: lists and counts ask the policy of threads and posts.

The counters on the member's row count everything public and private, so no page shows them.
"""

from datetime import datetime

import msgspec
from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.kit import paging
from forum.kit.markdown import excerpt
from forum.policy.actors import Actor
from forum.policy.posts import listed_posts
from forum.policy.threads import listed_threads
from forum.threads.models import Post, Thread
from forum.threads.views import post_url

MOST = 1000  # counted exactly up to here; "1,000+" beyond
EXCERPT = 240


class Counts(msgspec.Struct, frozen=True):
    """Visible posts (opening ones included) and threads; `most + 1` means more than `most`."""

    posts: int
    threads: int
    most: int


class Written(msgspec.Struct, frozen=True):
    """A post in the list of what a member wrote."""

    id: int
    number: int
    title: str
    url: str
    locale: str
    category: CategoryView
    created_at: datetime
    excerpt: str
    replies: int

    @property
    def opened(self) -> bool:
        """It is the first of its thread."""
        return self.number == 1


class Activity(msgspec.Struct, frozen=True):
    """Newest first. `older`: cursor, None at the end."""

    rows: list[Written]
    older: str | None


def counts(session: Session, actor: Actor, member_id: int) -> Counts:
    """How much of what the member wrote `actor` may see; bounded. Two statements."""
    posts = (
        select(literal(1))
        .select_from(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.author_id == member_id, listed_posts(actor))
        .limit(MOST + 1)
        .subquery()
    )
    threads = (
        select(literal(1))
        .select_from(Thread)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.author_id == member_id, listed_threads(actor))
        .limit(MOST + 1)
        .subquery()
    )
    written, opened = (session.scalar(select(func.count()).select_from(each)) or 0 for each in (posts, threads))
    return Counts(written, opened, MOST)


def activity(
    session: Session, actor: Actor, house: House, member_id: int, *, after: str = "", limit: int = paging.PAGE
) -> Activity:
    """One page of what a member wrote, by keyset. One statement. An unreadable `after` starts from the top."""
    query = (
        select(
            Post.id, Post.number, Post.html, Post.created_at, Thread.id.label("thread_id"), Thread.title, Thread.slug,
            Thread.locale, Thread.category_id, Thread.post_count,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.author_id == member_id, listed_posts(actor))
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(limit + 1)
    )  # fmt: skip
    cursor = paging.decode(after, datetime, int)
    if cursor:
        at, post_id = cursor
        query = query.where(
            tuple_(Post.created_at, Post.id) < tuple_(literal(at, Post.created_at.type), literal(post_id, Post.id.type))
        )
    rows = session.execute(query).all()
    found = []
    for row in rows[:limit]:
        category = house.by_id(row.category_id)
        if category is None:  # made a moment ago by another process, and not in this house yet
            continue
        found.append(
            Written(
                row.id, row.number, row.title, post_url(row.thread_id, row.slug, row.number),
                row.locale or category.locale, category, row.created_at, excerpt(row.html, EXCERPT),
                max(0, row.post_count - 1),
            )
        )  # fmt: skip
    last = rows[limit - 1] if len(rows) > limit else None
    return Activity(found, paging.encode(last.created_at, last.id) if last else None)
