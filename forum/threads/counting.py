"""The counters of threads, categories and members, kept in the transaction that changes what they count."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.members.models import Member
from forum.threads.models import Post, Thread


def count(session: Session, table: type[Category] | type[Member], row_id: int, **by: int) -> None:
    """Add to counters in SQL, so that two transactions cannot lose one."""
    values: dict[str, Any] = {name: getattr(table, name) + step for name, step in by.items()}
    session.execute(update(table).where(table.id == row_id).values(values).execution_options(synchronize_session=False))


def recount(session: Session, thread: Thread, category: Category, post: Post, step: int) -> None:
    """A post came (+1) or went (-1): counters of thread, category and author, and the thread's last post.

    An opening post carries its thread: its other visible posts (the author's own) leave or come back to the
    category's count with it.
    """
    session.flush()
    visible = session.execute(
        select(Post.created_at, Post.author_id, Post.number)
        .where(Post.thread_id == thread.id, Post.state == "visible")
        .order_by(Post.number.desc())
        .limit(1)
    ).first()
    if visible:
        thread.last_post_at, thread.last_poster_id = visible.created_at, visible.author_id
    before = thread.post_count if thread.state == "visible" else 0
    thread.post_count += step
    if post.number == 1:
        thread.state = "visible" if step > 0 else "deleted"
    after = thread.post_count if thread.state == "visible" else 0
    opened = step if post.number == 1 else 0
    session.flush()
    count(session, Category, category.id, post_count=after - before, thread_count=opened)
    count(session, Member, post.author_id, post_count=step, thread_count=opened)
