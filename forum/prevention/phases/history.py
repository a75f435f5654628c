"""Authors whose recent posts were taken away."""

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """As many rejections as the limit within 30 days, and at least the share of what they wrote."""
    bad, written = facts.rejected, max(1, len(facts.past))
    share = round(100 * bad / written)
    if bad < rules.number("history", "most", MOST.default) or share < rules.number("history", "share", SHARE.default):
        return None
    one, many = NN_(
        "%(n)s of their last %(all)s texts was taken away.", "%(n)s of their last %(all)s texts were taken away."
    )
    return Seen(Text(one, {"n": bad, "all": written}, many), "other")


MOST = Option("most", N_("Posts taken away within 30 days"), 2, 1, 50)
SHARE = Option("share", N_("Share of all they wrote, in per cent"), 30, 0, 100)
PHASE = Phase(
    name="history", title=N_("Recent rejections"),
    about=N_("Authors of whom moderators have taken away several posts in the last 30 days."),
    asks=N_("Several of your last posts were taken away. Read why under “Decisions about you” before you go on."),
    look=look, reason="other", options=(MOST, SHARE),
)  # fmt: skip
