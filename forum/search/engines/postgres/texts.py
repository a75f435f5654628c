"""Texts as PostgreSQL's parser is given them: our own words, so that both engines see the same ones.

Its parser would take "emonLib.cpp" for a host and "C++" for a C; what it gets here is letters and digits only, which
it leaves in one piece. Accents and stems are left to the configurations `search_it` and `search_en` (migration 0006).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from forum.search.analysis import LOCALES, Token, tokens
from forum.search.engines.base import Document

MAX_TEXT = 100_000
"""Characters of a post that are searched: a tsvector may have 1 MB."""
MAX_WORD = 40
"""Characters of a word that can be suggested."""
SIGNS = str.maketrans({"+": "plus", "#": "sharp", ".": "p", ",": "p", ":": "p", "_": ""})


class Line(msgspec.Struct, frozen=True):
    """A text as PostgreSQL reads it. `parts`: the further readings of its words ("foo", "bar" of fooBar)."""

    words: str
    parts: str = ""


def plain(word: str) -> str:
    """A folded word in letters and digits only: "c++" → "cplusplus", "3.3v" → "3p3v"."""
    if word.isalnum():
        return word
    return "".join(it for it in word.translate(SIGNS) if it.isalnum())


def locale_of(locale: str) -> str:
    """The language whose configuration is used."""
    return locale if locale in LOCALES else "en"


def line(found: Iterable[Token]) -> Line:
    """The words of a text in their order, and apart from them their parts."""
    words: list[str] = []
    parts: list[str] = []
    for token in found:
        (parts if token.part else words).append(plain(token.text))
    return Line(" ".join(words), " ".join(parts))


class Words(msgspec.Struct):
    """How many posts hold a word, and how it is written. Keys: (word, locale)."""

    posts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    shown: dict[tuple[str, str], str] = msgspec.field(default_factory=dict)

    def count(self, texts: Iterable[tuple[str, Sequence[Token]]], locale: str) -> None:
        """Count the words of one post: of its title, its tags, its text."""
        seen = set()
        for text, found in texts:
            for token in found:
                word = plain(token.text)
                if not 0 < len(word) <= MAX_WORD:
                    continue
                key = (word, locale)
                if key not in seen:
                    seen.add(key)
                    self.posts[key] += 1
                if word != token.text or key in self.shown:
                    continue
                written = text[token.start : token.end].lower()
                if written != word and 1 < len(written) <= MAX_WORD and "-" not in written:
                    self.shown[key] = written  # an accent left out is the mistake, not the one that is there


def read(document: Document, words: Words) -> dict[str, object]:
    """A document as a row for `writing.UPSERT`; its words are counted into `words`."""
    locale = locale_of(document.locale)
    text, tags = document.text[:MAX_TEXT].replace("\x00", " "), " ".join(document.tags)
    found = [(it, tokens(it, locale)) for it in (document.title, tags, text)]
    words.count(found, locale)
    title, tagged, body = (line(it) for _, it in found)
    return {
        "post_id": document.post_id, "thread_id": document.thread_id, "category_id": document.category_id,
        "author_id": document.author_id, "number": document.number, "locale": locale,
        "has_image": document.has_image, "created_at": document.created_at, "title": title.words,
        "tags": tagged.words, "text": body.words, "parts": f"{title.parts} {tagged.parts} {body.parts}",
    }  # fmt: skip
