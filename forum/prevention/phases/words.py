"""Watched words: each says by itself what happens; the phase's mode is the most that any of them does."""

from forum.kit.i18n import N_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules, Word
from forum.prevention.verdicts import RANK, Phase, Seen


def hits(text: Reading, rules: Rules) -> list[Word]:
    """The watched words in a text, the strictest first."""
    return rules.lists.found(text) if rules.words else []


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """What stands there of the list; censored words and tags are noticed, too, but only written down."""
    found = hits(text, rules)
    if not found:
        return None
    words = ", ".join(f"“{word.text}”" for word in found[:5])
    action = found[0].action
    asks = Text(N_("Do without %(words)s: it is not wanted here."), {"words": f"“{found[0].text}”"})
    most = action if action in RANK else "observe"
    return Seen(Text(N_("Holds %(words)s."), {"words": words}), "other", asks, most)


PHASE = Phase(
    name="words", title=N_("Watched words"),
    about=N_("The list below. Each word says what happens; the whole list never does more than is chosen here."),
    asks=N_("It holds a word that is not wanted here."), look=look, reason="other",
)  # fmt: skip
