"""From the names people had elsewhere to handles of ours: ASCII, 3 to 30 characters, each once."""

import re

from anyascii import anyascii

MAX = 30
MIN = 3
NAMELESS = "member"
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
_RUNS = re.compile(r"([._-])[._-]+")
_EDGES = "._-"


def handle(name: str) -> str:
    """`name` as a handle: other scripts are spelled in ASCII, spaces become underscores. May be short, or empty."""
    plain = _FOREIGN.sub("_", anyascii(name.replace("'", "").replace("\u2019", "")))
    return _RUNS.sub(r"\1", plain).strip(_EDGES)[:MAX].rstrip(_EDGES)


class Handles:
    """Gives handles out, each once. `taken`: lower-case names that members have, or that nobody may have."""

    def __init__(self, taken: set[str]) -> None:
        """`taken` grows with every name given."""
        self.taken = taken
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
            if candidate.lower() not in self.taken:
                break
        self._last[key] = number
        self.taken.add(candidate.lower())
        return candidate
