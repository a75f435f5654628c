"""Every act is undone to a state equal to the one before: row by row, but for the log, the outbox and versions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.models import metadata
from forum.moderation.domain import RULES, Act, decide, report, undo
from forum.moderation.models import Case
from forum.policy.actors import Actor
from forum.threads.compose import compose
from tests.factories import Make

APART = {"audit_entries", "audit_details", "audit_head", "outbox", "search_changes", "decisions", "statements"}
"""The log, the outbox, what the search has yet to read, and the act’s own record (which says that it was undone)."""
WHY = {"reason": "harassment", "rule": "1", "explanation": "Be kind, please."}


def everything(make: Make) -> dict[str, list[Any]]:
    """Every row of every table, without versions."""
    with make.core.db.read() as session:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "version"}
                for row in session.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
            if table.name not in APART
        }


@pytest.fixture
def scene(make: Make) -> dict[str, Any]:
    """A thread with answers by three people, reports on it, on a post and on a profile, and another thread."""
    people = {name: make.member(name) for name in ("ada", "bea", "carlo")}
    people["mod"] = make.member("mod", role="moderator")
    place, other = make.category("here"), make.category("there")
    first = make.thread(people["ada"], place, title="First thread", body="The opening.")
    replies = [make.reply(people[name], first.thread_id, f"By {name}") for name in ("bea", "carlo", "bea", "ada")]
    second = make.thread(people["carlo"], other, title="Second thread")
    make.reply(people["ada"], second.thread_id, "There too")
    held = make.thread(people["bea"], place, title="Held thread")
    make.state(held, "visible")
    with make.core.db.write() as session:
        for kind, row_id in (("post", replies[0].id), ("thread", first.thread_id), ("member", people["bea"].id)):
            report(
                session, actor=people["carlo"], target_type=kind, target_id=row_id, reason="harassment", now=make.now
            )
    return {"people": people, "first": first, "second": second, "replies": replies}


def acts(make: Make, scene: dict[str, Any]) -> dict[str, tuple[str, int, dict[str, Any]]]:
    """Name → (target type, target id, fields of the act)."""
    post, thread = scene["replies"][0], scene["first"]
    week = {"until": make.now + timedelta(days=7)}
    with make.core.db.read() as session:
        draft = compose(session, "Milder words.")
    chosen = tuple(ref.id for ref in scene["replies"][1:3])
    return {
        "dismiss": ("post", post.id, {}),
        "hide": ("post", post.id, WHY),
        "hide opening": ("post", thread.id, WHY),
        "hide thread": ("thread", thread.thread_id, WHY),
        "remove": ("post", post.id, WHY),
        "remove sweep": ("post", post.id, {**WHY, "sweep": "thread"}),
        "remove thread": ("thread", thread.thread_id, WHY),
        "edit": ("post", post.id, {**WHY, "draft": draft}),
        "warn": ("post", post.id, WHY),
        "warn member": ("member", scene["people"]["bea"].id, WHY),
        "silence": ("member", scene["people"]["bea"].id, {**WHY, **week}),
        "suspend": ("post", post.id, {**WHY, **week, "sweep": "target"}),
        "ban": ("member", scene["people"]["bea"].id, {**WHY, "sweep": "day"}),
        "hold": ("member", scene["people"]["bea"].id, {**WHY, **week}),
        "demote": ("thread", thread.thread_id, WHY),
        "lock": ("thread", thread.thread_id, {}),
        "pin": ("thread", thread.thread_id, {}),
        "slow": ("thread", thread.thread_id, {"seconds": 60}),
        "timer": ("thread", thread.thread_id, {"timed": "lock", **week}),
        "move": ("thread", thread.thread_id, {"category": "there"}),
        "split": ("thread", thread.thread_id, {"posts": chosen, "title": "A thread of its own", "category": "there"}),
        "merge": ("thread", thread.thread_id, {"into": scene["second"].thread_id}),
    }


NAMES = (
    "dismiss", "hide", "hide opening", "hide thread", "remove", "remove sweep", "remove thread", "edit", "warn",
    "warn member", "silence", "suspend", "ban", "hold", "demote", "lock", "pin", "slow", "timer", "move", "split",
    "merge",
)  # fmt: skip


def do(make: Make, actor: Actor, kind: str, row_id: int, name: str, fields: dict[str, Any]) -> int:
    with make.core.db.write() as session:
        made = decide(
            session, actor=actor, act=Act(action=name.partition(" ")[0], **fields), target_type=kind,
            target_id=row_id, now=make.now,
        )  # fmt: skip
        return made.id


@pytest.mark.parametrize("name", NAMES)
def test_an_act_is_undone_to_the_state_before(make: Make, scene: dict[str, Any], name: str) -> None:
    mod = scene["people"]["mod"]
    kind, row_id, fields = acts(make, scene)[name]
    before = everything(make)
    decision = do(make, mod, kind, row_id, name, fields)
    between = everything(make)
    assert between != before
    with make.core.db.write() as session:
        undo(session, actor=mod, decision_id=decision, now=make.now)
    after = everything(make)
    for table, rows in before.items():
        assert after[table] == rows, table


@pytest.mark.parametrize("name", NAMES)
def test_counters_are_right_after_every_act(make: Make, scene: dict[str, Any], name: str) -> None:
    kind, row_id, fields = acts(make, scene)[name]
    decision = do(make, scene["people"]["mod"], kind, row_id, name, fields)
    make.check_counters()
    with make.core.db.write() as session:
        undo(session, actor=scene["people"]["mod"], decision_id=decision, now=make.now)
    make.check_counters()


BACKWARDS = (("hide", "approve"), ("remove thread", "approve"), ("lock", "unlock"), ("pin", "unpin"),
             ("demote", "promote"), ("silence", "lift"))  # fmt: skip


@pytest.mark.parametrize(("first", "second"), BACKWARDS)
def test_an_act_on_an_act_is_undone_to_the_state_between(
    make: Make, scene: dict[str, Any], first: str, second: str
) -> None:
    """approve, unlock, unpin, promote and lift need something that was done before."""
    mod = scene["people"]["mod"]
    kind, row_id, fields = acts(make, scene)[first]
    do(make, mod, kind, row_id, first, fields)
    before = everything(make)
    decision = do(make, mod, kind, row_id, second, {})
    assert everything(make) != before
    with make.core.db.write() as session:
        undo(session, actor=mod, decision_id=decision, now=make.now)
    after = everything(make)
    for table, rows in before.items():
        assert after[table] == rows, table
    make.check_counters()


def test_every_act_is_here(make: Make, scene: dict[str, Any]) -> None:
    done = {name.split(maxsplit=1)[0] for name in NAMES} | {second for _, second in BACKWARDS}
    assert done == set(RULES)


def test_the_comparison_itself_can_fail(make: Make, scene: dict[str, Any]) -> None:
    before = everything(make)
    with make.core.db.write() as session:
        session.get_one(Case, 1).score += 1
    assert everything(make) != before
