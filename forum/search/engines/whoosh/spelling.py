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
"""Of each segment."""
COUNTED = 60
"""Of all segments: the nearest ones."""
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
    near: dict[str, float] = {}
    for part in parts:
        some = extract(folded, _words(_Of(part, folded[0])), scorer=OSA.distance, score_cutoff=slips, limit=NEAREST)
        near.update((word, distance) for word, distance, _ in some)
    near.pop(folded, None)
    best: tuple[float, str] | None = None
    for word in sorted(near, key=lambda it: (near[it], it))[:COUNTED]:
        count = readable(parts, word.encode(), categories)
        if count >= max(1, TIMES * known):
            score = count**0.5 / 8 ** (near[word] - 1)
            best = max(best, (score, word)) if best else (score, word)
    return best[1] if best else None


class _Of:
    """The words of a segment that begin with a letter: the same, whatever was taken out of it meanwhile."""

    def __init__(self, part: Part, letter: str) -> None:
        self.part, self.letter = part, letter

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Of) and (self.part.id, self.letter) == (other.part.id, other.letter)

    def __hash__(self) -> int:
        return hash((self.part.id, self.letter))


@lru_cache(maxsize=256)
def _words(of: _Of) -> list[str]:
    """About 60 kB each."""
    return [it.decode() for it in of.part.begin_with("word", of.letter.encode())]


def shown(parts: Sequence[Part], folded: str) -> str:
    """The word with its accents, as most posts write it."""
    counts: dict[str, int] = {}
    for part in parts:
        for it in part.begin_with("accent", f"{folded}\t".encode()):
            written = it.decode().partition("\t")[2]
            counts[written] = counts.get(written, 0) + part.frequency("accent", it)
    most = max(counts, key=lambda it: counts[it], default=folded)
    return most if counts.get(most, 0) * 2 > sum(part.frequency("word", folded.encode()) for part in parts) else folded
