"""Texts that say next to nothing, or shout."""

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import KNOWN, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen

LETTERS_THAT_SHOUT = 40
BEGINNING = 1000
"""Characters in which capitals are counted: who shouts begins with it."""


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Too few words to open a thread; mostly capitals; one sign over and over."""
    fewest = rules.number("length", "fewest", FEWEST.default)
    if facts.kind == "thread" and 0 < len(text.words) < fewest:
        one, many = NN_("Opens a thread with %(n)s word.", "Opens a thread with %(n)s words.")
        return Seen(Text(one, {"n": len(text.words)}, many), "other", N_("Say a little more: what is it about?"))
    if facts.level > KNOWN:
        return None
    letters = [sign for sign in text.source[:BEGINNING] if sign.isalpha()]
    capitals = sum(map(str.isupper, letters))
    if len(letters) >= LETTERS_THAT_SHOUT and capitals > 0.8 * len(letters):
        share = round(100 * capitals / len(letters))
        asks = N_("Write it without capitals: they read like shouting.")
        return Seen(Text(N_("%(share)s %% of its letters are capitals."), {"share": share}), "other", asks)
    return None


FEWEST = Option("fewest", N_("Fewest words that open a thread"), 2, 0, 50)
PHASE = Phase(
    name="length", title=N_("Length"), about=N_("Threads of next to no words, and texts in capitals."),
    asks=N_("Say a little more: what is it about?"), look=look, mode="observe", reason="other", options=(FEWEST,),
)  # fmt: skip
