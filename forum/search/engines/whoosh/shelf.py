"""Where the index lies, and how a new one takes the place of an old one.

`index/` in the data folder holds a folder for each index, and a file `current` that names the one in use. A rebuild
writes into a fresh folder and renames the file: readers see the old index or the new one, never half of one.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex

from forum.search.engines.base import IndexUnusable
from forum.search.engines.whoosh.fields import LAYOUT, schema

NAME = f"v{LAYOUT}-"


class Shelf:
    """The folder `index/` of a site."""

    def __init__(self, root: Path) -> None:
        """Touches nothing yet."""
        self.root = root
        self.pointer = root / "current"

    def current(self) -> Path:
        """The folder in use. Raises IndexUnusable when there is none, or one of another release."""
        try:
            name = self.pointer.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise IndexUnusable("there is no index") from error
        if not name.startswith(NAME) or "/" in name:
            raise IndexUnusable("the index is of another release")
        return self.root / name

    def open(self, folder: Path) -> FileIndex:
        """The index in `folder`. Raises whatever is wrong with it."""
        return FileIndex(FileStorage(str(folder)), schema=schema())

    def create(self) -> Path:
        """A fresh folder with an empty index in it."""
        folder = self.root / f"{NAME}{secrets.token_hex(6)}"
        folder.mkdir(parents=True)
        TOC.create(FileStorage(str(folder)), schema())
        return folder

    def put_up(self, folder: Path) -> None:
        """From now on `folder` is the index. The others go: who still reads them holds their files."""
        draft = self.root / f"current.{secrets.token_hex(4)}"
        with draft.open("w") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.pointer)
        settle(self.root)
        self.sweep(keep=folder)

    def sweep(self, keep: Path | None) -> None:
        """Remove folders that nobody will look into any more."""
        for it in self.root.iterdir():
            if it.is_dir() and it != keep:
                shutil.rmtree(it, ignore_errors=True)

    @contextlib.contextmanager
    def alone(self, what: str) -> Iterator[bool]:
        """Hold the lock `what`; False when another process (or thread) has it. Freed however the process ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{what}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def settle(path: Path) -> None:
    """Wait until `path` (a file or a folder's names) is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
