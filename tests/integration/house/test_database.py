"""The two doors, the migrations, and what happens when the database is away."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Event

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, InternalError

from forum.db import FRESH, Database, make_engine
from forum.errors import Busy, Unavailable
from forum.members.models import Member
from forum.migrate import is_current, migrate, versions
from forum.models import metadata


def test_models_and_migrations_agree(db):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_version_is_told_without_alembic(settings):
    """What the start reads from names and one row is what Alembic says of both."""
    from alembic.script import ScriptDirectory

    from forum.migrate import _config

    engine = make_engine(settings)
    with engine.connect() as connection:
        told = MigrationContext.configure(connection).get_current_revision()
    assert versions(engine) == (told, ScriptDirectory.from_config(_config(engine)).get_current_head())
    engine.dispose()


def test_migrations_go_down_and_up_again(settings):
    from alembic import command

    from forum.migrate import _config

    engine = make_engine(settings)
    command.downgrade(_config(engine), "base")
    assert versions(engine)[0] is None
    migrate(engine)
    assert is_current(engine)
    engine.dispose()


def test_a_migration_keeps_rows_and_rules(settings):
    """SQLite makes a table anew when a check changes: nothing may cascade, and no rule may stay behind."""
    from alembic import command

    from forum.migrate import _config

    engine = make_engine(settings)
    command.downgrade(_config(engine), "0001")
    with engine.begin() as connection:
        at = "'2026-01-01 00:00:00+00'" if not settings.sqlite else "'2026-01-01 00:00:00'"
        rows = (
            "members(id, name, name_key, display_name, display_key, links, joined_at)",
            f"(1, 'a', 'a', 'A', 'a', '[]', {at})",
            "categories(id, slug, name, created_at)",
            f"(1, 'c', 'c', {at})",
            "threads(id, category_id, author_id, title, slug, created_at, last_post_at, last_poster_id)",
            f"(1, 1, 1, 't', 't', {at}, {at}, 1)",
            "posts(id, thread_id, number, author_id, source, html, renderer, created_at)",
            f"(1, 1, 1, 1, 's', 'h', 1, {at})",
            "post_revisions(id, post_id, version, source, editor_id, created_at)",
            f"(1, 1, 1, 'earlier', 1, {at})",
            "read_marks(member_id, thread_id, number, at)",
            f"(1, 1, 1, {at})",
        )
        for table, values in zip(rows[::2], rows[1::2], strict=True):
            connection.execute(text(f"INSERT INTO {table} VALUES {values}"))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT source FROM post_revisions")).scalar() == "earlier"
        assert connection.execute(text("SELECT number FROM read_marks")).scalar() == 1
        connection.execute(text("UPDATE posts SET state = 'removed'"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE posts SET state = 'nonsense'"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE threads SET post_count = -1"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE posts SET thread_id = 99"))
    engine.dispose()


def test_a_write_is_all_or_nothing(db, make):
    make.member("kept")
    with pytest.raises(RuntimeError), db.write() as session:
        session.execute(text("DELETE FROM accounts"))
        raise RuntimeError
    with db.read() as session:
        assert session.execute(text("SELECT count(*) FROM accounts")).scalar() == 1


def test_reading_keeps_nothing(db, make):
    make.member("kept")
    refused = nullcontext() if db.sqlite else pytest.raises(InternalError, match="read-only")
    with refused, db.read() as session:
        session.execute(text("UPDATE members SET place = 'x'"))
    with db.read() as session:
        assert session.scalar(select(Member.place)) == ""


ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])  # what only its one file can suffer
ON_POSTGRES = pytest.mark.parametrize("backend", ["postgres"])  # what takes a server


@ON_SQLITE
def test_a_writer_waits_and_then_says_busy(db, settings):
    blocker = sqlite3.connect(settings.data_dir / "forum.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    impatient = Database(settings)
    from sqlalchemy import event

    @event.listens_for(impatient.engine, "connect")
    def _soon(connection, _record):
        connection.execute("PRAGMA busy_timeout = 50")

    with pytest.raises(Busy), impatient.write() as session:
        session.execute(text("DELETE FROM accounts"))
    with impatient.read() as session:  # readers never wait
        assert session.execute(text("SELECT count(*) FROM accounts")).scalar() == 0
    blocker.execute("ROLLBACK")
    blocker.close()
    impatient.close()


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite a writer waits for every other one anyway
def test_who_wants_the_same_row_waits_without_a_connection(db, monkeypatch):
    inside, go_on, order = Event(), Event(), []

    def act(name, line):
        with db.write(line) as session:
            session.execute(text("SELECT 1"))
            order.append(name)
            if name == "first":
                inside.set()
                assert go_on.wait(10)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(act, "first", "date 7")
        assert inside.wait(10)
        second, elsewhere = pool.submit(act, "second", "date 7"), pool.submit(act, "elsewhere", "date 8")
        elsewhere.result(10)
        assert order == ["first", "elsewhere"] and db.engine.pool.checkedout() == 1
        monkeypatch.setattr("forum.db.BUSY_TIMEOUT", 20)
        with pytest.raises(Busy), db.write("date 7"):
            raise AssertionError("nobody else is inside")
        go_on.set()
        first.result(10), second.result(10)
    assert order == ["first", "elsewhere", "second"]
    with pytest.raises(ZeroDivisionError), db.write("date 7"):
        raise ZeroDivisionError
    with db.write("date 7"):  # whoever fails leaves the line
        pass


@ON_SQLITE
def test_a_full_disk_is_503_and_the_text_comes_back(make, db):
    anna = make.browser(make.member())
    place = make.category()
    anna.get("/threads/new")
    from sqlalchemy import event

    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def _full(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")

    answer = anna.post("/threads", {"title": "A long title", "category": place, "body": "Precious words\n" * 2000})
    assert answer.status_code == 503 and "retry-after" in answer.headers
    assert "Precious words" in answer.text and "A long title" in answer.text


def test_a_closed_database_is_a_page_too(make, db, settings, monkeypatch):
    anna = make.browser(make.member())
    place = make.category()
    anna.get("/threads/new")

    def gone(*_args, **_kwargs):
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(db.engine, "connect", gone)
    monkeypatch.setattr(db._reader, "connect", gone)
    monkeypatch.setattr(db._writer, "connect", gone)
    answer = anna.post("/threads", {"title": "A title", "category": place, "body": "Precious words"})
    assert answer.status_code == 503 and "Precious words" in answer.text
    assert anna.get("/").status_code == 503
    assert anna.get("/readyz").status_code == 503
    assert anna.get("/healthz").status_code == 200
    with pytest.raises(Unavailable), db.read() as session:
        session.execute(text("SELECT 1"))


@ON_POSTGRES
def test_a_server_that_was_started_anew_is_found_again(db, settings):
    """What lay idle is asked before it is used; what was used a moment ago says once that it is gone."""
    for idle, noticed in ((FRESH, True), (0, False)):
        with db.read() as first, db.read() as second:
            mine = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (first, second)]
        time.sleep(idle)
        other = make_engine(settings)
        with other.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM unnest(CAST(:mine AS int[])) AS pid"), {"mine": mine}
            )
        other.dispose()
        if not noticed:
            with pytest.raises(Unavailable), db.read() as session:
                session.execute(text("SELECT 1"))
        with db.read() as first, db.read() as second:
            found = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (first, second)]
        assert not set(found) & set(mine)


@ON_POSTGRES
def test_what_is_asked_often_is_planned_once(db):
    """Statements that were prepared outlive the reads that asked them."""
    for _ in range(8):
        with db.read() as session:
            session.scalar(select(Member.place).where(Member.id == 1))
    with db.read() as session:
        kept = session.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
    assert any("members.place" in statement for statement in kept)
