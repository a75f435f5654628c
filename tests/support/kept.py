"""A scene that many tests begin with: built once in a process, on SQLite, and copied for the others."""

import copy
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from tests.factories import Make

OWN = {"forum.db", "forum.db-wal", "forum.db-shm", "generation", "secret.key"}
"""Files of a data folder that are the test's own; the rest (index, head of the log) goes with the scene."""


@dataclass
class Kept:
    """What there was when a scene had been built."""

    database: sqlite3.Connection
    files: dict[Path, bytes]
    scene: dict[str, Any]
    now: datetime
    number: int
    mails: list[Any]


_kept: dict[str, Kept] = {}


def kept(name: str, make: Make, scene: Any, build: Callable[[], None]) -> None:
    """`build()` once; from then on what it left behind: rows, files, mails, the clock, and what `scene` knows of them.

    PostgreSQL: built each time.
    """
    folder, own = make.core.settings.data_dir, {"make", "clock"}
    if not make.core.db.sqlite:
        build()
    elif name in _kept:
        it = _kept[name]
        _copy(it.database, folder)
        for path, data in it.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        vars(scene).update(copy.deepcopy(it.scene))
        scene.clock.now, make.numbers = it.now, count(it.number)
        _mails(make).extend(it.mails)
        make.core.db.generation.bump()
    else:
        build()
        number = next(make.numbers)
        make.numbers = count(number)
        database = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(folder / "forum.db") as built:
            built.backup(database)
        built.close()
        paths = [it.relative_to(folder) for it in folder.rglob("*") if it.is_file() and it.name not in OWN]
        known = {key: value for key, value in vars(scene).items() if key not in own}
        _kept[name] = Kept(
            database, {path: (folder / path).read_bytes() for path in paths}, copy.deepcopy(known), scene.clock.now,
            number, list(_mails(make)),
        )  # fmt: skip


def _copy(database: sqlite3.Connection, folder: Path) -> None:
    target = sqlite3.connect(folder / "forum.db")
    database.backup(target)
    target.close()


def _mails(make: Make) -> list[Any]:
    box: Any = make.core.worker.mailer if make.core.worker else None
    return [] if box is None else box.sent
