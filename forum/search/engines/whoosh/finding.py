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
"""A search looks at no further word or segment after this long; a page with filters may need two searches."""
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


def minute(day: date) -> int:
    """The beginning of a day in UTC, in minutes since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() // 60)


def find(
    parts: Sequence[Part], query: Query, filters: Filters, order: Order, limit: int, ranking: Ranking = RANKING
) -> Found:
    """The best posts. Newest segments first, so that what is cut off is old."""
    until = time.monotonic() + SECONDS
    parts = sorted(parts, key=lambda it: it.span[1], reverse=True)
    weigher = Weigher(parts)
    things = [expanded(it, parts) for it in wanted(query)]
    needed = [(it, weigher.of(it)) for it in things if not it.negative]
    refused = [it for it in things if it.negative]
    hits: list[tuple[float, int]] = []
    cut, partial, floor = False, [], 0.0
    for part in parts:
        if time.monotonic() > until:
            cut = True
            break
        lists, short = _lists(part, needed, until, part.living / weigher.total)
        if lists is None:
            cut = True
            break
        scores = all_of(lists) if lists else dict.fromkeys(range(part.size), 0.0)
        scores, late = _sift(part, scores, filters, refused, until)
        hits += best(part, scores, order, limit, ranking, floor)
        if len(hits) > limit:
            hits = nlargest(limit, hits)
            floor = hits[-1][0]
        cut = cut or short or late
        if len(lists) >= MANY and len(hits) < FEW:
            partial.append((part, lists, scores))
    if len(hits) < FEW and len(needed) >= MANY and ranking.share < 1:
        hits += _lacking(partial, [idf for _, idf in needed], filters, refused, until, order, limit, ranking)
    return Found(tuple(Hit(post, score) for score, post in nlargest(limit, hits)), cut)


def _lists(
    part: Part, needed: Sequence[tuple[Wanted, float]], until: float, share: float
) -> tuple[list[Weights] | None, bool]:
    """For each thing the posts that have it; None when there was no time to look up all of them."""
    lists, cut = [], False
    for thing, idf in needed:
        if time.monotonic() > until:
            return None, True
        found, short = look_up(part, thing, until, share, idf)
        lists.append(found)
        cut = cut or short
    return lists, cut


def _lacking(
    partial: Sequence[tuple[Part, list[Weights], Weights]], idfs: Sequence[float], filters: Filters,
    refused: Sequence[Wanted], until: float, order: Order, limit: int, ranking: Ranking,
) -> list[tuple[float, int]]:  # fmt: skip
    """Posts that lack words, below all that have every one."""
    hits = []
    for part, lists, complete in partial:
        if time.monotonic() > until:
            break
        scores = some_of(list(zip(lists, idfs, strict=True)), ranking.share * sum(idfs), words=2)
        scores, _ = _sift(part, scores, filters, refused, until)
        scores = {key: score for key, score in scores.items() if key not in complete}
        hits += [(score / 1000 if order == "relevance" else score, post) for score, post in
                 best(part, scores, order, limit, ranking)]  # fmt: skip
    return hits


def _sift(
    part: Part, scores: Weights, filters: Filters, refused: Sequence[Wanted], until: float
) -> tuple[Weights, bool]:
    """Without posts that were taken out, hold a refused word, or are not what the filters ask for."""
    unwanted, cut = set(part.gone), False
    for thing in refused:
        found, short = look_up(part, thing, until)
        unwanted |= found.keys()
        cut = cut or short
    for tag in filters.not_tags:
        unwanted |= part.postings("tag", tag).keys()
    if unwanted:
        scores = {key: score for key, score in scores.items() if key not in unwanted}
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
    if filters.image:
        scores = {key: score for key, score in scores.items() if part.flags[key] & IMAGE}
    return scores, cut


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
        least = max(least, sorted(scores.values())[-limit] / slack)
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
        scores, _ = _sift(part, some_of(lists, least), filters, (), 0.0)
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
