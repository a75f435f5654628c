"""The segments as they are now: opened once for the process, looked at again after any process has committed."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from forum.search.engines.base import IndexUnusable
from forum.search.engines.whoosh.segments import Part
from forum.search.engines.whoosh.shelf import Shelf

TRIES = 10
"""A segment may be merged away between reading the table of contents and opening it."""


class Library:
    """What is open of one index. Thread-safe; a search goes on with the segments that it began with."""

    def __init__(self, shelf: Shelf) -> None:
        """Opens nothing yet."""
        self.shelf = shelf
        self._lock = threading.Lock()
        self._open: tuple[tuple[str, int], tuple[Part, ...]] | None = None

    def parts(self) -> tuple[Part, ...]:
        """The segments. Raises IndexUnusable."""
        for attempt in range(TRIES):
            folder = self.shelf.current()
            stamp = (folder.name, self.shelf.generation(folder))
            known = self._open
            if known and known[0] == stamp:
                return known[1]
            try:
                with self._lock:
                    return self._refresh(folder)
            except FileNotFoundError as error:
                if attempt == TRIES - 1:
                    raise IndexUnusable(f"a file of the index is missing: {error.filename}") from error
            except IndexUnusable:
                raise
            except Exception as error:  # a broken file makes whatever it likes of itself
                raise IndexUnusable(f"{type(error).__name__}: {error}") from error
        raise IndexUnusable("the index changes faster than it can be read")

    def _refresh(self, folder: Path) -> tuple[Part, ...]:
        contents: Any = self.shelf.contents(folder)
        stamp = (folder.name, contents.generation)
        if self._open and self._open[0] == stamp:
            return self._open[1]
        storage = self.shelf.open(folder).storage
        old = {it.id: it for it in self._open[1]} if self._open and self._open[0][0] == folder.name else {}
        fresh = []
        for segment in contents.segments:
            known = old.get(segment.segment_id())
            if known is None:
                fresh.append(Part(storage, segment))
            elif segment.deleted_count() == len(known.gone):
                fresh.append(known)
            else:
                fresh.append(known.without(frozenset(segment.deleted_docs())))
        self._open = stamp, tuple(fresh)
        return self._open[1]


@lru_cache(maxsize=4)
def library(root: Path) -> Library:
    """One for a folder and process, however many engines look into it."""
    return Library(Shelf(root))
