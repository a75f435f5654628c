"""Leaving word of what happened: of each thing by itself, or once of one act on many dates.

Whoever answers for a whole series, calls it off or changes it, does so with one tap; whom it concerns gets one notice
and one mail about it, and not one for each of fifty-two dates. News stay one for a date, for each date's page says what
became of it: those of one act share the last part of their key.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.events import record
from forum.meetups.events import MeetupTold, SeatChanged, SeriesTold
from forum.meetups.models import News, Occurrence, Rsvp

ACT: Final = "meetups.act"
"""Where a session keeps the act that is going on."""
MARK: Final = "act-"


class Act:
    """What one act on many dates leaves: the name that its news share, and the seats that changed, by member."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.name = f"{MARK}{secrets.token_hex(8)}"
        self.told = False
        self.seats: dict[int, list[tuple[int, int]]] = {}


@contextmanager
def together(session: Session, meetup_id: int, *, now: datetime) -> Iterator[None]:
    """What happens in here to dates of one meetup is told once to each member. Inside another one it adds nothing."""
    if ACT in session.info:
        yield
        return
    act = session.info[ACT] = Act()
    try:
        yield
    finally:
        del session.info[ACT]
    if act.told:
        record(session, SeriesTold(meetup_id, act.name), now=now)
    for (rsvp_id, version), *others in act.seats.values():
        record(session, SeatChanged(rsvp_id, version, others=tuple(others)), now=now)


def leave(session: Session, news: News, *, now: datetime) -> None:
    """Keep news about a date, and have those told whom it concerns."""
    act: Act | None = session.info.get(ACT)
    if act is not None:
        news.key, act.told = f"{news.key}:{act.name}", True
    session.add(news)
    session.flush()
    if act is None:
        record(session, MeetupTold(news.id), now=now)


def seat_changed(session: Session, row: Rsvp, *, passed: bool, now: datetime) -> None:
    """Their calendar wants to know. `passed`: what they gave back is somebody else's by now."""
    act: Act | None = session.info.get(ACT)
    if act is not None:
        act.seats.setdefault(row.member_id, []).append((row.id, row.version))
    else:
        record(session, SeatChanged(row.id, row.version, passed), now=now)


def act_of(key: str) -> str:
    """The name of the act that news with this key are part of; empty: they stand alone."""
    name = key.rpartition(":")[2]
    return name if name.startswith(MARK) else ""


def of_act(session: Session, meetup_id: int, name: str) -> list[News]:
    """The news of one act, in the order of their dates."""
    query = (
        select(News)
        .join(Occurrence, Occurrence.id == News.occurrence_id)
        .where(Occurrence.meetup_id == meetup_id, News.key.like(f"%:{name}"))
        .order_by(Occurrence.starts_at, News.id)
    )
    return list(session.scalars(query))
