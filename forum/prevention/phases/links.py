"""Links of members who are new here: many of them, or the same again, to places that nobody here links to."""

from functools import lru_cache
from typing import Final

from forum.kit.i18n import N_, NN_, Text
from forum.prevention.facts import NEWCOMER, REGULAR, Facts
from forum.prevention.reading import Reading, number_of
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Option, Phase, Seen

COMMON: Final = frozenset(
    """
    wikipedia.org wiktionary.org wikimedia.org wikisource.org wikidata.org archive.org github.com gitlab.com
    codeberg.org stackexchange.com stackoverflow.com youtube.com youtu.be vimeo.com openstreetmap.org
    google.com google.it europa.eu gazzettaufficiale.it normattiva.it governo.it rai.it treccani.it
    mozilla.org python.org debian.org w3.org ietf.org imgur.com flickr.com dropbox.com reddit.com
    accademiadellacrusca.it corriere.it repubblica.it ansa.it ilpost.it bbc.co.uk bbc.com arduino.cc
    """.split()  # noqa: SIM905  a list of forty quoted words is no list to read
)
"""Places that honest people link to everywhere: they do not count as unknown."""


@lru_cache(maxsize=4096)
def is_common(host: str) -> bool:
    """`host` or what it belongs to is in the list; by whole labels, so that notgithub.com is not github.com."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in COMMON for start in range(len(labels) - 1))


def unknown(text: Reading, facts: Facts) -> list[str]:
    """The hosts of its links that are neither common nor linked to in good posts here."""
    strange = {host for host in set(text.hosts) if not is_common(host) and not _trusted(host, facts)}
    return [host for host in text.hosts if host in strange]


def _trusted(host: str, facts: Facts) -> bool:
    bad, good = facts.tokens.get(number_of(f"//{host}"), (0, 0))
    return good >= 2 and good > 4 * bad


def first_unknown(text: Reading, facts: Facts) -> int:
    """The number of the first such host, 0 without any: it is kept, to notice it when it comes again."""
    found = unknown(text, facts)
    return number_of(f"//{found[0]}") if found else 0


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """Nothing for regulars; who is known here may link twice as much."""
    if facts.level == REGULAR or not text.hosts:
        return None
    strange = unknown(text, facts)
    if not strange:
        return None
    most = rules.number("links", "most", MOST.default) * (1 if facts.level == NEWCOMER else 2)
    names = ", ".join(list(dict.fromkeys(strange))[:3])
    if len(strange) > most:
        one, many = NN_(
            "%(n)s link to a place nobody here links to, from somebody new: %(names)s.",
            "%(n)s links to places nobody here links to, from somebody new: %(names)s.",
        )
        return Seen(Text(one, {"n": len(strange), "names": names}, many))
    if facts.level == NEWCOMER and facts.past:
        links = {number_of(f"//{host}") for host in strange}
        before = sum(1 for one in facts.past if one.link in links and one.kind != "edit")
        if before >= rules.number("links", "again", AGAIN.default):
            one, many = NN_(
                "Links to %(names)s for the second time, being new here.",
                "Links to %(names)s again, after %(n)s posts that did, being new here.",
            )
            return Seen(Text(one, {"n": before, "names": names}, many))
    return None


MOST = Option("most", N_("Links in one post of a newcomer"), 3, 0, 50)
AGAIN = Option("again", N_("Earlier posts of a newcomer with the same link"), 2, 1, 50)
PHASE = Phase(
    name="links", title=N_("Links of newcomers"),
    about=N_("Links that lead to places nobody here links to. Time and good posts lift the limit."),
    asks=N_("New members post few links. Keep the one that matters most, or wait until you have written a few posts."),
    look=look, options=(MOST, AGAIN),
)  # fmt: skip
