"""Rendered pieces of pages, kept in memory and shared by all readers who would see the same bytes.

The key is everything that the piece shows: the read struct itself (frozen, so it hashes by content), the language,
the zone, the year (dates leave it out while it is this one). Whatever changes makes another key; nothing is ever
invalidated. Pieces that hold a form token are never kept: their maker says so.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup

CAPACITY = 16 * 1024 * 1024  # characters


class Parts:
    """Least recently used pieces, bounded in characters; safe from many threads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """`capacity` in characters."""
        self.capacity, self.size = capacity, 0
        self._parts: OrderedDict[Hashable, Markup] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Markup]) -> Markup:
        """The piece under `key`, made by `make` when there is none. Two threads may make the same one: harmless."""
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
                return found
        fresh = make()
        with self._lock:
            if key not in self._parts:
                self._parts[key] = fresh
                self.size += len(fresh)
            while self.size > self.capacity:
                self.size -= len(self._parts.popitem(last=False)[1])
        return fresh
