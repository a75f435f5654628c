"""From a query to the best posts of the whole index.

Posts that have every word come first. When these are few, posts that have most of the query's weight follow. A search
that takes too long stops between two segments, newest posts first, and says so.
"""

import math
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from heapq import nlargest

import msgspec

from forum.search.analysis import detect, stem, tokens
from forum.search.engines.base import Found, Hit, Order
from forum.search.engines.whoosh.fields import IMAGE, OPENING
from forum.search.engines.whoosh.ranking import Wanted, Weigher, all_of, expanded, look_up, some_of, wanted
from forum.search.engines.whoosh.segments import HALF, SINCE, Part, Weights
from forum.search.engines.whoosh.weights import RANKING, Ranking
from forum.search.language import Query
from forum.search.stopwords import EMPTY

SECONDS = 0.35
"""A search looks at no further word or segment after this long."""
FEW = 20
"""With fewer posts than these that have every word, those that lack some are looked at, too."""
MANY = 3
"""With fewer words than these, all are meant."""
TELLING = 25  # words of a text by which posts about the same are looked for
TITLE = 3.0  # words of its title count so many times
ALIKE = 0.1  # so much of their weight a post must share
REPLY = 0.8  # a post further down in its thread counts so much
COUNTED = 100
"""A word that so many posts of a segment hold is in some that were not taken out."""
FLAT = Ranking(opening=1.0, thread=0.0)
"""For posts about the same: there `REPLY` says it."""
COMMON = 0.1  # words that stand in a larger share of posts tell nothing


class Filters(msgspec.Struct, frozen=True):
    """What a post must be, in numbers that the index knows. None: anything."""

    categories: frozenset[int] | None = None
    not_categories: frozenset[int] = frozenset()
    authors: frozenset[int] | None = None
    not_authors: frozenset[int] = frozenset()
    tags: tuple[bytes, ...] = ()
    not_tags: tuple[bytes, ...] = ()
    after: int | None = None  # minutes since 1970
    before: int | None = None
    image: bool = False
    opening: bool = False
    threads: frozenset[int] | None = None


