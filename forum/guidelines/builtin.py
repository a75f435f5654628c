"""The rules that the software brings along: version 1 of every site, until its managers write another."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from forum.guidelines.text import tidy, to_html

FIRST: Final = 1
FOLDER: Final = Path(__file__).resolve().parent / "first"


class Builtin(msgspec.Struct, frozen=True):
    """The text in both languages, and cooked."""

    source_en: str
    source_it: str
    html_en: str
    html_it: str


@cache
def builtin() -> Builtin:
    """Read and cooked once a process."""
    english, italian = (tidy((FOLDER / f"{locale}.md").read_text("utf-8")) for locale in ("en", "it"))
    return Builtin(english, italian, to_html(english, anchor="g1en"), to_html(italian, anchor="g1it"))
