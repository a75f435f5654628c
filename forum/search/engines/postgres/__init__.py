"""PostgreSQL's full text as an engine of search: the default where the forum's database is PostgreSQL."""

from forum.search.engines.postgres.engine import PostgresEngine

__all__ = ["PostgresEngine"]
