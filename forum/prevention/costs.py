"""What a pattern takes to match, measured before it is taken: RE2 is never exponential, but it can be slow.

How many states an automaton grows to cannot be seen in the pattern: one with a hundred thousand instructions may be
quick and one of thirty characters ("an a, anything ninety times, an x") take 50 ms for 32 kB.
"""

from functools import cache
from random import Random
from time import thread_time
from typing import Final

import re2

from forum.kit.markdown import MAX_SOURCE
from forum.prevention.rules import options

SLOWEST: Final = 5.0
"""Milliseconds for 32 kB. What is measured stands far from it: patterns take less than 1, or 15 and more."""
_PROBE: Final = 8192
_TRIES: Final = 8
_ALPHABETS: Final = ("abcdefghijklmnopqrstuvwxyz", "aeinorst", "abcdefghijklmnopqrst     0123456789.-@/")


def _probes(letters: str) -> tuple[bytes, ...]:
    """Random texts, the same every time: what an automaton has not met yet."""
    random = Random(8)  # noqa: S311  texts to measure with, no secret
    return tuple("".join(random.choices(letters, k=_PROBE)).encode() for _ in range(_TRIES))


@cache
def _usual() -> tuple[tuple[bytes, ...], ...]:
    return tuple(_probes(letters) for letters in _ALPHABETS)


def cost(pattern: str) -> float:
    """Milliseconds of processor time for 32 kB of the worst of some random texts. `pattern`: one that compiles.

    Of each kind of text the quickest counts: an automaton grows with what it meets, then it is there, and a
    clock on a busy machine is late, never early.
    """
    made = re2.compile(pattern, options())
    own = "".join(sorted({sign for sign in pattern.lower() if sign.isascii() and sign.isalnum()})) + " x"
    return max(min(_took(made, text) for text in texts) for texts in (*_usual(), _probes(own)))


def _took(made: "re2._Regexp", text: bytes) -> float:
    started = thread_time()
    made.search(text)
    return (thread_time() - started) * 1000 * MAX_SOURCE / len(text)
