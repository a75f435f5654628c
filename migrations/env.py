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
    """Run the migrations on one connection, in one transaction; batch mode on SQLite."""
    engine = context.config.attributes.get("engine") or make_engine(load())
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
