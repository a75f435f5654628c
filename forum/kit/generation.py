"""One number, shared by all processes on this machine, that changes with every commit.

Whatever is kept in memory (the site's row, the categories, guests' pages) remembers the number it was made
under, and is made anew when that has changed: no process ever shows what another one has already hidden.
"""

import mmap
import os
from pathlib import Path


class Generation:
    """Eight random bytes in a memory-mapped file. Random, not counted: two writers cannot end on one value."""

    def __init__(self, folder: Path) -> None:
        """Makes the file when there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "generation", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size < 8:
                os.pwrite(handle, os.urandom(8), 0)
            self._map = mmap.mmap(handle, 8)
        finally:
            os.close(handle)

    def current(self) -> bytes:
        """The value now."""
        return self._map[:8]

    def bump(self) -> None:
        """Something was committed."""
        self._map[:8] = os.urandom(8)
