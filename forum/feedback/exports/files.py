"""The files of exports: written beside their place and moved into it, so that nobody ever finds half of one."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from forum.db import Database
from forum.errors import NotFound
from forum.feedback.exports import snapshot
from forum.feedback.exports.models import Export, Snapshot
from forum.feedback.exports.render import render_to, rows_of
from forum.settings import Settings

STEP = 2500
"""Pieces of evidence between two words on how far it is."""


def path_of(settings: Settings, export: Export) -> Path:
    """Where it lies."""
    return settings.data_dir / "exports" / f"{export.id}.{export.format}"


def name_of(export: Export) -> str:
    """What it is called for whoever downloads it."""
    return f"feedback-{export.snapshot_id}.{export.format}"


def make(db: Database, settings: Settings, export_id: int, now: datetime) -> Export:
    """Count what was not counted yet, and write the file anew; done twice, it is the same file.

    Raises NotFound (also for what was sent: its row tells what left), OSError (no room: it is tried again).
    """
    with db.read() as session:
        export = session.get(Export, export_id)
        if export is None or export.sent:
            raise NotFound()
        counted = session.get_one(Snapshot, export.snapshot_id).data != b""
    if not counted:
        _count(db, settings, export)
    with db.write() as session:
        redacted = snapshot.check(session, export.snapshot_id, now)
    with db.read() as session:
        found = snapshot.opened(session, export.snapshot_id)
    place = path_of(settings, export)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}.{snapshot.new_id()}")
    total = found.page.pieces or 0

    def told(done: int) -> None:
        _progress(db, export_id, total)(total + done)

    try:
        render_to(found, export.format, draft, base_url=settings.base_url, told=told)
        size, digest = draft.stat().st_size, _digest(draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    with db.write() as session:
        row = session.get_one(Export, export_id)
        row.state, row.size, row.sha256, row.redacted = "ready", size, digest, redacted
        row.rows = row.done = rows_of(found, export.format)
    return row


def _count(db: Database, settings: Settings, export: Export) -> None:
    """A big run: read for as long as it takes, then written at once."""
    with db.read() as session:
        run = snapshot.run_of(session.get_one(Snapshot, export.snapshot_id))
        packed = snapshot.pack(session, run, secret=settings.secret(), told=_progress(db, export.id, 0))
    with db.write() as session:
        kept = session.get_one(Snapshot, run.snapshot, with_for_update=True)
        if kept.data == b"":  # another worker may have been faster
            snapshot.keep(session, run, packed, by_id=kept.created_by_id)


def _progress(db: Database, export_id: int, total: int) -> Callable[[int], None]:
    """Writes down how far it is, now and then. Counting is one half, writing the other."""

    def told(done: int) -> None:
        if done % STEP:
            return
        with db.write() as session:
            waiting = (Export.id == export_id, Export.state == "waiting")
            session.execute(update(Export).where(*waiting).values(done=done, rows=2 * total or 2 * done + STEP))

    return told


def fetch(db: Database, settings: Settings, export_id: int, now: datetime) -> tuple[Export, Path]:
    """The file as it may be shown now: if words were withdrawn since, it is written anew without them.

    Raises NotFound (no such file, or it is not made yet).
    """
    with db.write() as session:
        export = session.get(Export, export_id)
        if export is None or export.state != "ready" or export.sent:
            raise NotFound()
        redacted = snapshot.check(session, export.snapshot_id, now)
    place = path_of(settings, export)
    if redacted != export.redacted or not place.exists():
        export = make(db, settings, export_id, now)
    return export, place


def take_out(db: Database, settings: Settings, now: datetime) -> int:
    """Look at every snapshot: what may not be shown any more leaves it, and its files; how many were changed."""
    with db.read() as session:
        concerned = snapshot.touched(session)
    for snapshot_id in concerned:
        with db.write() as session:
            snapshot.check(session, snapshot_id, now)
            exports = list(session.scalars(select(Export).where(Export.snapshot_id == snapshot_id)))
        for export in exports:
            with suppress(FileNotFoundError):
                path_of(settings, export).unlink()  # made anew, without those words, when somebody asks for it
    return len(concerned)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
