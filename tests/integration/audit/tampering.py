"""Hands that own the database: triggers asleep, any statement goes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from forum.audit.head import Head
from forum.audit.verify import Verdict, snapshot, verify
from forum.db import Database

TRIGGERS = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"


def disarm(session: Session) -> None:
    """Take the triggers (and foreign keys) out of the way, until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for name, _ in session.execute(text(TRIGGERS)).all():
        session.execute(text(f"DROP TRIGGER {name}"))


@contextmanager
def tampering(db: Database) -> Iterator[Session]:
    """A session that may do anything; what it did is kept."""
    if db.sqlite:
        with db.engine.connect() as connection:  # a pragma that works outside of a transaction only
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            session = Session(connection)
            disarm(session)
            yield session
            session.flush()
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql("BEGIN")
        return
    with db.write() as session:
        disarm(session)
        yield session


def verdict(db: Database, known: Mapping[str, Head] | None = None) -> Verdict:
    """What `verify` says now."""
    with snapshot(db) as session:
        return verify(session, known=known or {})
