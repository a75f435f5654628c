"""An index that is whole, and yet not the site's: of another engine, another release, another moment."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from forum.events import IndexStale, record
from forum.search import standing
from forum.search.building import rebuild
from forum.search.engines import make_engine
from forum.search.engines.base import Engine, IndexBusy, IndexUnusable
from forum.search.engines.postgres import engine as postgres
from forum.search.engines.whoosh.fields import LAYOUT
from forum.search.engines.whoosh.library import library
from forum.search.jobs import engine_of
from forum.search.models import SearchChange
from forum.settings import Settings
from forum.threads.models import Post
from forum.web.core import Core
from tests.factories import Make
from tests.integration.search.support import found, waiting

Restart = Callable[..., Engine]


@pytest.fixture
def restart(core: Core, settings: Settings) -> Restart:
    """The site starts again, with an engine: its own, or the default."""

    def again(search: str = "") -> Engine:
        engine_of.cache_clear()
        library.cache_clear()
        core.settings = replace(settings, search=search)
        assert core.worker
        core.worker.settings = core.settings
        return engine_of(core.settings, core.db)

    return again


def start(core: Core, make: Make) -> None:
    """What `forum serve` leaves in the outbox, and the worker's turn."""
    with core.db.write() as session:
        record(session, IndexStale(), now=core.clock())
    make.drain()


def refused(engine: Engine, make: Make) -> bool:
    """It says of itself that it cannot be used, and so does the page."""
    with pytest.raises(IndexUnusable):
        found(engine, "zibellini")
    return not engine.state().usable and "Search is being repaired" in make.browser().get("/search?q=zibellini").text


@pytest.mark.parametrize("backend", ["postgres"])
def test_to_another_engine_and_back(make: Make, core: Core, restart: Restart) -> None:
    anna = make.member("anna")
    restart("whoosh")
    first = make.thread(anna, body="Zibellini").id
    make.drain()
    assert waiting(core.db) == 0, "Whoosh has heard of it: nothing is left for the other one"
    engine = restart()
    assert engine.name == "postgres" and refused(engine, make)
    start(core, make)
    assert found(engine, "zibellini") == [first] and engine.state().usable
    second = make.thread(anna, title="Altro", body="Ancora zibellini").id
    make.drain()
    engine = restart("whoosh")
    assert refused(engine, make), "its index is whole, but knows nothing of the second"
    start(core, make)
    assert set(found(engine, "zibellini")) == {first, second}
    engine = restart()
    assert refused(engine, make)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_older_database_beside_a_newer_index(make: Make, core: Core, restart: Restart, tmp_path: Path) -> None:
    """Of the changes that the backup does not know, one alone would do."""
    ref, engine = make.thread(make.member("anna"), body="Zibellini"), restart()
    start(core, make)
    living = core.settings.data_dir / "forum.db"
    with sqlite3.connect(living) as source, sqlite3.connect(tmp_path / "backup.db") as backup:
        source.backup(backup)
    with core.db.write() as session:
        session.execute(update(Post).where(Post.id == ref.id).values(html="<p>Caprioli.</p>"))
    start(core, make)
    assert found(engine, "caprioli") == [ref.id]
    with sqlite3.connect(tmp_path / "backup.db") as backup, sqlite3.connect(living) as restored:
        backup.backup(restored)
    engine = restart()
    assert refused(engine, make)
    start(core, make)
    assert found(engine, "caprioli") == [] and found(engine, "zibellini") == [ref.id]


@pytest.mark.parametrize("backend", ["postgres"])
def test_rows_of_another_release_are_built_anew(
    make: Make, core: Core, restart: Restart, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = make.thread(make.member("anna"), body="Zibellini")
    start(core, make)
    with core.db.write() as session:
        session.execute(text("UPDATE search_documents SET vector = to_tsvector('simple', 'old')"))
    monkeypatch.setattr(postgres, "LAYOUT", postgres.LAYOUT + 1)
    engine = restart()
    assert refused(engine, make)
    start(core, make)
    assert found(engine, "zibellini") == [ref.id]


def test_an_empty_index_of_a_forum_with_posts(make: Make, core: Core, restart: Restart) -> None:
    ref, engine = make.thread(make.member("anna"), body="Zibellini"), restart()
    assert waiting(core.db) == 1
    engine.rebuild(list, lambda _: None)
    assert engine.state().usable, "the post has been noted: the index will hear of it"
    with core.db.write() as session:
        session.execute(delete(SearchChange))
    assert not engine.state().usable
    start(core, make)
    assert found(engine, "zibellini") == [ref.id] and engine.state().usable


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_writer_that_dies_before_it_has_written(make: Make, core: Core, restart: Restart) -> None:
    ref, engine = make.thread(make.member("anna"), body="Zibellini"), restart()
    start(core, make)
    shelf = library(core.settings.data_dir / "index").shelf
    for _ in range(2):  # the second one begins where the first one did
        with core.db.write() as session:
            standing.next_stamp(session, "whoosh", LAYOUT, shelf.stamp(shelf.current()))
        engine = restart()
        assert found(engine, "zibellini") == [ref.id] and engine.state().usable
    make.reply(make.member("ugo"), ref.thread_id, "Caprioli")
    make.drain()
    assert len(found(engine, "caprioli")) == 1 and engine.state().usable


@pytest.mark.parametrize("backend", ["postgres"])
def test_two_do_not_build_at_once(make: Make, core: Core) -> None:
    make.thread(make.member("anna"), body="Zibellini")
    one, other = make_engine(core.settings, core.db), make_engine(core.settings, core.db)
    busy: list[bool] = []

    def during(_: Any) -> None:
        with pytest.raises(IndexBusy):
            other.rebuild(list, lambda _: None)
        busy.append(True)

    rebuild(core.db, one, during)
    assert busy and len(found(other, "zibellini")) == 1
    other.rebuild(list, lambda _: None)  # the lock is free again
