"""The head kept apart: it follows the log, never goes back, and stays where it is when it is evidence."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update

from forum.audit.domain import write
from forum.audit.head import FILE, BadHead, Head, keep_head, read_head
from forum.audit.models import AuditEntry, AuditHead
from forum.db import Database
from forum.settings import Settings
from tests.conftest import START
from tests.integration.audit.tampering import tampering


def act(db: Database, actor_id: int = 1) -> Head:
    with db.write() as session:
        entry_id = write(session, action="site.changed", actor_id=actor_id, now=START)
    with db.read() as session:
        return Head(entry_id, session.get_one(AuditEntry, entry_id).hash)


def test_the_file_follows_the_log(db: Database) -> None:
    assert read_head(db.data_dir) is None
    with db.write():
        pass
    assert read_head(db.data_dir) is None, "nothing was written"
    first = act(db)
    assert read_head(db.data_dir) == first
    assert (db.data_dir / FILE).stat().st_mode & 0o777 == 0o600
    last = act(db)
    assert read_head(db.data_dir) == last
    keep_head(db, first)
    assert read_head(db.data_dir) == last, "it went back"


def test_what_was_rolled_back_is_not_kept(db: Database) -> None:
    with pytest.raises(RuntimeError, match="no"), db.write() as session:
        write(session, action="site.changed", actor_id=1, now=START)
        raise RuntimeError("no")
    assert read_head(db.data_dir) is None
    with db.write() as session:
        nested = session.begin_nested()
        write(session, action="site.changed", actor_id=1, now=START)
        nested.rollback()
    assert read_head(db.data_dir) is None, "a savepoint took it back"


def test_many_writers_leave_the_newest(db: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda number: act(db, number), range(1, 25)))
    assert read_head(db.data_dir) == max(made)


def test_a_process_that_died_before_the_file_is_made_up_for(db: Database) -> None:
    act(db)
    behind = (db.data_dir / FILE).read_bytes()
    act(db)
    (db.data_dir / FILE).write_bytes(behind)
    last = act(db)
    assert read_head(db.data_dir) == last


def test_commits_that_a_power_cut_may_undo_are_not_kept(db: Database, settings: Settings) -> None:
    hasty = Database(settings, durable=False)
    act(hasty)
    assert read_head(db.data_dir) is None
    last = act(db)
    assert read_head(db.data_dir) == last
    hasty.close()


def test_a_file_that_knows_more_than_the_log_stays(db: Database) -> None:
    act(db)
    shorter = act(db)
    longer = act(db)
    with tampering(db) as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id > shorter.id))
        session.execute(update(AuditHead).values(entry_id=shorter.id, hash=shorter.hash))
    for _ in range(3):  # the log grows past the file's entry
        act(db, 7)
    with db.read() as session:
        assert session.scalar(select(AuditHead.entry_id)) == 5
    assert read_head(db.data_dir) == longer


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"ritrovo.audit.1 0 " + b"0" * 64, b"ritrovo.audit.1 1 abc"])
def test_a_file_that_says_nothing_stays_and_the_act_is_done(db: Database, content: bytes) -> None:
    (db.data_dir / FILE).write_bytes(content)
    with pytest.raises(BadHead):
        read_head(db.data_dir)
    assert act(db).id == 1
    assert (db.data_dir / FILE).read_bytes() == content


def test_a_folder_that_cannot_be_written_does_not_stop_the_act(db: Database) -> None:
    (db.data_dir / f"{FILE}.lock").mkdir()
    assert act(db).id == 1
    assert read_head(db.data_dir) is None
