"""How an entry becomes a hash. This page is the specification: another program can check the chain with it.

    hash    = SHA-256, hex, of the ASCII bytes of canonical([FORMAT, id, at, action, actor_id, subject_id,
              category_id, target, data, details_digest, before])
    at      = UTC with microseconds, "2026-11-21T09:00:00.000000Z"
    before  = `hash` of the entry with the id before; 64 zeros for the first
    details_digest = SHA-256, hex, of salt + canonical(details); empty when the entry has no details
    canonical = JSON: keys sorted, no spaces, everything beyond ASCII escaped, no NaN and no infinities

`data` stands in the row as canonical JSON and enters the list as that very string.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

FORMAT = "ritrovo.audit.1"
GENESIS = "0" * 64
"""What stands before the first entry."""
COVERED = (
    "id", "at", "action", "actor_id", "subject_id", "category_id", "target", "data", "details_digest", "before",
)  # fmt: skip
"""Every column but the hash itself, in the order in which they are hashed."""


def canonical(value: Any) -> str:
    """`value` as canonical JSON; dates as ISO 8601 text. Raises ValueError for NaN, TypeError for other objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"the audit log cannot hold a {type(value).__name__}")


def stamp(at: datetime) -> str:
    """A moment as the chain spells it. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("a datetime without zone reached the audit log")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of_details(salt: str, body: Any) -> str:
    """What the chain keeps of words about people. The salt keeps a short text from being guessed once it is erased."""
    return hashlib.sha256((salt + canonical(body)).encode("ascii")).hexdigest()


def hash_of(columns: Mapping[str, Any]) -> str:
    """The hash of one entry, from its other columns. Raises ValueError, TypeError for values no entry can have."""
    values = [stamp(columns[name]) if name == "at" else columns[name] for name in COVERED]
    return hashlib.sha256(canonical([FORMAT, *values]).encode("ascii")).hexdigest()
