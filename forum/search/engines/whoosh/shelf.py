"""Where the index lies, and how a new one takes the place of an old one.

`index/` in the data folder holds a folder for each index, and a file `current` that names the one in use. A rebuild
writes into a fresh folder and renames the file: readers see the old index or the new one, never half of one.
Two locks, freed by the system however a process ends: `write` (a moment) and `build` (as long as a rebuild takes).
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex

from forum.search.engines.base import IndexUnusable
from forum.search.engines.whoosh.fields import LAYOUT, schema

NAME = f"v{LAYOUT}-"
STAMP = "stamp"
DOUBT = 3600.0  # seconds
CONTENTS = re.compile(r"_MAIN_(\d+)\.toc")


class Shelf:
    """The folder `index/` of a site."""

    def __init__(self, root: Path) -> None:
        """Touches nothing yet."""
        self.root = root
        self.pointer = root / "current"
        self.journal = root / "meanwhile"
        """Posts that were written while an index was being built: the new one has to look at them again."""

        self.damage = root / "damaged"
        """Left by a search that stumbled over a broken file."""

    def current(self) -> Path:
        """The folder in use. Raises IndexUnusable when there is none, or one of another release."""
        try:
            name = self.pointer.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise IndexUnusable("there is no index") from error
        if not name.startswith(NAME) or "/" in name:
            raise IndexUnusable("the index is of another release")
        return self.root / name

    def generation(self, folder: Path) -> int:
        """The newest table of contents in `folder`. Raises IndexUnusable when there is none."""
        found = [int(match[1]) for it in _names(folder) if (match := CONTENTS.fullmatch(it))]
        if not found:
            raise IndexUnusable("the index has no table of contents")
        return max(found)

    def contents(self, folder: Path) -> TOC:
        """The table of contents. Raises whatever is wrong with it."""
        return TOC.read(FileStorage(str(folder)), "MAIN", schema=schema())

    def open(self, folder: Path) -> FileIndex:
        """The index in `folder`. Raises whatever is wrong with it."""
        return FileIndex(FileStorage(str(folder)), schema=schema())

    def create(self) -> Path:
        """A fresh folder with an empty index in it."""
        folder = self.root / f"{NAME}{secrets.token_hex(6)}"
        folder.mkdir(parents=True)
        TOC.create(FileStorage(str(folder)), schema())
        return folder

    def stamp(self, folder: Path) -> str:
        """The stamp of the write that was begun last in `folder`; "" for none (see `forum/search/standing.py`)."""
        try:
            return (folder / STAMP).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    def mark(self, folder: Path, stamp: str) -> None:
        """Put a stamp on `folder`, before anything is written there."""
        draft = folder / f"{STAMP}.{secrets.token_hex(4)}"
        with draft.open("w") as file:
            file.write(stamp)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / STAMP)
        settle([folder])

    def put_up(self, folder: Path) -> None:
        """From now on `folder` is the index. The others go: who still reads them holds their files."""
        draft = self.root / f"current.{secrets.token_hex(4)}"
        with draft.open("w") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.pointer)
        self.damage.unlink(missing_ok=True)
        settle([self.root])
        self.sweep(keep=folder)

    def sweep(self, keep: Path | None = None) -> None:
        """Remove folders that nobody will look into any more."""
        for it in self.root.iterdir():
            if it.is_dir() and it != keep:
                shutil.rmtree(it, ignore_errors=True)

    def report(self, damage: str) -> None:
        """A search has stumbled; the worker looks into it."""
        with contextlib.suppress(OSError):
            self.damage.write_text(f"{damage}\n", "utf-8")

    def damaged(self) -> str:
        """What was reported since the index was built, if that is longer ago than `DOUBT`; else nothing.

        An index that stumbles as soon as it is new is not the one to blame.
        """
        with contextlib.suppress(OSError):
            if self.damage.stat().st_mtime - self.pointer.stat().st_mtime > DOUBT:
                return self.damage.read_text("utf-8").strip()
        return ""

    @contextlib.contextmanager
    def alone(self, what: str, *, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock `what`; False when somebody else still has it after `wait` seconds."""
        self.root.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + wait
        with (self.root / f"{what}.lock").open("w") as file:
            while not (had := _locked(file.fileno())) and time.monotonic() < until:
                time.sleep(0.02)
            yield had

    def held(self, what: str) -> bool:
        """Whether anybody holds the lock `what` at this moment. Who looks is not taken for a holder by others."""
        try:
            with (self.root / f"{what}.lock").open("r") as file:
                return not _locked(file.fileno(), fcntl.LOCK_SH)
        except OSError:
            return False

    def note(self, posts: Iterable[int]) -> None:
        """Write posts into the journal of a rebuild."""
        with self.journal.open("a") as file:
            file.writelines(f"{it}\n" for it in posts)
            file.flush()
            os.fsync(file.fileno())

    def noted(self) -> list[int]:
        """What stands in the journal. A last line that a crash cut off was not written to the index either."""
        try:
            lines = self.journal.read_text("ascii").split("\n")[:-1]
        except FileNotFoundError:
            return []
        return sorted({int(it) for it in lines if it.isdigit()})


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names alone, at each search
    except OSError as error:
        raise IndexUnusable("the index is gone") from error


def _locked(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def settle(paths: Iterable[Path]) -> None:
    """Wait until these are on the disk: files, or folders with the names in them."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
