"""Documents and questions for the tests of the index."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from forum.db import Base, Database
from forum.search import queue
from forum.search.engines.base import Document, Engine, Scope
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.search.engines.whoosh.library import Library
from forum.search.engines.whoosh.shelf import Shelf
from forum.search.jobs import engine_of
from forum.search.language import parse
from forum.search.models import SearchIndex
from forum.web.core import Core

TODAY = date(2026, 11, 21)
PLAIN = Document(
    post_id=0, thread_id=1, number=2, category_id=1, author_id=1, title="Officina", tags=(), text="",
    locale="it", has_image=False, created_at=datetime(2026, 11, 1, tzinfo=UTC),
)  # fmt: skip


def document(post_id: int, text: str = "", **changes: Any) -> Document:
    """A post."""
    return msgspec.structs.replace(PLAIN, post_id=post_id, text=text, **changes)


def fill(engine: Engine, documents: Iterable[Document]) -> None:
    """Make these the whole index."""
    known = list(documents)
    engine.rebuild(lambda: known, lambda _: None)


def found(engine: Engine, question: str, scope: Scope | None = None, **more: Any) -> list[int]:
    """The posts that a question finds, best first."""
    hits = engine.find(parse(question, today=TODAY), scope or Scope(), **more).hits
    return [it.post_id for it in hits]


def bare(db: Database) -> None:
    """The one table that an index on documents alone cannot do without."""
    Base.metadata.create_all(db.engine, tables=[Base.metadata.tables[SearchIndex.__tablename__]])


def engine_for(core: Core) -> Engine:
    """The engine that the worker writes to."""
    assert core.worker
    return engine_of(core.worker.settings, core.worker.db)


def waiting(db: Database) -> int:
    """Changes that the index has still to hear of."""
    return queue.backlog(db)[0]


def another(root: Path, db: Database) -> WhooshEngine:
    """An engine as of another process: it knows nothing of what this one has open."""
    made = WhooshEngine(root, db)
    made.library = Library(Shelf(root))
    return made
