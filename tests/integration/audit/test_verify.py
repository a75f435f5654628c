"""Whoever owns the database can change the log, and is found out."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from forum.audit.chain import GENESIS, canonical, hash_of
from forum.audit.domain import erase_details, write
from forum.audit.head import Head, read_head
from forum.audit.models import AuditDetail, AuditEntry, AuditHead
from forum.audit.verify import verify
from forum.db import Database
from tests.conftest import START
from tests.integration.audit.tampering import disarm, tampering, verdict


def fill(db: Database, count: int = 8) -> None:
    """Entries from 1 on; the even ones have details; those of entry 2 are erased by the last."""
    for number in range(1, count):
        with db.write() as session:
            write(
                session, action="role.changed", actor_id=number, subject_id=number + 1, target=f"member:{number + 1}",
                data={"from": "member", "to": "moderator", "category": number}, now=START + timedelta(hours=number),
                details={"name": f"Ada {number}"} if number % 2 == 0 else None,
            )  # fmt: skip
    with db.write() as session:
        erase_details(session, entry_ids=[2], actor_id=1, now=START + timedelta(days=1))


def test_a_log_that_nobody_touched_holds(db: Database) -> None:
    assert verdict(db).head is None
    fill(db)
    with db.read() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    found = verdict(db)
    assert (found.entries, found.head, found.broken) == (8, Head(8, last.hash), None)


@pytest.mark.parametrize(
    ("statement", "entry", "why"),
    [
        ("UPDATE audit_entries SET actor_id = 9 WHERE id = 5", 5, "changed"),
        ("UPDATE audit_entries SET actor_id = NULL WHERE id = 5", 5, "changed"),
        ("DELETE FROM audit_entries WHERE id = 1", 1, "missing"),
        ("DELETE FROM audit_entries WHERE id = 5", 5, "missing"),
        ("DELETE FROM audit_entries WHERE id > 6", 7, "missing: the head in the database knows entry 8"),
        ("DELETE FROM audit_entries", 1, "missing"),
        ("UPDATE audit_entries SET id = id + 100 WHERE id = 5", 5, "missing"),
        ("UPDATE audit_entries SET id = -3 WHERE id = 1", -3, "inserted"),
        ('UPDATE audit_details SET body = \'{"name": "Bob"}\' WHERE entry_id = 4', 4, "details were changed"),
        ("UPDATE audit_details SET salt = 'pepper' WHERE entry_id = 4", 4, "details were changed"),
        ("UPDATE audit_details SET entry_id = 3 WHERE entry_id = 4", 3, "details were added"),
        ("UPDATE audit_details SET entry_id = 400 WHERE entry_id = 4", 4, "details are missing"),
        ("DELETE FROM audit_details WHERE entry_id = 4", 4, "details are missing"),
        ("INSERT INTO audit_details (entry_id, salt, body) VALUES (99, '', '{}')", 99, "missing, its details are not"),
        ("UPDATE audit_head SET entry_id = 9", 9, "missing"),
        ("UPDATE audit_head SET hash = 'x'", 8, "head in the database is not it"),
        ("DELETE FROM audit_head", 8, "head in the database is not it"),
    ],
)
def test_what_was_done_to_the_tables_is_found(db: Database, statement: str, entry: int, why: str) -> None:
    fill(db)
    with tampering(db) as session:
        session.execute(text(statement.replace(":", r"\:")))
    broken = verdict(db).broken
    assert broken is not None
    assert broken.entry_id == entry
    assert why in broken.why


def test_an_inserted_entry_is_found_though_its_own_hash_is_right(db: Database) -> None:
    fill(db)
    with tampering(db) as session:
        session.execute(update(AuditEntry).where(AuditEntry.id >= 5).values(id=AuditEntry.id + 100))
        session.execute(update(AuditEntry).where(AuditEntry.id >= 105).values(id=AuditEntry.id - 99))
        session.execute(update(AuditDetail).where(AuditDetail.entry_id >= 5).values(entry_id=AuditDetail.entry_id + 1))
        columns = "at, action, subject_id, category_id, target, data"
        session.execute(text(
            f"INSERT INTO audit_entries (id, {columns}, actor_id, details_digest, before, hash)"
            f" SELECT 5, {columns}, 66, '', before, 'x' FROM audit_entries WHERE id = 6"
        ))  # fmt: skip
        _reseal(session, 5)
    broken = verdict(db).broken
    assert broken is not None
    assert (broken.entry_id, broken.why) == (6, "it does not follow from the one before")


def _reseal(session: Session, entry_id: int) -> str:
    """Give an entry the hash that its columns deserve, as an intruder would who has read our source."""
    session.expire_all()
    entry = session.get_one(AuditEntry, entry_id)
    values = {column.name: getattr(entry, column.name) for column in AuditEntry.__table__.columns}
    session.execute(update(AuditEntry).where(AuditEntry.id == entry_id).values(hash=hash_of(values)))
    return hash_of(values)


def test_a_log_rewritten_to_the_end_is_found_by_the_head_kept_apart(db: Database) -> None:
    fill(db)
    known = read_head(db.data_dir)
    assert known is not None
    with tampering(db) as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 4).values(actor_id=77))
        before = _reseal(session, 4)
        for entry_id in range(5, 9):
            session.execute(update(AuditEntry).where(AuditEntry.id == entry_id).values(before=before))
            before = _reseal(session, entry_id)
        session.execute(update(AuditHead).values(hash=before))
    assert verdict(db).broken is None, "the chain itself is whole: only who kept the head can tell"
    broken = verdict(db, {"audit.head": known}).broken
    assert broken is not None
    assert (broken.entry_id, broken.why) == (8, "it is not the entry that audit.head knows: the log was rewritten")


def test_a_tail_cut_with_the_head_in_the_database_is_found_by_the_one_kept_apart(db: Database) -> None:
    fill(db)
    known = read_head(db.data_dir)
    assert known is not None
    with tampering(db) as session:
        last = session.scalars(select(AuditEntry).where(AuditEntry.id == 5)).one()
        session.execute(delete(AuditDetail).where(AuditDetail.entry_id == 6))
        session.execute(delete(AuditEntry).where(AuditEntry.id > 5))
        session.execute(update(AuditHead).values(entry_id=5, hash=last.hash))
    broken = verdict(db, {"audit.head": known}).broken
    assert broken is not None
    assert (broken.entry_id, broken.why) == (6, "it is missing: audit.head knows entry 8")


def test_erased_words_that_come_back_are_found(db: Database) -> None:
    fill(db, 4)
    with tampering(db) as session:
        session.add(AuditDetail(entry_id=2, salt="x", body={"name": "Ada 2"}))
    assert verdict(db).broken is not None
    with db.write() as session:
        session.execute(delete(AuditDetail))
    assert verdict(db).broken is None
    with db.write() as session:
        write(session, action="site.changed", actor_id=1, details={"name": "Eva"}, now=START)
        [kept] = session.scalars(select(AuditDetail))
        salt, body = kept.salt, kept.body
        erase_details(session, entry_ids=[kept.entry_id], actor_id=1, now=START)
    with tampering(db) as session:
        session.add(AuditDetail(entry_id=5, salt=salt, body=body))
    broken = verdict(db).broken
    assert broken is not None
    assert (broken.entry_id, broken.why) == (5, "entry 6 says its details were erased, and they are back")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET data = CAST(x'ff' AS TEXT) WHERE id = 5",
        "UPDATE audit_entries SET at = 'yesterday' WHERE id = 5",
        "UPDATE audit_entries SET at = '2026-11-21T14:00:00' WHERE id = 5",
        "UPDATE audit_entries SET actor_id = 'x' WHERE id = 5",
        "UPDATE audit_entries SET before = x'00' WHERE id = 5",
        "UPDATE audit_entries SET hash = x'00' WHERE id = 5",
    ],
)
def test_what_sqlite_lets_into_a_column_is_found(db: Database, statement: str) -> None:
    fill(db)
    with tampering(db) as session:
        session.execute(text(statement.replace(":", r"\:")))
    broken = verdict(db).broken
    assert broken is not None
    assert broken.entry_id == 5


TABLES: list[Table] = [AuditEntry.__table__, AuditDetail.__table__, AuditHead.__table__]  # type: ignore[list-item]
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
VALUES = {
    int: st.none() | st.integers(-(2**63), 2**63 - 1),
    str: WORDS,
    datetime: st.integers(-(10**12), 10**12).map(lambda n: START + timedelta(microseconds=n)),
    dict: st.dictionaries(WORDS, WORDS | st.integers() | st.none(), max_size=3),
}


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_any_single_change_to_any_column_of_any_row_is_noticed(db: Database) -> None:
    fill(db)
    columns = [(table, column) for table in TABLES for column in table.columns]

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def tamper(data: st.DataObject) -> None:
        table, column = data.draw(st.sampled_from(columns))
        with Session(db.engine) as session:
            disarm(session)
            key = next(iter(table.primary_key.columns))
            rows = session.execute(select(key, column).order_by(key)).all()
            chosen, old = data.draw(st.sampled_from([tuple(row) for row in rows]))
            kind = dict if column.name == "body" else datetime if column.name == "at" else column.type.python_type
            new = data.draw(VALUES[kind].filter(lambda new: new != old and (new is not None or column.nullable)))
            try:
                session.execute(update(table).where(key == chosen).values({column.name: new}))
            except DBAPIError:  # a constraint, or the type of the column, was there first
                return
            assert verify(session, known={}).broken is not None, (table.name, column.name, chosen, old, new)

    tamper()
    assert verdict(db).broken is None, "nothing of all that was kept"


def test_the_first_entry_follows_from_nothing() -> None:
    assert len(GENESIS) == 64
    assert canonical({"b": 1, "a": [None, True, "è"]}) == '{"a":[null,true,"\\u00e8"],"b":1}'
