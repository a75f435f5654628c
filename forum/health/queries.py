"""How the outbox and the sessions stand: for `/metrics` and the administrator."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, case, func, select
from sqlalchemy.orm import Session

from forum.accounts.models import SignIn
from forum.accounts.queries import IDLE
from forum.outbox import Outbox

WAITING = and_(Outbox.done_at.is_(None), Outbox.dead_at.is_(None))


class OutboxState(msgspec.Struct, frozen=True):
    """`pending`: not done yet; `due`: of those, what could run now; `failed`: of those, what was tried in vain.

    `dead`: given up; `oldest_due`: since when the oldest due one could have run; `last_done`: the newest success.
    """

    pending: int
    due: int
    failed: int
    running: int
    dead: int
    oldest_due: datetime | None
    last_done: datetime | None


def outbox_state(session: Session, now: datetime) -> OutboxState:
    """Three statements, each on an index of what is not done."""
    due = Outbox.run_at <= now

    def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)

    row = session.execute(
        select(
            func.count(), how_many(due), how_many(Outbox.attempts > 0), how_many(Outbox.leased_until > now),
            func.min(case((due, Outbox.run_at))),
        ).where(WAITING)
    ).one()  # fmt: skip
    dead = session.execute(select(func.count()).where(Outbox.dead_at.is_not(None))).scalar_one()
    done = session.execute(select(func.max(Outbox.done_at))).scalar_one()
    return OutboxState(row[0], row[1], row[2], row[3], dead, row[4], done)


def living_sessions(session: Session, now: datetime) -> int:
    """Browsers that are signed in."""
    query = select(func.count()).select_from(SignIn).where(SignIn.expires_at > now, SignIn.seen_at > now - IDLE)
    return session.execute(query).scalar_one()
