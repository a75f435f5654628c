"""The same again: by the same author, by several, or much like something that was taken away."""

from datetime import timedelta

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import REGULAR, Facts
from forum.prevention.reading import MARKS, Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen

SAME_SHORT = timedelta(hours=1)
SHORT_REPEATS = 3


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Who is regular here is only held against what was taken away."""
    if facts.kind == "edit":
        return _like_removed(text, facts)
    return _like_removed(text, facts) or (None if facts.level == REGULAR else _again(text, facts, rules))


def _enough(text: Reading) -> int:
    """Of the marks: five of eight, that is texts of which about two thirds are the same words in a row."""
    return max(1, round(len(text.marks) * 5 / MARKS))


def _like_removed(text: Reading, facts: Facts) -> Seen | None:
    for one in facts.alike:
        if one.outcome == "bad" and one.shared >= _enough(text):
            share = round(100 * one.shared / len(text.marks))
            if one.author_id == facts.author.id:
                return Seen(Text(N_("%(share)s %% like a text of theirs that was taken away."), {"share": share}))
            return Seen(Text(N_("%(share)s %% like a text of somebody else that was taken away."), {"share": share}))
    return None


def _again(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    alike = [one for one in facts.alike if one.outcome != "good" and one.shared >= _enough(text)]
    mine = [one for one in alike if one.author_id == facts.author.id]
    if mine:
        one, many = NN_(
            "The author has written nearly the same %(n)s time before.",
            "The author has written nearly the same %(n)s times before.",
        )
        return Seen(Text(one, {"n": len(mine)}, many))
    others = {one.author_id for one in alike}
    if len(others) >= rules.number("repeat", "authors", AUTHORS.default):
        one, many = NN_("%(n)s other member wrote nearly the same.", "%(n)s other members wrote nearly the same.")
        return Seen(Text(one, {"n": len(others)}, many))
    if not text.marks and text.words:
        same = sum(1 for past in facts.since(SAME_SHORT) if past.digest == text.digest)
        if same >= SHORT_REPEATS:
            one, many = NN_(
                "The same words, %(n)s time within the hour.", "The same words, %(n)s times within the hour."
            )
            return Seen(Text(one, {"n": same}, many))
    return None


AUTHORS = Option("authors", N_("Other members with the same text"), 1, 1, 20)
PHASE = Phase(
    name="repeat", title=N_("Repeats"),
    about=N_("The same text again, the same text from several members, and what resembles a text that was taken away."),
    asks=N_("You, or somebody else, posted nearly the same before. Say it once, where it belongs, in your own words."),
    look=look, options=(AUTHORS,),
)  # fmt: skip
