"""Alembic's entry: the engine comes from the caller (`forum migrate`, the tests) or from the settings."""

from typing import Any, Literal

from alembic import context

from forum.db import Moment, make_engine
from forum.models import metadata
from forum.settings import load


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as plain ones, so that a migration never depends on today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Run the migrations on one connection, in one transaction; batch mode on SQLite.

    SQLite changes a table by making it anew, and dropping the old one would fire ON DELETE CASCADE: foreign keys are
    off meanwhile (a pragma that works only outside of a transaction) and checked as a whole before the commit.
    """
    engine = context.config.attributes.get("engine") or make_engine(load())
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=sqlite,
            render_item=render_item,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken:
                raise RuntimeError(f"the migration would leave a row without what it refers to: {tuple(broken)}")
        connection.commit()
        if sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql("BEGIN")


run()
