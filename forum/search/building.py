"""Building the index anew, at once or in a thread of its own while the site goes on."""

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import select

from forum.db import Database
from forum.search.documents import all_documents
from forum.search.engines.base import Engine, IndexBusy
from forum.search.queue import drain, forget, known
from forum.threads.models import Post

SMALL = 1_000
"""A forum of so few posts is indexed in two or three seconds: no thread is needed."""
REST = 60.0  # seconds after a failure, lest it be tried again with every reply
log = structlog.get_logger("forum.search")


def is_small(db: Database) -> bool:
    """True for a forum of at most `SMALL` posts."""
    with db.read() as session:
        return len(session.execute(select(Post.id).limit(SMALL + 1)).all()) <= SMALL


def rebuild(db: Database, engine: Engine, progress: Callable[[int], None] = lambda _: None) -> None:
    """Build the index anew from the database, then hear what changed meanwhile. Raises IndexBusy, Unavailable, Busy.

    What waited before is in the new index already, for its posts are read afterwards.
    """
    waited = known(db)
    engine.rebuild(lambda: all_documents(db), progress)
    forget(db, waited)
    while drain(db, engine):
        pass


_building = threading.Lock()


def rebuild_aside(db: Database, engine: Engine) -> threading.Thread | None:
    """The same in a thread of its own; None when one is at it already. It tries again with the next change."""
    if not _building.acquire(blocking=False):
        return None

    def build() -> None:
        began = time.monotonic()
        try:
            rebuild(db, engine)
            log.info("the index was built anew", seconds=round(time.monotonic() - began))
        except IndexBusy as error:
            log.info("the index is built later", why=str(error))
        except Exception:
            log.exception("the index could not be built")
            time.sleep(REST)
        finally:
            _building.release()

    thread = threading.Thread(target=build, name="forum-index", daemon=True)
    thread.start()
    return thread
