"""What follows from a changed row: counters, last posts, a member's standing. Forwards and backwards alike."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from forum.categories.models import Category
from forum.db import Base
from forum.feedback.domain.counts import follow
from forum.members.models import Member
from forum.moderation.models import Case, Sanction, Statement
from forum.notifications.models import Notice
from forum.threads.models import MovedPost, Post, ReadMark, Thread

_POSTS = cast(Table, Post.__table__)
STANDING = {"silence": "silenced_until", "suspend": "suspended_until", "ban": "suspended_until", "hold": "held_until"}


def change(session: Session, row: Base, values: dict[str, Any]) -> None:
    """Set columns of a mapped row, and what rests on them."""
    if isinstance(row, Post):
        _change_posts(session, [(row, values)])
    elif isinstance(row, Thread):
        _change_thread(session, row, values)
    else:
        _assign(row, values)
        session.flush()
        if isinstance(row, Sanction):
            stand(session, row.member_id)
        if isinstance(row, Statement):
            warn(session, row.member_id)


def added(session: Session, row: Base) -> None:
    """A row is there now."""
    if isinstance(row, Sanction):
        stand(session, row.member_id)
    if isinstance(row, Statement):
        warn(session, row.member_id)


def _assign(row: Base, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _bump(row: Post | Thread) -> None:
    row.version += 1


def change_all(session: Session, rows: Sequence[tuple[Base, dict[str, Any]]]) -> None:
    """The same for many rows of one table. Posts cost a statement each, and a few for each thread and author."""
    posts = [(row, values) for row, values in rows if isinstance(row, Post)]
    if posts:
        _change_posts(session, posts)
    elif any(isinstance(row, Thread | Sanction | Statement) for row, _ in rows):
        for row, values in rows:
            change(session, row, values)
    else:
        for row, values in rows:
            _assign(row, values)
        session.flush()


def _change_posts(session: Session, rows: Sequence[tuple[Post, dict[str, Any]]]) -> None:
    by_author: Counter[int] = Counter()
    by_thread: Counter[int] = Counter()
    for post, values in rows:
        before = post.state == "visible"
        _assign(post, values)
        _bump(post)
        step = int(post.state == "visible") - int(before)
        if step:
            by_author[post.author_id] += step
            by_thread[post.thread_id] += step
    session.flush()
    for author_id, step in by_author.items():
        _add(session, Member, author_id, post_count=step)
    for thread_id in sorted(by_thread):
        recount(session, thread_id, post_count=by_thread[thread_id])


def _change_thread(session: Session, thread: Thread, values: dict[str, Any]) -> None:
    was_in, was_visible = thread.category_id, thread.state == "visible"
    _assign(thread, values)
    _bump(thread)
    session.flush()
    visible = thread.state == "visible"
    if (was_in, was_visible) != (thread.category_id, visible):
        if was_visible:
            _add(session, Category, was_in, thread_count=-1, post_count=-thread.post_count)
        if visible:
            _add(session, Category, thread.category_id, thread_count=1, post_count=thread.post_count)
        if visible != was_visible:
            _add(session, Member, thread.author_id, thread_count=1 if visible else -1)
    if was_in != thread.category_id:
        living = (Case.thread_id == thread.id, Case.state != "resolved")
        session.execute(update(Case).where(*living).values(category_id=thread.category_id))


def recount(session: Session, thread_id: int, *, post_count: int) -> None:
    """`post_count` more (or less) posts of a thread can be seen: its counter, its category's, its last post."""
    thread = session.get_one(Thread, thread_id)
    last = session.execute(
        select(Post.created_at, Post.author_id)
        .where(Post.thread_id == thread_id, Post.state == "visible")
        .order_by(Post.created_at.desc(), Post.id.desc())  # a merge puts older posts at the end
        .limit(1)
    ).first()
    if last:
        thread.last_post_at, thread.last_poster_id = last
    thread.post_count += post_count
    session.flush()
    if thread.state == "visible" and post_count:
        _add(session, Category, thread.category_id, post_count=post_count)


