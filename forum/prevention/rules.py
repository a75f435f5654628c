"""The rules in force: each phase's mode and numbers, watched words, categories that are read first. Pure."""

from collections.abc import Mapping
from functools import cached_property

import msgspec
import re2

from forum.kit.i18n import N_, Message, Text
from forum.prevention.folding import skeleton
from forum.prevention.verdicts import MODES, RANK

ACTIONS = ("flag", "hold", "block", "censor", "tag")
"""What a watched word does where it stands."""
MOST_WORDS = 2000
LONGEST = 100
COSTLIEST = 4000
"""Instructions, both ways, that a pattern may compile to: matching 32 kB stays in the range of a millisecond."""


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


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = 8 << 20
    options.log_errors = False
    options.never_capture = True
    return options


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
        made = re2.compile(pattern_of(word), _options())
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error.args[0])
        return Text(N_("This pattern cannot be read: %(why)s."), {"why": why[:120]})
    if made.programsize + made.reverseprogramsize > COSTLIEST:
        return N_("This pattern would take too long: make it simpler, with fewer repetitions.")
    if word.kind == "pattern" and any(made.search(text) for text in ("", "a", "la e il")):
        return N_("This pattern fits nearly every text: make it narrower.")
    return None


class Lists:
    """Watched words ready to be matched: one pass for all of them, then a closer look at those that stand there."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        """Words that cannot be compiled (made by an older version) are left out."""
        self.by_form: list[tuple[str, list[Word], re2.Set]] = []
        self.single: dict[int, re2._Regexp] = {}
        for form, kind in (("skeleton", "word"), ("bare", "pattern")):
            group = [word for word in words if word.kind == kind and problem_of(word) is None]
            if not group:
                continue
            options = _options()
            options.max_mem = 64 << 20
            together = re2.Set.SearchSet(options)
            for word in group:
                together.Add(pattern_of(word))
                self.single[word.id] = re2.compile(pattern_of(word), _options())
            together.Compile()
            self.by_form.append((form, group, together))

    def found(self, forms: Mapping[str, bytes]) -> list[Word]:
        """The words that stand in a text, given in its forms, the strictest action first."""
        hits: list[Word] = []
        for form, group, together in self.by_form:
            hits += [group[index] for index in together.Match(forms[form]) or ()]
        return sorted(hits, key=lambda word: (-RANK.get(word.action, 0), word.id))
