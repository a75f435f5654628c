"""The embedded engine of search."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from heapq import nlargest
from itertools import islice
from operator import itemgetter
from pathlib import Path

from whoosh.index import LockError
from whoosh.reading import SegmentReader

from forum.db import Database
from forum.search.engines.base import (
    CANDIDATES,
    Document,
    Found,
    Hit,
    IndexBusy,
    IndexUnusable,
    Order,
    Scope,
    State,
)
from forum.search.engines.whoosh.fields import entry, schema
from forum.search.engines.whoosh.ranking import FEW, Wanted, Weigher, Weights, all_of, look_up, wanted
from forum.search.engines.whoosh.segments import Part
from forum.search.engines.whoosh.shelf import Shelf, settle
from forum.search.language import Query

SECONDS = 0.6
"""A search stops looking after this long and says so."""
BATCH = 5_000
"""Posts of a rebuild that are written at a time: so much memory it takes, so large a segment becomes."""
MEMORY = 48  # megabytes of postings before Whoosh puts them aside on the disk
FRESH = 0.15
"""A post of today counts so much more than one that is ages old."""
HALF = 2 * 365 * 24 * 60
"""Minutes after which half of that is gone."""


class WhooshEngine:
    """Words on disk in `index/` of the data folder. Thread-safe."""

    name = "whoosh"

    def __init__(self, folder: Path, db: Database) -> None:
        """Opens nothing yet. `db`: for the names in filters, and for what has still to be heard."""
        self.db = db
        self.shelf = Shelf(folder)
        self._lock = threading.Lock()
        self._stamp: tuple[str, int] | None = None
        self._parts: tuple[Part, ...] = ()

    # reading

    def parts(self) -> tuple[Part, ...]:
        """The segments as they are now, in every process's eyes. Raises IndexUnusable."""
        try:
            folder = self.shelf.current()
            index = self.shelf.open(folder)
            stamp = (folder.name, index.latest_generation())
            if stamp == self._stamp:
                return self._parts
            with self._lock:
                return self._refresh(folder)
        except IndexUnusable:
            raise
        except Exception as error:  # whatever a broken file makes of itself
            raise IndexUnusable(f"{type(error).__name__}: {error}") from error

    def _refresh(self, folder: Path) -> tuple[Part, ...]:
        index = self.shelf.open(folder)
        toc = index._read_toc()  # noqa: SLF001
        stamp = (folder.name, toc.generation)
        if stamp == self._stamp:
            return self._parts
        old = {it.reader.segment().segment_id(): it for it in self._parts}
        fresh = []
        for segment in toc.segments:
            known = old.get(segment.segment_id())
            if known and known.reader.segment().deleted_count() == segment.deleted_count():
                fresh.append(known)
            else:
                fresh.append(Part(SegmentReader(index.storage, schema(), segment, generation=toc.generation)))
        self._stamp, self._parts = stamp, tuple(fresh)
        return self._parts

    def find(self, query: Query, scope: Scope, *, order: Order = "relevance", limit: int = CANDIDATES) -> Found:
        """See `Engine.find`."""
        parts = self.parts()
        try:
            return self._find(parts, query, scope, order, limit)
        except Exception as error:
            raise IndexUnusable(f"{type(error).__name__}: {error}") from error

    def _find(self, parts: Sequence[Part], query: Query, scope: Scope, order: Order, limit: int) -> Found:
        until = time.monotonic() + SECONDS
        things = wanted(query)
        weigher = Weigher(parts)
        weighted = [(it, weigher.idf(it)) for it in things]
        hits: list[tuple[float, int]] = []
        cut = False
        for part in parts:
            if time.monotonic() > until:
                cut = True
                break
            scores, short = _matches(part, weighted, query, scope, until)
            cut = cut or short
            hits += _best(part, scores, order, limit)
        hits = nlargest(limit, hits)
        return Found(tuple(Hit(post, score) for score, post in hits), cut)

    def similar(self, title: str, text: str, locale: str, scope: Scope, *, limit: int = 20) -> Sequence[Hit]:
        """See `Engine.similar`."""
        return ()

    def suggest(self, words: Sequence[str], scope: Scope) -> dict[str, str]:
        """See `Engine.suggest`."""
        return {}

    # writing

    def write(self, documents: Iterable[Document], gone: Iterable[int]) -> None:
        """See `Engine.write`. Raises IndexUnusable."""
        try:
            folder = self.shelf.current()
            self._write(folder, list(documents), set(gone))
        except IndexUnusable:
            raise
        except LockError as error:
            raise IndexBusy from error
        except Exception as error:
            raise IndexUnusable(f"{type(error).__name__}: {error}") from error

    def _write(self, folder: Path, documents: Sequence[Document], gone: set[int]) -> None:
        index = self.shelf.open(folder)
        writer = index.writer(timeout=30.0, limitmb=MEMORY)
        try:
            replaced = gone | {it.post_id for it in documents}
            base = 0
            for part in self._refresh(folder):
                for number, post in enumerate(part.posts):
                    if post in replaced and number not in part.gone:
                        writer.delete_document(base + number)
                base += part.size
            for document in documents:
                writer.add_document(**entry(document))
        except BaseException:
            writer.cancel()
            raise
        writer.commit(merge=False)
        settle(folder)

    def rebuild(self, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None]) -> None:
        """See `Engine.rebuild`."""
        folder = self.shelf.create()
        stream, done = iter(documents()), 0
        while batch := list(islice(stream, BATCH)):
            writer = self.shelf.open(folder).writer(limitmb=MEMORY)
            for document in batch:
                writer.add_document(**entry(document))
            writer.commit(merge=False)
            done += len(batch)
            progress(done)
        self.shelf.put_up(folder)

    def state(self) -> State:
        """See `Engine.state`."""
        try:
            parts = self.parts()
        except IndexUnusable:
            return State(documents=0, usable=False, complete=False)
        return State(documents=sum(it.size - len(it.gone) for it in parts), usable=True, complete=True)


