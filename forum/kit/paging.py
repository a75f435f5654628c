"""Keyset cursors: opaque, URL-safe, unsigned (they only say where to go on)."""

import base64
import binascii
from datetime import UTC, datetime

import msgspec

PAGE = 20
"""Posts on a page of a thread, threads on a page of a list."""


def encode(*parts: object) -> str:
    """A cursor that holds `parts` (ints, strings, aware datetimes)."""
    plain = [part.astimezone(UTC).isoformat() if isinstance(part, datetime) else part for part in parts]
    return base64.urlsafe_b64encode(msgspec.json.encode(plain)).rstrip(b"=").decode("ascii")


def decode(cursor: str, *kinds: type) -> tuple[object, ...] | None:
    """The parts of `cursor` as `kinds` (int, str, datetime); None when it is not one of ours."""
    if not cursor or len(cursor) > 200 or not cursor.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        parts = msgspec.json.decode(raw, type=list)
        if len(parts) != len(kinds):
            return None
        values: tuple[object, ...] = tuple(msgspec.convert(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None
    for value in values:
        if isinstance(value, datetime) and value.tzinfo is None:
            return None
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return None
    return values


def pages(last_number: int) -> int:
    """How many pages a thread has whose newest post is `last_number`; at least 1."""
    return max(1, -(-last_number // PAGE))


def page_of(number: int) -> int:
    """The page on which post `number` stands."""
    return (max(number, 1) - 1) // PAGE + 1
