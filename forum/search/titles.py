"""Which of a few hundred titles are about the same as a new one: for feedback items, without an index.

Pure and the same on both engines: words by their stems, rarer ones count more, a misspelt one counts nearly as much.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import nlargest

import msgspec
from rapidfuzz.distance import OSA

from forum.search.analysis import detect, stem, tokens
from forum.search.stopwords import EMPTY

LIMIT = 5
LEAST = 0.35
"""Of the weight of both titles' words, what they must share."""
SHORT = 5  # letters of a word that may be misspelt
SLIP = 0.8
"""What a word counts that is one slip of the keyboard away."""
READ = 300  # characters of a title


class Alike(msgspec.Struct, frozen=True):
    """A title that is like the one asked about. `score`: 0 to 1, 1 for the same words."""

    id: int
    title: str
    score: float


def similar_titles(
    title: str, known: Iterable[tuple[int, str]], *, locale: str = "en", limit: int = LIMIT, least: float = LEAST
) -> list[Alike]:
    """At most `limit` of `known` (id, title), the most alike first; none for a title without a telling word.

    `known`: only what the reader may see, nothing is checked here; a few thousand take some milliseconds. `locale`: of
    titles that do not tell their language. `least`: how much they must share, 0 to 1.
    """
    asked = _words(title, locale)
    others = [(key, other, _words(other, locale)) for key, other in known]
    spread = Counter(word for _, _, words in others for word in words)
    weights = {word: math.log(2 + len(others) / (1 + spread[word])) for word in spread.keys() | asked}
    near = {word: _slips(word, spread) for word in asked}
    total = sum(weights[word] for word in asked)
    found = [Alike(key, other, _shared(near, words, weights, total)) for key, other, words in others if words]
    return nlargest(limit, (it for it in found if it.score >= least), key=lambda it: (it.score, it.id))


def _words(title: str, locale: str) -> frozenset[str]:
    language = detect(title[:READ], locale)
    return frozenset(
        stem(it.text, language) for it in tokens(title[:READ], language) if not it.part and it.text not in EMPTY
    )


def _slips(word: str, known: Iterable[str]) -> Mapping[str, float]:
    """Words of other titles that mean `word` → how surely."""
    if len(word) < SHORT or not word.isalpha():
        return {word: 1.0}
    close = (it for it in known if len(it) >= SHORT and OSA.distance(word, it, score_cutoff=1) == 1)
    return dict.fromkeys(close, SLIP) | {word: 1.0}


def _shared(
    near: Mapping[str, Mapping[str, float]], words: frozenset[str], weights: Mapping[str, float], total: float
) -> float:
    """How much of the weight of two titles is in both: as Dice counts it."""
    common = sum(
        weights[word] * max((sure for it, sure in means.items() if it in words), default=0.0)
        for word, means in near.items()
    )
    both = total + sum(weights[word] for word in words)
    return min(1.0, 2 * common / both) if both else 0.0
