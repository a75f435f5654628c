"""Pictures of an album: written anew from their pixels under random names, so that an address cannot be guessed."""

import re
import secrets
import threading
from pathlib import Path
from typing import Final

from forum.errors import Invalid
from forum.kit import images
from forum.kit.i18n import N_

FOLDER: Final = "meetups"
SIDE: Final = 1600  # pixels
MAX_BYTES: Final = 5 * 1024 * 1024  # of the file as it comes; the server takes 6 MB a request
_DECODERS = threading.BoundedSemaphore(2)
"""A picture of the largest size takes 160 MB while it is decoded: never more than two at once in a process."""


def folder(data_dir: Path) -> Path:
    """Where the files are."""
    return data_dir / "uploads" / FOLDER


def make(data: bytes) -> images.Picture:
    """An uploaded picture as it is kept. Raises Invalid(photo)."""
    if not data:
        raise Invalid({"photo": N_("Choose a picture first.")})
    if len(data) > MAX_BYTES:
        raise Invalid({"photo": N_("This file is over 5 MB. A smaller copy of the picture is enough.")})
    try:
        with _DECODERS:
            return images.reencode(data, side=SIDE)
    except images.BadImage as error:
        words = N_("This is no picture that we can read, or a broken one. We take PNG, JPEG, WebP and GIF.")
        if "pixels" in str(error):
            words = N_("This picture has too many pixels. A smaller copy of it is enough.")
        raise Invalid({"photo": words}) from error


def keep(picture: images.Picture, data_dir: Path) -> str:
    """Write the file; its name. Raises OSError."""
    name = f"{secrets.token_hex(16)}-{picture.width}x{picture.height}.webp"
    path = folder(data_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(picture.data)
    partial.replace(path)
    return name


def forget(name: str | None, data_dir: Path) -> None:
    """Remove a file that nobody shows any more."""
    if name and re.fullmatch(images.NAME, name):
        (folder(data_dir) / name).unlink(missing_ok=True)
