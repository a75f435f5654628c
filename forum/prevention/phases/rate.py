"""Much in a short time, from somebody new. Everybody's quotas stand in `threads.pace`; these are narrower."""

from datetime import timedelta

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import NEWCOMER, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Edits do not count. Who is known here is held by the quotas alone."""
    if facts.kind == "edit" or facts.level != NEWCOMER:
        return None
    limits = ((timedelta(minutes=10), TEN), (timedelta(days=1), DAY))
    for span, option in limits:
        before = sum(1 for one in facts.since(span) if one.kind != "edit")
        if before >= rules.number("rate", option.name, option.default):
            one, many = NN_("%(n)s post in %(minutes)s minutes, being new.",
                            "%(n)s posts in %(minutes)s minutes, being new.")  # fmt: skip
            return Seen(Text(one, {"n": before + 1, "minutes": int(span.total_seconds() // 60)}, many))
    if facts.kind == "thread":
        opened = sum(1 for one in facts.since(timedelta(hours=1)) if one.kind == "thread")
        if opened >= rules.number("rate", "threads", THREADS.default):
            one, many = NN_("%(n)s thread in an hour, being new.", "%(n)s threads in an hour, being new.")
            return Seen(Text(one, {"n": opened + 1}, many))
    return None


TEN = Option("ten", N_("Posts of a newcomer in ten minutes"), 6, 1, 100)
DAY = Option("day", N_("Posts of a newcomer in a day"), 30, 1, 500)
THREADS = Option("threads", N_("Threads of a newcomer in an hour"), 3, 1, 50)
PHASE = Phase(
    name="rate", title=N_("Pace"), about=N_("Many posts in a short time from somebody new."),
    asks=N_("That was a lot for the beginning. Read what the others answer, then go on."), look=look,
    options=(TEN, DAY, THREADS),
)  # fmt: skip
