"""What the commands share: an opened database with the right schema, and one line for every failure."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from forum import migrate
from forum.db import Database, translate_error
from forum.errors import Busy, ForumError, Invalid, Unavailable
from forum.settings import BadSetting, Settings, load


def say(line: str) -> None:
    """A line for the operator, on stderr: stdout holds results only."""
    click.echo(line, err=True)


def explain(error: Exception) -> str | None:
    """`error` on one line, in English; None for what nobody foresaw."""
    if isinstance(error, Invalid):
        return "; ".join(f"{name}: {message}" for name, message in error.fields.items())
    if isinstance(error, Unavailable):
        what = "is busy" if isinstance(error, Busy) else "cannot be reached or written"
        return f"the database {what}{f': {_cause(error)}' if error.__cause__ else ''}"
    if isinstance(error, ForumError):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        known = translate_error(error)
        known.__cause__ = known.__cause__ or (error if known is not error else None)
        return explain(known) if isinstance(known, ForumError) else f"the database refused: {_line(str(error))}"
    if isinstance(error, CommandError):
        return f"the schema cannot be brought up to date: {_line(str(error))}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    if isinstance(error, BadSetting):
        return str(error)
    return None


def _cause(error: BaseException) -> str:
    inner = error.__cause__ or error
    return _line(str(getattr(inner, "orig", None) or inner))


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


@contextmanager
def alone(path: Path, refusal: str) -> Iterator[None]:
    """Hold the lock file `path`; it is freed when the process ends, however it ends. Raises ClickException."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(refusal) from None
        yield


def ready_schema(settings: Settings, engine: Engine, *, may_migrate: bool = False) -> None:
    """See that the schema is the newest. SQLite is brought up to date; PostgreSQL only if `may_migrate`.

    Raises ClickException when a PostgreSQL schema is behind.
    """
    current, newest = migrate.versions(engine)
    if current == newest:
        return
    if not settings.sqlite and not may_migrate:
        has = f"at version {current}" if current else "empty"
        raise click.ClickException(f"the database is {has}, this program needs {newest}: run `forum migrate` first")
    with alone(settings.data_dir / "migrate.lock", "another process is migrating this database: try again in a moment"):
        migrate.migrate(engine)
    say(f"Schema: {current or 'empty'} → {newest}")


@contextmanager
def database(settings: Settings | None = None, *, durable: bool = True) -> Iterator[Database]:
    """The database of `settings` (default: the environment's), schema checked; a running site sees what is written.

    Raises BadSetting, ClickException (schema behind), Unavailable.
    """
    settings = settings or load()
    db = Database(settings, durable=durable)
    try:
        ready_schema(settings, db.engine)
        yield db
    finally:
        db.close()
