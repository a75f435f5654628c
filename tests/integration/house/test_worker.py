"""The outbox worker: at least once, with leases, retries, back-off and a place for what never works."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import events, worker
from forum.events import HousekeepingDue, NoticeMade, record
from forum.outbox import Outbox
from forum.worker import COURTESY, LEASE, MAX_ATTEMPTS, Worker, backoff, job_for


@pytest.fixture
def jobs(monkeypatch):
    """A route of the test's own: `ran` collects, `raising` makes it fail."""

    class Jobs:
        ran: list
        raising: Exception | None = None

    box = Jobs()
    box.ran = []

    def job(task, event):
        if box.raising:
            raise box.raising
        box.ran.append((task.id, event))

    monkeypatch.setitem(events.ROUTES, NoticeMade, ("test.job",))
    monkeypatch.setattr(worker, "job_for", lambda name: job)
    return box


def put(db, now, n=1, **more):
    with db.write() as session:
        for i in range(n):
            record(session, NoticeMade(notice_id=i), now=now, **more)


def rows(db):
    with db.read() as session:
        return session.execute(
            select(Outbox.attempts, Outbox.done_at, Outbox.dead_at, Outbox.error).order_by(Outbox.id)
        ).all()


def test_every_route_leads_to_a_job():
    for names in events.ROUTES.values():
        for name in names:
            assert callable(job_for(name)), name


def test_it_runs_what_is_due_once(db, core, jobs, clock):
    put(db, clock(), 25)
    put(db, clock(), run_at=clock() + timedelta(hours=1))
    assert core.worker.drain() == 25
    assert len(jobs.ran) == 25 and core.worker.drain() == 0
    clock.forward(hours=1)
    assert core.worker.drain() == 1


def test_people_pass_first_but_jobs_are_done_all_the_same(db, core, jobs, clock):
    """While requests wait a job waits, too: a tenth of a second at most, and not at all once nobody does."""
    put(db, clock(), 3)
    asked: list[bool] = []

    def crowded() -> bool:
        asked.append(True)
        return len(jobs.ran) < 2

    core.worker.crowded = crowded
    began = time.monotonic()
    assert core.worker.drain() == 3 == len(jobs.ran)
    assert time.monotonic() - began >= 3 * COURTESY, "before the claim, the first job and the second"
    assert len(asked) > 5


def test_a_failure_is_tried_again_later_and_buried_at_last(db, core, jobs, clock):
    put(db, clock())
    jobs.raising = OSError("mail server down")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert core.worker.drain() == 1
        assert rows(db)[0].attempts == attempt and "mail server down" in rows(db)[0].error
        assert core.worker.drain() == 0, "not before its time"
        clock.forward(hours=3)
    assert rows(db)[0].dead_at is not None
    assert core.worker.drain() == 0


def test_a_failure_does_not_stop_the_others(db, core, jobs, clock, monkeypatch):
    put(db, clock(), 3)
    calls = []

    def job(task, event):
        calls.append(event.notice_id)
        if event.notice_id == 1:
            raise ValueError("bad one")

    monkeypatch.setattr(worker, "job_for", lambda name: job)
    core.worker.drain()
    assert sorted(calls) == [0, 1, 2]


def test_a_killed_workers_rows_come_back_when_the_lease_ends(db, core, jobs, clock):
    put(db, clock(), 3)
    assert len(core.worker._claim("dead worker")) == 3
    assert core.worker.drain() == 0
    clock.now += LEASE + timedelta(seconds=1)
    assert core.worker.drain() == 3 and len(jobs.ran) == 3


def test_a_late_worker_cannot_finish_what_another_took_over(db, core, jobs, clock):
    put(db, clock())
    [(row_id, *_)] = core.worker._claim("slow")
    clock.now += LEASE + timedelta(seconds=1)
    core.worker._claim("quick")
    core.worker._finish("slow", row_id, done_at=clock())
    assert rows(db)[0].done_at is None


def test_several_workers_share_without_doubles(db, core, jobs, clock, settings, mailbox):
    put(db, clock(), 120)
    crew = [Worker(db, settings, mailbox, clock=clock) for _ in range(4)]
    threads = [threading.Thread(target=one.drain) for one in crew]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in crew:
        one.drain()
    ids = [task_id for task_id, _ in jobs.ran]
    assert len(ids) == 120 and len(set(ids)) == 120


def test_a_key_counts_once(db, core, clock):
    put(db, clock(), 3, key="same")
    with db.read() as session:
        assert len(session.execute(select(Outbox.id)).all()) == 1


def test_a_rolled_back_change_leaves_no_event(db, clock):
    with pytest.raises(RuntimeError), db.write() as session:
        record(session, HousekeepingDue(), now=clock())
        raise RuntimeError
    assert rows(db) == []


def test_backoff_grows_and_is_bounded():
    assert 3 < backoff(1).total_seconds() < 7
    assert backoff(MAX_ATTEMPTS).total_seconds() <= 7200 * 1.25


def test_the_thread_survives_a_database_that_is_away(db, core, jobs, clock, monkeypatch):
    put(db, clock())
    failures = iter([OSError("gone"), None])
    real = core.worker.run_once

    def sometimes():
        error = next(failures, None)
        if error:
            raise error
        return real()

    monkeypatch.setattr(core.worker, "run_once", sometimes)
    core.worker.start()
    for _ in range(100):
        core.worker.wake()
        if jobs.ran:
            break
        threading.Event().wait(0.05)
    core.worker.stop()
    assert len(jobs.ran) == 1
