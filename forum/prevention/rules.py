"""The rules in force: each phase's mode and numbers, watched words, categories that are read first. Pure."""

from collections.abc import Mapping
from functools import cached_property

import msgspec
import re2

from forum.kit.i18n import N_, Message, Text
from forum.prevention.folding import skeleton
from forum.prevention.reading import Reading
from forum.prevention.verdicts import MODES, RANK

ACTIONS = ("flag", "hold", "block", "censor", "tag")
"""What a watched word does where it stands."""
MOST_WORDS, MOST_PATTERNS = 2000, 100
"""On the list in all, and how many of them patterns: all words are matched in one pass, patterns partly one by one."""
LONGEST = 100
COSTLIEST = 4000
"""Instructions, both ways, that a pattern may compile to. What it takes to match is measured besides (`costs.py`)."""
TOO_COSTLY = N_("This pattern would take too long: make it simpler, with fewer repetitions.")


class Word(msgspec.Struct, frozen=True):
    """A watched word or pattern. `kind`: word (with * as wildcard) or pattern (RE2). `with_`: the tag to give."""

    id: int
    text: str
    action: str
    kind: str = "word"
    with_: str = ""


class Rules(msgspec.Struct, frozen=True, dict=True):
    """What managers have set. `modes`, `options` ("links.most"): only what differs from how a phase starts."""

    modes: Mapping[str, str] = {}
    options: Mapping[str, int] = {}
    words: tuple[Word, ...] = ()
    first_read: frozenset[int] = frozenset()
    stamp: str = ""

    def mode(self, phase: str, start: str) -> str:
        """How `phase` is set."""
        mode = self.modes.get(phase, start)
        return mode if mode in MODES else start

    def number(self, phase: str, name: str, start: int) -> int:
        """A number of a phase."""
        return self.options.get(f"{phase}.{name}", start)

    @cached_property
    def lists(self) -> "Lists":
        """The words, compiled once for these rules."""
        return Lists(self.words)


def options() -> "re2.Options":
    """How patterns are compiled, here and where they are tried."""
    chosen = re2.Options()
    chosen.max_mem = 8 << 20
    chosen.log_errors = False
    chosen.never_capture = True
    return chosen


def pattern_of(word: Word) -> str:
    """As RE2: a pattern is matched on the bare text, a word on the skeleton, whole and with * for its rest."""
    if word.kind == "pattern":
        return word.text
    pieces = [skeleton(piece) for piece in word.text.split("*")]
    core = "[^ ]*".join(re2.escape(piece.strip()) for piece in pieces)
    return f" {core} "


def problem_of(word: Word) -> Message | None:
    """Why a word cannot be taken, if so: too long, too broad, not RE2, too costly."""
    text = word.text.strip()
    if not text.strip("* "):
        return N_("Write a word or a pattern.")
    if len(text) > LONGEST:
        return Text(N_("%(n)s characters at most."), {"n": LONGEST})
    if word.kind == "word" and not skeleton(text).strip():
        return N_("Write a word or a pattern.")
    try:
        made = re2.compile(pattern_of(word), options())
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        return Text(N_("This pattern cannot be read: %(why)s."), {"why": why[:120]})
    if made.programsize + made.reverseprogramsize > COSTLIEST:
        return TOO_COSTLY
    if word.kind == "pattern" and any(made.search(text) for text in ("", "a", "la e il")):
        return N_("This pattern fits nearly every text: make it narrower.")
    return None


class Lists:
    """Watched words ready to be matched.

    Words by one automaton for all, which is no larger than the words. Patterns would multiply each other's states in
    one automaton (26 ms for 32 kB were seen), so each has its own and runs only over texts that hold the letters it
    cannot do without.
    """

    def __init__(self, words: tuple[Word, ...]) -> None:
        """Words that cannot be compiled (made by an older version) are left out."""
        good = [word for word in words if problem_of(word) is None]
        self.single = {word.id: re2.compile(pattern_of(word), options()) for word in good}
        self._words = [word for word in good if word.kind == "word"]
        self._patterns = [word for word in good if word.kind == "pattern"]
        large = options()
        large.max_mem = 64 << 20
        self._together, self._apart = re2.Set.SearchSet(large), re2.Filter()
        for word in self._words:
            self._together.Add(pattern_of(word))
        for word in self._patterns:
            self._apart.Add(pattern_of(word), options())
        for made, group in ((self._together, self._words), (self._apart, self._patterns)):
            if group:
                made.Compile()

    def found(self, text: Reading) -> list[Word]:
        """The words that stand in a text, the strictest action first."""
        hits: list[Word] = []
        if self._words:
            hits += [self._words[index] for index in self._together.Match(text.skeleton) or ()]
        if self._patterns:
            hits += [self._patterns[index] for index in self._apart.Match(text.bare) or ()]
        return sorted(hits, key=lambda word: (-RANK.get(word.action, 0), word.id))
