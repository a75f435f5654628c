"""Slugs: the readable part of an address. It carries no meaning (the id does), so any may change."""

import re
import unicodedata
from typing import Final

from anyascii import anyascii

MAX_SLUG: Final = 60
"""Characters; long enough to read, short enough for a mail line beside host and id."""

# English drops its apostrophe (don't → dont, it's → its); Italian words stand apart (l'inverno → l-inverno).
_CONTRACTION = re.compile(r"(?<=\w)['’](?=(?:s|t|d|m|re|ve|ll)\b)")
_OTHER = re.compile(r"[^a-z0-9]+")


def slugify(title: str, *, fallback: str = "thread") -> str:
    """Return `title` in a-z, 0-9 and single hyphens, at most MAX_SLUG characters, cut between words.

    Other scripts are transliterated (`Обзор` → `obzor`, `Città` → `citta`), emoji dropped. Never empty: a title
    without letters or digits gives `fallback`.
    """
    plain = "".join(" " if unicodedata.category(letter) in {"So", "Sk", "Cs"} else letter for letter in title)
    words = _OTHER.sub("-", anyascii(_CONTRACTION.sub("", plain)).lower()).strip("-")
    if len(words) <= MAX_SLUG:
        return words or fallback
    head = words[: MAX_SLUG + 1].rpartition("-")[0]
    return head or words[:MAX_SLUG]  # a first word beyond the limit is cut inside
