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
_LEET: Final = {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "|": "l", "!": "!",
                "i": "l"}  # fmt: skip
_SPACED: Final = bytes(code if code > 127 or chr(code).isalnum() else 32 for code in range(256))
_SHAPED: Final = bytes(ord(_LEET.get(chr(code), chr(_SPACED[code]))) for code in range(256))
"""For bytes of UTF-8: what is no letter or digit becomes a space; and what stands for a letter that letter."""
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_FOREIGN_SIGN: Final = re.compile(r"[^\w\x00-\x7f]")
_SPELLED: Final = re.compile(r" (?:[a-z] ){3,40}[a-z](?= )")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FEW: Final = 48
"""Up to so many different foreign characters, replacing one after the other is faster than asking a table."""


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


def _bare(sign: str) -> str:
    """One character in `bare`; "" when it takes no ink or is an accent."""
    if sign.isascii():
        return sign.lower()
    if ord(sign) in _INVISIBLE:
        return ""
    looks = _looks_like()
    shape = "".join(looks.get(part, part) for part in unicodedata.normalize("NFKC", sign)).casefold()
    parts = unicodedata.normalize("NFD", "".join(looks.get(part, part) for part in shape))
    return "".join(part for part in parts if unicodedata.category(part) != "Mn").lower()


class _Table(dict[int, int | str]):
    """For `str.translate`, filled as characters come; at the most all of Unicode (a million small entries)."""

    def __missing__(self, code: int) -> int | str:
        form = _bare(chr(code))
        self[code] = found = ord(form) if len(form) == 1 else form  # a number is three times as fast as a string
        return found


_TABLE: Final = _Table()


def bare(text: str) -> str:
    """Latin letters for all that looks like them, lower case, without accents."""
    if text.isascii():
        return text.lower()
    if len(text.encode("utf-8", "replace")) < 1.25 * len(text):
        signs = set(_FOREIGN.findall(text))
        if len(signs) <= FEW:
            for sign in signs:
                text = text.replace(sign, _bare(sign))
            return text.lower()
    return text.translate(_TABLE)


def plain(folded: str) -> str:
    """A `bare` text with spaces for foreign signs that are no letters or digits."""
    return folded if folded.isascii() else _FOREIGN_SIGN.sub(" ", folded)


def words_of(text: str, most: int) -> list[str]:
    """The first `most` runs of letters and digits of a `plain` text."""
    return _through(_SPACED, text).split(None, most)[:most]


def skeleton(text: str) -> str:
    """The coarsest form; texts that a reader takes for one another have the same."""
    return skeleton_of(plain(bare(text)))


def skeleton_of(text: str) -> str:
    """The same for a text that is `plain` already."""
    letters = f" {_through(_SHAPED, text)} "
    if "!" in letters:  # inside a word it stands for a letter, at its end it is what it is
        letters = _single(letters, "!").replace("! ", " ").replace("!", "l")
    letters = _single(letters, " ")
    spelled = [match.group().replace(" ", "") for match in _SPELLED.finditer(letters)]
    return f"{letters}{' '.join(spelled)} " if spelled else letters


def _single(text: str, sign: str) -> str:
    """Runs of `sign` as one. Halves them again and again: quicker than to split and join."""
    while sign * 2 in text:
        text = text.replace(sign * 2, sign)
    return text


def _through(table: bytes, text: str) -> str:
    """Over bytes: thirty times as fast as over characters."""
    return text.encode("utf-8", "replace").translate(table).decode()
