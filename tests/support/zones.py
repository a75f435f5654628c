"""Other rules of time zones: zone data of a test's own that stands before the system's, as an update would."""

import struct
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forum.kit import dates, ical, walltime
from forum.meetups import words

CACHES = (walltime.rules_version, dates.zone, dates._formatted, dates.city, ical._rules, words._when)
"""What a process keeps of zones: one that was started anew, as after an update of the system, knows none of it."""


def compiled(rule: str) -> bytes:
    """A zone that has always had `rule`, as POSIX writes it ("CET-1CEST,M3.5.0,M10.5.0/3"), in TZif (RFC 9636)."""
    block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB4s", 0, 0, 0, b"UTC\0")
    return block + block + f"\n{rule}\n".encode("ascii")


@contextmanager
def rules(folder: Path, version: str, **zones: str) -> Iterator[None]:
    """Zone data of `version` in `folder`; `zones`: Europe__Rome="CET-1" for Europe/Rome. Others are as they were."""
    for name, rule in zones.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(compiled(rule))
    (folder / "tzdata.zi").write_text(f"# version {version}\n", "ascii")
    before = zoneinfo.TZPATH
    try:
        _use((str(folder), *before))
        yield
    finally:
        _use(before)


def _use(path: tuple[str, ...]) -> None:
    zoneinfo.reset_tzpath(path)
    zoneinfo.ZoneInfo.clear_cache()
    for cache in CACHES:
        cache.cache_clear()
