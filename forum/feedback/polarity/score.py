"""What a lexicon reads in a text. Pure; a guess over many texts, never a verdict on one of them or on a person."""

from functools import cache
from typing import Final

import msgspec

from forum.feedback.polarity import builtin
from forum.feedback.polarity.lexicon import ANY, LOCALES, Lexicon, pieces, stem

REACH: Final = 3
"""Words before a term in which a negation turns it."""
TURNED: Final = -0.7
"""What a negated value is worth: "not bad" is less than good, "not good" less than bad."""
STRONGER, WEAKER, BEFORE_BUT, ASKED = 1.5, 0.6, 0.4, 0.6
HALF: Final = 2.0
"""The sum at which the value is a half: one clear word."""
CLEAR: Final = 0.15
"""From here on a value leans to a side."""
STOPS: Final = frozenset(".!?;:,\n…")
ENDS: Final = frozenset(".!?;\n…")
SUPERLATIVE: Final = ("issimo", "issima", "issimi", "issime")


class Score(msgspec.Struct, frozen=True):
    """`value`: from -1 to 1; None when no word of the lexicon stands in the text. `matched`: terms, in their order."""

    value: float | None
    matched: tuple[str, ...]

    @property
    def side(self) -> int:
        """-1, 0, 1."""
        return side_of(self.value)


def side_of(value: float | None) -> int:
    """-1, 0, 1: where a value leans clearly."""
    return 0 if value is None or abs(value) < CLEAR else 1 if value > 0 else -1


class _Hit(msgspec.Struct):
    """A term where it stands: `at`, `length` in pieces."""

    at: int
    length: int
    term: str
    value: float


def score(text: str, locale: str, lexicon: Lexicon) -> Score:
    """The polarity of `text`. `locale`: its language; another than ours, or none: the one with more words in it."""
    found = pieces(text)
    languages = (locale,) if locale in LOCALES else LOCALES
    hits, language = max(((_hits(found, one, lexicon), one) for one in languages), key=lambda it: len(it[0]))
    if not hits:
        return Score(None, ())
    total = sum(_weighed(hit, found, language, hits) for hit in hits)
    value = total / (abs(total) + HALF)
    return Score(round(value, 3), tuple(hit.term.removeprefix("=") for hit in hits))


def _hits(found: list[str], locale: str, lexicon: Lexicon) -> list[_Hit]:
    """The terms in a text, the longest first where several begin."""
    signs, longest = lexicon.tables.get(ANY, {}), lexicon.longest.get(locale, {})
    stems = [stem(piece, locale) for piece in found]
    hits: list[_Hit] = []
    at = 0
    while at < len(found):
        most = max(longest.get(stems[at], 0), longest.get(f"={found[at]}", 0))
        hit = _longest(found, stems, at, most, locale, lexicon) if most else None
        if hit is None and (sign := signs.get((found[at],))):
            hit = _Hit(at, 1, sign[0], sign[1])
        if hit is None and locale == "it" and found[at].endswith(SUPERLATIVE):
            hit = _superlative(found[at], at, lexicon)
        if hit is not None:
            hits.append(hit)
        at += hit.length if hit is not None else 1
    return hits


def _longest(found: list[str], stems: list[str], at: int, most: int, locale: str, lexicon: Lexicon) -> _Hit | None:
    table = lexicon.tables[locale]
    for length in range(min(most, len(found) - at), 0, -1):
        exact = tuple(f"={piece}" for piece in found[at : at + length])
        if known := table.get(exact) or table.get(tuple(stems[at : at + length])):
            return _Hit(at, length, known[0], known[1])
    return None


def _superlative(word: str, at: int, lexicon: Lexicon) -> _Hit | None:
    """A superlative by its plain word (comodissimo, comodo): stronger."""
    table, base = lexicon.tables.get("it", {}), word[:-6]
    known = table.get((stem(base + "o", "it"),)) or table.get((f"={base}o",)) or table.get((f"={base}e",))
    return _Hit(at, 1, known[0], known[1] * STRONGER) if known else None


def _weighed(hit: _Hit, found: list[str], locale: str, hits: list[_Hit]) -> float:
    """A value as it is meant where it stands."""
    value, near = hit.value, _clause(found, hit.at)[-2:]
    if _turned(hit, found, locale, hits):
        value *= TURNED
    if _stand(near, _listed("INTENSIFIERS", locale)):
        value *= STRONGER
    elif _stand(near, _listed("DIMINISHERS", locale)):
        value *= WEAKER
    rest = found[hit.at + hit.length :]
    end = next((place for place, piece in enumerate(rest) if piece in ENDS), len(rest))
    if rest[end : end + 1] == ["?"]:
        value *= ASKED
    if not _listed("TURNS", locale).isdisjoint(rest[:end]):
        value *= BEFORE_BUT
    return value


def _clause(found: list[str], at: int) -> list[str]:
    """The words before place `at`, back to the last stop."""
    start = at
    while start > 0 and found[start - 1] not in STOPS:
        start -= 1
    return found[start:at]


def _turned(hit: _Hit, found: list[str], locale: str, hits: list[_Hit]) -> bool:
    """Does a negation reach the term? None that belongs to a term, none beyond one, and two do not cancel out."""
    negations = _listed("NEGATIONS", locale)
    if not negations.isdisjoint(found[hit.at : hit.at + hit.length]):
        return False  # "no problem" says it itself
    taken = {at for other in hits for at in range(other.at, other.at + other.length)}
    clause = len(_clause(found, hit.at))
    for at in range(hit.at - 1, max(hit.at - clause, hit.at - REACH - 1) - 1, -1):
        if at in taken:
            return False
        if found[at] in negations:
            return True
    return False


def _stand(words: list[str], among: frozenset[str]) -> bool:
    return any(word in among for word in words) or " ".join(words) in among


@cache
def _listed(name: str, locale: str) -> frozenset[str]:
    listed: dict[str, str] = getattr(builtin, name)
    return frozenset(word.strip().replace("’", "'") for word in listed[locale].split(","))
