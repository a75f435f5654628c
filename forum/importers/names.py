"""From the names people had elsewhere to handles of ours: ASCII, 2 to 30 characters, each once.

The rule is that of `accounts.domain.names`.
"""

import re
from collections.abc import Callable

from anyascii import anyascii

MAX = 30
MIN = 2
NAMELESS = "member"
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
_RUNS = re.compile(r"([._-])[._-]+")
_EDGES = "._-"


def handle(name: str) -> str:
    """`name` as a handle: other scripts are spelled in ASCII, spaces become underscores. May be short, or empty."""
    plain = _FOREIGN.sub("_", anyascii(name.replace("'", "").replace("\u2019", "")))
    return _RUNS.sub(r"\1", plain).strip(_EDGES)[:MAX].rstrip(_EDGES)


class Handles:
    """Gives handles out, each once."""

    def __init__(self, taken: set[str], allowed: Callable[[str], bool] = lambda _: True) -> None:
        """`taken`: lower-case names that members have; it grows. `allowed`: False for a name that nobody may have."""
        self.taken, self.allowed = taken, allowed
        self._last: dict[str, int] = {}

    def give(self, name: str) -> str:
        """The handle for `name`, numbered from 2 where somebody has it already.

        A name with too few letters that can be spelled becomes `name-1`, one without any `member-1`.
        """
        base = handle(name) or NAMELESS
        key = base.lower()
        number = self._last.get(key, 1 if len(base) < MIN or base == NAMELESS else 0)
        while True:
            suffix = f"-{number}" if number else ""
            candidate = base[: MAX - len(suffix)].rstrip(_EDGES) + suffix
            number = max(number + 1, 2)
            if candidate.lower() not in self.taken and self.allowed(candidate):
                break
        self._last[key] = number
        self.taken.add(candidate.lower())
        return candidate
