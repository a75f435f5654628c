"""The database refuses to change the log, whoever asks through it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from forum.audit.domain import write
from forum.db import Database
from forum.migrate import _config, migrate
from tests.conftest import START
from tests.integration.audit.tampering import verdict

STATEMENTS = [
    "UPDATE audit_entries SET actor_id = 2",
    "UPDATE audit_entries SET actor_id = actor_id",
    "DELETE FROM audit_entries",
    "UPDATE audit_details SET salt = ''",
]
REPLACE = (
    "INSERT OR REPLACE INTO audit_entries SELECT {}, at, action, 9, subject_id, category_id, target,"
    " data, '', before, {} FROM audit_entries"
)
SQLITE = [
    REPLACE.format("1", "'x'"),
    REPLACE.format("2", "hash"),
    "INSERT OR REPLACE INTO audit_details SELECT entry_id, '', body FROM audit_details",
]
POSTGRES = [
    "TRUNCATE audit_entries CASCADE",
    "TRUNCATE audit_details",
    "INSERT INTO audit_entries SELECT * FROM audit_entries ON CONFLICT (id) DO UPDATE SET actor_id = 3",
]


def test_entries_can_be_neither_changed_nor_deleted(db: Database) -> None:
    with db.write() as session:
        write(session, action="site.changed", actor_id=1, details={"name": "Il Cortile"}, now=START)
    for statement in STATEMENTS + (SQLITE if db.sqlite else POSTGRES):
        with pytest.raises(DBAPIError, match="append-only"), db.write() as session:
            session.execute(text(statement))
    assert verdict(db).entries == 1
    assert verdict(db).broken is None


def test_the_triggers_go_and_come_with_their_migration(db: Database) -> None:
    from alembic import command

    def names(engine: Engine) -> set[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if not db.sqlite:
            query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        with engine.connect() as connection:
            return {name for (name,) in connection.execute(text(query)) if name.startswith("audit")}

    there = names(db.engine)
    assert len(there) >= 4
    command.downgrade(_config(db.engine), "0002")
    assert names(db.engine) == set()
    migrate(db.engine)
    assert names(db.engine) == there
