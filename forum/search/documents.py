"""What the index knows of a post, read from the database."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import Database
from forum.kit.markdown.plain import plain
from forum.search.analysis import detect
from forum.search.engines.base import Document
from forum.threads.models import Post, Thread

CHUNK = 1_000
"""Posts read in one statement: a snapshot that is held for long keeps the database from tidying up."""
FOUND = and_(Post.state == "visible", Thread.state == "visible")
"""What is in nobody's sight is not in the index. Who may see what is there is decided when somebody asks."""
IMAGE = re.compile(r"<img\b")


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Post.id, Post.thread_id, Post.number, Post.author_id, Post.html, Post.created_at,
        Thread.category_id, Thread.title, Thread.tag_names, Thread.locale, Category.locale.label("house"),
    ).join(Thread, Thread.id == Post.thread_id).join(Category, Category.id == Thread.category_id)  # fmt: skip


def documents(session: Session, ids: Iterable[int]) -> tuple[list[Document], list[int]]:
    """The documents of these posts, and which of them have none (any more)."""
    wanted = sorted(set(ids))
    rows = session.execute(_columns().where(Post.id.in_(wanted), FOUND).order_by(Post.id)).all()
    found = [_document(row) for row in rows]
    there = {it.post_id for it in found}
    return found, [it for it in wanted if it not in there]


def all_documents(db: Database) -> Iterator[Document]:
    """Every post that can be found, in chunks of their own transactions. Raises Unavailable, Busy."""
    last = 0
    while True:
        with db.read() as session:
            rows = session.execute(_columns().where(Post.id > last, FOUND).order_by(Post.id).limit(CHUNK)).all()
        yield from map(_document, rows)
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


def posts_of(session: Session, threads: Sequence[int]) -> list[int]:
    """The ids of all posts of these threads."""
    return list(session.scalars(select(Post.id).where(Post.thread_id.in_(threads))))


def _document(row: Row[Any]) -> Document:
    text = plain(row.html)
    return Document(
        post_id=row.id, thread_id=row.thread_id, number=row.number, category_id=row.category_id,
        author_id=row.author_id, title=row.title, tags=tuple(row.tag_names.split()), text=text,
        locale=detect(text, row.locale or row.house), has_image=bool(IMAGE.search(row.html)),
        created_at=row.created_at,
    )  # fmt: skip
