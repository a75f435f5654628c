"""The lexicon: terms with values, in the languages of the forum. Pure."""

import re
from functools import cache, cached_property
from threading import local
from typing import Final

import msgspec
import Stemmer

from forum.feedback.polarity import builtin
from forum.kit.i18n import N_, Message, Text

LOCALES: Final = ("it", "en")
ANY: Final = "any"
"""Emoji and the like, in whatever language."""
LANGUAGES: Final = (*LOCALES, ANY)
ALGORITHM: Final = {"it": "italian", "en": "english"}
STRONGEST: Final = 3
LONGEST: Final = 60
MOST: Final = 5000
LONGEST_TERM: Final = 6
"""Words of a term."""
PIECE: Final = re.compile(
    r"[:;]-?[()dDpP](?!\w)|[^\W_]+(?:['’][^\W_]+)*['’]?|[.!?;:,\n…]|[^\w\s.!?;:,…'’\"«»“”()\[\]-]"
)
"""Words, stops and signs (emoji among them)."""
_kept = local()


class Lexicon(msgspec.Struct, frozen=True, dict=True):
    """Language → term → value from -3 to 3. `version`: as the figures cite it."""

    words: dict[str, dict[str, int]]
    version: int = 1

    @cached_property
    def tables(self) -> dict[str, dict[tuple[str, ...], tuple[str, int]]]:
        """Language → stems of a term → (the term, its value). Exact forms stand as they are, after an =."""
        return {
            locale: {key_of(term, locale): (term, value) for term, value in terms.items()}
            for locale, terms in self.words.items()
        }

    @cached_property
    def longest(self) -> dict[str, dict[str, int]]:
        """Language → first stem of a term → how many words the longest one has that begins so."""
        found: dict[str, dict[str, int]] = {}
        for locale, table in self.tables.items():
            firsts = found.setdefault(locale, {})
            for key in table:
                firsts[key[0]] = max(firsts.get(key[0], 0), len(key))
        return found

    @property
    def size(self) -> int:
        """How many terms."""
        return sum(len(terms) for terms in self.words.values())


def pieces(text: str) -> list[str]:
    """`text` as words, stops and signs, in lower case, with straight apostrophes."""
    lowered = text.lower().replace("’", "'")
    found = []
    for piece in PIECE.findall(lowered):
        head, mark, tail = piece.partition("'")
        if mark and tail and head in _ELIDED:  # l'assistenza, dell'app: two words in Italian
            found += [f"{head}'", tail]
        else:
            found.append(piece)
    return found


_ELIDED: Final = frozenset(
    [
        "l",
        "un",
        "dell",
        "all",
        "dall",
        "nell",
        "sull",
        "quell",
        "quest",
        "c",
        "d",
        "gl",
        "m",
        "t",
        "s",
        "v",
        "com",
        "dov",
        "anch",
        "bell",
        "cos",
        "tutt",
        "nient",
        "nessun",
    ]
)


def stem(word: str, locale: str) -> str:
    """The stem of a lower-case word by Snowball; signs stay as they are."""
    stemmers: dict[str, Stemmer.Stemmer] = _kept.__dict__  # a stemmer is no matter for two threads at once
    if locale not in ALGORITHM:
        return word
    if locale not in stemmers:
        stemmers[locale] = Stemmer.Stemmer(ALGORITHM[locale])
    return str(stemmers[locale].stemWord(word))


def key_of(term: str, locale: str) -> tuple[str, ...]:
    """How a term is looked up."""
    if term.startswith("="):
        return tuple(f"={piece}" for piece in pieces(term[1:]))
    return tuple(stem(piece, locale) for piece in pieces(term))


def problem_of(term: str, value: int, locale: str) -> Message | None:
    """Why a term cannot be taken, if so."""
    words = pieces(term.removeprefix("="))
    if not words or len(term) > LONGEST:
        return Text(N_("A word or a few: at most %(n)s characters."), {"n": LONGEST})
    if len(words) > LONGEST_TERM:
        return Text(N_("At most %(n)s words."), {"n": LONGEST_TERM})
    if locale not in LANGUAGES:
        return N_("Choose from the list.")
    if not -STRONGEST <= value <= STRONGEST or value == 0:
        return N_("From −3 to 3, and not 0.")
    return None


def parse(text: str) -> dict[str, int]:
    """Lines of "value: term, term …" (a line that goes on is indented) as term → value. Raises ValueError."""
    found: dict[str, int] = {}
    for line in re.sub(r"\n\s+", " ", text.strip()).splitlines():
        value, _, terms = line.partition(": ")
        found |= {term.strip(): int(value) for term in terms.split(",") if term.strip()}
    return found


@cache
def builtin_lexicon() -> Lexicon:
    """Version 1."""
    return Lexicon({"it": parse(builtin.IT), "en": parse(builtin.EN), "any": parse(builtin.ANY)}, 1)
