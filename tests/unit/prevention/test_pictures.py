"""A picture is known again in another size, format and quality; another one is not taken for it."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from forum.prevention.pictures import fingerprint


def picture(path: Path, *, turned: bool = False, size: tuple[int, int] = (640, 480), **options: object) -> str:
    image = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(image)
    for n in range(9):
        box = (n * 97 % 560, n * 71 % 400)
        draw.rectangle((*box, box[0] + 90, box[1] + 60), fill=(n * 25, 200 - n * 20, n * 60 % 255))
    if turned:
        image = image.rotate(180)
    image.resize(size).save(path, **options)  # type: ignore[arg-type]
    return fingerprint(path)


def bits(one: str, two: str) -> int:
    return (int(one, 16) ^ int(two, 16)).bit_count()


def test_size_format_and_quality_change_little(tmp_path: Path) -> None:
    first = picture(tmp_path / "a.png")
    assert bits(first, picture(tmp_path / "b.webp", size=(320, 240), quality=60)) <= 10
    assert bits(first, picture(tmp_path / "c.jpg", size=(800, 600), quality=30)) <= 10
    assert bits(first, picture(tmp_path / "d.png", turned=True)) > 20


def test_what_is_no_picture_raises(tmp_path: Path) -> None:
    (tmp_path / "x.webp").write_bytes(b"nothing")
    with pytest.raises(OSError, match="cannot identify"):
        fingerprint(tmp_path / "x.webp")
