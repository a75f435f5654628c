"""Both engines with a corpus in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from forum.categories.models import Category
from forum.db import Database
from forum.members.models import Member
from forum.migrate import migrate
from forum.search.engines import make_engine
from forum.search.engines.base import Document, Engine
from forum.settings import load
from forum.threads.models import Post, Tag, Thread, ThreadTag

ENGINES = ("whoosh", "postgres")


def prepared(kind: str, documents: Sequence[Document], folder: Path, url: str = "") -> tuple[Engine, Database]:
    """An engine that has read `documents`. `url`: of an empty database, for PostgreSQL's. Close the database."""
    settings = load({}, data_dir=folder, database_url=url, search=kind)
    folder.mkdir(parents=True, exist_ok=True)
    db = Database(settings)
    migrate(db.engine)
    if kind == "postgres":
        stand_in(db, documents)
    engine = make_engine(settings, db)
    engine.rebuild(lambda: documents, lambda _: None)
    return engine, db


def stand_in(db: Database, documents: Sequence[Document]) -> None:
    """Rows that documents of PostgreSQL's index must belong to, with as little in them as may be."""
    when = documents[0].created_at
    with db.write() as session:
        authors, categories = ({getattr(it, name) for it in documents} for name in ("author_id", "category_id"))
        session.execute(insert(Member), [
            {"id": it, "name": f"m{it}", "name_key": f"m{it}", "display_name": f"M{it}", "display_key": f"m{it}",
             "links": [], "joined_at": when} for it in sorted(authors)
        ])  # fmt: skip
        session.execute(insert(Category), [
            {"id": it, "slug": f"c{it}", "name": f"C{it}", "created_at": when} for it in sorted(categories)
        ])  # fmt: skip
        threads: dict[int, dict[str, Any]] = {
            it.thread_id: {"id": it.thread_id, "category_id": it.category_id, "author_id": it.author_id,
                           "title": it.title[:200], "slug": "t", "created_at": when, "last_post_at": when,
                           "last_poster_id": it.author_id} for it in documents
        }  # fmt: skip
        session.execute(insert(Thread), list(threads.values()))
        session.execute(insert(Post), [
            {"id": it.post_id, "thread_id": it.thread_id, "number": it.number, "author_id": it.author_id,
             "source": "", "html": "", "renderer": 1, "created_at": it.created_at} for it in documents
        ])  # fmt: skip
        tags = {tag: number for number, tag in enumerate(sorted({tag for it in documents for tag in it.tags}), 1)}
        if tags:
            session.execute(insert(Tag), [{"id": number, "name": tag} for tag, number in tags.items()])
            worn = {(it.thread_id, tags[tag]) for it in documents for tag in it.tags}
            session.execute(insert(ThreadTag), [{"thread_id": thread, "tag_id": tag} for thread, tag in sorted(worn)])
        session.execute(text("DELETE FROM search_changes"))
