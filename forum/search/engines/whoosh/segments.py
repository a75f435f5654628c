"""Reading a segment of the index: whole posting lists at once, and the numbers of every post, kept in memory.

Whoosh's matchers step from posting to posting (2 µs each, in Python). Whole blocks are decoded here instead and put
together by what runs in C: DECISIONS.md says what that brings. It reads private names of `W3LeafMatcher` and
`W3TermsReader`, which is why whoosh3 is pinned exactly.
"""

import contextlib
import copy
import threading
import weakref
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterator
from heapq import nlargest
from itertools import islice
from typing import Any

from whoosh.codec.base import Segment
from whoosh.codec.whoosh3 import W3TermInfo
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import SegmentReader

from forum.search.engines.whoosh.decoded import LISTS, Block, Postings, unpacked
from forum.search.engines.whoosh.fields import ROW, schema

HALF = 2 * 365 * 24 * 60
"""Minutes after which half of what freshness counts is gone."""
SINCE = 56 * 365 * 24 * 60
"""The end of 2025 in minutes since 1970: `Part.young` is how fresh a post is compared with one of that day."""
BEGUN = 2_000
"""Words that begin alike which are looked at in a segment, in the order of the dictionary …"""
OFTEN = 80
"""… of which the most frequent are kept …"""
BEGINNINGS = 32
"""… for so many beginnings, those asked for last: 10 kB each."""
Weights = dict[int, float]
"""Number of a post in its segment → weight of a word in it."""


class Files:
    """What is open of a segment; let go with the last part that reads it, for a search may still be under way."""

    def __init__(self, reader: SegmentReader) -> None:
        """`reader`: closed at the end, or when the process ends."""
        weakref.finalize(self, _close, reader)


def _close(reader: SegmentReader) -> None:
    with contextlib.suppress(Exception):  # a broken file makes whatever it likes of itself
        reader.close()


class Part:
    """One segment. Thread-safe: its file has one place where it is read, so one thread reads at a time."""

    def __init__(self, storage: FileStorage, segment: Segment) -> None:
        """Reads the numbers of its posts, about 0.7 s for a million. Raises whatever is wrong with the files."""
        reader = SegmentReader(storage, schema(), segment)
        self.id: str = segment.segment_id()
        self.size: int = segment.doc_count_all()
        self.gone = frozenset(segment.deleted_docs())
        self._files = Files(reader)
        self._terms = reader._terms  # noqa: SLF001
        self._formats = {name: field.format for name, field in reader.schema.items() if field.format}
        self._lock = threading.Lock()
        self._begun: OrderedDict[tuple[str, bytes], tuple[tuple[tuple[bytes, int], ...], bool]] = OrderedDict()
        numbers = array("q")
        numbers.frombytes(b"".join(reader.column_reader("row", translate=False)))
        if len(numbers) != self.size * ROW:
            raise ValueError("a column is too short")
        self.posts = numbers[0::ROW]
        self.authors = numbers[1::ROW]
        self.categories = array("i", numbers[2::ROW])
        self.minutes = array("i", numbers[3::ROW])
        self.flags = array("b", numbers[4::ROW])
        self.threads = numbers[5::ROW]
        self.young = array("f", (2 ** ((it - SINCE) / HALF) for it in self.minutes))
        self.span = (min(self.posts, default=0), max(self.posts, default=-1))

    def without(self, gone: frozenset[int]) -> "Part":
        """The same segment after more posts were taken out; shares all that was read."""
        other = copy.copy(self)
        other.gone = gone
        return other

    @property
    def living(self) -> int:
        """Posts in it that count."""
        return self.size - len(self.gone)

    def numbers_of(self, posts: Collection[int]) -> list[int]:
        """Where these posts stand in the segment."""
        first, last = self.span
        wanted = {it for it in posts if first <= it <= last}
        if not wanted:
            return []
        return [at for at, it in enumerate(self.posts) if it in wanted and at not in self.gone]

    def frequency(self, field: str, term: bytes) -> int:
        """In how many posts it stands."""
        with self._lock:
            found: int = self._terms.doc_frequency(field, term) if (field, term) in self._terms else 0
        return found

    def postings(self, field: str, term: bytes, times: float = 1.0) -> Weights:
        """Where a word stands, in posts taken out as well; {} for one that is not there. `times`: of each weight."""
        found = self._list(field, term)
        return dict(zip(found.ids, found.weights if times == 1 else map(times.__mul__, found.weights), strict=True))

    def places(self, field: str, term: bytes, wanted: Collection[int]) -> dict[int, bytes]:
        """Number in the segment → the packed places of a word in it, of those `wanted`."""
        return dict(self._list(field, term).packed(wanted))

    def begun(self, field: str, prefix: bytes) -> tuple[tuple[tuple[bytes, int], ...], bool]:
        """(word, in how many posts) of the most frequent words that begin like that, of the first in the dictionary;
        whether there are more.
        """
        key = field, prefix
        with self._lock:
            if (known := self._begun.get(key)) is None:
                every = list(_begun(self._terms, *key))
                known = tuple(nlargest(OFTEN, every, key=lambda it: it[1])), len(every) > min(OFTEN, BEGUN - 1)
            self._begun[key] = known
            self._begun.move_to_end(key)
            if len(self._begun) > BEGINNINGS:
                self._begun.popitem(last=False)
        return known

    def begin_with(self, field: str, prefix: bytes) -> list[bytes]:
        """Words that begin like that, in the order of the dictionary."""
        found = []
        with self._lock:
            for name, term in self._terms.terms_from(field, prefix):
                if name != field or not term.startswith(prefix):
                    break
                found.append(term)
        return found

    def _list(self, field: str, term: bytes) -> Postings:
        return LISTS.get((self.id, field, term), lambda: unpacked(self._blocks(field, term)))

    def _blocks(self, field: str, term: bytes) -> list[Block]:
        with self._lock:
            if (field, term) not in self._terms:
                return []
            return list(_read(self._terms.matcher(field, term, self._formats[field])))


def _begun(terms: Any, field: str, prefix: bytes) -> Iterator[tuple[bytes, int]]:
    """One walk through the dictionary, where counts stand beside words: to look up each takes five times as long."""
    first, index, file = terms._keycoder(field, prefix), terms._tindex, terms._dbfile  # noqa: SLF001
    for at, length, data, _ in islice(index.ranges_from(first), BEGUN):
        key = file.get(at, length)
        if not key.startswith(first):
            return
        yield key[len(first) - len(prefix) :], W3TermInfo.read_doc_freq(file, data)


def _read(matcher: Any) -> Iterator[Block]:
    while matcher.is_active():
        matcher._read_data()  # noqa: SLF001  see above
        yield matcher._data  # noqa: SLF001
        matcher._next_block()  # noqa: SLF001
