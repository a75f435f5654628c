"""Meetups for tests, made by the real verbs."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from forum.kit import walltime
from forum.meetups.domain import MeetupRef, NewPlace, Plan, Reply, Seat, announce, answer
from forum.policy.actors import Actor
from forum.threads.compose import compose
from tests.factories import Make

CASCINA = NewPlace("Cascina Fanzaga", "via Lodivecchia 12, Lodi", latitude=45.31, longitude=9.5, step_free=True)


def plan(make: Make, *, days: float = 7, hours: float = 3, **more: Any) -> Plan:
    """A week from now, at the same hour in Rome, for three hours."""
    zone = more.pop("timezone", "Europe/Rome")
    starts = more.pop("starts_local", None)
    if starts is None:
        starts = walltime.wall_of(make.now + timedelta(days=days), walltime.zone(zone)).replace(fold=0)
    values: dict[str, Any] = {
        "title": "Officina aperta", "body": "Freni e trasmissione prima dell’inverno.", "place": CASCINA,
        "starts_local": starts, "ends_local": more.pop("ends_local", starts + timedelta(hours=hours)),
        "timezone": zone, **more,
    }  # fmt: skip
    return Plan(**values)


def meetup(make: Make, actor: Actor, **more: Any) -> MeetupRef:
    """Announced; `more`: fields of the plan."""
    it = plan(make, **more)
    if not it.category and it.thread_id is None:
        it = msgspec.structs.replace(it, category=make.category())
    with make.core.db.read() as session:
        draft = compose(session, it.body)
    with make.core.db.write() as session:
        return announce(
            session, actor=actor, plan=it, draft=draft if it.thread_id is None else None, now=make.now, examine=False
        )


def say(
    make: Make, actor: Actor, occurrence_id: int, reply: str = "yes", *, now: datetime | None = None, **more: Any
) -> Seat:
    """Somebody's answer."""
    with make.core.db.write() as session:
        return answer(
            session, actor=actor, occurrence_id=occurrence_id, reply=Reply(reply, **more), now=now or make.now
        )
