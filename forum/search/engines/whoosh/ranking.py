"""From a query to the best posts of a segment: which words, which posts, how good.

Every word is looked up as it was typed and as its stems; common little words are not asked for when others are there;
posts that have all words come first, then, when these are few, posts that have most of the weight.
"""

import math
import time
from array import array
from collections.abc import Iterable
from operator import add

import msgspec

from forum.search.analysis import stems, tokens
from forum.search.engines.whoosh.segments import Part
from forum.search.language import Query, Term
from forum.search.stopwords import EMPTY

FEW = 30
"""With fewer posts than these that have every word, those that lack some are looked at, too."""
EXPANSIONS = 40
"""Words that a beginning stands for."""
VERIFIED = 4_000
"""Posts of a segment in which the order of a phrase's words is looked at."""
Weights = dict[int, float]


class Wanted(msgspec.Struct, frozen=True):
    """One thing to look for: in each place of a phrase the forms that will do."""

    slots: tuple[tuple[bytes, ...], ...]
    field: str
    prefix: bytes = b""  # of the last slot
    negative: bool = False
    optional: bool = False
    joined: bytes = b""  # "ebike" for e-bike


def wanted(query: Query) -> list[Wanted]:
    """What to look for, the words of little meaning marked when there are others."""
    field = "title" if query.in_title else "text"
    found = [it for term in query.terms if (it := _wanted(term, field))]
    if any(not it.optional and not it.negative for it in found):
        return found
    return [msgspec.structs.replace(it, optional=False) for it in found]


def _wanted(term: Term, field: str) -> Wanted | None:
    words = [token for word in term.words for token in tokens(word, "")]
    plain = [it for it in words if not it.part]
    if not plain:
        return None
    slots = tuple(tuple(form.encode() for form in stems(it.text)) for it in plain)
    whole = next((it.text for it in words if it.part and it.start == plain[0].start and it.end == plain[-1].end), "")
    return Wanted(
        slots=slots, field=field, prefix=plain[-1].text.encode() if term.prefix else b"", negative=term.negative,
        optional=len(plain) == 1 and not term.negative and not term.prefix and plain[0].text in EMPTY,
        joined=whole.encode() if len(plain) > 1 and len(term.words) == 1 else b"",
    )  # fmt: skip


class Weigher:
    """How rare each thing is, over all segments."""

    def __init__(self, parts: Iterable[Part]) -> None:
        """`parts`: all of them."""
        self.parts = list(parts)
        self.total = max(1, sum(it.size - len(it.gone) for it in self.parts))

    def idf(self, thing: Wanted) -> float:
        """The rarest place of a phrase counts."""
        best = 0.0
        for slot in thing.slots:
            count = max(sum(part.frequency(thing.field, form) for part in self.parts) for form in slot)
            best = max(best, math.log(1 + (self.total - min(count, self.total) + 0.5) / (count + 0.5)))
        return best


def look_up(part: Part, thing: Wanted, until: float) -> tuple[Weights, bool]:
    """The posts that have it, with their weights; whether some were left out for lack of time."""
    last = len(thing.slots) - 1
    slots = [
        _forms(part, thing.field, slot, thing.prefix if at == last else b"") for at, slot in enumerate(thing.slots)
    ]
    if len(slots) == 1:
        return slots[0][1], False
    found, cut = _phrase(part, thing, slots, until)
    if thing.joined:
        found = _any([found, part.postings(thing.field, thing.joined)])
    return found, cut


def _forms(part: Part, field: str, forms: tuple[bytes, ...], prefix: bytes) -> tuple[list[bytes], Weights]:
    known = list(forms)
    if prefix:
        known += [it for it in part.begin_with(field, prefix, EXPANSIONS) if it not in forms]
    lists = [it for form in known if (it := part.postings(field, form))]
    if prefix and field == "text":  # verbs and plurals whose stem is shorter than what was typed
        lists += [part.postings("word", it) for it in part.begin_with("word", prefix, EXPANSIONS)]
    return known, _any(lists)


def _any(lists: list[Weights]) -> Weights:
    """Posts in any of them, with the best weight."""
    lists.sort(key=len, reverse=True)
    if not lists:
        return {}
    found = lists[0]
    for other in lists[1:]:
        for key, weight in other.items():
            if weight > found.get(key, 0.0):
                found[key] = weight
    return found


def all_of(lists: list[Weights]) -> Weights:
    """Posts in every one of them, weights added up."""
    if len(lists) == 1:
        return lists[0]
    shortest, *others = sorted(lists, key=len)
    common = set(shortest)
    for other in others:
        common &= other.keys()
    keys = list(common)
    sums: Iterable[float] = map(lists[0].__getitem__, keys)
    for other in lists[1:]:
        sums = map(add, sums, map(other.__getitem__, keys))
    return dict(zip(keys, sums, strict=True))


def _phrase(part: Part, thing: Wanted, slots: list[tuple[list[bytes], Weights]], until: float) -> tuple[Weights, bool]:
    together = all_of([dict(weights) for _, weights in slots])
    chosen, cut = together, False
    if len(together) > VERIFIED:
        chosen = dict(sorted(together.items(), key=lambda it: it[1], reverse=True)[:VERIFIED])
        cut = True
    wanted_posts = set(chosen)
    found: Weights = {}
    at: dict[int, set[int]] = {}
    for step, (forms, _) in enumerate(slots):
        if time.monotonic() > until:
            return found, True
        here = _places(part, thing.field, forms, wanted_posts)
        at = here if step == 0 else {
            post: both for post, places in here.items() if (both := {it for it in places if it - 1 in at.get(post, ())})
        }  # fmt: skip
        wanted_posts = set(at)
    return {post: chosen[post] for post in wanted_posts}, cut


def _places(part: Part, field: str, forms: list[bytes], wanted_posts: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for form in forms:
        for post, packed in part.places(field, form, wanted_posts).items():
            places = array("H")
            places.frombytes(packed)
            found.setdefault(post, set()).update(places)
    return found
