"""The first posts of a newcomer: looked at, not punished."""

from forum.kit.i18n import N_, Text
from forum.prevention.facts import NEWCOMER, Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Up to the chosen number of posts, and only until time has made the author known."""
    number = facts.author.posts + 1
    if facts.kind == "edit" or facts.level != NEWCOMER or number > rules.number("first", "posts", POSTS.default):
        return None
    return Seen(Text(N_("Post %(number)s of somebody new."), {"number": number}), "other")


POSTS = Option("posts", N_("How many posts count as first"), 2, 0, 50)
PHASE = Phase(
    name="first", title=N_("First posts"),
    about=N_("A newcomer’s first posts. “Observe” lists them; “hold” is approval before they are shown."),
    asks=N_("First posts are not taken at the moment."), look=look, mode="observe", reason="other", options=(POSTS,),
)  # fmt: skip
