"""The filter that learns from decisions (`bayes`)."""

from forum.kit.i18n import N_, Text
from forum.prevention import bayes
from forum.prevention.facts import REGULAR, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Silent until it has learned from enough texts of both kinds, and about regulars."""
    bad, good = facts.learned
    if facts.level == REGULAR or bad < bayes.ENOUGH_BAD or good < bayes.ENOUGH_GOOD:
        return None
    score, telling = bayes.score(text.tokens, facts.tokens, facts.learned)
    percent = int(100 * score)
    if percent < rules.number("learned", "least", LEAST.default) or len(telling) < bayes.FEWEST:
        return None
    words = ", ".join(f"“{word.removeprefix('//')}”" for word in telling[:6])
    params = {"percent": percent, "words": words}
    return Seen(Text(N_("%(percent)s %% like what moderators took away as spam. Most telling: %(words)s."), params))


LEAST = Option("least", N_("Likeness at which it speaks up, in per cent"), 99, 50, 100)
PHASE = Phase(
    name="learned", title=N_("What it learned"),
    about=N_("Compares the words with those of posts that moderators took away as spam, and of good ones."),
    asks=N_("It reads like advertising. Say what it has to do with the topic, in your own words."), look=look,
    options=(LEAST,),
)  # fmt: skip
