"""Pictures under legal hold: copies in `evidence/` of the data folder, where nothing that people do deletes them.

A hold keeps the pictures of its posts, and the avatar of a profile, by name and SHA-256. Sealed, they leave `uploads/`:
nobody is served them. Copies are made before anything is taken away, and every step may be done again.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from forum.kit.images import NAME

_SHOWN = re.compile(rf"/uploads/((?:images|avatars)/{NAME})")
UPLOADS, EVIDENCE = "uploads", "evidence"


def shown_in(texts: Iterable[str]) -> list[str]:
    """The pictures that texts show, as "images/…webp", each once."""
    return sorted({name for text in texts for name in _SHOWN.findall(text)})


def digests(data_dir: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """{name, sha256} of those that are still on the disk, be it under another hold. Raises OSError."""
    found = []
    for name in names:
        path = _find(data_dir, name)
        if path is not None:
            found.append({"name": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    return found


def keep(data_dir: Path, hold_id: int, names: Iterable[str]) -> None:
    """Copy them for a hold; the folder is its owner's alone. Raises OSError."""
    for name in names:
        source, copy = _find(data_dir, name), _folder(data_dir, hold_id) / name
        if source is None or source == copy:
            continue
        (data_dir / EVIDENCE).mkdir(mode=0o700, exist_ok=True)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial := copy.with_suffix(".part"))
        partial.replace(copy)


def withdraw(data_dir: Path, hold_id: int, names: Iterable[str]) -> None:
    """Nobody is served them any more; only what a copy was made of goes."""
    for name in names:
        if (_folder(data_dir, hold_id) / name).is_file():
            (data_dir / UPLOADS / name).unlink(missing_ok=True)


def put_back(data_dir: Path, hold_id: int, names: Iterable[str]) -> None:
    """They stand where they stood. Raises OSError."""
    for name in names:
        copy, place = _folder(data_dir, hold_id) / name, data_dir / UPLOADS / name
        if copy.is_file() and not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(copy, partial := place.with_suffix(".part"))
            partial.replace(place)


def drop(data_dir: Path, hold_id: int) -> None:
    """The hold has ended: its copies go."""
    shutil.rmtree(_folder(data_dir, hold_id), ignore_errors=True)


def _folder(data_dir: Path, hold_id: int) -> Path:
    return data_dir / EVIDENCE / str(hold_id)


def _find(data_dir: Path, name: str) -> Path | None:
    here = data_dir / UPLOADS / name
    if here.is_file():
        return here
    return next((path for path in sorted((data_dir / EVIDENCE).glob(f"*/{name}")) if path.is_file()), None)
