"""How the form came back: a field that no person sees, or faster than anybody types."""

from forum.kit.i18n import N_, Text
from forum.prevention.facts import NEWCOMER, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen

WORDS = 15
"""Fewer can be typed or pasted in no time."""


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Only texts from forms of ours: programs with a token are programs and may be fast."""
    typing = facts.typing
    if typing is None:
        return None
    if typing.trap:
        return Seen(Text(N_("Filled in a field that people do not see.")))
    fastest = rules.number("form", "seconds", SECONDS.default)
    fast = typing.seconds is not None and typing.seconds < fastest
    if fast and facts.level == NEWCOMER and facts.kind != "edit" and len(text.words) >= WORDS:
        params = {"words": len(text.words), "seconds": round(typing.seconds or 0, 1)}
        return Seen(Text(N_("%(words)s words, %(seconds)s seconds after the page was opened."), params))
    return None


SECONDS = Option("seconds", N_("Seconds that a newcomer takes at least"), 3, 0, 60)
PHASE = Phase(
    name="form", title=N_("Machines"),
    about=N_("A hidden field that only programs fill in, and forms that come back faster than anybody writes."),
    asks=N_("This came back very fast. Read it once more, then send it again."), look=look, options=(SECONDS,),
)  # fmt: skip
