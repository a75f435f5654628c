"""The command itself: help at every level, one line for every failure, the right exit status."""

import re
import uuid
from pathlib import Path

import click
import pytest

from forum.cli import forum as root
from forum.settings import load
from tests.support.command import Command, write_source


def paths(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group below `command`."""
    found = [path]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += paths(inner, (*path, name))
    return found


def test_the_contract_s_commands_are_there() -> None:
    there = {" ".join(path) for path in paths(root)}
    assert {
        "serve", "worker", "migrate", "demo", "settings", "import jsonl", "user create", "token create"
    } <= there  # fmt: skip


@pytest.mark.parametrize("path", paths(root), ids=" ".join)
def test_help_at_every_level(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    from forum.cli import main

    with pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    seen = capsys.readouterr()
    assert ended.value.code == 0 and seen.out.startswith("Usage: forum") and not seen.err
    assert all(len(line) <= 100 for line in seen.out.splitlines())


@pytest.mark.parametrize(
    "args", [["nonsense"], ["serve", "--port", "x"], ["serve", "--nonsense"], ["migrate", "extra"]]
)
def test_wrong_usage_is_2_in_one_line(forum: Command, args: list[str]) -> None:
    done = forum(*args)
    assert done.status == 2 and done.err.count("\n") == 1 and not done.out
    assert "--help" in done.err


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FORUM_LOCALE": "fr"}, "FORUM_LOCALE is 'fr'"),
        ({"FORUM_WORKER": "perhaps"}, "FORUM_WORKER is 'perhaps'"),
        ({"FORUM_BASE_URL": "example.org"}, "FORUM_BASE_URL is 'example.org'"),
        ({"FORUM_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/none"}, "the database cannot be reached"),
        ({"FORUM_DATABASE_URL": "sqlite:////proc/none/forum.db"}, "the database cannot be reached"),
    ],
)
@pytest.mark.parametrize("command", [["migrate"], ["demo"], ["import", "jsonl", "."], ["serve", "--port", "0"]])
def test_what_fails_is_1_in_one_line(
    forum: Command, environ: dict[str, str], words: str, command: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for kind in ("users", "threads", "posts"):
        (tmp_path / f"{kind}.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    done = forum(*command, **environ)
    assert done.status == 1 and words in done.err and "secret" not in done.err
    assert done.err.count("\n") == 1 and "Traceback" not in done.err and not done.out


def test_a_folder_that_cannot_be_written_is_told(forum: Command, backend: str) -> None:
    if backend == "sqlite":
        done = forum("migrate", FORUM_DATA_DIR="/proc/none")
        assert done.status == 1 and "/proc/none" in done.err and done.err.count("\n") == 1


def test_an_unforeseen_error_is_one_line_too(forum: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug\nof ours")

    monkeypatch.setattr("forum.settings.origins", broken)
    done = forum("settings")
    assert done.status == 1 and done.err == "forum: unforeseen: RuntimeError: a bug of ours (--traceback shows where)\n"
    monkeypatch.setattr("forum.settings.origins", broken)
    with pytest.raises(RuntimeError):
        root.main(["--traceback", "settings"], standalone_mode=False)


def test_settings_come_with_their_origin_and_hide_secrets(forum: Command) -> None:
    done = forum("settings", FORUM_SMTP_URL="smtp://me:hunter2@mail.example.org", FORUM_METRICS_TOKEN="geheim")
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert done.status == 0 and set(lines) == {f"FORUM_{name.upper()}" for name in load({}).__slots__}
    assert " environment " in lines["FORUM_SMTP_URL"] and " default " in lines["FORUM_LOCALE"]
    assert "hunter2" not in done.out and "geheim" not in done.out


def test_migrate_says_where_the_schema_is(forum: Command) -> None:
    done = forum("migrate")
    assert done.status == 0 and re.search(r"at version \w+, the newest", done.out)


def test_a_schema_behind(forum: Command, backend: str, tmp_path: Path) -> None:
    """SQLite is brought up to date by itself; PostgreSQL waits for the word."""
    empty = str(write_source(tmp_path / "nothing"))
    if backend == "sqlite":
        done = forum("import", "jsonl", empty, FORUM_DATA_DIR=str(tmp_path / "new"))
        assert done.status == 0 and "Schema: empty →" in done.err
        return
    from tests.support.postgres import server

    name = f"empty_{uuid.uuid4().hex[:12]}"
    server().create(name)
    url = server().url(name)
    try:
        for command in (["demo"], ["serve", "--port", "0"], ["worker"], ["import", "jsonl", empty]):
            done = forum(*command, FORUM_DATABASE_URL=url)
            assert done.status == 1 and "the database is empty" in done.err and "forum migrate" in done.err
        assert forum("migrate", FORUM_DATABASE_URL=url).status == 0
        assert forum("import", "jsonl", empty, FORUM_DATABASE_URL=url).status == 0
    finally:
        server().drop(name)
