"""Categories where a moderator reads first."""

from forum.kit.i18n import N_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Every text, of whatever level of trust: what is at stake is the subject, not the author."""
    if facts.category_id not in rules.first_read:
        return None
    return Seen(Text(N_("In this category a moderator reads first.")), "other")


PHASE = Phase(
    name="category", title=N_("Read first"),
    about=N_("Posts in the categories chosen below are read by a moderator before others see them."),
    asks=N_("New posts are not taken in this category at the moment."), look=look, reason="other",
)  # fmt: skip
