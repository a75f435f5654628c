"""Entries are dense, chained and written with the act or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.audit.chain import GENESIS, canonical, digest_of_details, hash_of
from forum.audit.domain import erase_details, write
from forum.audit.models import AuditDetail, AuditEntry, AuditHead
from forum.db import Database
from tests.conftest import START, Clock


def entries(db: Database) -> list[AuditEntry]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def columns(entry: AuditEntry) -> dict[str, object]:
    return {column.name: getattr(entry, column.name) for column in AuditEntry.__table__.columns}


def test_entries_are_dense_and_each_holds_the_hash_before(db: Database) -> None:
    with db.write() as session:
        assert write(session, action="role.changed", actor_id=1, subject_id=2, target="member:2", now=START) == 1
        assert write(session, action="site.changed", actor_id=None, data={"b": [1, START], "a": "é"}, now=START) == 2
    with db.write() as session:
        assert write(session, action="role.changed", actor_id=1, now=START + timedelta(microseconds=1)) == 3
    found = entries(db)
    assert [entry.before for entry in found] == [GENESIS, found[0].hash, found[1].hash]
    assert [entry.hash for entry in found] == [hash_of(columns(entry)) for entry in found]
    assert found[1].data == '{"a":"\\u00e9","b":[1,"2026-11-21T09:00:00.000000Z"]}'
    with db.read() as session:
        head = session.scalars(select(AuditHead)).one()
    assert (head.entry_id, head.hash) == (3, found[2].hash)


def test_words_about_people_stand_beside_the_chain(db: Database) -> None:
    with db.write() as session:
        write(session, action="case.decided", actor_id=1, details={"explanation": "Rude to Ada."}, now=START)
    [entry] = entries(db)
    with db.read() as session:
        [detail] = session.scalars(select(AuditDetail))
    assert "Ada" not in str(columns(entry))
    assert detail.body == {"explanation": "Rude to Ada."}
    assert entry.details_digest == digest_of_details(detail.salt, detail.body)
    with db.write() as session:
        assert erase_details(session, entry_ids=range(70_000), actor_id=5, now=START) == 2
        assert erase_details(session, entry_ids=[1, 7], actor_id=5, now=START) is None
    [_, erasure] = entries(db)
    assert (erasure.action, erasure.data, erasure.actor_id) == ("audit.details_erased", canonical({"entries": [1]}), 5)
    with db.read() as session:
        assert session.scalars(select(AuditDetail)).all() == []


def test_an_act_that_fails_leaves_no_entry(db: Database) -> None:
    with pytest.raises(RuntimeError, match="no"), db.write() as session:
        write(session, action="site.changed", actor_id=1, now=START)
        raise RuntimeError("no")
    with db.write() as session:
        assert write(session, action="site.changed", actor_id=1, now=START) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"action": "changed"}, {"action": "a." + "b" * 39}, {"target": "x" * 41}, {"data": {"x": float("nan")}}],
)
def test_what_no_entry_can_hold_is_refused(db: Database, wrong: dict[str, object]) -> None:
    given: dict[str, object] = {"action": "site.changed", "actor_id": 1, "now": START, **wrong}
    with pytest.raises(ValueError, match=r"audit|JSON"), db.write() as session:
        write(session, **given)  # type: ignore[arg-type]
    assert entries(db) == []


def test_many_writers_at_once_make_one_chain(db: Database, clock: Clock) -> None:
    def act(number: int) -> int:
        with db.write() as session:
            return write(session, action="role.changed", actor_id=number, details={"n": number}, now=clock())

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(act, range(1, 31)))
    assert sorted(made) == list(range(1, 31))
    found = entries(db)
    assert [entry.before for entry in found] == [GENESIS, *(entry.hash for entry in found[:-1])]
