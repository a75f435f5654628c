"""Pictures from people: decoded and written anew, so that nothing of the original file survives but its pixels.

No SVG, no archives. Metadata (place, camera, thumbnails) is gone; turned pictures are turned upright; colours are
converted to sRGB. Source of the rules: SECURITY.md, Uploads.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image, ImageCms, ImageOps

FOLDER: Final = "images"
"""Where the pictures of posts are: below `uploads/` of the data folder, and below `/uploads/`."""
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
MAX_BYTES: Final = 12 * 1024 * 1024  # of the file as it comes
MAX_PIXELS: Final = 40_000_000  # decoded: 160 MB at most, and only for a moment
MAX_SIDE: Final = 2400  # pixels of what is kept: twice the widest column
QUALITY: Final = 82  # of pictures that came as JPEG; others are kept without loss
NAME: Final = r"[0-9a-f]{32}-[0-9]{1,5}x[0-9]{1,5}\.webp"
"""Names of kept pictures: half a SHA-256 of the content, and the size, so that a page can reserve the room."""


class BadImage(ValueError):
    """Not a picture that we take; the message says why, in English."""


class Picture(msgspec.Struct, frozen=True):
    """A WebP file, written by us. `width`, `height` in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def name(self) -> str:
        """Its file name: the same content has the same one."""
        return f"{hashlib.sha256(self.data).hexdigest()[:32]}-{self.width}x{self.height}.webp"


def reencode(data: bytes, *, side: int = MAX_SIDE) -> Picture:
    """The picture in `data`, at most `side` pixels wide and high; of a moving one the first frame. Raises BadImage."""
    image, lossy = _decode(data)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _encode(image, lossy=lossy)


def square(data: bytes, side: int) -> Picture:
    """The middle of the picture in `data` as a square of `side` pixels. Raises BadImage."""
    image, lossy = _decode(data)
    return _encode(ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS), lossy=lossy)


def keep(picture: Picture, folder: Path) -> str:
    """Write `picture` into `folder` (made if need be), whole or not at all; its name. Raises OSError."""
    path = folder / picture.name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{picture.name}.{os.getpid()}.part"
        partial.write_bytes(picture.data)
        partial.replace(path)
    return picture.name


def _decode(data: bytes) -> tuple[Image.Image, bool]:
    """(upright sRGB pixels, whether the file was a JPEG)."""
    if len(data) > MAX_BYTES:
        raise BadImage(f"more than {MAX_BYTES // 2**20} MB")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadImage(f"more than {MAX_PIXELS // 1_000_000} million pixels")
            lossy = image.format == "JPEG"
            if lossy:
                image.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))  # a huge photograph is decoded at half its size
            upright = ImageOps.exif_transpose(image)
            return _in_srgb(upright), lossy
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(f"more than {MAX_PIXELS // 1_000_000} million pixels") from None
    except Exception as error:  # decoders raise whatever a broken file makes them raise
        raise BadImage("not a PNG, JPEG, GIF or WebP picture, or a broken one") from error


def _in_srgb(image: Image.Image) -> Image.Image:
    transparent = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    mode = "RGBA" if transparent else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "RGBA"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile: the colours as they are
        if converted is not None:
            return converted
    return image.convert(mode)


def _encode(image: Image.Image, *, lossy: bool) -> Picture:
    clean = Image.new(image.mode, image.size)
    clean.paste(image)  # a fresh picture has no metadata to pass on
    out = io.BytesIO()
    if lossy:
        clean.save(out, "WEBP", quality=QUALITY, method=3)
    else:
        clean.save(out, "WEBP", lossless=True, quality=40, method=2)
    return Picture(out.getvalue(), clean.width, clean.height)
