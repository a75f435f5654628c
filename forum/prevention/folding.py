"""Texts as a filter must see them: no invisible characters, no look-alikes, no digits in place of letters. Pure.

Two forms, the second coarser. `bare`: what takes no ink is gone, NFKC, look-alikes of Latin letters as those letters
(data of Unicode TR 39, from confusable-homoglyphs), case folded, accents gone. `skeleton`: besides, digits and signs
that stand for letters as those letters, i and l one letter, everything else one space, and w o r d s spelled out letter
by letter joined; it begins and ends with a space, so that a whole word is a word between spaces.
"""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

import confusable_homoglyphs

_INVISIBLE: Final = frozenset(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10),
     *range(0xE0000, 0xE01F0), 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0]
)  # fmt: skip
"""Zero-width, direction marks, variation selectors, tags, blank letters: whatever takes no ink."""
_LEET: Final = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "|": "l",
                              "!": "l", "i": "l"})  # fmt: skip
_WORD: Final = re.compile(r"[^\W_]+")
_SPELLED: Final = re.compile(r"(?<= )(?:[a-z] ){3,40}[a-z](?= )")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FEW: Final = 48
"""Up to so many different foreign characters, replacing one after the other is faster than a table."""


@cache
def _looks_like() -> dict[str, str]:
    """Foreign character → the Latin letter (lower case) that it looks like. 1 MB of JSON, read once, not kept."""
    data = json.loads((files(confusable_homoglyphs) / "confusables.json").read_text("utf-8"))
    found: dict[str, str] = {}
    for letter in _LETTERS:
        for twin in data.get(letter, ()):
            shape = twin["c"].strip("\u200e")
            if len(shape) == 1 and not shape.isascii():
                found.setdefault(shape, letter.lower())
    return found


@cache
def _folded(sign: str) -> str:
    """One foreign character in `bare`; "" when it takes no ink or is an accent. There are as many as in Unicode."""
    if ord(sign) in _INVISIBLE:
        return ""
    looks = _looks_like()
    shape = "".join(looks.get(part, part) for part in unicodedata.normalize("NFKC", sign)).casefold()
    parts = unicodedata.normalize("NFD", "".join(looks.get(part, part) for part in shape))
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


class _Table(dict[int, str]):
    """Filled as characters come."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = found = sign if sign.isascii() else _folded(sign)
        return found


_TABLE: Final = _Table()


def bare(text: str) -> str:
    """Latin letters for all that looks like them, lower case, without accents."""
    if not text.isascii():
        signs = {sign for sign in set(text) if not sign.isascii()}
        if len(signs) <= FEW:
            for sign in signs:
                text = text.replace(sign, _folded(sign))
        else:
            text = text.translate(_TABLE)
    return text.lower()


def skeleton(text: str) -> str:
    """The coarsest form; texts that a reader takes for one another have the same."""
    return skeleton_of(bare(text))


def skeleton_of(folded: str) -> str:
    """The same for a text that is `bare` already."""
    letters = f" {' '.join(_WORD.findall(folded.translate(_LEET)))} "
    spelled = [match.group().replace(" ", "") for match in _SPELLED.finditer(letters)]
    return f"{letters}{' '.join(spelled)} " if spelled else letters
