"""What stands in the index: the words with their weights and places, and a row of numbers for each post."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from whoosh.columns import FixedBytesColumn
from whoosh.fields import FieldType, Schema
from whoosh.formats import Existence, Format

from forum.search.analysis import Token, tokens
from forum.search.engines.base import Document
from forum.search.engines.whoosh.weights import RANKING, Ranking

LAYOUT = 8
"""Raise it when anything here or in the analysis changes: an index of another layout is built anew."""
TYPICAL = 70
"""Words of a post of middling length; fixed, so that a weight never changes once it is written."""
GAP = 64  # places between title, each tag and body: no phrase spans them
ROW = 6  # numbers of a post: id, author, category, minute, flags, thread
IMAGE, OPENING = 1, 2  # flags: there is a picture in it, it opens its thread
Posting = tuple[bytes, int, float, bytes]


class Places(Format):  # type: ignore[misc]
    """Positions as unsigned 16-bit numbers."""

    posting_size = -1


class Words(FieldType):  # type: ignore[misc]
    """A field that is given its postings ready made."""

    def __init__(self, form: Format) -> None:
        """Neither analysed nor scored by Whoosh: that is done before."""
        super().__init__(form, analyzer=None, scorable=False, stored=False)

    def index(self, value: list[Posting], **_: Any) -> Iterator[Posting]:
        """As they are."""
        return iter(value)


class Row(FieldType):  # type: ignore[misc]
    """The numbers of a post as one value of fixed length."""

    indexed = False

    def __init__(self) -> None:
        """A column and nothing else."""
        super().__init__(None, analyzer=None, sortable=FixedBytesColumn(8 * ROW))

    def to_column_value(self, value: bytes) -> bytes:
        """As it is."""
        return value

    def from_column_value(self, value: bytes) -> bytes:
        """As it is."""
        return value


def schema() -> Schema:
    """Made anew each time; never read from a file, where it would be a pickle."""
    places, there = Words(Places()), Words(Existence())
    return Schema(text=places, title=places, word=there, accent=there, tag=there, row=Row())


def row(document: Document) -> bytes:
    """The numbers of a post, in this machine's byte order (an index does not travel)."""
    minute = int(document.created_at.timestamp() // 60)
    flags = IMAGE * document.has_image | OPENING * (document.number == 1)
    numbers = (document.post_id, document.author_id, document.category_id, minute, flags, document.thread_id)
    return array("q", numbers).tobytes()


def entry(document: Document, ranking: Ranking = RANKING) -> dict[str, Any]:
    """A post as Whoosh's writer takes it."""
    title, body = tokens(document.title, document.locale), tokens(document.text, document.locale)
    tags = [tokens(tag, document.locale) for tag in document.tags]
    places: defaultdict[str, list[int]] = defaultdict(list)
    after = 0
    for piece in (title, *tags, body):
        for it in piece:
            places[it.stem].append(after + it.position)
        after += piece[-1].position + GAP if piece else 0
    weights = _weights(document, title, body, ranking)
    for key in {it.stem for tag in tags for it in tag}:
        weights[key] = weights.get(key, 0.0) + ranking.tag
    words = {it.text for it in (*title, *body) if len(it.text) > 2 and it.text.isalpha()}
    return {
        "text": [(key.encode(), 1, weight, _packed(places.get(key, ()))) for key, weight in weights.items()],
        "title": _title(title) if document.number == 1 else [],
        "word": [(it.encode(), 1, 1.0, b"") for it in words],
        "accent": [(it.encode(), 1, 1.0, b"") for it in _accented(document, title, body)],
        "tag": [(tag.encode(), 1, 1.0, b"") for tag in document.tags],
        "row": row(document),
    }


def _weights(document: Document, title: list[Token], body: list[Token], ranking: Ranking) -> dict[str, float]:
    """BM25 without its idf: how much each word is what this post is about. In 64ths, which pack well."""
    counts = Counter(it.stem for it in body)
    room = ranking.often * (1 - ranking.length + ranking.length * len(body) / TYPICAL)
    found = {key: count * (ranking.often + 1) / (count + room) for key, count in counts.items()}
    short = ranking.title * 2 / (1 + math.sqrt(max(1, len(title)) / 6))
    for key in {it.stem for it in title}:
        found[key] = found.get(key, 0.0) + short
    return {key: max(1, round(weight * 64)) / 64 for key, weight in found.items()}


def _title(title: list[Token]) -> list[Posting]:
    """Of the opening post alone: who looks for a title looks for a thread. Among the words of the text all have it."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for it in title:
        places[it.stem].append(it.position)
    weight = 8 / (7 + max(1, len(title)))
    return [(key.encode(), 1, weight, _packed(at)) for key, at in places.items()]


def _accented(document: Document, title: list[Token], body: list[Token]) -> set[str]:
    """Words that are not written as they are folded, with how they are: a suggestion shows them so."""
    found = set()
    for text, read in ((document.title, title), (document.text, body)):
        if not text.isascii():
            found |= {
                f"{it.text}\t{written}"
                for it in read
                if not it.part and it.text.isalpha() and (written := text[it.start : it.end].lower()) != it.text
            }
    return found


def _packed(places: Any) -> bytes:
    return array("H", [it for it in places if it < 65_536]).tobytes() or b"\xff\xff"
