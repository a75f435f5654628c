"""The journal of a decision: what it changed, so that undoing it leads back to the very same rows.

Only what an act sets is written down. What follows from it (counters, a thread's last post, a member's standing) is
derived anew whenever it changes, forwards and backwards, by the same functions (`derived.py`): that is why a decision
can still be undone when others have written meanwhile.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import DateTime, Table, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.db import Base, Moment
from forum.errors import Conflict
from forum.kit.i18n import N_
from forum.models import metadata
from forum.moderation.domain import derived
from forum.threads.models import Post, Thread

Entry = list[Any]
"""["set", table, id, {column: [before, after]}] · ["add", table, id] · ["drop", table, {row}] ·
["move", from thread, to thread, [[post id, number before, number after], …]]. JSON values; times in ISO."""


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
        changed = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        table, key = cast(Table, row.__table__).name, inspect(row).identity
        assert key is not None
        derived.change(self.session, row, {name: after for name, (_, after) in changed.items()})
        self.entries.append(
            ["set", table, key[0], {name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()}]
        )
        return True

    def add(self, row: Base) -> None:
        """Insert a mapped row."""
        self.session.add(row)
        self.session.flush()
        key = inspect(row).identity
        assert key is not None
        self.entries.append(["add", cast(Table, row.__table__).name, list(key)])
        derived.added(self.session, row)

    def drop(self, row: Base) -> None:
        """Delete a mapped row, keeping all it said."""
        table = cast(Table, row.__table__)
        self.entries.append(
            ["drop", table.name, {column.name: _plain(getattr(row, column.key)) for column in table.columns}]
        )
        self.session.delete(row)
        self.session.flush()
        derived.dropped(self.session, row)

    def move_posts(self, source: int, target: int, numbers: list[list[int]]) -> None:
        """Posts go from one thread to another: `numbers` is [post id, number before, number after] each."""
        derived.move_posts(self.session, source, target, [(post, new) for post, _, new in numbers])
        self.entries.append(["move", source, target, numbers])


def revert(session: Session, entries: Iterable[Entry]) -> None:
    """Follow a journal backwards. Raises Conflict when something it changed has been changed again since."""
    back: dict[str, Callable[..., None]] = {
        "set": _set_back, "add": _take_back, "drop": _put_back, "move": _move_back,
    }  # fmt: skip
    for kind, *rest in reversed(list(entries)):
        back[kind](session, *rest)
        session.flush()


def _row(session: Session, name: str, key: Any) -> Base:
    kind = next(mapper.class_ for mapper in Base.registry.mappers if cast(Table, mapper.local_table).name == name)
    row = session.get(kind, key if not isinstance(key, list) else tuple(key), populate_existing=True)
    if row is None:
        raise Conflict(N_("What this decision changed is no longer there."))
    return cast(Base, row)


def _set_back(session: Session, name: str, key: Any, changed: dict[str, list[Any]]) -> None:
    row, table = _row(session, name, key), metadata.tables[name]
    if isinstance(row, Thread) and "last_number" in changed and row.last_number != changed["last_number"][1]:
        del changed["last_number"]  # somebody has answered since, and numbers never go back
    for column, (_, after) in changed.items():
        if getattr(row, column) != _typed(table, column, after):
            raise Conflict(N_("A later decision rests on this one: undo that one first."))
    derived.change(session, row, {column: _typed(table, column, before) for column, (before, _) in changed.items()})
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
        raise Conflict(N_("A later decision rests on this one: undo that one first.")) from None
    derived.dropped(session, row)


def _put_back(session: Session, name: str, values: dict[str, Any]) -> None:
    table = metadata.tables[name]
    session.execute(insert(table), [{column: _typed(table, column, value) for column, value in values.items()}])
    key = [values[column.name] for column in table.primary_key]
    derived.added(session, _row(session, name, key))


def _move_back(session: Session, source: int, target: int, numbers: list[list[int]]) -> None:
    here = set(session.scalars(select(Post.id).where(Post.thread_id == target, Post.id.in_([n[0] for n in numbers]))))
    if len(here) != len(numbers):
        raise Conflict(N_("A later decision rests on this one: undo that one first."))
    derived.move_posts(session, target, source, [(post, before) for post, before, _ in numbers], back=True)
