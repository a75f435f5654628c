"""The two engines, and which one this site uses."""

from forum.db import Database
from forum.search.engines.base import Engine
from forum.settings import Settings


def make_engine(settings: Settings, db: Database) -> Engine:
    """The engine of this process: FORUM_SEARCH, or by the database. One for the process: it keeps what it has read."""
    if chosen(settings) == "postgres":
        from forum.search.engines.postgres import PostgresEngine

        return PostgresEngine(db)
    from forum.search.engines.whoosh.engine import WhooshEngine

    return WhooshEngine(settings.data_dir / "index", db)


def chosen(settings: Settings) -> str:
    """The name of the engine that the settings ask for."""
    return settings.search or ("whoosh" if settings.sqlite else "postgres")
