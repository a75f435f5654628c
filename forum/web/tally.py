"""How many answers with which status, over all processes of this machine: what `/metrics` tells.

Each process counts in a memory-mapped file of its own (one writer, so nothing is lost), and the sum of all files is
the truth whichever process is asked. A new process carries on the file of one that is gone: counts never go back.
"""

import mmap
import os
import struct
from pathlib import Path

SLOTS = 600  # slot n: answers with status n; slot 0: microseconds spent on all of them
SIZE = SLOTS * 8


class Tally:
    """Counters in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing before the first count."""
        self.folder = folder
        self._map: mmap.mmap | None = None

    def count(self, status: int, seconds: float) -> None:
        """One more answer. Called on the event loop only."""
        if self._map is None:
            self._map = self._open()
        self._add(status if 0 < status < SLOTS else SLOTS - 1, 1)
        self._add(0, int(seconds * 1_000_000))

    def totals(self) -> tuple[dict[int, int], float]:
        """(answers by status, seconds spent on all of them)."""
        sums = [0] * SLOTS
        for path in self.folder.glob("requests.*"):
            try:
                values = struct.unpack(f"<{SLOTS}Q", path.read_bytes())
            except (OSError, struct.error):  # taken over at this very moment, or half made
                continue
            sums = [a + b for a, b in zip(sums, values, strict=True)]
        return {status: count for status, count in enumerate(sums) if status and count}, sums[0] / 1_000_000

    def _add(self, slot: int, step: int) -> None:
        assert self._map is not None
        (value,) = struct.unpack_from("<Q", self._map, slot * 8)
        struct.pack_into("<Q", self._map, slot * 8, value + step)

    def _open(self) -> mmap.mmap:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"requests.{os.getpid()}"
        if not path.exists():
            self._inherit(path)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size < SIZE:
                os.ftruncate(handle, SIZE)
            return mmap.mmap(handle, SIZE)
        finally:
            os.close(handle)

    def _inherit(self, path: Path) -> None:
        for other in self.folder.glob("requests.*"):
            number = other.suffix[1:]
            if number.isdigit() and not _alive(int(number)):
                try:
                    other.rename(path)
                except FileNotFoundError:  # another process was faster
                    continue
                return


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
