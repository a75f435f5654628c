"""The SQL of imports: SQLAlchemy Core, hundreds of rows at a time, no events and no domain verbs."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session, aliased

from forum.accounts.models import Signup
from forum.categories.models import Category
from forum.db import Base, upsert
from forum.importers.models import ImportedId
from forum.members.models import Member
from forum.threads.models import Post, ReadMark, Tag, Thread, ThreadTag


def table(model: type[Base]) -> Table:
    """The table of a model."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


def insert_rows(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Many rows in one go; all of them with the same columns."""
    if rows:
        session.execute(insert(table(model)), rows)


def allot(session: Session, model: type[Base], count: int) -> list[int]:
    """Fresh ids for `count` rows, ascending. On SQLite the caller holds the write lock, so nobody else takes them."""
    if not count:
        return []
    if session.get_bind().dialect.name == "sqlite":
        top = session.execute(select(func.coalesce(func.max(table(model).c.id), 0))).scalar_one()
        return list(range(top + 1, top + 1 + count))
    drawn = session.execute(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": table(model).name, "count": count},
    )
    return sorted(drawn.scalars())


# -- foreign ids -----------------------------------------------------------------------------------------------


def known_ids(session: Session, source: str, kind: str, foreign: Collection[str]) -> dict[str, int]:
    """Foreign id → ours, for those of `foreign` that were imported."""
    if not foreign:
        return {}
    rows = session.execute(
        select(ImportedId.foreign_id, ImportedId.local_id).where(
            ImportedId.source == source, ImportedId.kind == kind, ImportedId.foreign_id.in_(list(foreign))
        )
    )
    return {row[0]: row[1] for row in rows}


def all_ids(session: Session, source: str, kind: str) -> dict[str, int]:
    """Foreign id → ours, for everything of one kind."""
    rows = session.execute(
        select(ImportedId.foreign_id, ImportedId.local_id).where(ImportedId.source == source, ImportedId.kind == kind)
    )
    return {row[0]: row[1] for row in rows}


def remember(session: Session, source: str, kind: str, pairs: Iterable[tuple[str, int]]) -> None:
    """Keep which foreign id became which of ours."""
    rows = [{"source": source, "kind": kind, "foreign_id": foreign, "local_id": local} for foreign, local in pairs]
    insert_rows(session, ImportedId, rows)


def forget(session: Session, source: str, kind: str, foreign: str) -> None:
    """What became of a foreign id is gone."""
    session.execute(
        delete(ImportedId).where(ImportedId.source == source, ImportedId.kind == kind, ImportedId.foreign_id == foreign)
    )


# -- members ---------------------------------------------------------------------------------------------------


def taken_names(session: Session) -> set[str]:
    """Every handle that a member has or a sign-up holds, in lower case."""
    names = set(session.execute(select(Member.name_key)).scalars())
    return names | set(session.execute(select(Signup.name_key)).scalars())


def names_of(session: Session, source: str) -> list[tuple[str, str]]:
    """(handle, display name) of everybody who came from `source`."""
    rows = session.execute(
        select(Member.name, Member.display_name)
        .join(ImportedId, ImportedId.local_id == Member.id)
        .where(ImportedId.source == source, ImportedId.kind == "user")
    )
    return [(row[0], row[1]) for row in rows]


# -- posts -----------------------------------------------------------------------------------------------------


def parents(session: Session, source: str, foreign: Collection[str]) -> dict[str, tuple[int, int]]:
    """Foreign id of a post → (its id, its thread's id), for those that are here."""
    if not foreign:
        return {}
    rows = session.execute(
        select(ImportedId.foreign_id, Post.id, Post.thread_id)
        .join(Post, Post.id == ImportedId.local_id)
        .where(ImportedId.source == source, ImportedId.kind == "post", ImportedId.foreign_id.in_(list(foreign)))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def without_parent(session: Session, source: str, foreign: Collection[str]) -> set[str]:
    """Those of the posts `foreign` that are here and answer no other post."""
    if not foreign:
        return set()
    rows = session.execute(
        select(ImportedId.foreign_id)
        .join(Post, Post.id == ImportedId.local_id)
        .where(
            ImportedId.source == source, ImportedId.kind == "post", ImportedId.foreign_id.in_(list(foreign)),
            Post.reply_to_id.is_(None),
        )
    )  # fmt: skip
    return set(rows.scalars())


def set_parents(session: Session, pairs: list[tuple[int, int]]) -> None:
    """Which post (first) answers which (second)."""
    if pairs:
        posts = table(Post)
        query = update(posts).where(posts.c.id == bindparam("child")).values(reply_to_id=bindparam("parent"))
        session.execute(query, [{"child": child, "parent": parent} for child, parent in pairs])


def numbers(session: Session, thread_ids: Collection[int]) -> dict[int, int]:
    """Thread id → the numbers its posts have, as bits (bit n: number n is taken)."""
    found = dict.fromkeys(thread_ids, 0)
    rows = session.execute(select(Post.thread_id, Post.number).where(Post.thread_id.in_(list(thread_ids))))
    for thread_id, number in rows:
        found[thread_id] |= 1 << number
    return found


# -- counters --------------------------------------------------------------------------------------------------


def lock(session: Session, model: type[Member] | type[Thread] | type[Category], ids: Iterable[int]) -> None:
    """Take the rows in the order of their ids; whoever else writes in them waits."""
    session.execute(select(model.id).where(model.id.in_(sorted(set(ids)))).order_by(model.id).with_for_update())


def count_threads(session: Session, thread_ids: Collection[int]) -> None:
    """Counters and newest post of these threads, from their posts."""
    newest = aliased(Post)
    last = (
        select(newest.number)
        .where(newest.thread_id == Thread.id, newest.state == "visible")
        .order_by(newest.number.desc())
        .limit(1)
        .correlate(Thread)
        .scalar_subquery()
    )
    at, by = (
        select(column).where(Post.thread_id == Thread.id, Post.number == last).correlate(Thread).scalar_subquery()
        for column in (Post.created_at, Post.author_id)
    )
    mine = select(func.count()).where(Post.thread_id == Thread.id, Post.state == "visible").correlate(Thread)
    top = select(func.max(Post.number)).where(Post.thread_id == Thread.id).correlate(Thread)
    session.execute(
        update(Thread)
        .where(Thread.id.in_(list(thread_ids)))
        .values(
            post_count=mine.scalar_subquery(),
            last_number=top.scalar_subquery(),
            last_post_at=func.coalesce(at, Thread.last_post_at),
            last_poster_id=func.coalesce(by, Thread.last_poster_id),
        )
        .execution_options(synchronize_session=False)
    )


def add_counts(session: Session, model: type[Member] | type[Category], added: dict[int, tuple[int, int]]) -> None:
    """Row id → (threads, posts) that it has more now."""
    if not added:
        return
    rows = table(model)
    query = (
        update(rows)
        .where(rows.c.id == bindparam("row"))
        .values(
            thread_count=rows.c.thread_count + bindparam("threads"), post_count=rows.c.post_count + bindparam("posts")
        )
    )
    session.execute(query, [{"row": row, "threads": n, "posts": m} for row, (n, m) in sorted(added.items())])


# -- tags ------------------------------------------------------------------------------------------------------


def tag_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    """Tag name → id; those that are missing are made."""
    if not names:
        return {}
    query = select(Tag.name, Tag.id).where(Tag.name.in_(list(names)))
    found = {row[0]: row[1] for row in session.execute(query)}
    for name in sorted(set(names) - set(found)):
        session.execute(upsert(session, Tag).values(name=name).on_conflict_do_nothing(index_elements=[Tag.name]))
    return {row[0]: row[1] for row in session.execute(query)}


def tag_threads(session: Session, tagged: list[tuple[int, list[str]]]) -> None:
    """Thread id → names of its tags."""
    ids = tag_ids(session, {name for _, names in tagged for name in names})
    rows = [{"tag_id": ids[name], "thread_id": thread_id} for thread_id, names in tagged for name in names]
    insert_rows(session, ThreadTag, rows)


# -- numbers ---------------------------------------------------------------------------------------------------


def gappy_threads(session: Session, source: str) -> list[int]:
    """Threads of `source` whose posts are not numbered 1, 2, 3 …"""
    return list(
        session.execute(
            select(Post.thread_id)
            .join(ImportedId, ImportedId.local_id == Post.thread_id)
            .where(ImportedId.source == source, ImportedId.kind == "thread")
            .group_by(Post.thread_id)
            .having(func.count() != func.max(Post.number))
        ).scalars()
    )


def close_gaps(session: Session, thread_id: int) -> None:
    """Number the posts of one thread densely, in the order they have."""
    lock(session, Thread, [thread_id])
    posts = table(Post)
    rows = session.execute(select(Post.id, Post.number).where(Post.thread_id == thread_id).order_by(Post.number)).all()
    moves = [{"post": row.id, "to": -number} for number, row in enumerate(rows, start=1) if row.number != number]
    if moves:  # by way of negative numbers: two posts never have the same one
        session.execute(update(posts).where(posts.c.id == bindparam("post")).values(number=bindparam("to")), moves)
        negative = (posts.c.thread_id == thread_id) & (posts.c.number < 0)
        session.execute(update(posts).where(negative).values(number=-posts.c.number))
    beyond = (ReadMark.thread_id == thread_id) & (ReadMark.number > len(rows))
    session.execute(update(ReadMark).where(beyond).values(number=len(rows)))
    count_threads(session, [thread_id])
