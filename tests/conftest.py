"""Fixtures: a migrated database (SQLite and PostgreSQL in turn), the application on it, a clock, a mailbox."""

import gc
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import Engine, event

from forum.app import create_app, make_core
from forum.db import Database, make_engine
from forum.kit.mail import Mail
from forum.migrate import migrate, versions
from forum.models import metadata
from forum.settings import Settings, load
from forum.web.asgi import Outer
from forum.web.core import Core
from tests.factories import Make
from tests.support.web import BASE, Browser

SECRET = "0123456789abcdef" * 4
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Quiet logs: a failing test shows what it printed, not every request."""
    structlog.configure(
        # what went wrong in plain lines: frames with all their variables took seconds
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False,
    )  # fmt: skip


@dataclass
class Clock:
    """A clock that stands still until it is pushed."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Push it: `clock.forward(minutes=5)`."""
        self.now += timedelta(**by)


@dataclass
class Mailbox:
    """Mail kept in memory; `fail` makes sending raise, as a server that is down would."""

    sent: list[Mail] = field(default_factory=list)
    fail: Exception | None = None

    def send(self, mail: Mail, *, now: datetime) -> None:
        if self.fail:
            raise self.fail
        self.sent.append(mail)

    def to(self, address: str) -> list[Mail]:
        """What one person got."""
        return [mail for mail in self.sent if mail.to == address]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file: copied for each test, never made again."""
    folder = tmp_path_factory.mktemp("template")
    engine = make_engine(load({}, data_dir=folder))
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "forum.db"


class Emptied:
    """A PostgreSQL database of this worker's own: emptied before each test, far cheaper than a copy."""

    def __init__(self, url: str) -> None:
        """`url`: of an empty database, which is migrated here."""
        self.url = url
        engine = make_engine(load({}, database_url=url))
        migrate(engine)
        self.head = versions(engine)[1]
        engine.dispose()
        self.connection = psycopg.connect(url, autocommit=True)  # stays open: connecting cost more than emptying
        counted = [table.name for table in metadata.sorted_tables if table.autoincrement_column is not None]
        self.statements = "; ".join(
            [
                "SET LOCAL session_replication_role = replica",  # the audit log's triggers sleep
                *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
                "SELECT " + ", ".join(f"setval('{name}_id_seq', 1, false)" for name in counted),
            ]
        )

    def __call__(self) -> str:
        """Its address, with no rows in its tables, and every id beginning at 1 again."""
        try:
            return self._empty()
        except psycopg.OperationalError:  # a test ended all connections
            self.connection = psycopg.connect(self.url, autocommit=True)
            return self._empty()

    def _empty(self) -> str:
        if self._version() != self.head:  # a test that failed between two migrations
            engine = make_engine(load({}, database_url=self.url))
            migrate(engine)
            engine.dispose()
        with self.connection.transaction():
            self.connection.execute(self.statements)
        return self.url

    def _version(self) -> str | None:
        try:
            row = self.connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        return str(row[0]) if row else None


@pytest.fixture(scope="session")
def emptied() -> Iterator[Emptied]:
    """This worker's PostgreSQL database; called, it is empty."""
    from tests.support.postgres import server

    name = f"worker_{uuid.uuid4().hex[:12]}"
    server().create(name)
    it = Emptied(server().url(name))
    yield it
    it.connection.close()


LATER = (
    "accounts", "admin", "api", "cli", "feedback", "guidelines", "importers", "legal", "meetups", "members",
    "moderation", "notifications", "prevention", "search", "threads",
)  # fmt: skip
"""Rooms whose statements are everyday ones: on PostgreSQL in the slow suite. The quick one asks there"""
AT_ONCE = {
    "test_concurrency.py", "test_engines.py", "test_idempotency.py", "test_kill.py", "test_races.py", "test_seats.py",
    "test_together.py", "test_visibility.py",
}  # fmt: skip
"""what these files hold: locks, races, counting, and SQL that differs; and the other rooms, whole."""


def pytest_collection_finish() -> None:
    """What was collected stays to the end: garbage need not be looked for in it, again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what PostgreSQL need not answer in the quick suite."""
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        room, file = item.path.parent.name, item.path.name
        if params.get("backend") == "postgres" and room in LATER and file not in AT_ONCE:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database this run is on; every test that touches one runs on both."""
    return str(request.param)


@pytest.fixture
def settings(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings with a data folder of the test's own and a migrated database."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret.key").write_text(SECRET)  # the same for all: what a kept scene has signed holds in the next test
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "forum.db")
        yield load({}, data_dir=folder, base_url=BASE, worker=False)
        return
    url = request.getfixturevalue("emptied")()
    yield load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 2026-11-21 09:00 UTC."""
    return Clock()


@pytest.fixture
def mailbox() -> Mailbox:
    """Where the application's mail goes."""
    return Mailbox()


def hurried(connection: Any, _record: object) -> None:
    """No waiting for the disk: a power cut may eat a test's database, and what is durable is not what is tested."""
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def compiled() -> dict[bool, Engine]:
    """For each kind of database (True: SQLite) the worker's first engine, which knows how its statements are said."""
    return {}


def known_statements(db: Database, compiled: dict[bool, Engine]) -> None:
    """Statements that an earlier test has compiled are not compiled again: a third of what a test costs."""
    if db.sqlite not in compiled:
        compiled[db.sqlite] = db.engine
        db.engine.connect().close()  # a dialect learns from its first connection what it talks to
    first = compiled[db.sqlite]
    for engine in (db.engine, db._reader, db._writer):
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


@pytest.fixture(scope="session")
def furnished() -> list[Core]:
    """A core with its files read and its templates compiled, once a worker has made one: 100 ms a test otherwise."""
    return []


@pytest.fixture
def core(
    settings: Settings, clock: Clock, mailbox: Mailbox, furnished: list[Core], compiled: dict[bool, Engine]
) -> Iterator[Core]:
    """What one process holds."""
    core = make_core(settings, clock=clock, mailer=mailbox, like=furnished[0] if furnished else None)
    furnished[:] = furnished or [core]
    for db in (core.db, core.worker.db if core.worker else core.db):
        if db.sqlite:
            event.listen(db.engine, "connect", hurried)
        known_statements(db, compiled)
    yield core
    core.close()


@pytest.fixture
def db(core: Core) -> Database:
    """The two doors."""
    return core.db


@pytest.fixture(scope="session")
def registered() -> list[Any]:
    """Litestar with every route registered, once a worker has made it: 80 ms, half of what a small test costs."""
    return []


@pytest.fixture
def app(core: Core, registered: list[Any]) -> Outer:
    """The ASGI application: the routes of all tests on this test's own core."""
    if not registered:
        registered.append(create_app(core.settings, core=core).app)
    [litestar] = registered
    litestar.state.core = core
    return Outer(litestar, core)


@pytest.fixture
def make(core: Core, app: Any) -> Make:
    """Factories."""
    return Make(core, app)


@pytest.fixture
def client(make: Make) -> Browser:
    """A guest's browser."""
    return make.browser()
