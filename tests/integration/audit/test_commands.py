"""`forum audit verify`, `accept` and `list`."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from forum.audit.domain import write
from forum.audit.head import FILE, as_line, read_head
from forum.audit.models import AuditEntry, AuditHead
from forum.db import Database
from forum.settings import Settings
from tests.conftest import START
from tests.integration.audit.tampering import tampering
from tests.support.command import Command


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The `forum` command."""
    return Command(settings, monkeypatch, capsys)


def fill(db: Database, count: int) -> None:
    for number in range(count):
        with db.write() as session:
            write(
                session, action="role.changed", actor_id=1, data={"n": number}, details={"name": "Ada"},
                now=START + timedelta(days=number),
            )  # fmt: skip


def cut(db: Database, last: int) -> None:
    """What a restored backup, or an intruder, leaves: a shorter log that is whole in itself."""
    with tampering(db) as session:
        session.execute(text(f"DELETE FROM audit_details WHERE entry_id > {last}"))
        session.execute(delete(AuditEntry).where(AuditEntry.id > last))
        kept = session.scalars(select(AuditEntry.hash).where(AuditEntry.id == last)).one()
        session.execute(update(AuditHead).values(entry_id=last, hash=kept))


def test_a_whole_log(forum: Command, db: Database) -> None:
    assert forum("audit", "verify").out == "The audit log is empty.\n"
    fill(db, 3)
    head = read_head(db.data_dir)
    assert head is not None
    done = forum("audit", "verify")
    assert (done.status, done.out, done.err) == (0, f"3 entries hold. Head: {as_line(head)}\n", "")
    fill(db, 1)
    assert forum("audit", "verify", "--head", as_line(head)).status == 0


def test_a_broken_log_is_one_line_and_status_1(forum: Command, db: Database) -> None:
    fill(db, 3)
    with tampering(db) as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor_id=9))
    done = forum("audit", "verify")
    assert (done.status, done.out) == (1, "")
    assert done.err == "forum: audit log: entry 2 does not hold: it was changed\n"


def test_a_cut_tail_is_found_by_the_file_and_by_a_head_that_was_noted(forum: Command, db: Database) -> None:
    fill(db, 4)
    noted = read_head(db.data_dir)
    assert noted is not None
    cut(db, 2)
    done = forum("audit", "verify")
    assert done.status == 1
    assert done.err.startswith("forum: audit log: entry 3 does not hold: it is missing: audit.head knows entry 4")
    (db.data_dir / FILE).unlink()
    done = forum("audit", "verify")
    assert done.status == 0
    assert "audit.head is not there" in done.err
    done = forum("audit", "verify", "--head", as_line(noted))
    assert done.status == 1
    assert "entry 3 does not hold: it is missing: the head 4:" in done.err
    assert forum("audit", "verify", "--head", "four").status == 2


def test_accepting_a_restored_backup_is_an_entry(forum: Command, db: Database) -> None:
    fill(db, 4)
    lost = read_head(db.data_dir)
    assert lost is not None
    assert forum("audit", "accept", "--yes").err == (
        "forum: there is nothing to accept: the log and its head file agree\n"
    )
    cut(db, 2)
    done = forum("audit", "accept", "--yes")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Noted as entry 3. Head: 3:")
    assert forum("audit", "verify").status == 0
    with db.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.head_accepted"))
    assert json.loads(entry.data) == {"by": "operator", "lost": {"id": 4, "hash": lost.hash}}
    fill(db, 1)
    assert forum("audit", "verify").out.startswith("4 entries hold.")


def test_nothing_is_accepted_while_the_chain_is_broken(forum: Command, db: Database) -> None:
    fill(db, 3)
    with tampering(db) as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor_id=9))
    done = forum("audit", "accept", "--yes")
    assert (done.status, done.err) == (1, "forum: audit log: entry 2 does not hold: it was changed\n")


def test_a_head_file_that_says_nothing(forum: Command, db: Database) -> None:
    fill(db, 2)
    (db.data_dir / FILE).write_text("?")
    done = forum("audit", "verify")
    assert done.status == 1
    assert "does not hold the head of an audit log" in done.err
    assert forum("audit", "accept", "--yes").status == 0
    assert forum("audit", "verify").status == 0


def test_entries_as_lines(forum: Command, db: Database) -> None:
    fill(db, 3)
    lines: list[dict[str, Any]] = [json.loads(line) for line in forum("audit", "list").out.splitlines()]
    assert [line["id"] for line in lines] == [1, 2, 3]
    assert lines[0]["at"] == "2026-11-21T09:00:00.000000Z"
    assert lines[0]["data"] == {"n": 0}
    assert "Ada" not in json.dumps(lines)
    since = forum("audit", "list", "--since", "2026-11-22").out.splitlines()
    assert [json.loads(line)["id"] for line in since] == [2, 3]
