"""Posting lists as they are kept in memory after they were read once.

Unpacking a list takes Python ten times as long as using it, and people search for the same words. A segment never
changes once it is written, so what was read of it holds for as long as it is there: nothing has to be thrown away when
a post is written or taken out, for that is looked at afterwards.
"""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import accumulate, chain
from typing import Any

import msgspec

MOST = 64 * 2**20
"""Bytes that are kept: all that is ever asked of a forum of 40,000 posts, the words most asked for of a larger one."""
WORTH = 256
"""Bytes of a list that is worth a place."""
Block = tuple[Any, Any, Any]  # differences of the numbers, weights, packed places
Key = tuple[str, str, bytes]  # segment, field, word


class Postings(msgspec.Struct, frozen=True):
    """Where a word stands in a segment, in 12 bytes a post and its places. `ends`: where those of each post end."""

    ids: "array[int]"
    weights: "array[float]"
    ends: "array[int]"
    places: bytes

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return 12 * len(self.ids) + len(self.places) + WORTH

    def packed(self, wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """(post, its packed places), of those `wanted`."""
        start, places = 0, self.places
        for at, end in zip(self.ids, self.ends, strict=True):
            if at in wanted:
                yield at, places[start:end]
            start = end


def unpacked(blocks: Iterable[Block]) -> Postings:
    """A list as Whoosh's matcher reads it, block by block. The loops run in C."""
    ids, weights, ends, places = array("i"), array("f"), array("I"), []
    for deltas, heavy, values in blocks:
        ids.extend(accumulate(deltas))
        weights.extend(_weights(heavy, len(deltas)))
        places.append(values)
    packed = [it for it in chain.from_iterable(it or () for it in places) if isinstance(it, bytes)]
    if len(packed) == len(ids):  # else it is a field without places
        ends.extend(accumulate(map(len, packed)))
        return Postings(ids, weights, ends, b"".join(packed))
    return Postings(ids, weights, array("I", bytes(4 * len(ids))), b"")


def _weights(found: Any, count: int) -> Collection[float]:
    if found is None or isinstance(found, float):
        return (1.0 if found is None else found,) * count
    weights: tuple[float, ...] = found
    return weights


class Cache:
    """The lists used last, as many as fit. Thread-safe; two threads may read the same list at once: no harm."""

    def __init__(self, most: int = MOST) -> None:
        """`most`: bytes."""
        self.most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Postings] = OrderedDict()
        self.size = 0

    def get(self, key: Key, read: Callable[[], Postings]) -> Postings:
        """What is kept, or what `read` makes."""
        with self._lock:
            if known := self._kept.get(key):
                self._kept.move_to_end(key)
                return known
        found = read()
        if found.size < 2 * WORTH or found.size > self.most // 4:
            return found
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self.size += found.size
            while self.size > self.most:
                self.size -= self._kept.popitem(last=False)[1].size
        return found


LISTS = Cache()
"""Of this process: segments have names of their own, so those of several indexes go together."""
