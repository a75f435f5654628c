"""Schema versions: migrate to the newest, or say how far behind a database is."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

LOCATION = Path(__file__).resolve().parent.parent / "migrations"


def _config(engine: Engine) -> "Config":
    from alembic.config import Config  # Alembic takes 7 MB and a third of a second: not when nothing is due

    config = Config()
    config.set_main_option("script_location", str(LOCATION))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema of `engine` to `revision`."""
    from alembic import command

    command.upgrade(_config(engine), revision)


def versions(engine: Engine) -> tuple[str | None, str]:
    """(the database's revision or None when empty, the newest revision).

    Read without Alembic: each file of a revision begins with its number, and they follow one another.
    """
    head = max(file.name for file in (LOCATION / "versions").glob("[0-9]*_*.py")).partition("_")[0]
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None, head
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return current, head


def is_current(engine: Engine) -> bool:
    """True when no migration is due."""
    current, head = versions(engine)
    return current == head
