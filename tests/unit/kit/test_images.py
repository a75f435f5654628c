"""Pictures: whatever comes in, only pixels of ours go out."""

import io
import re
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import Base

from forum.kit.images import MAX_BYTES, NAME, BadImage, Picture, keep, reencode, square


def made(fmt: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 200 if mode in {"L", "P", "1"} else None or (200, 30, 30, 128)[: len(mode)]).save(
        out, fmt, **more
    )
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    assert image.format == "WEBP" and image.size == (picture.width, picture.height)
    return image


@pytest.mark.parametrize(
    ("fmt", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("GIF", "P"), ("JPEG", "RGB"), ("WEBP", "RGB")]
)
def test_every_format_comes_out_as_one(fmt: str, mode: str) -> None:
    image = opened(reencode(made(fmt, mode=mode)))
    assert image.mode == ("RGBA" if mode == "RGBA" else "RGB")


def test_nothing_but_pixels_survives() -> None:
    exif = Image.Exif()
    exif[Base.ImageDescription] = "47.5, 9.7: where I live"
    exif[Base.Orientation] = 6
    marked = made("JPEG", (60, 40), exif=exif.tobytes(), comment=b"<script>alert(1)</script>") + b"<?php evil(); ?>"
    picture = reencode(marked)
    assert (picture.width, picture.height) == (40, 60)  # turned upright
    for trace in (b"where I live", b"script", b"php"):
        assert trace in marked and trace not in picture.data
    assert not opened(picture).getexif()


def test_a_wide_gamut_is_brought_home() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = opened(reencode(made("PNG", icc_profile=profile)))
    assert "icc_profile" not in image.info and image.getpixel((5, 5)) == (200, 30, 30)
    assert opened(reencode(made("PNG", icc_profile=b"not a profile"))).size == (60, 40)


def test_sizes() -> None:
    assert reencode(made(size=(3000, 1500))).name.endswith("-2400x1200.webp")
    assert reencode(made(size=(300, 100)), side=30).name.endswith("-30x10.webp")
    assert square(made(size=(300, 100)), 64).name.endswith("-64x64.webp")
    assert opened(square(made(size=(10, 4)), 64)).size == (64, 64)


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    image = opened(reencode(out.getvalue()))
    assert getattr(image, "n_frames", 1) == 1 and image.convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a PNG"), (b"hello", "not a PNG"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG"),
        (b"%PDF-1.7", "not a PNG"), (made("BMP"), "not a PNG"), (made("TIFF"), "not a PNG"), (made()[:60], "not a PNG"),
        (bomb(7000, 6000), "million pixels"), (bomb(11_000, 11_000), "million pixels"),
        (bomb(60_000, 60_000), "million pixels"), (b"\0" * (MAX_BYTES + 1), "12 MB"),
    ],
    ids=["nothing", "text", "svg", "pdf", "bmp", "tiff", "cut", "large", "larger", "bomb", "heavy"],
)  # fmt: skip
@pytest.mark.parametrize("work", [reencode, lambda data: square(data, 64)])
def test_what_is_no_picture_of_ours_is_refused(data: bytes, words: str, work: object) -> None:
    with pytest.raises(BadImage, match=words):
        work(data)  # type: ignore[operator]


def test_a_name_is_made_from_the_content(tmp_path: Path) -> None:
    one, other = reencode(made()), reencode(made(mode="L"))
    assert re.fullmatch(NAME, one.name) and one.name == reencode(made()).name != other.name
    name = keep(one, tmp_path / "new")
    assert keep(one, tmp_path / "new") == name
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]
    assert (tmp_path / "new" / name).read_bytes() == one.data