def minute(day: date) -> int:
    """The beginning of a day in UTC, in minutes since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() // 60)


def find(
    parts: Sequence[Part], query: Query, filters: Filters, order: Order, limit: int, ranking: Ranking = RANKING
) -> Found:
    """The best posts. Newest segments first, so that what is cut off is old."""
    return _find(parts, query, (Heap(filters, order, limit, ranking),))[0]


def find_both(
    parts: Sequence[Part], query: Query, filters: tuple[Filters, Filters], order: Order, limit: int,
    ranking: Ranking = RANKING,
) -> tuple[Found, Found]:  # fmt: skip
    """The best posts under either of two sets of filters: words are looked up once, within the time of one search.

    The second holds all that the first does; where it is complete, the first is the same.
    """
    narrow, wide = (Heap(it, order, limit, ranking) for it in filters)
    around, *rest = _find(parts, query, (wide, narrow))
    return (rest[0] if rest else around), around


def _find(parts: Sequence[Part], query: Query, heaps: Sequence["Heap"]) -> list[Found]:
    """For each heap what is found; for the first alone when that is all there is."""
    until = time.monotonic() + SECONDS
    parts = sorted(parts, key=lambda it: it.span[1], reverse=True)
    weigher = Weigher(parts)
    things, cut, shortened = [], False, False
    for it in wanted(query):
        thing, short, more = expanded(it, parts, until - SECONDS / 2)  # the rest of the time is for the posts
        things.append(thing)
        cut, shortened = cut or short, shortened or more
    needed = [(it, weigher.of(it)) for it in things if not it.negative]
    refused = [it for it in things if it.negative]
    for part in parts:
        lists, short = _lists(part, needed, until, part.living / weigher.total)
        if lists is None:
            cut = True
            break
        scores = all_of(lists) if lists else dict.fromkeys(range(part.size), 0.0)
        scores, late = _allowed(part, scores, refused, until)
        for heap in heaps:
            heap.add(part, lists, scores)
        cut = cut or short or late
    found = []
    for heap in heaps:
        heap.fill(needed, refused, until)
        found.append(heap.found(cut, shortened=shortened))
        if found[0].complete:
            break
    return found


class Heap:
    """The best posts that pass some filters, gathered segment by segment."""

    def __init__(self, filters: Filters, order: Order, limit: int, ranking: Ranking) -> None:
        """Empty."""
        self.filters, self.order, self.limit, self.ranking = filters, order, limit, ranking
        self.hits: list[tuple[float, int]] = []
        self._floor = 0.0
        self._partial: list[tuple[Part, list[Weights], Weights]] = []

    def add(self, part: Part, lists: list[Weights], scores: Weights) -> None:
        """What a segment has: posts with every word and their scores, and `lists` of those with each."""
        scores = _fitting(part, scores, self.filters)
        self.hits += best(part, scores, self.order, self.limit, self.ranking, self._floor)
        if len(self.hits) > self.limit:
            self.hits = nlargest(self.limit, self.hits)
            self._floor = self.hits[-1][0]
        if len(lists) >= MANY and len(self.hits) < FEW and self.order == "relevance":
            self._partial.append((part, lists, scores))

    def fill(self, needed: Sequence[tuple[Wanted, float]], refused: Sequence[Wanted], until: float) -> None:
        """Posts that lack words, below all that have every one, where these are few. What is quoted never lacks.

        By date there is no below: then nothing lacks.
        """
        if len(self.hits) >= FEW or len(needed) < MANY or self.ranking.share >= 1:
            return
        idfs = [idf for _, idf in needed]
        for part, lists, complete in self._partial:
            if time.monotonic() > until:
                break
            bound = [found for found, (thing, _) in zip(lists, needed, strict=True) if thing.quoted]
            scores = some_of(list(zip(lists, idfs, strict=True)), self.ranking.share * sum(idfs), 2, bound)
            scores, _ = _allowed(part, scores, refused, until)
            scores = _fitting(part, scores, self.filters)
            scores = {key: score for key, score in scores.items() if key not in complete}
            some = best(part, scores, self.order, self.limit, self.ranking)
            self.hits += [(score / 1000, post) for score, post in some]

    def found(self, cut: bool, *, shortened: bool) -> Found:
        """The best of them."""
        return Found(tuple(Hit(post, score) for score, post in nlargest(self.limit, self.hits)), cut, shortened)


def _lists(
    part: Part, needed: Sequence[tuple[Wanted, float]], until: float, share: float
) -> tuple[list[Weights] | None, bool]:
    """For each thing the posts that have it; None when there was no time to look up all of them."""
    lists, cut = [], time.monotonic() > until
    if cut:
        return None, True
    for at, (thing, idf) in enumerate(needed):
        now = time.monotonic()
        if now > until:
            return None, True
        # a beginning stands for many words: those of its share of the time, lest nothing be left for the others
        fair = now + (until - now) / (len(needed) - at) if thing.prefix else until
        found, short = look_up(part, thing, fair, share, idf)
        lists.append(found)
        cut = cut or short
    return lists, cut


def _allowed(part: Part, scores: Weights, refused: Sequence[Wanted], until: float) -> tuple[Weights, bool]:
    """Without posts that were taken out or hold a refused word; whether there was no time for all of these."""
    unwanted, cut = set(part.gone), False
    for thing in refused:
        found, short = look_up(part, thing, until)
        unwanted |= found.keys()
        cut = cut or short
    if unwanted:
        scores = {key: score for key, score in scores.items() if key not in unwanted}
    return scores, cut


def _fitting(part: Part, scores: Weights, filters: Filters) -> Weights:
    """Those that the filters ask for."""
    for tag in filters.not_tags:
        refused = part.postings("tag", tag)
        scores = {key: score for key, score in scores.items() if key not in refused}
    for tag in filters.tags:
        there = part.postings("tag", tag)
        scores = {key: score for key, score in scores.items() if key in there}
    for column, allowed, banned in (
        (part.categories, filters.categories, filters.not_categories),
        (part.authors, filters.authors, filters.not_authors),
    ):
        if allowed is not None:
            scores = {key: score for key, score in scores.items() if column[key] in allowed}
        if banned:
            scores = {key: score for key, score in scores.items() if column[key] not in banned}
    if filters.after is not None or filters.before is not None:
        first, end, minutes = filters.after or 0, filters.before or 2**31, part.minutes
        scores = {key: score for key, score in scores.items() if first <= minutes[key] < end}
    if filters.threads is not None:
        scores = {key: score for key, score in scores.items() if part.threads[key] in filters.threads}
    for flag in (IMAGE * filters.image, OPENING * filters.opening):
        if flag:
            scores = {key: score for key, score in scores.items() if part.flags[key] & flag}
    return scores


def best(
    part: Part, scores: Weights, order: Order, limit: int, ranking: Ranking, floor: float = 0.0
) -> list[tuple[float, int]]:
    """(score, post) of the best of a segment; for "newest" the score is the minute. `floor`: what others have."""
    if order == "newest":
        newest = nlargest(limit, scores, key=part.minutes.__getitem__)
        return [(float(part.minutes[it]), part.posts[it]) for it in newest]
    # a fresh opening post may overtake what is better by so much, and no more
    slack = (1 + ranking.fresh) * max(1.0, ranking.opening)
    least = floor / slack
    if len(scores) > limit:
        worth = sorted(it for it in scores.values() if it >= least)
        if len(worth) > limit:
            least = max(least, worth[-limit] / slack)
    chosen = [it for it in scores.items() if it[1] >= least]
    flags, threads, young = part.flags, part.threads, part.young
    fresh = ranking.fresh * 0.5 ** ((time.time() / 60 - SINCE) / HALF)
    together = Counter(map(threads.__getitem__, (it for it, _ in chosen))) if ranking.thread else Counter[int]()
    many = {thread: 1 + ranking.thread * math.log(count) for thread, count in together.items() if count > 1}
    opening = (1.0, ranking.opening)
    return [
        (
            score * (1 + fresh * young[it]) * opening[flags[it] & OPENING == OPENING] * many.get(threads[it], 1.0),
            part.posts[it],
        )
        for it, score in chosen
    ]


def similar(parts: Sequence[Part], title: str, text: str, locale: str, filters: Filters, limit: int) -> list[Hit]:
    """Posts that share the rarest words with a text; opening posts first, for a thread is about what it began with."""
    weigher = Weigher(parts)
    telling = _telling(weigher, title, text, detect(f"{title} {text}", locale))
    least, until = ALIKE * sum(weight for weight, _ in telling), time.monotonic() + SECONDS
    hits: list[tuple[float, int]] = []
    for part in sorted(parts, key=lambda it: it.span[1], reverse=True):
        if time.monotonic() > until:
            break
        lists = [(part.postings("text", key, weight), weight) for weight, key in telling]
        scores, _ = _allowed(part, some_of(lists, least), (), 0.0)
        scores = _fitting(part, scores, filters)
        scores = {at: score if part.flags[at] & OPENING else score * REPLY for at, score in scores.items()}
        hits += best(part, scores, "relevance", limit, FLAT)
    return [Hit(post, score) for score, post in nlargest(limit, hits)]


def _telling(weigher: Weigher, title: str, text: str, locale: str) -> list[tuple[float, bytes]]:
    """(weight, stem) of the words that say most about a text."""
    counts: dict[str, float] = {}
    for source, times in ((title, TITLE), (text, 1.0)):
        for it in tokens(source, locale):
            if it.text not in EMPTY and not it.part:
                key = stem(it.text, locale)
                counts[key] = counts.get(key, 0.0) + times
    weighed = []
    for key, times in counts.items():
        frequency = weigher.count("text", key.encode())
        if 0 < frequency <= max(3, COMMON * weigher.total):
            weighed.append((times / (times + 1.5) * weigher.idf(frequency), key.encode()))
    return nlargest(TELLING, weighed)


def readable(parts: Sequence[Part], word: bytes, categories: frozenset[int] | None) -> int:
    """In how many posts of these categories (None: all) a whole word stands; of a common one, about."""
    total = 0
    for part in parts:
        count = part.frequency("word", word)
        if count and (categories is not None or (part.gone and count <= COUNTED)):
            found = part.postings("word", word).keys() - part.gone
            count = len(found) if categories is None else sum(part.categories[it] in categories for it in found)
        total += count
    return total
