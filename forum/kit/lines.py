"""Where threads of one process that will want the same row stand in line, instead of each holding a connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakValueDictionary


class Lines:
    """One lock for each thing that somebody stands in line for; it goes with the last of them."""

    def __init__(self) -> None:
        """Nobody stands anywhere."""
        self._guard = Lock()
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    @contextmanager
    def at(self, thing: str, seconds: float) -> Iterator[bool]:
        """One thread at a time for each `thing`. Gives whether it was free within `seconds`; if not, none is held."""
        with self._guard:
            lock = self._locks.setdefault(thing, Lock())
        free = lock.acquire(timeout=seconds)
        try:
            yield free
        finally:
            if free:
                lock.release()
