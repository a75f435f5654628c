"""What deciding and undoing cost in statements: few for each post or report, whatever else there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from forum.categories.models import Category
from forum.members.models import Member
from forum.moderation.domain import Act, decide, undo
from forum.moderation.domain.apply import MOST_SWEPT
from forum.moderation.models import Case, Report
from forum.threads.models import Post, Thread
from tests.factories import Make
from tests.integration.moderation.stage import WHY, Stage, set_stage

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@contextmanager
def counted(make: Make) -> Iterator[Callable[[], int]]:
    """How often the database was asked or told something; many rows told at once are one."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(make.core.db.engine, "before_cursor_execute", note)
    try:
        yield lambda: len(seen)
    finally:
        event.remove(make.core.db.engine, "before_cursor_execute", note)


def costs(stage: Stage, **what: Any) -> tuple[int, int, int]:
    """(statements of a decision, of undoing it, id)."""
    make = stage.make
    with counted(make) as count, make.core.db.write() as session:
        made = decide(session, actor=stage.mod, now=make.now, **what)
        session.flush()
        forwards = count()
    with counted(make) as count, make.core.db.write() as session:
        undo(session, actor=stage.mod, decision_id=made.id, now=make.now)
        session.flush()
        backwards = count()
    return forwards, backwards, made.id


def test_a_sweep_of_many_posts(make: Make) -> None:
    stage = set_stage(make)
    act = Act(action="ban", sweep="day", **WHY)
    target = {"target_type": "member", "target_id": stage.author.id, "act": act}
    few = costs(stage, **target)
    with make.core.db.write() as session:
        row = {column.name: getattr(session.get_one(Post, stage.post.id), column.name) for column in Post.__table__.c}
        del row["id"]
        session.execute(insert(Post), [{**row, "number": 3 + step} for step in range(MOST_SWEPT - 1)])
        session.get_one(Member, stage.author.id).post_count += MOST_SWEPT - 1
        thread = session.get_one(Thread, stage.thread.thread_id)
        thread.post_count += MOST_SWEPT - 1
        thread.last_number += MOST_SWEPT - 1
        session.get_one(Category, thread.category_id).post_count += MOST_SWEPT - 1
    many = costs(stage, **target)
    assert make.get(Post, stage.post.id).state == "visible"
    for before, after in zip(few[:2], many[:2], strict=True):
        assert after <= before + 10, (few, many)


def test_a_case_with_many_reports(make: Make) -> None:
    stage = set_stage(make)
    case_id = stage.report().case_id
    target = {"case_id": case_id, "act": Act(action="dismiss")}
    few = costs(stage, **target)
    with make.core.db.write() as session:
        first = session.execute(select(Report.__table__)).mappings().one()
        rows = [
            {**first, "id": None, "reference": f"R-{step:08}", "reporter_id": None, "created_at": make.now}
            for step in range(500)
        ]
        session.execute(insert(Report), [{name: one for name, one in row.items() if name != "id"} for row in rows])
        session.get_one(Case, case_id).report_count += 500
    many = costs(stage, **target)
    for before, after in zip(few[:2], many[:2], strict=True):
        assert after <= before + 6, (few, many)
    with make.core.db.read() as session:
        assert set(session.scalars(select(Report.state))) == {"open"}


def test_counters_are_right_within_one_decision(make: Make) -> None:
    """Rows in hand are not left with the counts of before."""
    stage = set_stage(make)
    for step in range(3):
        make.core.clock.forward(minutes=1)  # type: ignore[attr-defined]
        make.reply(stage.author, stage.thread.thread_id, f"Another one, number {step}")
    act = Act(action="suspend", sweep="thread", until=make.now + timedelta(days=1), **WHY)
    costs(stage, target_type="post", target_id=stage.post.id, act=act)
    make.check_counters()
