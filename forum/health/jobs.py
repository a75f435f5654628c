"""Housekeeping: what has run out is thrown away, once an hour."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select

from forum.accounts.domain import upkeep
from forum.api.idempotency import purge as purge_answers
from forum.db import Database
from forum.events import HousekeepingDue, record
from forum.outbox import Outbox
from forum.worker import Task

DONE_KEPT = timedelta(days=7)
BATCH = 2000  # rows a transaction: others want to write, too
log = structlog.get_logger("forum.health")


def clean_up(task: Task, event: HousekeepingDue) -> None:
    """One round, and the next one in an hour.

    The next round is recorded first, under the hour's own key: however many servers start and however a round
    fails, there is one chain and it does not break.
    """
    now = task.clock()
    following = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    with task.db.write() as session:
        record(session, HousekeepingDue(), now=now, key=f"hour-{following:%Y-%m-%dT%H}", run_at=following)
    with task.db.write() as session:
        gone = upkeep.purge(session, now)
        gone["answers"] = purge_answers(session, now)
    gone["outbox"] = _forget_done(task.db, now - DONE_KEPT)
    if any(gone.values()):
        log.info("cleaned up", **gone)


def _forget_done(db: Database, before: datetime) -> int:
    total = 0
    while True:
        with db.write() as session:
            old = select(Outbox.id).where(Outbox.done_at < before).order_by(Outbox.done_at).limit(BATCH)
            ids = list(session.scalars(old))
            session.execute(delete(Outbox).where(Outbox.id.in_(ids)))
        total += len(ids)
        if len(ids) < BATCH:
            return total
