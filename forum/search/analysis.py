"""From a text to the words that the index knows: folded, cut to their stems, with the language told apart.

Both engines' excerpts and "did you mean" use it, Whoosh's index as well. Pure; safe in every thread.
"""

import re
import threading
from collections.abc import Set
from functools import lru_cache
from typing import Literal

import msgspec
import Stemmer

from forum.search.stopwords import ELIDED, ENDINGS, ENGLISH, ITALIAN

Locale = Literal["it", "en"]
LOCALES: tuple[Locale, ...] = ("it", "en")
ALGORITHM = {"it": "italian", "en": "english"}
MAX_WORD = 60
"""Characters of a word that count: what is longer is no word but a key or a picture."""

MARKS = "\u0300-\u036f"
WORD = re.compile(
    # 3.3V, 1.250,50, v2.1.3: a number stays in one piece
    rf"(?P<number>[^\W\d_]{{0,3}}\d+(?:[.,:]\d+)+[^\W_]*)"
    r"|(?P<sign>(?<![^\W_])[A-Za-z](?:\+\+|#)(?!\w))"  # C++, C#
    rf"|(?P<word>[^\W_][\w{MARKS}]*(?:-[^\W_][\w{MARKS}]*)*)"
)
PLAIN = re.compile(r"[a-zA-Zàèéìòù][a-zàèéìòù]*|[A-Z]+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
BORDER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
APOSTROPHES = "'’ʼ‘`´′"
APOSTROPHE = re.compile(rf"[{APOSTROPHES}](?=\w)")
BEFORE = re.compile(r"[^\W\d_]+\Z")
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


class Token(msgspec.Struct, frozen=True):
    """A word of a text. `text`: folded; `stem`: what it is found by; text[start:end] is it as it was written.

    `position`: its place among the words, from 0. `part`: one more reading of words that are there by themselves (the
    "bar" of fooBar, the "ebike" of e-bike): indexed, but nothing to look for when it was typed.
    """

    text: str
    stem: str
    start: int
    end: int
    position: int
    part: bool = False


_stemmers = threading.local()


def _stemmer(locale: str) -> Stemmer.Stemmer:
    """Of this thread: Snowball's are not for several at a time."""
    found: Stemmer.Stemmer | None = getattr(_stemmers, locale, None)
    if found is None:
        found = Stemmer.Stemmer(ALGORITHM[locale])
        setattr(_stemmers, locale, found)
    return found


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """Lower case, without accents, at most `MAX_WORD` characters: "Perché" → "perche"."""
    if word.isascii():
        return word.lower()[:MAX_WORD]
    from unicodedata import combining, normalize

    plain = normalize("NFKD", word.casefold())
    return "".join(it for it in plain if not combining(it)).translate(LETTERS)[:MAX_WORD]


@lru_cache(maxsize=32_768)
def stem(folded: str, locale: str) -> str:
    """The stem of a folded word, by Snowball; numbers and identifiers stay whole."""
    if len(folded) < 3 or not folded.isalpha() or locale not in ALGORITHM:
        return folded
    return _stemmer(locale).stemWord(folded) or folded


def stems(folded: str) -> tuple[str, ...]:
    """Whatever a word may stand under in the index: as it is, and cut as Italian and as English."""
    return tuple(dict.fromkeys((folded, *(stem(folded, it) for it in LOCALES))))


def tokens(text: str, locale: str) -> list[Token]:
    """The words of `text` in their order. `locale`: whose stems; an unknown one leaves words whole."""
    found: list[Token] = []
    position = 0
    silent = _silent(text)
    for match in WORD.finditer(text):
        start, end = match.span()
        if start in silent:
            continue
        written = match.group()
        plain = _plain(written, locale) if end - start <= MAX_WORD else None
        if plain is not None:
            found.append(Token(plain[0], plain[1], start, end, position))
            position += 1
        elif match.lastgroup == "word":
            position = _word(written, start, position, locale, found)
        else:
            folded = fold(written)
            found.append(Token(folded, stem(folded, locale), start, end, position))
            position += 1
    return found


@lru_cache(maxsize=32_768)
def _plain(written: str, locale: str) -> tuple[str, str] | None:
    """(folded, its stem) of a word that is read in one way only; most are."""
    if not PLAIN.fullmatch(written):
        return None
    folded = fold(written)
    return folded, stem(folded, locale)


def _silent(text: str) -> Set[int]:
    """Where words begin that are only said together with the next or the last: l'acqua, don't."""
    found: set[int] = set()
    for match in APOSTROPHE.finditer(text):
        at = match.start()
        before = BEFORE.search(text, max(0, at - 10), at)
        after = WORD.match(text, at + 1)
        if before and before.group().lower() in ELIDED:
            found.add(before.start())
        elif before and after and after.group().lower() in ENDINGS:
            found.add(at + 1)
    return found


def _word(written: str, start: int, position: int, locale: str, found: list[Token]) -> int:
    """Add a word and its other readings to `found`; gives the next position back."""
    pieces = written.split("-")
    if len(pieces) > 1 and len(written) <= MAX_WORD:
        whole = fold(written.replace("-", ""))
        found.append(Token(whole, stem(whole, locale), start, start + len(written), position, part=True))
    for piece in pieces:
        folded = fold(piece)
        found.append(Token(folded, stem(folded, locale), start, start + len(piece), position))
        parts = _parts(piece)
        for part, at, on in parts:
            plain = fold(part)
            found.append(
                Token(plain, stem(plain, locale), start + at, start + at + len(part), position + on, part=True)
            )
        position += 1 + max((on for _, _, on in parts), default=0)
        start += len(piece) + 1
    return position


@lru_cache(maxsize=8_192)
def _parts(word: str) -> tuple[tuple[str, int, int], ...]:
    """What else an identifier is found by: (part, where it begins, how many words on it stands).

    foo_bar and fooBar: foo, bar. ATmega328P: atmega, atmega328, 328. A plain word: nothing.
    """
    if word.isalpha() and (not word.isascii() or word.islower() or word[1:].islower() or word.isupper()):
        return ()
    runs = [(it.group(), it.start()) for it in PART.finditer(word)]
    if len(runs) < 2 and "_" not in word:
        return ()
    if "_" not in word and any(it.isdigit() for it in word):
        ends = [it.start() for it in BORDER.finditer(word)]
        heads = [(word[:end], 0, 0) for end in ends if end > 1]
        return tuple(heads + [(run, at, 0) for run, at in runs if run.isdigit() and at and len(run) > 1])
    return tuple((run, at, on) for on, (run, at) in enumerate(runs) if len(run) > 1)


def detect(text: str, fallback: str) -> str:
    """The language by the small words of the first 2,000 characters: it or en; `fallback` where they do not tell."""
    italian = english = 0
    for word in re.findall(r"[^\W\d_]+", text[:2000].lower()):
        italian += word in ITALIAN
        english += word in ENGLISH
    if italian >= 2 * english + 2:
        return "it"
    if english >= 2 * italian + 2:
        return "en"
    return fallback if fallback in ALGORITHM else "en"
