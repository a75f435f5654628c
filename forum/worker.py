"""The outbox worker: claims due rows with a lease, runs their jobs, retries with back-off, buries what never works.

At least once: a job that was killed in the middle runs again, so jobs are idempotent (by the outbox id or by what
they write). Several workers may run side by side: leases, and FOR UPDATE SKIP LOCKED on PostgreSQL.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

import msgspec
import structlog
from sqlalchemy import and_, or_, select, update

from forum.db import Database
from forum.errors import ForumError
from forum.events import EVENTS
from forum.kit.clock import Clock, utc_now
from forum.kit.jinja import Templates
from forum.kit.mail import Mailer
from forum.outbox import SPENT, Event, Outbox
from forum.settings import Settings

BATCH = 10
LEASE = timedelta(minutes=5)  # longer than any job; a killed worker's rows come back after it
COURTESY = 0.1  # seconds a job lets waiting requests pass: at the worst ten jobs a second are done meanwhile
POLL = 1.0  # seconds between looks when nobody wakes us (another process may have written)
MAX_ATTEMPTS = 12  # with the back-off below: about 14 hours of trying
log = structlog.get_logger("forum.worker")


@dataclass(frozen=True, slots=True)
class Task:
    """What a job gets beside its event."""

    id: int
    """The outbox row's id: the idempotency key for outside effects."""
    db: Database
    settings: Settings
    mailer: Mailer
    clock: Clock
    templates: Templates
    """For mails; they name no static files."""
    attempt: int = 1


Job = Callable[[Task, Event], None]


def job_for(name: str) -> Job:
    """Find "notifications.announce": `forum.notifications.jobs.announce`. Raises AttributeError, ImportError."""
    feature, _, verb = name.rpartition(".")
    job: Job = getattr(import_module(f"forum.{feature}.jobs"), verb)
    return job


def backoff(attempts: int) -> timedelta:
    """How long to wait after the nth failure: 5 s doubling to 2 h, with a quarter of jitter."""
    seconds = min(5 * 2 ** (attempts - 1), 7200)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311  jitter, not a secret


class Worker:
    """Drains the outbox, as a thread of the server or alone (`forum worker`)."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        mailer: Mailer,
        *,
        clock: Clock = utc_now,
        templates: Templates | None = None,
    ) -> None:
        """Nothing runs before `start` or `drain`. `templates`: default, the house's own."""
        self.db, self.settings, self.mailer, self.clock = db, settings, mailer, clock
        self.templates = templates or Templates(static=str, reload=settings.reload)
        self.crowded: Callable[[], bool] = lambda: False
        """Do requests of this process wait? Then jobs let them pass, see `_let_pass`."""
        self._awake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread until `stop`."""
        self._thread = threading.Thread(target=self.run, name="forum-worker", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Ask the thread to end after its current job, and wait."""
        self._stop.set()
        self._awake.set()
        if self._thread:
            self._thread.join(timeout)

    def wake(self) -> None:
        """There may be something to do."""
        self._awake.set()

    def run(self) -> None:
        """Work until stopped; a database that is away is waited for."""
        while not self._stop.is_set():
            try:
                worked = self.run_once()
            except ForumError as error:  # busy or unavailable: look again later
                log.warning("outbox unreachable", error=str(error))
                worked = 0
            except Exception:  # the loop itself must survive whatever a driver raises
                log.exception("outbox loop failed")
                worked = 0
            if not worked:
                self._awake.wait(POLL)
                self._awake.clear()

    def drain(self, limit: int = 10_000) -> int:
        """Run everything that is due now, in this thread; how many rows ran. For tests and commands."""
        total = 0
        while total < limit and (worked := self.run_once()):
            total += worked
        return total

    def run_once(self) -> int:
        """Claim one batch and run it; how many rows were claimed."""
        lease = secrets.token_hex(16)
        self._let_pass()
        rows = self._claim(lease)
        for row_id, job, event, payload, attempts in rows:
            if self._stop.is_set():
                break  # the rest of the batch comes back when its lease ends
            self._let_pass()
            self._run(lease, row_id, job, event, payload, attempts + 1)
        return len(rows)

    def _let_pass(self) -> None:
        """People first: while requests wait for their turn a job waits, too, but never for long."""
        until = time.monotonic() + COURTESY
        while self.crowded() and not self._stop.is_set() and time.monotonic() < until:
            self._stop.wait(COURTESY / 10)

    def _claim(self, lease: str) -> list[tuple[int, str, str, str, int]]:
        now = self.clock()
        due = and_(
            Outbox.done_at.is_(None), Outbox.dead_at.is_(None), Outbox.run_at <= now,
            or_(Outbox.leased_until.is_(None), Outbox.leased_until < now),
        )  # fmt: skip
        columns = (Outbox.id, Outbox.job, Outbox.event, Outbox.payload, Outbox.attempts)
        with self.db.read() as session:  # a look without the write lock: an idle worker costs nobody anything
            if session.execute(select(Outbox.id).where(due).limit(1)).first() is None:
                return []
        with self.db.write() as session:
            found = session.execute(
                select(*columns)
                .where(due)
                .order_by(Outbox.run_at, Outbox.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if found:
                session.execute(
                    update(Outbox)
                    .where(Outbox.id.in_([row.id for row in found]))
                    .values(lease=lease, leased_until=now + LEASE)
                )
            return [(row.id, row.job, row.event, row.payload, row.attempts) for row in found]

    def _run(self, lease: str, row_id: int, job: str, event: str, payload: str, attempt: int) -> None:
        task = Task(row_id, self.db, self.settings, self.mailer, self.clock, self.templates, attempt)
        try:
            job_for(job)(task, msgspec.json.decode(payload, type=EVENTS[event]))
        except Exception as error:  # whatever a job raises is its failure, not ours
            self._failed(lease, row_id, job, attempt, error)
            return
        spent = {"payload": SPENT} if EVENTS[event].secret else {}  # the mail has the link now: nobody else needs it
        self._finish(lease, row_id, attempts=attempt, done_at=self.clock(), error="", **spent)
        log.info("job done", job=job, outbox=row_id, attempt=attempt)

    def _failed(self, lease: str, row_id: int, job: str, attempt: int, error: Exception) -> None:
        now, words = self.clock(), f"{type(error).__name__}: {error}"[:2000]
        if attempt >= MAX_ATTEMPTS:
            self._finish(lease, row_id, attempts=attempt, dead_at=now, error=words)
            log.error("job is dead", job=job, outbox=row_id, attempt=attempt, error=words)
        else:
            self._finish(lease, row_id, attempts=attempt, run_at=now + backoff(attempt), error=words)
            log.warning("job failed, will be tried again", job=job, outbox=row_id, attempt=attempt, error=words)

    def _finish(self, lease: str, row_id: int, **values: datetime | int | str) -> None:
        with self.db.write() as session:  # only while the lease is still ours: another worker may have taken over
            session.execute(
                update(Outbox)
                .where(Outbox.id == row_id, Outbox.lease == lease)
                .values(lease=None, leased_until=None, **values)
            )
