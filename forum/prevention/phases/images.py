"""Pictures that were in posts that moderators took away."""

from forum.kit.i18n import N_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """By fingerprint, so that another size, format or quality is the same picture."""
    if not facts.images:
        return None
    near = min(facts.images.values())
    if near > rules.number("images", "bits", BITS.default):
        return None
    if near == 0:
        return Seen(Text(N_("A picture that was taken away before.")))
    return Seen(Text(N_("A picture like one that was taken away (%(bits)s of 128 bits differ)."), {"bits": near}))


BITS = Option("bits", N_("Bits of 128 by which the same picture may differ"), 10, 0, 40)
PHASE = Phase(
    name="images", title=N_("Removed pictures"),
    about=N_("Pictures of posts that were taken away, recognised in another size or format, too."),
    asks=N_("This picture was taken away before. Post without it."), look=look, reason="other", options=(BITS,),
)  # fmt: skip
