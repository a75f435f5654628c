"""Calling many people at once, or one after the other."""

from datetime import timedelta

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import NEWCOMER, REGULAR, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Different people; who is known here may call twice as many, regulars five times."""
    if not text.mentions:
        return None
    times = {NEWCOMER: 1, REGULAR: 5}.get(facts.level, 2)
    now = len(text.mentions)
    most = rules.number("mentions", "most", MOST.default) * times
    if now > most:
        one, many = NN_("Mentions %(n)s member at once.", "Mentions %(n)s members at once.")
        return Seen(Text(one, {"n": now}, many))
    hour = sum(one.mentions for one in facts.since(timedelta(hours=1))) + now
    if hour > rules.number("mentions", "hour", HOUR.default) * times:
        one, many = NN_("Mentions people %(n)s time within the hour.", "Mentions people %(n)s times within the hour.")
        return Seen(Text(one, {"n": hour}, many))
    return None


MOST = Option("most", N_("People a newcomer may mention in one post"), 4, 0, 100)
HOUR = Option("hour", N_("People a newcomer may mention in an hour"), 8, 0, 500)
PHASE = Phase(
    name="mentions", title=N_("Mentions"), about=N_("Mentioning many people, in one post or within the hour."),
    asks=N_("Mention fewer people: two or three who can really answer."), look=look, options=(MOST, HOUR),
)  # fmt: skip
