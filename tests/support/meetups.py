"""Meetups for tests, made by the real verbs; and those of the access matrix: one in each category, full of canaries."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from forum.kit import walltime
from forum.meetups.domain import (
    DatePlan,
    MeetupRef,
    NewChapter,
    NewPlace,
    NewQuestion,
    Plan,
    Reply,
    Seat,
    announce,
    answer,
    cancel_occurrence,
    change_occurrence,
    party_token,
    save_chapter,
)
from forum.meetups.models import Occurrence
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


def put_capacity(session: Session, host: Actor, occurrence_id: int, capacity: int | None, now: datetime) -> None:
    """A host makes the room larger or smaller, and changes nothing else."""
    date = session.get_one(Occurrence, occurrence_id)
    same = DatePlan(
        date.title, date.starts_local, date.ends_local, date.timezone, date.fold, date.note, date.place_id,
        date.online_url, capacity, date.guests_allowed, date.deadline_at,
    )  # fmt: skip
    change_occurrence(session, actor=host, occurrence_id=occurrence_id, plan=same, version=None, reason="", now=now)


def furnish(found: Any, levels: Any) -> None:
    """Announced by the administrator, answered by another one: `found` gets meetups, dates, groups, codes."""
    make, admin = found.make, found.actors["admin"]
    guest = make.member("canaryguest", role="admin", display_name="CANARYguestname")
    day = (make.now + timedelta(days=9)).date()
    starts = datetime(day.year, day.month, day.day, 19, 0)  # noqa: DTZ001  wall time
    for level in levels:
        with make.core.db.read() as session:
            draft = compose(session, f"CANARY{level}meetupbody")
        place = NewPlace(f"CANARY{level}place", f"CANARY{level}address", 45.31, 9.5)
        words = {
            "category": level, "body": "x", "timezone": "Europe/Rome", "locale": "en",
            "chapter": f"group-{level}", "ends_local": starts + timedelta(hours=2), "starts_local": starts,
        }  # fmt: skip
        with make.core.db.write() as session:
            group = NewChapter(f"Group {level}", level, about="Riders.", town=f"CANARY{level}chapter")
            found.groups.append(save_chapter(session, actor=admin, chapter=group, now=make.now).slug)
        with make.core.db.write() as session:
            plan = Plan(
                title=f"CANARY{level}meetup", place=place, capacity=9, online_url=f"https://CANARY{level}room.example/",
                questions=(NewQuestion(f"CANARY{level}question"),), **words,
            )  # fmt: skip
            made = announce(session, actor=admin, plan=plan, draft=draft, now=make.now)
            found.meetups.append(made.id)
            off = announce(
                session, actor=admin, plan=Plan(title=f"CANARY{level}off", place=place, **words), draft=draft,
                now=make.now,
            )  # fmt: skip
            cancel_occurrence(
                session, actor=admin, occurrence_id=off.occurrence_ids[0], reason=f"CANARY{level}reason", now=make.now
            )
            found.meetups.append(off.id)
            found.dates += [made.occurrence_ids[0], off.occurrence_ids[0]]
            reply = Reply("yes", note=f"CANARY{level}note")
            seat = answer(session, actor=guest, occurrence_id=made.occurrence_ids[0], reply=reply, now=make.now)
            found.codes.append(party_token(make.core.secret, seat.rsvp_id, made.occurrence_ids[0]))
        found.canaries[f"CANARY{level}meetup"] = (level, "visible", "visible")
        for word, hosts_only in (
            ("place", False),
            ("chapter", False),
            ("reason", False),
            ("room", True),
            ("note", True),
        ):
            found.unposted[f"CANARY{level}{word}"] = (level, hosts_only)
    found.canaries |= dict.fromkeys(found.unposted)
