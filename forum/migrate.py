"""Schema versions: migrate to the newest, or say how far behind a database is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

LOCATION = Path(__file__).resolve().parent.parent / "migrations"


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(LOCATION))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema of `engine` to `revision`."""
    command.upgrade(_config(engine), revision)


def versions(engine: Engine) -> tuple[str | None, str]:
    """(the database's revision or None when empty, the newest revision)."""
    head = ScriptDirectory.from_config(_config(engine)).get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, head or ""


def is_current(engine: Engine) -> bool:
    """True when no migration is due."""
    current, head = versions(engine)
    return current == head
