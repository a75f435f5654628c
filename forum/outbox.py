"""The outbox: what a transaction leaves behind, and what an event is. `events.py` lists them all."""

from datetime import datetime
from typing import ClassVar

import msgspec
from sqlalchemy import Index, String, Text, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from forum.db import Base, Id


class Outbox(Base):
    """One effect that still has to happen, or did: an event for one job."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due", "run_at", "id",
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
            sqlite_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
        Index(
            "ix_outbox_dead", "dead_at",
            postgresql_where=text("dead_at IS NOT NULL"), sqlite_where=text("dead_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    job: Mapped[str] = mapped_column(String(60))  # "notifications.announce": forum.notifications.jobs.announce
    event: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str] = mapped_column(Text)  # the event as JSON
    key: Mapped[str | None] = mapped_column(String(120), unique=True)  # a second record with it is dropped
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]  # not before
    attempts: Mapped[int] = mapped_column(server_default="0")
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    dead_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, server_default="")


SPENT = "{}"  # the payload of a secret event whose job is done


class Event(msgspec.Struct, frozen=True):
    """Base of all events: past tense, ids only (what they point to may change before the job runs)."""

    secret: ClassVar[bool] = False
    """The payload holds a token or an address: it is blanked as soon as the job is done."""


ROW = insert(Outbox)  # past the ORM: nearly every write leaves one, in the middle of its locks


def leave(session: Session, job: str, event: Event, *, now: datetime, key: str | None, run_at: datetime) -> None:
    """One row, inside the caller's transaction; none when there is one with this `key` of this job."""
    row = {
        "job": job, "event": type(event).__name__, "payload": msgspec.json.encode(event).decode(),
        "key": f"{job}:{key}" if key else None, "created_at": now, "run_at": run_at,
    }  # fmt: skip
    if key is None:
        session.connection().execute(ROW, row)
        return
    try:
        with session.begin_nested():
            session.connection().execute(ROW, row)
    except IntegrityError:
        return  # recorded before
