"""Reading the index: whole posting lists at once, and the numbers of every post, kept while they are looked at.

Whoosh's matchers step from posting to posting (2 µs each, in Python). Whole blocks are decoded here instead and put
together by what runs in C: a word in 75 % of 40,000 posts takes 15 ms instead of 60. That reads three private names of
`W3LeafMatcher`, which is why whoosh3 is pinned exactly.
"""

import threading
from array import array
from collections.abc import Iterator
from itertools import accumulate, chain, islice
from typing import Any

from whoosh.reading import SegmentReader

from forum.search.engines.whoosh.fields import ROW


class Part:
    """One segment. Thread-safe: its files have one place where they are read, so one thread reads at a time."""

    def __init__(self, reader: SegmentReader) -> None:
        """Reads the numbers of its posts: 0.5 s for a million."""
        self.reader = reader
        self.size: int = reader.doc_count_all()
        self.gone = frozenset(reader.deleted_docs_set)
        self._terms = reader.codec().terms_reader(reader.storage(), reader.segment())
        self._formats = {name: field.format for name, field in reader.schema.items() if field.format}
        self._lock = threading.Lock()
        numbers = array("q")
        numbers.frombytes(b"".join(reader.column_reader("row", translate=False)))
        self.posts = numbers[0::ROW]
        self.threads = numbers[1::ROW]
        self.authors = numbers[2::ROW]
        self.categories = array("i", numbers[3::ROW])
        self.minutes = array("i", numbers[4::ROW])

    def frequency(self, field: str, term: bytes) -> int:
        """In how many posts it stands."""
        with self._lock:
            found: int = self._terms.doc_frequency(field, term) if (field, term) in self._terms else 0
        return found

    def postings(self, field: str, term: bytes) -> dict[int, float]:
        """Number in the segment → weight, deleted ones included; {} for a word that is not there."""
        with self._lock:
            blocks = list(self._blocks(field, term))
        if not blocks:
            return {}
        ids = chain.from_iterable(accumulate(block[0]) for block in blocks)
        return dict(zip(ids, chain.from_iterable(_weights(block) for block in blocks), strict=True))

    def places(self, field: str, term: bytes, wanted: set[int]) -> dict[int, bytes]:
        """Number in the segment → the packed places of a word in it, of those `wanted`."""
        found: dict[int, bytes] = {}
        with self._lock:
            blocks = list(self._blocks(field, term))
        for deltas, _, values in blocks:
            ids = list(accumulate(deltas))
            if not wanted.isdisjoint(ids):
                found.update((at, value) for at, value in zip(ids, values, strict=True) if at in wanted)
        return found

    def begin_with(self, field: str, prefix: bytes, limit: int) -> list[bytes]:
        """At most `limit` words that begin like that, in the order of the dictionary."""
        with self._lock:
            found = []
            for name, term in islice(self._terms.terms_from(field, prefix), limit):
                if name != field or not term.startswith(prefix):
                    break
                found.append(term)
        return found

    def _blocks(self, field: str, term: bytes) -> Iterator[tuple[Any, Any, Any]]:
        if (field, term) not in self._terms:
            return
        matcher = self._terms.matcher(field, term, self._formats[field])
        while matcher.is_active():
            matcher._read_data()  # noqa: SLF001  see above
            yield matcher._data  # noqa: SLF001
            matcher._next_block()  # noqa: SLF001

    def close(self) -> None:
        """Give the files back."""
        self._terms.close()
        self.reader.close()


def _weights(block: tuple[Any, Any, Any]) -> Any:
    deltas, weights, _ = block
    if weights is None or isinstance(weights, float):
        return (1.0 if weights is None else weights,) * len(deltas)
    return weights
