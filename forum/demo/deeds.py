"""What is replayed: everything that somebody did here, each at its time."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Deed(NamedTuple):
    """One of them. `order` decides between two of the same moment; sort by the first two."""

    at: datetime
    order: tuple[int, ...]
    do: Callable[[datetime], object]
    """Called with `at`, inside the loader's transaction."""
