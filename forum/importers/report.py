"""What an import did, line by line in a file and in sum for the operator."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import msgspec

HERE = "imported before"
"""The one reason that is counted but not written down line by line."""
KINDS = ("users", "threads", "posts")


class Entry(msgspec.Struct):
    """One line that came in. `changes`: (what the summary counts, what the file says)."""

    number: int
    foreign: str
    changes: list[tuple[str, str]] = []

    def change(self, what: str, detail: str) -> None:
        """Something is not as it was there."""
        self.changes = [*self.changes, (what, detail)]


class Tally:
    """The lines of one file: read = imported + skipped; changed are among the imported."""

    def __init__(self) -> None:
        self.read = 0
        self.imported = 0
        self.changed = 0
        self.skipped = 0
        self.reasons: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()

    @property
    def adds_up(self) -> bool:
        """Every line that was read is accounted for."""
        return self.read == self.imported + self.skipped and self.changed <= self.imported


class Report:
    """Counts, and writes every change and every skipped line to `path` (appended; one line each)."""

    def __init__(self, path: Path, source: str, now: datetime) -> None:
        """The folder of `path` is made."""
        self.path = path
        self.tallies = {kind: Tally() for kind in KINDS}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._file.write(f"-- import of {source} at {now.isoformat(timespec='seconds')}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def skip(self, kind: str, number: int, foreign: str, reason: str, detail: str = "") -> None:
        """Line `number` of a file is left out. `reason` is what the summary counts, `detail` goes on in the file."""
        tally = self.tallies[kind]
        tally.skipped += 1
        tally.reasons[reason] += 1
        if reason != HERE:
            self._write(kind, number, foreign, f"skipped: {reason}{detail}")

    def write(self, kind: str, entries: Iterable[Entry]) -> None:
        """Put the changes of a batch on paper, before it is committed: a kill in between loses no line."""
        for entry in entries:
            for what, detail in entry.changes:
                self._write(kind, entry.number, entry.foreign, f"{what}: {detail}")
        self._file.flush()

    def count(self, kind: str, entries: Iterable[Entry]) -> None:
        """A batch was committed."""
        tally = self.tallies[kind]
        for entry in entries:
            tally.imported += 1
            tally.changed += bool(entry.changes)
            tally.changes.update({what for what, _ in entry.changes})

    def amend(self, kind: str, number: int, foreign: str, what: str, detail: str) -> None:
        """A line that was counted as unchanged turned out to be changed."""
        tally = self.tallies[kind]
        tally.changed += 1
        tally.changes[what] += 1
        self._write(kind, number, foreign, f"{what}: {detail}")

    def _write(self, kind: str, number: int, foreign: str, words: str) -> None:
        self._file.write(f"{kind}.jsonl:{number} id {foreign or '?'} {' '.join(words.split())}\n")

    def summary(self) -> str:
        """A table of the four counts for each file, and the reasons below."""
        lines = [f"{'':<10}{'read':>9}{'imported':>10}{'changed':>9}{'skipped':>9}"]
        for kind, tally in self.tallies.items():
            lines.append(f"{kind:<10}{tally.read:>9}{tally.imported:>10}{tally.changed:>9}{tally.skipped:>9}")
        for kind, tally in self.tallies.items():
            lines += [f"{kind} skipped, {reason}: {n}" for reason, n in tally.reasons.most_common()]
            lines += [f"{kind} changed, {what}: {n}" for what, n in tally.changes.most_common()]
        if any(tally.changes or set(tally.reasons) - {HERE} for tally in self.tallies.values()):
            lines.append(f"Each of them: {self.path}")
        return "\n".join(lines)