def move_posts(
    session: Session, source: int, target: int, numbers: list[tuple[int, int]], *, back: bool = False
) -> None:
    """Posts [(id, new number)] go from thread to thread; the numbers they leave behind lead after them.

    `back`: undoing; the numbers they return to lead nowhere else any more, those they leave are free again.
    """
    ids = [post for post, _ in numbers]
    rows = session.execute(select(Post.id, Post.number).where(Post.id.in_(ids)))
    old = {row.id: row.number for row in rows}
    visible = session.scalar(
        select(func.count()).select_from(Post).where(Post.id.in_(ids), Post.state == "visible")
    ) or 0  # fmt: skip
    session.connection().execute(
        update(_POSTS)
        .where(_POSTS.c.id == bindparam("post"))
        .values(thread_id=target, number=bindparam("to"), version=_POSTS.c.version + 1),
        [{"post": post, "to": number} for post, number in numbers],
    )
    session.execute(update(Notice).where(Notice.post_id.in_(ids)).values(thread_id=target))
    session.execute(
        update(Case).where(Case.target_type == "post", Case.target_id.in_(ids), Case.state != "resolved")
        .values(thread_id=target, category_id=session.get_one(Thread, target).category_id)
    )  # fmt: skip
    follow(session, ids, target)
    if back:
        numbers_back = [number for _, number in numbers]
        session.execute(delete(MovedPost).where(MovedPost.thread_id == target, MovedPost.number.in_(numbers_back)))
    else:
        session.execute(
            insert(MovedPost), [{"thread_id": source, "number": old[post], "post_id": post} for post in ids]
        )
    for thread_id in (source, target):
        thread = session.get_one(Thread, thread_id)
        thread.moved_count = (
            session.scalar(select(func.count()).select_from(MovedPost).where(MovedPost.thread_id == thread_id)) or 0
        )
    session.flush()
    session.expire_all()
    recount(session, source, post_count=-visible)
    recount(session, target, post_count=visible)
    if not back:
        _carry_marks(session, source, target, old, numbers)


def _carry_marks(
    session: Session, source: int, target: int, old: dict[int, int], numbers: list[tuple[int, int]]
) -> None:
    """Who had read the posts that go, and all that stands before them in their new thread, has read them there."""
    steps = sorted((old[post], number) for post, number in numbers)
    start = steps[0][1] - 1
    readers = session.execute(
        select(ReadMark.member_id, ReadMark.number, ReadMark.at).where(
            ReadMark.thread_id == source, ReadMark.number >= steps[0][0]
        )
    ).all()
    there = {
        row.member_id: row
        for row in session.scalars(
            select(ReadMark).where(
                ReadMark.thread_id == target, ReadMark.member_id.in_([row.member_id for row in readers])
            )
        )
    }
    for member_id, read, at in readers:
        reached = max(number for was, number in steps if was <= read)
        mark = there.get(member_id)
        if mark is None and start == 0:
            session.add(ReadMark(member_id=member_id, thread_id=target, number=reached, at=at))
        elif mark is not None and start <= mark.number < reached:
            mark.number = reached
    session.flush()


def unread_again(session: Session, thread: Thread) -> None:
    """Numbers that were taken back will be given again: nobody has read those posts."""
    beyond = (ReadMark.thread_id == thread.id, ReadMark.number > thread.last_number)
    values = update(ReadMark).where(*beyond).values(number=thread.last_number)
    session.execute(values.execution_options(synchronize_session=False))


def stand(session: Session, member_id: int) -> None:
    """A member's standing is the furthest end of their living sanctions of each sort (whether passed or not)."""
    ends: dict[str, datetime | None] = dict.fromkeys(STANDING.values())
    rows = session.execute(
        select(Sanction.kind, Sanction.until).where(Sanction.member_id == member_id, Sanction.ended_at.is_(None))
    )
    for kind, until in rows:
        name = STANDING[kind]
        ends[name] = max(ends[name] or until, until)
    session.execute(update(Member).where(Member.id == member_id).values(ends))
    session.flush()


def warn(session: Session, member_id: int) -> None:
    """The oldest statement that a member must acknowledge first, as its decision's id."""
    oldest = session.scalar(
        select(Statement.decision_id)
        .where(Statement.member_id == member_id, Statement.must_acknowledge, Statement.acknowledged_at.is_(None))
        .order_by(Statement.id)
        .limit(1)
    )
    session.execute(update(Member).where(Member.id == member_id).values(warning_id=oldest))
    session.flush()


def _add(session: Session, table: type[Category] | type[Member], row_id: int, **by: int) -> None:
    values: dict[str, Any] = {name: getattr(table, name) + step for name, step in by.items() if step}
    if values:
        where = update(table).where(table.id == row_id)
        session.execute(where.values(values).execution_options(synchronize_session=False))
        row = session.identity_map.get(identity_key(table, row_id))
        if row is not None:
            session.expire(row, list(values))
