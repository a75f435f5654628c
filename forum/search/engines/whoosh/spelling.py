"""Better spellings of words that find nearly nothing: near ones that many more posts have."""

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from forum.search.analysis import fold
from forum.search.engines.whoosh.finding import readable
from forum.search.engines.whoosh.segments import Part

RARE = 2
"""A word in more posts than these is no slip."""
TIMES = 3
"""So many times as many posts must have the better one."""
NEAREST = 12
LONG = 8  # characters from which two slips are forgiven


def better(parts: Sequence[Part], typed: Sequence[str], categories: frozenset[int] | None) -> dict[str, str]:
    """Typed word → a better one, for those that have one. Only words of posts in `categories` (None: all)."""
    found = {}
    for word in typed:
        folded = fold(word)
        if len(folded) < 4 or not folded.isalpha():
            continue
        known = readable(parts, folded.encode(), categories)
        if known <= RARE and (one := _nearest(parts, folded, known, categories)):
            found[word] = shown(parts, one)
    return found


def _nearest(parts: Sequence[Part], folded: str, known: int, categories: frozenset[int] | None) -> str | None:
    slips = 2 if len(folded) >= LONG else 1
    best: tuple[float, str] | None = None
    for part in parts:
        for near, distance, _ in extract(
            folded, _words(part, folded[0]), scorer=OSA.distance, score_cutoff=slips, limit=NEAREST
        ):
            count = readable(parts, near.encode(), categories)
            if near != folded and count >= max(1, TIMES * known):
                score = count**0.5 / 8 ** (distance - 1)
                best = max(best, (score, near)) if best else (score, near)
    return best[1] if best else None


@lru_cache(maxsize=32)
def _words(part: Part, letter: str) -> list[str]:
    """The words of a segment that begin with a letter."""
    return [it.decode() for it in part.begin_with("word", letter.encode())]


def shown(parts: Sequence[Part], folded: str) -> str:
    """The word with its accents, as most posts write it."""
    counts: dict[str, int] = {}
    for part in parts:
        for it in part.begin_with("accent", f"{folded}\t".encode()):
            written = it.decode().partition("\t")[2]
            counts[written] = counts.get(written, 0) + part.frequency("accent", it)
    most = max(counts, key=lambda it: counts[it], default=folded)
    return most if counts.get(most, 0) * 2 > sum(part.frequency("word", folded.encode()) for part in parts) else folded
