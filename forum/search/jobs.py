"""The index hears of what changed, in batches; one that cannot be used is built anew while the site goes on."""

import time
from functools import lru_cache

import structlog

from forum.db import Database
from forum.events import IndexStale, record
from forum.outbox import Event
from forum.search.building import is_small, rebuild, rebuild_aside
from forum.search.engines import make_engine
from forum.search.engines.base import Engine, IndexBusy, IndexUnusable
from forum.search.queue import drain
from forum.settings import Settings
from forum.worker import Task

TURN = 8.0
"""Seconds after which a long queue lets other jobs have their turn."""
log = structlog.get_logger("forum.search")


@lru_cache(maxsize=4)
def engine_of(settings: Settings, db: Database) -> Engine:
    """The engine for this database object: one for the web, one for the worker; they share what they have open."""
    return make_engine(settings, db)


def index_changes(task: Task, event: Event) -> None:
    """Tell the index of all that changed since it was last told.

    When another process is writing the index, or the disk is full, there is nothing to do: the rows stay, and the
    next change or the next hour looks at them. An index that cannot be used is built anew: at once for a small
    forum, in a thread of its own for a large one, while others are served.
    """
    engine, until = engine_of(task.settings, task.db), time.monotonic() + TURN
    try:
        if not engine.state().usable:
            raise IndexUnusable("it is missing, of another release, or damaged")
        while drain(task.db, engine):
            if time.monotonic() > until:
                with task.db.write() as session:
                    record(session, IndexStale(), now=task.clock(), key=f"after-{task.id}")
                return
    except IndexBusy as error:
        log.info("the index is written later", why=str(error))
    except IndexUnusable as error:
        log.warning("the index cannot be used", why=str(error))
        if is_small(task.db):
            rebuild(task.db, engine)
        else:
            rebuild_aside(task.db, engine)


def build_anew(task: Task, event: Event) -> None:
    """An administrator doubts the index: build it from all posts, at once for a small forum."""
    engine = engine_of(task.settings, task.db)
    if is_small(task.db):
        rebuild(task.db, engine)
    else:
        rebuild_aside(task.db, engine)
