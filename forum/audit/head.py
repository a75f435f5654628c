"""The head kept apart: `audit.head` in the data folder says how far the log had come, so that a cut tail is noticed.

One line, `FORMAT ID HASH`. Written after the commit: after a crash in between, or while another process is quicker, the
file is behind, which is fine, since its entry is still in the chain. It never goes back, and it is replaced only while
the entry it names is in the log: otherwise it is the evidence, and stays as it is until an operator has looked
(`forum audit accept`). Each machine has its own; each knows the entries that its own processes wrote.
"""

import fcntl
import logging
import os
import re
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from forum.audit.chain import FORMAT
from forum.audit.models import AuditEntry
from forum.db import MAX_ID, Database

FILE = "audit.head"
_LINE = re.compile(re.escape(FORMAT) + r" ([1-9][0-9]{0,18}) ([0-9a-f]{64})\n?")
log = logging.getLogger("forum.audit")  # on stderr, in commands too: stdout is theirs


class Head(NamedTuple):
    """The id and the hash of an entry."""

    id: int
    hash: str


def as_line(head: Head) -> str:
    """ID:HASH, to be noted elsewhere."""
    return f"{head.id}:{head.hash}"


class BadHead(ValueError):
    """The file is there and says nothing that can be understood."""


def read_head(data_dir: Path) -> Head | None:
    """What the file says; None: there is none. Raises BadHead, OSError."""
    try:
        found = _LINE.fullmatch((data_dir / FILE).read_bytes().decode("ascii", "replace"))
    except FileNotFoundError:
        return None
    if found is None or int(found[1]) > MAX_ID:
        raise BadHead(f"{data_dir / FILE} does not hold the head of an audit log")
    return Head(int(found[1]), found[2])


def keep_head(db: Database, head: Head) -> None:
    """Move the file on to `head`, an entry that was just committed. Never raises: the act it follows is done.

    Not for a database whose commits a power cut may undo: the file would know more than the log. The next durable
    entry makes up for it, for what comes before a durable commit is durable too.
    """
    if not db.durable:
        return
    try:
        with (db.data_dir / f"{FILE}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = read_head(db.data_dir)
            if known is not None and known.id >= head.id:
                return
            there = _in_log(db, [head, *([known] if known else [])])
            if head not in there:  # a savepoint took it back
                return
            if known is not None and known not in there:
                log.error("entry %d of %s is not in the audit log: run forum audit verify", known.id, FILE)
                return
            replace_head(db.data_dir, head)
    except Exception as error:  # whatever it is: `verify` tells, the act stands
        log.error("%s not kept: %s", FILE, error)


def _in_log(db: Database, heads: list[Head]) -> set[Head]:
    query = select(AuditEntry.id, AuditEntry.hash).where(AuditEntry.id.in_([head.id for head in heads]))
    with db.read() as session:
        return {Head(*row) for row in session.execute(query)} & set(heads)


def replace_head(data_dir: Path, head: Head) -> None:
    """Write the file, whole or not at all. Raises OSError."""
    fresh = data_dir / f"{FILE}.new"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{FORMAT} {head.id} {head.hash}\n")
        file.flush()
        os.fsync(handle)
    fresh.replace(data_dir / FILE)
