"""The index hears of what changed, in batches; a lost one is built anew while the site goes on."""

import threading
from collections.abc import Sequence
from functools import lru_cache

import structlog
from sqlalchemy import delete, select

from forum.db import Database
from forum.events import Event
from forum.search.documents import all_documents, documents, posts_of
from forum.search.engines import make_engine
from forum.search.engines.base import Engine, IndexBusy, IndexUnusable
from forum.search.models import SearchChange
from forum.settings import Settings
from forum.worker import Task

BATCH = 500
"""Changes of one write: at most so many posts are analysed twice after a crash."""
DELETED = 200  # rows a statement: SQLite and PostgreSQL both take more, and nobody waits longer
log = structlog.get_logger("forum.search")


@lru_cache(maxsize=4)
def engine_of(settings: Settings, db: Database) -> Engine:
    """The worker's engine: one for the process."""
    return make_engine(settings, db)


def index_changes(task: Task, event: Event) -> None:
    """Tell the index of all that changed since it was last told.

    The rows are deleted after the index has written, so whatever happens in between is done again. When another
    process is writing the index there is nothing to do: it looks for new rows until there are none. An index that
    cannot be written is built anew.
    """
    engine = engine_of(task.settings, task.db)
    try:
        while drain(task.db, engine):
            pass
    except IndexBusy:
        log.info("another process writes the index")
    except IndexUnusable as error:
        log.warning("the index cannot be used", error=str(error))
        rebuild_aside(task.db, engine)


def drain(db: Database, engine: Engine) -> int:
    """One batch; how many rows it took. Raises IndexBusy, IndexUnusable, Unavailable, Busy."""
    with db.read() as session:
        rows = session.execute(
            select(SearchChange.id, SearchChange.post_id, SearchChange.thread_id).order_by(SearchChange.id).limit(BATCH)
        ).all()
        if not rows:
            return 0
        threads = sorted({row.thread_id for row in rows if row.thread_id is not None})
        posts = {row.post_id for row in rows if row.post_id is not None} | set(posts_of(session, threads))
        found, gone = documents(session, posts)
    engine.write(found, gone)
    forget(db, [row.id for row in rows])
    return len(rows)


def forget(db: Database, ids: Sequence[int]) -> None:
    """Delete these rows, a few at a time."""
    for start in range(0, len(ids), DELETED):
        with db.write() as session:
            session.execute(delete(SearchChange).where(SearchChange.id.in_(ids[start : start + DELETED])))


_building = threading.Lock()


def rebuild_aside(db: Database, engine: Engine) -> threading.Thread | None:
    """Build the index anew in a thread of its own; None when one is at it already."""
    if not _building.acquire(blocking=False):
        return None

    def build() -> None:
        try:
            engine.rebuild(lambda: all_documents(db), lambda count: log.info("index is being built", documents=count))
            while drain(db, engine):
                pass
        except Exception:  # the next change, or the hour, tries again
            log.exception("the index could not be built")
        finally:
            _building.release()

    thread = threading.Thread(target=build, name="forum-index", daemon=True)
    thread.start()
    return thread
