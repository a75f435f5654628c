"""The database: engines, pragmas, and the only two doors, `Database.read()` and `Database.write()`."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from forum.errors import Busy, Unavailable
from forum.kit.generation import Generation
from forum.kit.lines import Lines
from forum.settings import Settings

BUSY_TIMEOUT = 10_000  # milliseconds a writer waits for another before it gives up: DECISIONS.md no. 3
MAX_ID = 2**63 - 1
AFTER_COMMIT = "after_commit"
"""Key in `Session.info`: {name: function}; each is called with the Database after the commit. They must not raise."""

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime. PostgreSQL: timestamptz. SQLite: text without zone, so it sorts and compares."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive datetimes: they are always a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without zone reached the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always UTC, whatever the server's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


FRESH = 1.0  # seconds for which a connection that was just used is taken to be alive


class Base(DeclarativeBase):
    """Every table of the forum."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment}  # noqa: RUF012  the name SQLAlchemy asks for


def make_engine(settings: Settings, *, durable: bool = True) -> Engine:
    """An engine with the pragmas and transaction rules of DECISIONS no. 2 and 3.

    `durable` False: a commit survives the process but perhaps not a power cut, for work that is done again anyway.
    What a statement was given stands in no error: errors are logged, and what people wrote has no place there.
    """
    if not settings.sqlite:
        return _postgres(settings, durable=durable)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        settings.url, pool_size=settings.pool_size, max_overflow=2, pool_timeout=10, pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT / 1000},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        connection.execute("PRAGMA cache_size = -8000")  # 8 MB a connection; the system's page cache does the rest
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA temp_store = MEMORY")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        driver = connection.connection.dbapi_connection  # straight to it: this runs for every request
        driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgres(settings: Settings, *, durable: bool) -> Engine:
    from forum.kit.cursors import LeanCursor  # psycopg is loaded where there is a PostgreSQL alone

    engine = create_engine(
        settings.url, pool_size=settings.pool_size, max_overflow=2, pool_timeout=10, pool_use_lifo=True,
        pool_recycle=1800, hide_parameters=True, connect_args={"cursor_factory": LeanCursor},
    )  # fmt: skip

    @event.listens_for(engine, "checkin")
    def _put_back(_connection: object, record: Any) -> None:
        record.info["put_back"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _still_there(connection: Any, record: Any, _proxy: object) -> None:
        """One that lay idle is asked whether its server is still there, as `pool_pre_ping` does every time."""
        if monotonic() - record.info.get("put_back", inf) > FRESH:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError() from error

    @event.listens_for(engine, "connect")
    def _wishes(connection: Any, _record: object) -> None:
        """Said after connecting: poolers such as PgBouncer refuse what comes as an option of the connection."""
        wishes = ["SET jit = off"]  # compiling a plan costs more than any statement of a page
        if not durable:
            wishes.append("SET synchronous_commit = off")
        connection.autocommit = True
        connection.execute("; ".join(wishes))
        connection.autocommit = False

    return engine


class Database:
    """The two doors. Whatever is read or written goes through one of them."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        """Opens nothing yet: connections are made at first use. `durable`: as in `make_engine`."""
        self.engine = make_engine(settings, durable=durable)
        self._reader = self.engine.execution_options(postgresql_readonly=True) if not settings.sqlite else self.engine
        self._writer = self.engine.execution_options(immediate=True)
        self.sqlite = settings.sqlite
        self.data_dir = settings.data_dir
        self.durable = durable
        self.generation = Generation(settings.data_dir)
        self.after_commit: list[Callable[[], None]] = []
        self._lines = Lines()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing it does is kept. Raises Unavailable, Busy."""
        session = Session(self._reader, autoflush=False, expire_on_commit=False)
        try:
            yield session
            if not self.sqlite:
                _end_reading(session)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise translate_error(error) from error
        finally:
            _close(session)

    @contextmanager
    def write(self, line: str = "") -> Iterator[Session]:
        """One transaction, committed when the block ends well and before any answer exists.

        SQLite: BEGIN IMMEDIATE, so that the first SELECT is already inside. `line`: a row that many may want at the
        same moment ("date 7"); on PostgreSQL they wait for each other here, where it costs neither a connection nor
        the server's queue for a lock. The row's own lock is still taken: there are other processes.
        Raises Unavailable, Busy.
        """
        if line and not self.sqlite:
            with self._lines.at(line, BUSY_TIMEOUT / 1000) as free:
                if not free:
                    raise Busy()
                with self.write() as session:
                    yield session
            return
        session = Session(self._writer, expire_on_commit=False)
        try:
            yield session
            session.commit()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise translate_error(error) from error
        finally:
            _close(session)
        self.generation.bump()
        for told in self.after_commit:
            told()
        for follow in session.info.get(AFTER_COMMIT, {}).values():
            follow(self)

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def columns(session: Session, statement: Select[Any], values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Rows of plain columns, past the ORM: its share is a third of a small statement. For the pages most looked at."""
    if session.autoflush:
        session.flush()  # as the ORM does: what a verb has changed is seen
    return session.connection().execute(statement, values)


def upsert(session: Session, table: type[Base] | Table) -> postgresql.Insert:
    """An INSERT that can say what becomes of it when the row is there: `on_conflict_do_nothing`, `_do_update`.

    For rows that two may make at once. To look first and insert then is not enough on PostgreSQL: between the two
    somebody else's row can be committed, and the whole transaction is lost.
    """
    if session.get_bind().dialect.name == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))  # the same words
    return postgresql.insert(table)


def _end_reading(session: Session) -> None:
    """With a COMMIT, of which nothing can come: at a ROLLBACK psycopg throws away all statements it has prepared.

    https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
    """
    if session.in_transaction():
        driver: Any = session.connection().connection.driver_connection
        driver.commit()


def _close(session: Session) -> None:
    try:
        session.close()
    except SQLAlchemyError:  # a dead connection must not hide why it died
        session.invalidate()


def met_another(error: Exception) -> bool:
    """Did PostgreSQL refuse a row because another transaction had just made it? (unique_violation)

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    return isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", None) == "23505"


def translate_error(error: Exception) -> Exception:
    """Busy or Unavailable where the database is the cause; anything else (a bug) unchanged."""
    if isinstance(error, PoolTimeout):
        return Busy()
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = str(cause).lower()
    state = getattr(cause, "sqlstate", None) or ""
    if "database is locked" in words or state in {"40001", "40P01", "55P03"}:
        return Busy()
    if isinstance(error, OperationalError | sqlite3.OperationalError) and not ("no such" in words or "syntax" in words):
        return Unavailable()
    return error
