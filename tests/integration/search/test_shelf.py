"""Several at the files of one index at once: who looks is no holder, and a merge knows which index it merges."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forum.db import Database
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.search.engines.whoosh.library import Library
from forum.search.engines.whoosh.segments import Part
from forum.search.engines.whoosh.shelf import Shelf
from forum.search.engines.whoosh.writing import TIER
from forum.settings import load
from tests.integration.search.support import another, bare, document, fill, found

LOOKS = 2_000


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(load({}, data_dir=tmp_path))
    bare(made)
    yield made
    made.close()


def look(shelf: Shelf, seen: list[bool]) -> None:
    seen += [shelf.held("build") for _ in range(LOOKS)]


def start(shelf: Shelf, seen: list[bool]) -> list[threading.Thread]:
    threads = [threading.Thread(target=look, args=(shelf, seen)) for _ in range(3)]
    for it in threads:
        it.start()
    return threads


def test_who_looks_is_not_taken_for_a_holder(tmp_path: Path) -> None:
    """Three pages at once said that the index was being built, each because of another one's look."""
    shelf, seen = Shelf(tmp_path / "index"), list[bool]()
    assert not shelf.held("build"), "nobody ever held it"
    with shelf.alone("build") as had:
        assert had and shelf.held("build")
        with shelf.alone("build") as again:
            assert not again
    for it in start(shelf, seen):
        it.join()
    assert len(seen) == 3 * LOOKS and not any(seen)


def test_a_build_is_not_kept_away_by_who_looks(tmp_path: Path, db: Database) -> None:
    engine, seen = WhooshEngine(tmp_path / "index", db), list[bool]()
    fill(engine, [document(1, "uno")])
    threads = start(engine.library.shelf, seen)
    for turn in range(5):
        fill(engine, [document(1, f"turno{turn}")])
    for it in threads:
        it.join()
    assert found(engine, "turno4") == [1]


class Slow(Library):
    """Somebody else does something between what is seen without the lock and what is done with it."""

    meanwhile: Any = None

    def parts(self) -> tuple[Part, ...]:
        seen = super().parts()
        if self.meanwhile and len(seen) >= TIER and not self.shelf.held("write"):
            then, self.meanwhile = self.meanwhile, None
            then()
        return seen


def test_an_index_that_was_put_up_before_a_merge_is_not_merged_as_the_old_one(tmp_path: Path, db: Database) -> None:
    engine = WhooshEngine(tmp_path / "index", db)
    fill(engine, [document(1, "uno")])
    library = Slow(Shelf(tmp_path / "index"))
    engine.library = library
    built = []

    def build() -> None:
        fill(another(tmp_path / "index", db), [document(it, "nuovo") for it in range(1, 5)])
        built.append(library.shelf.current())

    library.meanwhile = build
    for turn in range(2, 2 * TIER):
        engine.write([document(100 + turn, "dopo" if built else "prima")], [])
    assert built == [library.shelf.current()], "nothing was built anew because of it"
    assert set(found(engine, "nuovo")) == {1, 2, 3, 4}
    assert found(engine, "prima") == [] and len(found(engine, "dopo")) > TIER // 2
    assert len(library.parts()) < TIER
