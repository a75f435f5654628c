"""The tests' own PostgreSQL: real, shared, quick to copy, and gone afterwards."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.support.postgres import TUNING, Server, server

ROOT = Path(__file__).resolve().parents[2]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def name() -> Iterator[str]:
    name = f"support_{uuid4().hex[:12]}"
    yield name
    server().drop(name)


def test_it_is_postgresql_18_with_the_extensions_search_needs(name: str) -> None:
    server().create(name)
    [(version,)] = rows(server().url(name), "SHOW server_version_num")
    assert str(version).startswith("18")
    rows(server().url(name), "CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm")
    assert rows(server().url(name), "SELECT unaccent('perché')") == [("perche",)]


def test_durability_is_off_because_nobody_needs_it_here() -> None:
    for setting, value in TUNING.items():
        assert rows(server().url("postgres"), f"SHOW {setting}") == [(value,)]


def test_a_copy_holds_the_templates_rows_and_leaves_it_alone(name: str) -> None:
    copy = f"{name}_copy"
    server().create(name)
    rows(server().url(name), "CREATE TABLE words AS SELECT 'ciao' AS word")
    server().create(copy, template=name)
    try:
        rows(server().url(copy), "UPDATE words SET word = 'addio'")
        assert rows(server().url(copy), "SELECT word FROM words") == [("addio",)]
        assert rows(server().url(name), "SELECT word FROM words") == [("ciao",)]
    finally:
        server().drop(copy)
    assert not server().exists(copy)


def test_what_cannot_be_created_says_why(name: str) -> None:
    server().create(name)
    with pytest.raises(psycopg.errors.DuplicateDatabase):
        server().create(name)
    with pytest.raises(psycopg.errors.InvalidCatalogName):
        server().create(f"{name}_copy", template="no_such_template")


def test_a_database_goes_even_while_somebody_is_connected(name: str) -> None:
    server().create(name)
    with psycopg.connect(server().url(name), autocommit=True) as connection:
        server().drop(name)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server().drop(name)  # again: nothing to do, no complaint


def test_a_template_is_filled_once_and_again_after_a_failure(name: str) -> None:
    calls = []

    def fill(url: str) -> None:
        calls.append(url)
        rows(url, "CREATE TABLE IF NOT EXISTS words (word text)")
        if len(calls) == 1:
            raise RuntimeError("the first migration broke")

    with pytest.raises(RuntimeError, match="broke"):
        server().template(name, fill)
    assert not server().exists(name)
    assert server().template(name, fill) == server().template(name, fill) == name
    assert len(calls) == 2
    server().drop(f"{name}_draft")


ASK = "from tests.support.postgres import server; s = server(); print(s.folder, s.port, flush=True)"
RUN = "import subprocess, sys; [subprocess.run([sys.executable, '-c', sys.argv[1]], check=True) for _ in 'ab']; input()"


def run(*command: str, **environ: str) -> subprocess.Popen[str]:
    """A run of its own, which talks to us."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
    return subprocess.Popen(
        [sys.executable, "-c", *command], cwd=ROOT, env={**kept, **environ}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def answer(process: subprocess.Popen[str]) -> Server:
    """The server that a run's next line names."""
    assert process.stdout
    folder, port = process.stdout.readline().split()
    return Server(Path(folder), int(port))


def assert_gone(it: Server) -> None:
    deadline = time.monotonic() + 20
    while it.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not it.folder.exists()
    with pytest.raises(psycopg.OperationalError):
        rows(it.url("postgres"), "SELECT 1")


@pytest.mark.slow
def test_workers_of_one_run_share_a_server_until_the_run_ends() -> None:
    with run(RUN, ASK, PYTEST_XDIST_WORKER="gw0", PYTEST_XDIST_TESTRUNUID=uuid4().hex) as process:
        first, second = answer(process), answer(process)
        assert first == second
        assert rows(first.url("postgres"), "SELECT 1") == [(1,)]  # its workers are gone, the run is not
        process.communicate("\n")
    assert_gone(first)


@pytest.mark.slow
def test_a_killed_run_leaves_neither_server_nor_folder() -> None:
    with run(f"{ASK}; input()") as process:
        its = answer(process)
        assert rows(its.url("postgres"), "SELECT 1") == [(1,)]
        assert its.folder != server().folder
        process.kill()
    assert_gone(its)
