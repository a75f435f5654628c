"""Rendered pieces of pages, kept in memory and shared by all readers who would see the same bytes.

The key is everything that the piece shows: read structs themselves (frozen, so they hash by content), the site, the
language, the zone, the year (dates leave it out while it is this one). Whatever changes makes another key; nothing is
ever invalidated. While a piece is made it cannot see anything of its reader: where the form token and the like belong
it gets a hole, a mark that nobody can write, and each reader's own value is put there when the page is put together.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from types import SimpleNamespace

from markupsafe import Markup

from forum.web.frame import Frame

CAPACITY = 16 * 1024 * 1024  # characters
WEIGHT = 1024  # characters; what a piece's key weighs beside the piece itself, about
MARK = f"hole{secrets.token_hex(16)}"


def hole(name: str) -> str:
    """What stands in a kept piece where each reader has a value of their own."""
    return f"{MARK}{name}."


def filled(piece: Markup, values: Mapping[str, str]) -> Markup:
    """`piece` with each value, escaped, in its hole."""
    if MARK in piece:
        for name, value in values.items():
            piece = piece.replace(hole(name), value)
    return piece


def key_of(frame: Frame | SimpleNamespace) -> Hashable:
    """What every piece may show of a frame."""
    return frame.site, frame.locale, frame.timezone, frame.now.year


def bare(frame: Frame | SimpleNamespace) -> SimpleNamespace:
    """`frame` for a piece that is kept: what `key_of` holds, holes, and nothing else. A template that asks for more
    (the viewer, say) fails.
    """
    return SimpleNamespace(
        site=frame.site, locale=frame.locale, timezone=frame.timezone, now=frame.now, csrf=hole("csrf"),
        here=hole("here"),
    )  # fmt: skip


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
                self.size += len(fresh) + WEIGHT
            while self.size > self.capacity:
                self.size -= len(self._parts.popitem(last=False)[1]) + WEIGHT
        return fresh
