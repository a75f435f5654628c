"""Whose turn it is: how many requests a process works on at once.

Threads of one interpreter do not run side by side: they fight over its lock, which SQLite's driver lets go and takes
again at every row. Eight requests at once cost a process half as much again for each of them; one after the other
they cost nothing extra, and each is answered sooner. What waits (for a lock of the database, a disk, a password's
hash, a slow sender) must not hold up the others: after `PATIENCE` the next one gets its turn as well.
"""

import asyncio
import sys
from types import TracebackType

PATIENCE = 0.01  # seconds; several times what a page takes


class Turns:
    """At most `width` requests, and one more for each that has taken longer than `PATIENCE`."""

    def __init__(self, width: int) -> None:
        """`width`: requests that may run from the start."""
        self.free = asyncio.Semaphore(width)
        self.waiting = 0

    def one(self) -> "Turn":
        """`async with turns.one(): …`."""
        return Turn(self)

    def crowded(self) -> bool:
        """Somebody waits. For other threads, which may be told what was true a moment ago."""
        return self.waiting > 0


class Turn:
    """One request's turn."""

    __slots__ = ("_timer", "_turns")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        self._turns.waiting += 1
        try:
            await self._turns.free.acquire()
        finally:
            self._turns.waiting -= 1
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._end)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._end()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer = None
            self._turns.free.release()


def width(threads: int, *, embedded: bool) -> int:
    """How many of a process's `threads` may work at once. `embedded`: SQLite, which answers without a network."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return threads
    return 1 if embedded else min(threads, 4)
