"""What the index has still to hear of: rows that triggers wrote, taken away once the index has them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from forum.db import Database
from forum.search.documents import documents, posts_of
from forum.search.engines.base import Engine
from forum.search.models import SearchChange

BATCH = 1_000
"""Changes of one write: so many posts are analysed twice after a crash, and so long nobody else may write the index."""
FEW = 200  # rows of one statement that writes: others want to write, too
COUNTED = 100_000


def drain(db: Database, engine: Engine, limit: int = BATCH) -> int:
    """Hand one batch to the index; how many rows it took. Raises IndexBusy, IndexUnusable, Unavailable, Busy.

    The rows go after the index has written: whatever happens in between is done again. A row that is written while
    its post is being read stays, for it has another id.
    """
    with db.read() as session:
        rows = session.execute(
            select(SearchChange.id, SearchChange.post_id, SearchChange.thread_id).order_by(SearchChange.id).limit(limit)
        ).all()
    if not rows:
        return 0
    with engine.turn():
        with db.read() as session:
            threads = sorted({row.thread_id for row in rows if row.thread_id is not None})
            posts = {row.post_id for row in rows if row.post_id is not None} | set(posts_of(session, threads))
            found, gone = documents(session, posts)
        engine.write(found, gone)
    forget(db, [row.id for row in rows])
    return len(rows)


def forget(db: Database, ids: Sequence[int]) -> None:
    """Delete these rows, a few at a time."""
    for start in range(0, len(ids), FEW):
        with db.write() as session:
            session.execute(delete(SearchChange).where(SearchChange.id.in_(ids[start : start + FEW])))


def known(db: Database) -> list[int]:
    """The ids of all rows that wait now. Not just the last one: a transaction that is still open may have a lower."""
    with db.read() as session:
        return list(session.scalars(select(SearchChange.id).order_by(SearchChange.id)))


def note(db: Database, posts: Sequence[int]) -> None:
    """The index has to look at these posts (again)."""
    for start in range(0, len(posts), FEW):
        with db.write() as session:
            session.execute(insert(SearchChange), [{"post_id": it} for it in posts[start : start + FEW]])


def backlog(db: Database) -> tuple[int, float]:
    """How many changes wait (no further counted than 100,000), and for how many seconds the oldest has."""
    some = select(SearchChange.id).limit(COUNTED).subquery()
    oldest = select(SearchChange.at).order_by(SearchChange.id).limit(1)
    with db.read() as session:
        first = session.execute(oldest).scalar_one_or_none()
        if first is None:
            return 0, 0.0
        waiting = session.execute(select(func.count()).select_from(some)).scalar_one()
    return waiting, max(0.0, (datetime.now(UTC) - first).total_seconds())
