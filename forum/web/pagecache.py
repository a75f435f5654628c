"""Whole pages for guests, in memory. It can never show one person's page to another:

- only requests without a session cookie and without Authorization are looked up or kept;
- only answers that the renderer marked shareable (made for the guest actor, no form token inside),
  with status 200 and without any Set-Cookie, are kept;
- an entry dies with the next commit anywhere on this machine, and after TTL seconds in any case.
"""

import gzip
import time
from collections import OrderedDict
from dataclasses import dataclass

TTL = 10.0  # seconds; bounds how stale "3 min ago" gets, and other machines' commits
CAPACITY = 32 * 1024 * 1024  # bytes of bodies kept


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept page."""

    generation: bytes
    until: float
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    packed: bytes


class PageCache:
    """Least recently used pages, bounded in bytes. Used on the event loop only."""

    def __init__(self, capacity: int = CAPACITY, ttl: float = TTL) -> None:
        """`capacity` in bytes, `ttl` in seconds."""
        self.capacity, self.ttl, self.size = capacity, ttl, 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def get(self, key: str, generation: bytes) -> Entry | None:
        """The page kept under `key`, if it is still good."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.generation != generation or entry.until < time.monotonic():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, key: str, generation: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Keep a page. `generation`: read before the page was made."""
        self._drop(key)
        packed = gzip.compress(body, 5, mtime=0)
        self._entries[key] = Entry(generation, time.monotonic() + self.ttl, tuple(headers), body, packed)
        self.size += len(body) + len(packed)
        while self.size > self.capacity:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry:
            self.size -= len(entry.body) + len(entry.packed)
