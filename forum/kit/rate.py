"""How often somebody may ask: buckets that fill up again, in the memory of one process.

For what costs work but changes nothing (searching): a count in the database would cost more than what it guards.
Several processes let through so many times as much, which is still bounded.
"""

import math
import threading
from collections import OrderedDict

MOST = 20_000  # who asked last; those before have full buckets again


class Buckets:
    """A bucket of `burst` for each key, filled again with one every `every` seconds; safe from many threads."""

    def __init__(self, burst: int, every: float) -> None:
        """All are full."""
        self.burst, self.every = burst, every
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: float) -> int:
        """0 and one is taken, or the whole seconds until there is one again. `now`: seconds, only ever forward."""
        with self._lock:
            full_at = max(self._full_at.pop(key, now), now)
            wait = full_at - now - (self.burst - 1) * self.every
            self._full_at[key] = full_at + self.every if wait <= 0 else full_at
            if len(self._full_at) > MOST:
                self._full_at.popitem(last=False)
        return max(0, math.ceil(wait))
