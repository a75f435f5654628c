"""While a summary is counted and its files are typeset, others write: SQLite has one writer for the whole site."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select, text

from forum.db import Database
from forum.feedback.delivery import runs, schedules
from forum.feedback.delivery.models import Run, Schedule
from forum.feedback.exports import render
from forum.feedback.exports.models import Snapshot
from forum.feedback.models import Team
from tests.support.delivering import MONTHLY, Place

NOVEMBER = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def others_write(db: Database) -> bool:
    """Nobody holds what a writer needs: SQLite's only lock, on PostgreSQL the rows that a manager would change."""
    if db.sqlite:
        other = sqlite3.connect(db.data_dir / "forum.db", timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            other.close()
        return True
    with db.write() as session:
        session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        for table in (Schedule, Run, Snapshot):
            session.execute(select(table.id).with_for_update())
    return True


@contextmanager
def before(db: Database, words: str) -> Iterator[list[Any]]:
    """Steps in before statements with `words` in them; what is appended to the list runs first."""
    acts: list[Any] = []

    def step_in(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if words in statement:
            waiting, acts[:] = acts[:], []
            for act in waiting:
                act()

    event.listen(db.engine, "before_cursor_execute", step_in)
    try:
        yield acts
    finally:
        event.remove(db.engine, "before_cursor_execute", step_in)


def test_others_write_while_it_is_counted_and_while_it_is_typeset(
    october: Place, start: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, db, free = october, october.make.core.db, []
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(privacy="quotes", formats=("csv", "pdf"), destinations=(place.hook(start())[0],))
    place.clock.now = NOVEMBER
    for kind in ("csv", "pdf"):

        def typeset(*given: Any, real: Any = render.WRITERS[kind]) -> None:
            free.append(others_write(db))
            real(*given)

        monkeypatch.setitem(render.WRITERS, kind, typeset)
    with before(place.make.core.worker.db, "PARTITION BY feedback_evidence.item_id") as acts:  # among what is counted
        acts.append(lambda: free.append(others_write(db)))
        place.make.drain()
    assert free == [True] * 3
    assert len([it for it in mailbox.sent if it.files]) == 1 and {it.state for it in place.deliveries()} == {"sent"}


def test_a_schedule_changed_while_it_is_counted_is_counted_again(october: Place, mailbox: Any) -> None:
    place, db = october, october.make.core.db
    place.clock.now = NOVEMBER - timedelta(days=1)
    schedule = place.schedule(privacy="quotes", addresses=("lead@nido.example",), skip_empty=False)

    def change() -> None:
        new = msgspec.structs.replace(MONTHLY, team="events", addresses=("lead@nido.example",), skip_empty=False)
        with db.write() as session:
            schedules.save(session, actor=place.house.livia, schedule_id=schedule, new=new, now=place.clock.now)

    place.clock.now = NOVEMBER
    with before(place.make.core.worker.db, "PARTITION BY feedback_evidence.item_id") as acts:
        acts.append(change)
        place.make.drain()
    with db.read() as session:
        events = session.scalars(select(Team.id).where(Team.slug == "events")).one()
    (kept,) = place.all(Snapshot)
    (run,) = place.runs()
    assert (kept.team_id, kept.privacy, run.snapshot_id, run.state) == (events, "paraphrase", kept.id, "sent")
    (mail,) = mailbox.to("lead@nido.example")
    assert "Item sensors" not in mail.text and mailbox.to("alba@example.org") == []


def test_two_workers_that_count_the_same_run_keep_one(october: Place) -> None:
    place, db = october, october.make.core.db
    place.clock.now = NOVEMBER - timedelta(days=1)
    schedule = place.schedule()
    place.clock.now = NOVEMBER
    with db.write() as session:
        run_id = runs.fire(session, schedule, NOVEMBER)
    assert run_id
    secret = place.make.core.secret
    with db.read() as session:
        both = [runs.count(session, run_id, secret=secret, now=NOVEMBER) for _ in range(2)]
    for counted in both:
        assert counted
        with db.write() as session:
            assert runs.make(session, run_id, counted, NOVEMBER)
    with db.read() as session:
        assert runs.count(session, run_id, secret=secret, now=NOVEMBER) is None
    assert both[0] and [it.id for it in place.all(Snapshot)] == [both[0].asked.snapshot]
    assert len(place.deliveries()) == 1
