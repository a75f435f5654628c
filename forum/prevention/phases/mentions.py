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
        one, many = NN_("Calls %(n)s member at once.", "Calls %(n)s members at once.")
        return Seen(Text(one, {"n": now}, many))
    hour = sum(one.mentions for one in facts.since(timedelta(hours=1))) + now
    if hour > rules.number("mentions", "hour", HOUR.default) * times:
        one, many = NN_("Calls people %(n)s time within the hour.", "Calls people %(n)s times within the hour.")
        return Seen(Text(one, {"n": hour}, many))
    return None


MOST = Option("most", N_("Members that a newcomer calls in one post"), 4, 0, 100)
HOUR = Option("hour", N_("Members that a newcomer calls in an hour"), 8, 0, 500)
PHASE = Phase(
    name="mentions", title=N_("Mentions"), about=N_("Calling many members, in one post or within the hour."),
    asks=N_("Call fewer people by name: two or three who can really answer."), look=look, options=(MOST, HOUR),
)  # fmt: skip
