"""Whoever writes the index may be killed at any moment: nothing that was said to be written is lost."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from forum.db import Database
from forum.errors import ForumError
from forum.search.engines.base import Scope
from forum.settings import Settings
from forum.web.core import Core
from tests.factories import Make
from tests.integration.search.support import another, bare, document, engine_for, fill, found, waiting

WRITER = """
import sys
from pathlib import Path
from forum.db import Database
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.settings import Settings
from tests.integration.search.support import document
root = Path(sys.argv[1])
engine = WhooshEngine(root, Database(Settings(data_dir=root.parent)))
for batch in range(int(sys.argv[2]), 10_000):
    engine.write([document(batch * 5 + it, f"parola{batch * 5 + it}") for it in range(5)], [])
    print(batch, flush=True)
"""


def killed(root: Path, first: int, after: float) -> int:
    """A process that writes batches, killed after a while; the first batch that it did not say it had written."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root), str(first)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return max([first, *(int(it) for it in rest.split("\n")[:-1])]) + 1


def dies(root: Path, times: int) -> None:
    db = Database(Settings(data_dir=root.parent))
    bare(db)
    fill(another(root, db), [document(1_000_000, "parola")])
    dice, batch = random.Random(7), 0
    for _ in range(times):
        batch = killed(root, batch, dice.uniform(0.0, 0.25))
        fresh = another(root, db)
        missing = [it for it in range(batch * 5) if it not in found(fresh, f"parola{it}")]
        assert not missing, "what was said to be written is there"
        fresh.write([document(2_000_000, "dopo")], [])
        assert found(fresh, "dopo") == [2_000_000], "and the next one can write"
    db.close()


@pytest.mark.slow
def test_a_killed_writer_loses_nothing(tmp_path: Path) -> None:
    dies(tmp_path / "index", 2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_killed_writers_lose_nothing(tmp_path: Path) -> None:
    dies(tmp_path / "index", 15)


def worker_process(settings: Settings) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "FORUM_DATA_DIR": str(settings.data_dir), "FORUM_DATABASE_URL": settings.database_url,
        "FORUM_BASE_URL": settings.base_url,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "forum", "worker"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_ten_writers_ten_searchers_and_a_worker_that_is_killed_twice(make: Make, core: Core) -> None:  # noqa: C901  one story
    seconds, engine = 60.0, engine_for(core)
    authors = [make.member(f"autore{it}", role="moderator") for it in range(10)]  # whom no pace slows down
    refs = [make.thread(it, title=f"Filo {it.name}") for it in authors]
    make.drain()
    until = time.monotonic() + seconds
    written: list[tuple[int, str]] = []
    wrong: list[BaseException] = []

    def write(at: int) -> None:
        for turn in range(10_000):
            if time.monotonic() > until:
                return
            word = f"parola{at}x{turn}"
            try:
                written.append((make.reply(authors[at], refs[at].thread_id, f"Dico {word} e basta.").id, word))
            except BaseException as error:
                wrong.append(error)
            time.sleep(0.15)

    def search(at: int) -> None:
        while time.monotonic() < until:
            try:
                known = random.choice(written) if written else (0, "dico")
                found(engine, known[1] if at % 2 else "dico basta")
                engine.state()
            except (Exception, ForumError) as error:
                wrong.append(error)
            time.sleep(0.15)

    threads = [threading.Thread(target=work, args=(at,)) for work in (write, search) for at in range(10)]
    worker = worker_process(core.settings)
    try:
        for it in threads:
            it.start()
        for _ in range(2):
            time.sleep(seconds / 4)
            worker.kill()
            worker.wait()
            worker = worker_process(core.settings)
        for it in threads:
            it.join()
        deadline = time.monotonic() + 40
        while waiting(core.db) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert not wrong
        assert waiting(core.db) == 0 and len(written) > 500
        missing = [word for post, word in written if post not in found(engine, word)]
        assert not missing, f"{len(missing)} of {len(written)}"
    finally:
        worker.kill()
        worker.wait()
    assert engine.similar("Dico e basta", "", "it", Scope()) is not None
