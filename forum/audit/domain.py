"""Writing to the audit log: one entry for each act, and the erasure of the words beside one."""

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from forum.audit.chain import GENESIS, canonical, digest_of_details, hash_of
from forum.audit.head import Head, keep_head
from forum.audit.models import AuditDetail, AuditEntry, AuditHead
from forum.db import AFTER_COMMIT, upsert

ERASED = "audit.details_erased"
OPERATOR = {"by": "operator"}
"""In `data`: done on the command line, so there is no actor to name."""
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
_ENTRIES, _DETAILS, _HEAD = (cast(Table, table.__table__) for table in (AuditEntry, AuditDetail, AuditHead))
_LOCK = select(_HEAD.c.entry_id, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update(key_share=True)
_ADD, _ADD_DETAILS = insert(_ENTRIES), insert(_DETAILS)
_MOVE = update(_HEAD).where(_HEAD.c.id == 1).values(entry_id=bindparam("to"), hash=bindparam("with_hash"))


def write(
    session: Session, *, action: str, actor_id: int | None, subject_id: int | None = None, target: str = "",
    data: dict[str, Any] | None = None, details: dict[str, Any] | None = None, now: datetime,
) -> int:  # fmt: skip
    """Append one entry inside the caller's transaction; returns its id (1, 2, 3 …, without a gap).

    `action`: "noun.past_tense", at most 40 characters; give it words in `forum/audit/words.py`.
    `actor_id`: who did it; None: the software or, with `data["by"] == "operator"`, the command line.
    `subject_id`: the member concerned. `target`: "post:12", at most 40 characters.
    `data`: codes, ids, numbers, dates; it can never be erased. "category": id of the category it belongs to (or None),
    so that the category's moderators find it: it becomes a column too. `details`: words about people (names, texts);
    only their salted digest is in the chain, and `erase_details` can take them away. JSON values; dates become text.

    LOCK ORDER: the head of the log is locked last. Every other row that the transaction locks or writes comes before
    the call, for the lock is held until the commit and all staff acts wait for one another here.

    Raises ValueError, TypeError for what an entry cannot hold.
    """
    if not _ACTION.fullmatch(action) or len(action) > 40 or len(target) > 40:
        raise ValueError(f"not an entry of the audit log: {action!r} on {target!r}")
    salt, words = (secrets.token_hex(16), json.loads(canonical(details))) if details else ("", None)
    text = canonical(data or {})
    session.flush()  # what the caller still has in hand is written, and locked, before the head is
    last, before = _locked_head(session)
    entry: dict[str, Any] = {
        "id": last + 1, "at": now, "action": action, "actor_id": actor_id, "subject_id": subject_id,
        "category_id": (data or {}).get("category"), "target": target, "data": text,
        "details_digest": digest_of_details(salt, words) if words else "", "before": before,
    }  # fmt: skip
    entry["hash"] = hash_of(entry)
    session.execute(_ADD, entry)
    if words:
        session.execute(_ADD_DETAILS, {"entry_id": last + 1, "salt": salt, "body": words})
    session.execute(_MOVE, {"to": last + 1, "with_hash": entry["hash"]})
    session.info.setdefault(AFTER_COMMIT, {})["audit"] = partial(keep_head, head=Head(last + 1, entry["hash"]))
    return last + 1


def _locked_head(session: Session) -> tuple[int, str]:
    head = session.execute(_LOCK).first()
    if head is None:  # a database that was emptied; with entries in it the first insert below is refused
        first = {"id": 1, "entry_id": 0, "hash": GENESIS}
        session.execute(upsert(session, _HEAD).values(first).on_conflict_do_nothing())  # two may be the first at once
        head = session.execute(_LOCK).one()
    return head.entry_id, head.hash


def erase_details(session: Session, *, entry_ids: Iterable[int], actor_id: int | None, now: datetime) -> int | None:
    """Delete the words beside these entries and write an entry that says so; returns its id, None: there were none.

    The chain stays whole: it holds only digests. `verify` accepts missing details where such an entry names them.
    """
    wanted, erased = sorted(set(entry_ids)), list[int]()
    for start in range(0, len(wanted), 1000):  # databases take only so many parameters
        some = _DETAILS.c.entry_id.in_(wanted[start : start + 1000])
        erased += sorted(session.scalars(delete(_DETAILS).where(some).returning(_DETAILS.c.entry_id)))
    if not erased:
        return None
    return write(session, action=ERASED, actor_id=actor_id, data={"entries": erased}, now=now)


def accept_head(session: Session, *, lost: Head | None, now: datetime) -> int:
    """Note that the log goes on although its head file knew entries that are gone (a restored backup).

    `lost`: what the file knew; None: it could not be read. The caller replaces the file.
    """
    data = {**OPERATOR, "lost": lost._asdict() if lost else None}
    return write(session, action="audit.head_accepted", actor_id=None, data=data, now=now)
