"""Pictures of members: a square of 256 pixels under a random name, written anew from the pixels alone."""

import re
import secrets
import threading
from pathlib import Path
from typing import Final

from forum.errors import Invalid
from forum.kit import images
from forum.kit.i18n import N_

FOLDER: Final = "avatars"
SIDE: Final = 256  # pixels
MAX_BYTES: Final = 2 * 1024 * 1024  # of the file as it comes
SVG = re.compile(rb"\s*(?:<\?xml|<!doctype|<!--|<svg)", re.I)
_DECODERS = threading.BoundedSemaphore(2)
"""A picture of the largest size takes 160 MB while it is decoded: never more than two at once in a process."""


def folder(data_dir: Path) -> Path:
    """Where the files are."""
    return data_dir / "uploads" / FOLDER


def make_avatar(data: bytes) -> images.Picture:
    """The middle of an uploaded picture. Raises Invalid(avatar)."""
    if not data:
        raise Invalid({"avatar": N_("Choose a picture first.")})
    if len(data) > MAX_BYTES:
        raise Invalid({"avatar": N_("This file is over 2 MB. A smaller copy of the picture is enough.")})
    if SVG.match(data.removeprefix(b"\xef\xbb\xbf")[:200]):
        raise Invalid({"avatar": N_("Drawings in SVG are not taken. Save it as PNG, JPEG, WebP or GIF.")})
    try:
        with _DECODERS:
            return images.square(data, SIDE)
    except images.BadImage as error:
        words = N_("This is no picture that we can read, or a broken one. We take PNG, JPEG, WebP and GIF.")
        if "pixels" in str(error):
            words = N_("This picture has too many pixels. A smaller copy of it is enough.")
        raise Invalid({"avatar": words}) from error


def keep(picture: images.Picture, data_dir: Path) -> str:
    """Write the file under a name that nobody can guess or share with another member. Raises OSError."""
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
