"""The index hears of every change, whatever happens to it or to whoever writes it."""

import errno
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from forum.events import IndexStale, record
from forum.outbox import Outbox
from forum.search import building, queue
from forum.search.building import rebuild, rebuild_aside
from forum.search.documents import all_documents
from forum.search.engines.base import Document, IndexBusy, IndexUnusable
from forum.search.engines.whoosh import engine as whoosh_engine
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.search.engines.whoosh.shelf import Shelf
from forum.search.jobs import engine_of
from forum.search.models import SearchChange
from forum.settings import Settings
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.factories import Make, PostRef
from tests.integration.search.support import another, engine_for, found, waiting
from tests.support.command import Command


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The `forum` command."""
    return Command(settings, monkeypatch, capsys)


def only_folder(root: Path) -> Path:
    [folder] = [it for it in root.iterdir() if it.is_dir()]
    return folder


def segment(root: Path) -> Path:
    return max(only_folder(root).glob("MAIN_*"), key=lambda it: it.stat().st_size)


# -- what is heard ------------------------------------------------------------------------------------------------


def test_whatever_happens_to_a_post_is_heard(make: Make, core: Core) -> None:
    anna, engine = make.member("anna"), engine_for(core)
    ref = make.thread(anna, title="Gomme", body="Parlo di zibellini.")
    make.drain()
    assert found(engine, "zibellini") == [ref.id]
    answer = make.reply(anna, ref.thread_id, "Due ornitorinchi.")
    make.drain()
    assert found(engine, "ornitorinchi") == [answer.id] and waiting(core.db) == 0
    with core.db.write() as session:  # past every verb: the triggers see it
        session.execute(update(Post).where(Post.id == answer.id).values(html="<p>Tre caprioli.</p>"))
        session.execute(update(Thread).where(Thread.id == ref.thread_id).values(title="Copertoni"))
    assert waiting(core.db) == 2
    with core.db.write() as session:
        record(session, IndexStale(), now=core.clock())
    make.drain()
    assert found(engine, "ornitorinchi") == [] and found(engine, "caprioli") == [answer.id]
    assert set(found(engine, "copertoni")) == {ref.id, answer.id}, "a title is that of every post"
    make.state(answer, "hidden")
    assert queue.drain(core.db, engine) == 1 and found(engine, "caprioli") == []
    make.state(answer, "visible")
    make.state(ref, "held", thread=True)
    assert queue.drain(core.db, engine) and found(engine, "zibellini") == []


def test_a_post_written_in_the_other_language_is_read_in_its_own(make: Make, core: Core) -> None:
    anna = make.member("anna")
    ref = make.thread(anna, make.category(locale="it"), body="Com'è andata la gita di ieri con i bambini?")
    other = make.reply(anna, ref.thread_id, "They were riding all the way down to the river with their friends.")
    make.drain()
    assert found(engine_for(core), "friend ride") == [other.id]


def test_a_long_queue_is_drained_in_batches(make: Make, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = make.thread(make.member("anna"))
    make.drain()
    with core.db.write() as session:
        session.execute(insert(SearchChange), [{"post_id": ref.id}] * 2500)
        session.execute(insert(SearchChange), [{"post_id": 2**62}])
    taken = []
    while count := queue.drain(core.db, engine_for(core)):
        taken.append(count)
    assert taken == [queue.BATCH, queue.BATCH, 501] and waiting(core.db) == 0
    with core.db.write() as session:
        session.execute(insert(SearchChange), [{"post_id": ref.id}] * 2500)
        record(session, IndexStale(), now=core.clock())
    monkeypatch.setattr("forum.search.jobs.TURN", 0.0)  # a turn is over after one batch: the rest is handed on
    make.drain()
    assert waiting(core.db) == 0
    with core.db.read() as session:
        rows = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.event == "IndexStale"))
    assert rows == 4


def test_a_change_during_the_write_is_not_forgotten(make: Make, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, engine = make.thread(make.member("anna"), body="Prima."), engine_for(core)
    make.drain()
    write = engine.write

    def late(documents: Any, gone: Any) -> None:
        write(documents, gone)
        with core.db.write() as session:
            session.execute(update(Post).where(Post.id == ref.id).values(html="<p>Zibellini.</p>"))

    with core.db.write() as session:
        session.execute(update(Post).where(Post.id == ref.id).values(html="<p>Caprioli.</p>"))
    monkeypatch.setattr(engine, "write", late)
    assert queue.drain(core.db, engine) == 1 and waiting(core.db) == 1
    monkeypatch.undo()
    queue.drain(core.db, engine)
    assert found(engine, "zibellini") == [ref.id]


def heard(core: Core, ref: PostRef, text: str) -> threading.Thread:
    """The post is edited, and another worker tells the index at once; a second is given to it."""
    with core.db.write() as session:
        session.execute(update(Post).where(Post.id == ref.id).values(html=f"<p>{text}</p>"))
    other = threading.Thread(target=queue.drain, args=(core.db, engine_for(core)))
    other.start()
    other.join(1)
    return other


def test_what_was_read_first_is_not_written_last(make: Make, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, engine = make.thread(make.member("anna"), body="Prima."), engine_for(core)
    make.drain()
    with core.db.write() as session:
        session.execute(update(Post).where(Post.id == ref.id).values(html="<p>Caprioli.</p>"))
    write, others = engine.write, list[threading.Thread]()

    def slowly(documents: Any, gone: Any) -> None:
        monkeypatch.undo()
        others.append(heard(core, ref, "Zibellini."))
        write(documents, gone)

    monkeypatch.setattr(engine, "write", slowly)
    queue.drain(core.db, engine)
    others[0].join()
    assert found(engine, "zibellini") == [ref.id] and found(engine, "caprioli") == [] and waiting(core.db) == 0


def test_what_changes_after_a_build_has_read_it_is_kept(make: Make, core: Core) -> None:
    ref, engine = make.thread(make.member("anna"), body="Prima."), engine_for(core)
    gone = make.thread(make.member("ugo"), body="Segreti.")
    make.drain()
    others = []

    def documents() -> Iterator[Document]:
        yield from all_documents(core.db)
        make.state(gone, "hidden")
        others.append(heard(core, ref, "Zibellini."))

    engine.rebuild(documents, lambda _: None)
    others[0].join()
    while queue.drain(core.db, engine):
        pass
    assert found(engine, "zibellini") == [ref.id] and found(engine, "prima") == []
    assert found(engine, "segreti") == [], "no word of it stays in the index"


def test_backlog_says_how_many_and_how_long(make: Make, core: Core) -> None:
    make.thread(make.member("anna"))
    count, behind = queue.backlog(core.db)
    assert count == 1 and 0 <= behind < 60
    make.drain()
    assert queue.backlog(core.db) == (0, 0.0)


# -- building anew --------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(settings: Settings) -> Settings:
    """Whoosh beside either database."""
    return replace(settings, search="whoosh")


@pytest.fixture
def engine(core: Core, mixed: Settings) -> WhooshEngine:
    return WhooshEngine(mixed.data_dir / "index", core.db)


def test_reindex(forum: Command, make: Make, core: Core) -> None:
    ref = make.thread(make.member("anna"), body="Zibellini")
    with core.db.write() as session:
        session.execute(delete(SearchChange))  # as if it had never been heard of
    done = forum("reindex")
    assert done.status == 0 and "holds 1 posts" in done.out, done.err
    assert found(engine_for(core), "zibellini") == [ref.id]


def test_what_waited_before_a_build_is_not_indexed_twice(make: Make, core: Core, engine: WhooshEngine) -> None:
    anna = make.member("anna")
    ref = make.thread(anna, body="Zibellini")
    written: list[int] = []

    def during(count: int) -> None:
        if not written:
            written.append(make.reply(anna, ref.thread_id, "Caprioli").id)

    assert waiting(core.db) == 1
    rebuild(core.db, engine, during)
    assert waiting(core.db) == 0
    assert len(engine.library.parts()) == 2, "one segment of the build, one of the reply: nothing was written twice"
    assert found(engine, "zibellini") == [ref.id] and found(engine, "caprioli") == written, (
        "what came meanwhile is heard"
    )


def test_search_goes_on_while_the_index_is_built(make: Make, core: Core, engine: WhooshEngine) -> None:
    anna = make.member("anna")
    ref = make.thread(anna, body="Zibellini")
    rebuild(core.db, engine)
    seen: list[Any] = []

    def during(count: int) -> None:
        if seen:
            return
        seen.append((engine.state().complete, found(engine, "zibellini")))
        with pytest.raises(IndexBusy):
            engine.rebuild(list, lambda _: None)
        late = make.reply(anna, ref.thread_id, "Caprioli")
        queue.drain(core.db, engine)  # into the old index: the new one has been past this post
        seen.append((found(engine, "caprioli") == [late.id], waiting(core.db)))

    rebuild(core.db, engine, during)
    assert seen == [(False, [ref.id]), (True, 0)]
    assert engine.state().complete and len(found(engine, "caprioli")) == 1, "and yet it is in the new one"
    assert len([it for it in engine.library.shelf.root.iterdir() if it.is_dir()]) == 1, "the old one is gone"


def test_a_build_that_fails_leaves_the_old_index(make: Make, core: Core, engine: WhooshEngine) -> None:
    ref = make.thread(make.member("anna"), body="Zibellini")
    rebuild(core.db, engine)

    def full(count: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(IndexBusy):
        rebuild(core.db, engine, full)
    assert found(engine, "zibellini") == [ref.id] and engine.state().complete
    assert len([it for it in engine.library.shelf.root.iterdir() if it.is_dir()]) == 1


def truncate(root: Path) -> None:
    with segment(root).open("r+b") as file:
        file.truncate(200)


def scribble(root: Path) -> None:
    with segment(root).open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(0)
        file.write(random.Random(2).randbytes(size))


def lose_all(root: Path) -> None:
    for it in only_folder(root).iterdir():
        it.unlink()


def garbage(root: Path) -> None:
    [toc] = only_folder(root).glob("*.toc")
    toc.write_bytes(b"\x00garbage" * 20)


def half(root: Path) -> None:
    [toc] = only_folder(root).glob("*.toc")
    toc.write_bytes(toc.read_bytes()[:100])


def older(root: Path) -> None:
    (root / "current").write_text("v0-abcdef")


def nothing(root: Path) -> None:
    (root / "current").unlink()


DAMAGE = (truncate, scribble, lose_all, garbage, half, older, nothing)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Whoosh leaves what it cannot read open
@pytest.mark.parametrize("damage", DAMAGE, ids=lambda it: str(it.__name__))
def test_a_broken_index_is_noticed_and_built_anew(
    damage: Callable[[Path], None], make: Make, core: Core, mixed: Settings
) -> None:
    assert core.worker
    ref = make.thread(make.member("anna"), body="Zibellini " * 50)
    root = mixed.data_dir / "index"
    core.worker.settings = mixed
    rebuild(core.db, WhooshEngine(root, core.db))
    make.drain()
    damage(root)
    other = another(root, core.db)
    with pytest.raises(IndexUnusable):
        found(other, "zibellini")
    assert not other.state().usable
    assert make.browser().get("/search?q=zibellini").status_code == 200, "the page answers all the same"
    assert make.browser().get("/readyz").status_code == 200, "and the site is ready"
    with core.db.write() as session:
        record(session, IndexStale(), now=core.clock())
    engine_of.cache_clear()
    whoosh_engine.library.cache_clear()  # as after a restart
    make.drain()
    assert found(another(root, core.db), "zibellini") == [ref.id]


def test_a_torn_list_is_noticed_by_the_search_and_mended_later(make: Make, core: Core, mixed: Settings) -> None:
    """The index opens, and only what one word needs is broken: the search says so, the worker builds it anew."""
    assert core.worker
    core.worker.settings = mixed
    make.thread(make.member("anna"), body="Zibellini")
    root = mixed.data_dir / "index"
    engine = WhooshEngine(root, core.db)
    rebuild(core.db, engine)
    part = engine.library.parts()[0]
    part._terms = None  # as a file that cannot be read any more
    with pytest.raises(IndexUnusable):
        found(engine, "zibellini")
    assert engine.state().usable, "it is new: perhaps it is the search that is wrong"
    long_ago = time.time() - 2 * 3600
    os.utime(root / "current", (long_ago, long_ago))
    assert not engine.state().usable
    make.drain()
    assert engine.state().usable and len(found(engine, "zibellini")) == 1


def test_a_full_disk_is_no_broken_index(
    make: Make, core: Core, engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = make.member("anna")
    ref = make.thread(anna, body="Zibellini")
    rebuild(core.db, engine)
    make.reply(anna, ref.thread_id, "Caprioli")
    from whoosh.writing import SegmentWriter

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(SegmentWriter, "_commit_toc", full)
    with pytest.raises(IndexBusy, match="cannot be written"):
        queue.drain(core.db, engine)
    assert found(engine, "zibellini") == [ref.id] and waiting(core.db) == 1
    monkeypatch.undo()
    queue.drain(core.db, engine)
    assert len(found(engine, "caprioli")) == 1


def test_who_comes_second_tries_later(make: Make, core: Core, mixed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert core.worker
    core.worker.settings = mixed
    monkeypatch.setattr("forum.search.engines.whoosh.writing.WAIT", 0.1)
    anna = make.member("anna")
    ref = make.thread(anna, body="Zibellini")
    make.drain()
    shelf = Shelf(mixed.data_dir / "index")
    with shelf.alone("write") as had:
        assert had
        make.reply(anna, ref.thread_id, "Caprioli")
        make.drain()
    with core.db.read() as session:
        assert session.scalar(select(func.count()).where(Outbox.done_at.is_(None), Outbox.attempts > 0)) == 0
    assert waiting(core.db) == 1, "it is still noted, and no job has failed"
    make.reply(anna, ref.thread_id, "Scoiattoli")
    make.drain()
    assert (
        len(found(another(shelf.root, core.db), "caprioli"))
        == 1
        == len(found(another(shelf.root, core.db), "scoiattoli"))
    )


def test_a_large_forum_is_built_aside(make: Make, core: Core, mixed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make.thread(make.member("anna"), body="Zibellini")
    engine = WhooshEngine(mixed.data_dir / "index", core.db)
    monkeypatch.setattr(building, "SMALL", 0)
    thread = rebuild_aside(core.db, engine)
    assert thread
    thread.join(20)
    assert len(found(engine, "zibellini")) == 1
