"""The journal of a decision: what it changed, so that undoing it leads back to the very same rows.

Only what an act sets is written down. What follows from it (counters, a thread's last post, a member's standing) is
derived anew whenever it changes, forwards and backwards, by the same functions (`derived.py`): that is why a decision
can still be undone when others have written meanwhile.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import DateTime, Table, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.db import Base, Moment
from forum.errors import Conflict
from forum.kit.i18n import N_
from forum.models import metadata
from forum.moderation.domain import derived
from forum.threads.models import Post, Thread

Entry = list[Any]
"""["set", table, id, {column: [before, after]}] · ["add", table, id] ·
["move", from thread, to thread, [[post id, number before, number after], …]]. JSON values; times in ISO."""
GONE = N_("What this decision changed is no longer there.")
LATER = N_("A later decision rests on this one: undo that one first.")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(table: Table, column: str, value: Any) -> Any:
    kind = table.c[column].type
    if value is not None and isinstance(kind, Moment | DateTime) and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


class Journal:
    """Changes rows and remembers how they were."""

    def __init__(self, session: Session) -> None:
        """Inside the caller's write transaction."""
        self.session = session
        self.entries: list[Entry] = []

    def set(self, row: Base, **values: Any) -> bool:
        """Give a mapped row other values; False when it had them already."""
        return self.set_all([row], **values) == 1

    def set_all(self, rows: Sequence[Base], **values: Any) -> int:
        """The same for many rows of one table, together; how many of them had other values."""
        changes: list[tuple[Base, dict[str, Any]]] = []
        entries: list[Entry] = []
        for row in rows:
            other = {name: value for name, value in values.items() if getattr(row, name) != value}
            if not other:
                continue
            key = inspect(row).identity
            assert key is not None
            was = {name: [_plain(getattr(row, name)), _plain(value)] for name, value in other.items()}
            entries.append(["set", cast(Table, row.__table__).name, key[0], was])
            changes.append((row, other))
        if changes:
            derived.change_all(self.session, changes)
        self.entries += entries
        return len(changes)

    def add(self, row: Base) -> None:
        """Insert a mapped row."""
        self.session.add(row)
        self.session.flush()
        key = inspect(row).identity
        assert key is not None
        self.entries.append(["add", cast(Table, row.__table__).name, list(key)])
        derived.added(self.session, row)

    def move_posts(self, source: int, target: int, numbers: list[list[int]]) -> None:
        """Posts go from one thread to another: `numbers` is [post id, number before, number after] each."""
        derived.move_posts(self.session, source, target, [(post, new) for post, _, new in numbers])
        self.entries.append(["move", source, target, numbers])


def revert(session: Session, entries: Iterable[Entry]) -> None:
    """Follow a journal backwards, rows of one table together. Raises Conflict when something it changed has been
    changed again since.
    """
    entries = list(entries)
    rows = _preload(session, entries)  # kept in hand: the session forgets what nobody holds
    for (kind, name), run in groupby(reversed(entries), key=lambda entry: (entry[0], entry[1])):
        if kind == "set":
            _set_back(session, name, [(rows[name, key], changed) for _, _, key, changed in run])
        else:
            for _, *rest in run:
                (_take_back if kind == "add" else _move_back)(session, *rest)
                session.flush()
        session.flush()


def _preload(session: Session, entries: list[Entry]) -> dict[tuple[str, Any], Base]:
    """Every row whose values go back, as it stands now: one statement a table and 500 rows. Raises Conflict."""
    keys: dict[str, list[Any]] = {}
    for entry in entries:
        if entry[0] == "set":
            keys.setdefault(entry[1], []).append(entry[2])
    found: dict[tuple[str, Any], Base] = {}
    for name, ids in keys.items():
        kind = _mapped(name)
        key = inspect(kind).primary_key[0]
        for start in range(0, len(ids), 500):
            query = select(kind).where(key.in_(ids[start : start + 500])).execution_options(populate_existing=True)
            found |= {(name, inspect(row).identity[0]): row for row in session.scalars(query)}
        if any((name, one) not in found for one in ids):
            raise Conflict(GONE)
    return found


def _mapped(name: str) -> Any:
    return next(mapper.class_ for mapper in Base.registry.mappers if cast(Table, mapper.local_table).name == name)


def _row(session: Session, name: str, key: Any) -> Base:
    row = session.get(_mapped(name), key if not isinstance(key, list) else tuple(key), populate_existing=True)
    if row is None:
        raise Conflict(GONE)
    return cast(Base, row)


def _set_back(session: Session, name: str, rows: list[tuple[Base, dict[str, list[Any]]]]) -> None:
    """Rows of one table, each once: one that was set twice in a row goes back step by step."""
    table, seen, batch = metadata.tables[name], set[int](), list[tuple[Base, dict[str, Any]]]()
    for row, changed in rows:
        if id(row) in seen:
            derived.change_all(session, batch)
            seen, batch = set(), []
        seen.add(id(row))
        if isinstance(row, Thread) and "last_number" in changed and row.last_number != changed["last_number"][1]:
            del changed["last_number"]  # somebody has answered since, and numbers never go back
        for column, (_, after) in changed.items():
            if getattr(row, column) != _typed(table, column, after):
                raise Conflict(LATER)
        batch.append((row, {column: _typed(table, column, before) for column, (before, _) in changed.items()}))
    derived.change_all(session, batch)
    for row, changed in rows:
        if isinstance(row, Thread) and "last_number" in changed:
            derived.unread_again(session, row)


def _take_back(session: Session, name: str, key: Any) -> None:
    row = _row(session, name, key)
    if isinstance(row, Thread) and session.scalar(select(Post.id).where(Post.thread_id == row.id).limit(1)):
        raise Conflict(N_("Somebody has written in the new thread since: merge the two instead."))
    try:
        with session.begin_nested():
            session.delete(row)
            session.flush()
    except IntegrityError:  # a timer, a case, another merge hangs on it
        raise Conflict(LATER) from None
    derived.added(session, row)  # what follows from a row that is gone is reckoned alike


def _move_back(session: Session, source: int, target: int, numbers: list[list[int]]) -> None:
    here = set(session.scalars(select(Post.id).where(Post.thread_id == target, Post.id.in_([n[0] for n in numbers]))))
    if len(here) != len(numbers):
        raise Conflict(LATER)
    derived.move_posts(session, target, source, [(post, before) for post, before, _ in numbers], back=True)
