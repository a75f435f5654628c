"""Fingerprints of pictures: 128 bits, by which a picture is known again in another size, format or quality.

Row and column differences ("dhash"): each bit says whether a pixel of the picture, shrunk to 9 × 9 greys, is darker
than its neighbour. Own code of ten lines: `dhash` relies on what Pillow drops, `ImageHash` brings SciPy (DECISIONS).
Source: N. Krawetz, "Kind of like that" (2013).
"""

from datetime import datetime
from pathlib import Path

from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum.db import upsert
from forum.kit.images import FOLDER
from forum.prevention.models import Print
from forum.prevention.queries import distances, removed_prints

SIDE = 8


def fingerprint(path: Path) -> str:
    """The fingerprint of a picture file, 32 hex digits. Raises OSError (also for what is no picture)."""
    with Image.open(path) as image:
        flat = Image.new("RGB", image.size, "white")
        rgba = image.convert("RGBA")
        flat.paste(rgba, mask=rgba.getchannel("A"))
    grey = flat.convert("L").resize((SIDE + 1, SIDE + 1), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for y in range(SIDE):
        for x in range(SIDE):
            at = y * (SIDE + 1) + x
            bits = bits << 2 | (grey[at] < grey[at + 1]) << 1 | (grey[at] < grey[at + SIDE + 1])
    return f"{bits:032x}"


def know(session: Session, names: list[str], data_dir: Path, now: datetime) -> dict[str, int]:
    """Take the fingerprints of pictures that have none yet; by how many bits each differs from a removed one."""
    rows = session.execute(select(Print.name, Print.print).where(Print.name.in_(names)))
    known: dict[str, str] = {row.name: row.print for row in rows}
    for name in names:
        if name not in known:
            try:
                known[name] = fingerprint(data_dir / "uploads" / FOLDER / name)
            except OSError:
                continue  # gone from the disk: nothing to recognise
            row = {"name": name, "print": known[name], "bad": 0, "created_at": now}
            session.execute(upsert(session, Print).values(row).on_conflict_do_nothing(index_elements=[Print.name]))
    return distances({name: int(print_, 16) for name, print_ in known.items()}, removed_prints(session))


def condemn(session: Session, names: list[str], data_dir: Path, now: datetime) -> None:
    """Pictures of a post that was taken away: they are recognised from now on."""
    know(session, names, data_dir, now)
    session.execute(
        update(Print)
        .where(Print.name.in_(names))
        .values(bad=Print.bad + 1)
        .execution_options(synchronize_session=False)
    )
