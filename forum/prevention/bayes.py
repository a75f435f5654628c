"""A local filter that learns: Robinson's combination of word probabilities, as SpamBayes and bogofilter have it. Pure.

Own code, because what is published for Python is unkept or heavy (DECISIONS); the method is forty lines.
Source: G. Robinson, "A statistical approach to the spam problem" (2003).
"""

from collections.abc import Mapping
from math import exp, log

from forum.prevention.verdicts import Counts

ENOUGH_BAD, ENOUGH_GOOD = 15, 60
"""Texts of each kind it must have learned before it speaks."""
FEWEST = 4
"""Telling words a text must hold."""
STRENGTH, UNKNOWN = 0.45, 0.4
"""How strongly, and how bad, a word is taken to be that was never seen (bogofilter's s and x)."""
TELLING = 0.15
"""Words whose probability is nearer to one half say nothing."""
MOST = 60


def probability(bad: int, good: int, learned: tuple[int, int]) -> float:
    """That a text with this word is bad, from how many bad and good texts held it."""
    if not bad and not good:
        return UNKNOWN
    share_bad, share_good = min(1.0, bad / max(1, learned[0])), min(1.0, good / max(1, learned[1]))
    plain = share_bad / (share_bad + share_good)
    n = bad + good
    return (STRENGTH * UNKNOWN + n * plain) / (STRENGTH + n)


def score(tokens: Mapping[int, str], counts: Counts, learned: tuple[int, int]) -> tuple[float, list[str]]:
    """(how bad, 0 to 1; the words that say so, the most telling first). Words and counts by token."""
    rated = [(probability(*counts.get(token, (0, 0)), learned), word) for token, word in tokens.items()]
    telling = sorted((one for one in rated if abs(one[0] - 0.5) >= TELLING), key=lambda one: -abs(one[0] - 0.5))[:MOST]
    if not telling:
        return 0.5, []
    bad = _chi2(-2 * sum(log(1 - p) for p, _ in telling), len(telling))
    good = _chi2(-2 * sum(log(p) for p, _ in telling), len(telling))
    return (1 + good - bad) / 2, [word for p, word in telling if p > 0.5]


def _chi2(value: float, n: int) -> float:
    """That chi square with 2n degrees of freedom is above `value`."""
    half = value / 2
    term = total = exp(-half)
    for step in range(1, n):
        term *= half / step
        total += term
    return min(1.0, total)
