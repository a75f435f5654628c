"""`forum serve` and `forum worker` as an operator runs them: processes of their own, over a real socket."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from forum.db import Database
from forum.events import ROUTES, HousekeepingDue, IndexStale, record
from forum.kit.clock import utc_now
from forum.outbox import Outbox
from forum.settings import Settings
from tests.factories import Make
from tests.support.command import Command, environment

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def running(settings: Settings, *args: str, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """`forum …` in a process of its own; it is told to stop at the end, and must do so with status 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", "forum", *args], env=environment(settings, **more), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    """Where it says that it serves."""
    assert process.stdout
    line = process.stdout.readline()
    found = re.match(r"Ritrovo serves (http://127\.0\.0\.1:\d+)", line)
    assert found, line or (process.stderr.read() if process.stderr else "")
    return found[1]


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=30)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_serves_where_it_says(settings: Settings, workers: str) -> None:
    with running(settings, "serve", "--port", "0", "--workers", workers) as process:
        base = address(process)
        assert "no administrator yet" in (process.stdout.readline() if process.stdout else "")
        setup = process.stdout.readline().strip() if process.stdout else ""
        assert re.fullmatch(re.escape(base) + r"/setup/[\w-]{40,}", setup)
        page = get(base + "/healthz")
        assert page.status_code == 200 and "server" not in page.headers
        assert get(setup).status_code == 200
        assert get(setup[:-1]).status_code in {404, 410}


@pytest.mark.slow
def test_with_an_administrator_no_key_is_printed(settings: Settings, make: Make) -> None:
    make.member(role="admin")
    with running(settings, "serve", "--port", "0") as process:
        base = address(process)
        assert get(base + "/").status_code == 200
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        assert process.returncode == 0 and "/setup/" not in out


def test_a_port_in_use_is_told_in_one_line(forum: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = forum("serve", "--port", str(taken.getsockname()[1]))
    assert done.status == 1 and "cannot listen on 127.0.0.1" in done.err and done.err.count("\n") == 1


def test_the_base_url_follows_the_port_only_when_nobody_set_it() -> None:
    from forum.serving import place

    for host, port, before, after in (
        ("127.0.0.1", 8123, {}, "http://127.0.0.1:8123"),
        ("0.0.0.0", 80, {}, "http://127.0.0.1:80"),
        ("::1", 8000, {}, "http://[::1]:8000"),
        ("forum.lan", 8000, {}, "http://forum.lan:8000"),
        ("127.0.0.1", 8123, {"FORUM_BASE_URL": "https://forum.example.org"}, "https://forum.example.org"),
    ):
        environ = dict(before)
        place(environ, host, port)
        assert environ["FORUM_BASE_URL"] == after


def test_the_worker_alone_works_and_stops_when_told(settings: Settings, db: Database) -> None:
    with db.write() as session:
        record(session, HousekeepingDue(), now=utc_now(), key="mine")
    mine = select(Outbox.done_at).where(Outbox.key == "health.clean_up:mine")
    with running(settings, "worker"):
        for _ in range(200):
            with db.read() as session:
                if session.scalars(mine).one() is not None:
                    return
            time.sleep(0.1)
    pytest.fail("the job was not done in 20 seconds")


def test_a_start_leaves_its_upkeep_once(db: Database, make: Make) -> None:
    from forum.kit.markdown import RENDERER
    from forum.serving import upkeep
    from forum.threads.models import Post

    upkeep(db, make.now)
    upkeep(db, make.now)
    with db.read() as session:
        every_start = 2 * ROUTES[IndexStale]  # who was stopped in the middle of the index goes on at once
        assert sorted(session.scalars(select(Outbox.job))) == sorted(ROUTES[HousekeepingDue] + every_start)
    ref = make.thread(make.member())
    with db.write() as session:
        post = session.get(Post, ref.id)
        assert post
        post.renderer = RENDERER - 1
    upkeep(db, make.now)
    with db.read() as session:
        assert "RendererChanged" in set(session.scalars(select(Outbox.event)))
