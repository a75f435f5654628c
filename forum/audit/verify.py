"""Does the log say what it said? Walks the whole chain and stops at the first entry that does not hold."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, String, Text, cast, func, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from forum.audit.chain import GENESIS, digest_of_details, hash_of
from forum.audit.domain import ERASED
from forum.audit.head import Head
from forum.audit.models import AuditDetail, AuditEntry, AuditHead
from forum.db import Database

BATCH = 1000
SQLITE_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
COLUMNS = [column for column in AuditEntry.__table__.columns if column.name != "at"]
_ROWS = (
    select(
        *COLUMNS, type_coerce(AuditEntry.at, NullType()).label("at"),
        AuditDetail.entry_id, cast(AuditDetail.salt, String).label("salt"), cast(AuditDetail.body, Text).label("body"),
    )
    .outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
    .order_by(AuditEntry.id)
)  # fmt: skip


class Broken(msgspec.Struct, frozen=True):
    """The first entry that does not hold, and what is wrong, in English: it goes to an operator."""

    entry_id: int
    why: str


class Verdict(msgspec.Struct, frozen=True):
    """What a walk found. `entries`: how many hold; `head`: the last of them, None in an empty log."""

    entries: int
    head: Head | None
    broken: Broken | None = None


class _Found(Exception):
    def __init__(self, entry_id: int, why: str) -> None:
        self.broken = Broken(entry_id, why)


@contextmanager
def snapshot(db: Database) -> Iterator[Session]:
    """A session to which the log stands still while the site goes on writing. Raises Unavailable, Busy."""
    with db.read() as session:
        if not db.sqlite:  # SQLite's transactions see one state anyway
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def size(session: Session) -> int:
    """How many entries there should be, roughly: for a progress bar."""
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def verify(
    session: Session, *, known: Mapping[str, Head], advance: Callable[[int], object] = lambda _: None
) -> Verdict:
    """Walk the chain in `session` (a `snapshot`).

    `known`: heads that were kept apart, by where they come from; read them before the snapshot is opened.
    `advance` hears how many entries were walked since the last call.
    """
    walk = _Walk(known)
    try:
        for rows in _batches(session):
            for row in rows:
                walk.step(row)
            advance(len(rows))
        walk.end(session)
    except _Found as found:
        return Verdict(walk.last.id, walk.head, found.broken)
    return Verdict(walk.last.id, walk.head)


class _Walk:
    def __init__(self, known: Mapping[str, Head]) -> None:
        self.last = Head(0, GENESIS)
        self.known = known
        self.without: set[int] = set()  # entries whose details are gone, until an erasure names them

    @property
    def head(self) -> Head | None:
        return self.last if self.last.id else None

    def step(self, row: Row[Any]) -> None:
        expected = self.last.id + 1
        if row.id < expected:
            raise _Found(row.id, "it was inserted")
        if row.id > expected:
            raise _Found(expected, "it is missing")
        if row.before != self.last.hash:
            raise _Found(row.id, "it does not follow from the one before")
        if _hash(row) != row.hash:
            raise _Found(row.id, "it was changed")
        for where, head in self.known.items():
            if head.id == row.id and head.hash != row.hash:
                raise _Found(row.id, f"it is not the entry that {where} knows: the log was rewritten")
        self._details(row)
        self.last = Head(row.id, row.hash)

    def _details(self, row: Row[Any]) -> None:
        if row.details_digest and row.entry_id is None:
            self.without.add(row.id)
        elif row.entry_id is not None and _digest(row) != row.details_digest:
            raise _Found(row.id, "its details were changed" if row.details_digest else "details were added to it")
        if row.action == ERASED:
            for erased in _erased(row):
                if erased not in self.without:
                    raise _Found(erased, f"entry {row.id} says its details were erased, and they are back")
                self.without.remove(erased)

    def end(self, session: Session) -> None:
        """The tail first: what is missing there may have told what else is missing."""
        for where, head in self.known.items():
            if head.id > self.last.id:
                raise _Found(self.last.id + 1, f"it is missing: {where} knows entry {head.id}")
        self._row(session)
        if self.without:
            raise _Found(min(self.without), "its details are missing, and no entry says that they were erased")
        stray = select(AuditDetail.entry_id).outerjoin(AuditEntry, AuditEntry.id == AuditDetail.entry_id)
        lost = session.scalar(stray.where(AuditEntry.id.is_(None)).order_by(AuditDetail.entry_id).limit(1))
        if lost is not None:
            raise _Found(lost, "it is missing, its details are not")

    def _row(self, session: Session) -> None:
        rows = session.execute(select(AuditHead.id, AuditHead.entry_id, AuditHead.hash)).all()
        if not rows and not self.last.id:
            return
        if [tuple(row) for row in rows] == [(1, *self.last)]:
            return
        if len(rows) == 1 and isinstance(rows[0].entry_id, int) and rows[0].entry_id > self.last.id:
            raise _Found(self.last.id + 1, f"it is missing: the head in the database knows entry {rows[0].entry_id}")
        raise _Found(max(self.last.id, 1), "it is the last one, and the head in the database is not it")


def _batches(session: Session) -> Iterator[list[Any]]:
    query: Select[Any] = _ROWS
    while True:
        rows = _fetch(session, query)
        if not rows:
            return
        yield rows
        query = _ROWS.where(AuditEntry.id > rows[-1].id)


def _fetch(session: Session, query: Select[Any]) -> list[Any]:
    """A batch. A row that the database itself cannot read ends the walk at that row, not at the batch's beginning."""
    try:
        return list(session.execute(query.limit(BATCH)))
    except (SQLAlchemyError, ValueError):
        good: list[Any] = []
        ids = list(session.scalars(query.with_only_columns(AuditEntry.id, maintain_column_froms=True).limit(BATCH)))
        for entry_id in ids:
            try:
                good.append(session.execute(_ROWS.where(AuditEntry.id == entry_id)).one())
            except (SQLAlchemyError, ValueError):
                break
        if good:
            return good
        raise _Found(ids[0] if ids else 1, "it cannot be read") from None


def _hash(row: Row[Any]) -> str | None:
    columns = row._asdict()
    try:
        if not isinstance(row.at, datetime):  # SQLite keeps moments as text without zone, spelled in one way only
            columns["at"] = datetime.strptime(row.at, SQLITE_MOMENT).replace(tzinfo=UTC)
            if columns["at"].strftime(SQLITE_MOMENT) != row.at:
                return None
        return hash_of(columns)
    except (TypeError, ValueError):
        return None


def _erased(row: Row[Any]) -> list[int]:
    try:
        return [int(entry_id) for entry_id in json.loads(row.data)["entries"]]
    except (TypeError, ValueError, KeyError, RecursionError):
        raise _Found(row.id, "it does not say what was erased") from None


def _digest(row: Row[Any]) -> str | None:
    try:
        return digest_of_details(row.salt, json.loads(row.body))
    except (TypeError, ValueError, RecursionError):
        return None