def _matches(
    part: Part, weighted: Sequence[tuple[Wanted, float]], query: Query, scope: Scope, until: float
) -> tuple[Weights, bool]:
    needed: list[Weights] = []
    extra: list[Weights] = []
    refused, cut = set(part.gone), False
    for thing, idf in weighted:
        found, short = look_up(part, thing, until)
        cut = cut or short
        if thing.negative:
            refused |= found.keys()
        else:
            (extra if thing.optional else needed).append(
                dict(zip(found, map(idf.__mul__, found.values()), strict=True))
            )
    scores = all_of(needed) if needed else dict.fromkeys(range(part.size), 0.0)
    if len(scores) < FEW and len(needed) > 1:
        scores = _most(needed, scores)
    if refused:
        scores = {key: score for key, score in scores.items() if key not in refused}
    allowed = _allowed(part, query, scope)
    if allowed is not None:
        scores = {key: score for key, score in scores.items() if key in allowed}
    for more in extra:
        for key in scores.keys() & more.keys():
            scores[key] += more[key]
    return scores, cut


def _most(needed: list[Weights], complete: Weights) -> Weights:
    """Posts that lack some words stand below those that have all."""
    total: Weights = {}
    for weights in needed:
        for key, weight in weights.items():
            total[key] = total.get(key, 0.0) + weight
    above = max(total.values(), default=0.0)
    return {key: score + above if key in complete else score for key, score in total.items()}


def _allowed(part: Part, query: Query, scope: Scope) -> set[int] | None:
    found: set[int] | None = None

    def keep(numbers: set[int]) -> None:
        nonlocal found
        found = numbers if found is None else found & numbers

    if scope.categories is not None:
        keep({at for at, it in enumerate(part.categories) if it in scope.categories})
    for tag in query.tags:
        keep(set(part.postings("tag", tag.lower().encode())))
    if query.after:
        first = _minute(query.after)
        keep({at for at, it in enumerate(part.minutes) if it >= first})
    if query.before:
        last = _minute(query.before)
        keep({at for at, it in enumerate(part.minutes) if it < last})
    return found


def _minute(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() // 60)


def _best(part: Part, scores: Weights, order: Order, limit: int) -> list[tuple[float, int]]:
    if order == "newest":
        newest = nlargest(limit, scores, key=part.minutes.__getitem__)
        return [(float(part.minutes[it]), part.posts[it]) for it in newest]
    now = time.time() / 60
    best = nlargest(2 * limit, scores.items(), key=itemgetter(1)) if len(scores) > 2 * limit else scores.items()
    return [
        (score * (1 + FRESH * 0.5 ** (max(0.0, now - part.minutes[it]) / HALF)), part.posts[it]) for it, score in best
    ]
