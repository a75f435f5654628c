"""Somebody else's transaction, whole, between two statements of one's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from forum.db import Database
from forum.errors import Busy


@dataclass
class Meanwhile:
    """What came of it: the statements of one's own so far, and whether somebody else's transaction was committed."""

    statements: list[str] = field(default_factory=list)
    done: bool = False


@contextmanager
def between(db: Database, session: Session, at: int, act: Callable[[Session], object]) -> Iterator[Meanwhile]:
    """Before the `at`th statement (from 1) of `session`, `act` runs in a transaction of its own and is committed.

    When it would have to wait for `session` it is given up at once, and `done` stays False. PostgreSQL only: on SQLite
    nobody begins to write while somebody writes.
    """
    it = Meanwhile()

    def step_in(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        it.statements.append(statement)
        if len(it.statements) == at:
            try:
                with db.write() as other:
                    other.execute(text("SET LOCAL lock_timeout = '100ms'"))
                    act(other)
                it.done = True
            except Busy:
                pass

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", step_in)
    try:
        yield it
    finally:
        event.remove(connection, "before_cursor_execute", step_in)
