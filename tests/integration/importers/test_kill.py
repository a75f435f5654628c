"""An import that is killed at any point is finished by starting it again: all rows are there once, all counts right."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from forum.db import Database
from forum.settings import Settings
from forum.threads.models import Post, Thread
from tests.factories import Make
from tests.integration.importers.test_jsonl import counters_are_right, everything, figures, post
from tests.support.command import Command, environment, write_source

ROOT = Path(__file__).resolve().parents[3]
# Kills itself (SIGKILL: no handler, no cleaning up) at the nth commit, before it or just after it.
SUICIDE = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
import forum.importers.source
from forum.cli import main

forum.importers.source.BATCH = 7
when, left = sys.argv[1], int(sys.argv[2])

def count(session):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Session, when, count)
main(sys.argv[3:])
"""
PEOPLE = 20
POSTS = 60


def dirty_source(folder: Path) -> Path:
    """Three threads whose posts lie mixed in the file, with gaps, odd numbers and answers to later posts."""
    users = [{"id": n, "name": f"Person {n % 7}", "joined": "2014-01-01"} for n in range(PEOPLE)]
    threads = [
        {
            "id": n,
            "title": f"Thread {n}",
            "author": n,
            "category": f"Place {n % 2}",
            "tags": ["a"],
            "created": "2014-02-01",
        }
        for n in range(3)
    ]
    posts = [
        post(f"p{n}", thread=n % 3, n=n // 3 * 2 + 1 if n % 10 else None, author=n % (PEOPLE + 1),
             created=f"2014-03-{n % 28 + 1:02}", reply_to=f"p{n + 3 if n % 2 else n - 3}")
        for n in range(POSTS)
    ]  # fmt: skip
    return write_source(folder, users=users, threads=threads, posts=posts)


def run(settings: Settings, *args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", SUICIDE, *args]
    return subprocess.run(
        command, env=environment(settings), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


KILLS = (("before_commit", 1), ("after_commit", 2), ("before_commit", 3), ("after_commit", 1), ("after_commit", 4))


@pytest.mark.slow
def test_killed_again_and_again(forum: Command, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = dirty_source(tmp_path / "old")
    for when, at in KILLS:
        killed = run(forum.settings, when, str(at), "import", "jsonl", str(source))
        assert killed.returncode == -9, killed.stderr
    done = forum("import", "jsonl", str(source))
    assert done.status == 0, done.err
    assert figures(done)["posts"][0] == POSTS and figures(done)["posts"][1] < POSTS
    counters_are_right(db)
    survived = snapshot(db)

    assert figures(forum("import", "jsonl", str(source)))["posts"][1] == 0
    assert snapshot(db) == survived

    whole = Settings(data_dir=tmp_path / "whole")  # the same without a kill: not one row differs
    monkeypatch.setattr("forum.importers.source.BATCH", 7)
    other = Command(whole, forum.patch, forum.capture)
    assert other("import", "jsonl", str(source)).status == 0
    fresh = Database(whole)
    try:
        assert snapshot(fresh) == survived
    finally:
        fresh.close()


def snapshot(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row, without the ids and times that depend on the run, by what the source called it."""
    all_rows = everything(db)
    names = {(row[1], row[3]): row[2] for row in all_rows["imported_ids"]}
    members = {row[0]: row for row in all_rows["members"]}
    threads = {row[0]: row for row in all_rows["threads"]}
    posts = {row[0]: row for row in all_rows["posts"]}
    shown = {
        "posts": [
            (
                names["post", row[0]],
                names["thread", row[1]],
                row[2],
                names["user", row[3]],
                names.get(("post", row[4])),
                row[5],
            )
            for row in posts.values()
        ],
        "threads": [(names["thread", key], row[3], row[5]) for key, row in threads.items()],
        "members": [(names["user", key], row[1], row[3]) for key, row in members.items()],
        "categories": [(row[1], row[2]) for row in all_rows["categories"]],
        "tags": [(names["thread", row[1]],) for row in all_rows["thread_tags"]],
    }
    return {kind: sorted(found, key=repr) for kind, found in shown.items()}


def test_the_site_in_use_meanwhile_loses_nothing(forum: Command, make: Make, tmp_path: Path) -> None:
    """Somebody answers in a thread of which only a part is here yet."""
    source = dirty_source(tmp_path / "old")
    assert run(forum.settings, "before_commit", "6", "import", "jsonl", str(source)).returncode == -9
    with make.core.db.read() as session:
        thread_id = session.scalars(select(Thread.id).order_by(Thread.id)).first()
    assert thread_id
    ref = make.reply(make.member(), thread_id, "I am here already.")
    assert forum("import", "jsonl", str(source)).status == 0
    counters_are_right(make.core.db)
    assert make.get(Post, ref.id).source == "I am here already."
