"""What is looked for, and which posts of a segment have it.

Every word is looked up as it was typed and as its stems in both languages, for nobody knows which one is meant.
"""

import math
import time
from array import array
from collections.abc import Collection, Iterable, Sequence
from operator import add

import msgspec

from forum.search.analysis import stems, tokens
from forum.search.engines.whoosh.segments import Part, Weights
from forum.search.language import Query, Term
from forum.search.stopwords import EMPTY

EXPANSIONS = 40
"""Words that a beginning stands for: the most frequent ones."""
VERIFIED = 4_000
"""Posts in which the order of a phrase's words is looked at: those of a segment that are most about them."""


class Wanted(msgspec.Struct, frozen=True):
    """One thing to look for: in each place of a phrase the forms that will do; one place for a word."""

    slots: tuple[tuple[bytes, ...], ...]
    field: str
    prefix: bytes = b""  # of the last place
    words: tuple[bytes, ...] = ()  # whole words that the prefix stands for, by the field "word"
    negative: bool = False
    empty: bool = False  # a word of little meaning: only looked for when there is nothing else
    joined: tuple[bytes, ...] = ()  # "ebike" for e-bike
    quoted: bool = False  # in quotation marks: never lacking


def wanted(query: Query) -> list[Wanted]:
    """What to look for, without the words of little meaning when there are others."""
    field = "title" if query.in_title else "text"
    found = [it for term in query.terms if (it := _wanted(term, field))]
    if any(not it.empty and not it.negative for it in found):
        found = [it for it in found if not it.empty]
    return list(dict.fromkeys(found))


def _wanted(term: Term, field: str) -> Wanted | None:
    words = [token for word in term.words for token in tokens(word, "")]
    plain = [it for it in words if not it.part]
    if not plain:
        return None
    whole = next((it.text for it in words if it.part and it.start == plain[0].start and it.end == plain[-1].end), "")
    return Wanted(
        slots=tuple(tuple(form.encode() for form in stems(it.text)) for it in plain), field=field,
        prefix=plain[-1].text.encode() if term.prefix else b"", negative=term.negative,
        empty=len(plain) == 1 and not (term.negative or term.prefix or term.quoted) and plain[0].text in EMPTY,
        joined=tuple(it.encode() for it in stems(whole)) if whole and len(plain) > 1 and len(term.words) == 1 else (),
        quoted=term.quoted,
    )  # fmt: skip


def expanded(thing: Wanted, parts: Sequence[Part], until: float) -> tuple[Wanted, bool, bool]:
    """With the words that its beginning stands for: the same in all segments.

    Whether there was no time to ask all of these, and whether there are words that it could have stood for as well.
    """
    if not thing.prefix:
        return thing, False, False
    counts: dict[tuple[str, bytes], int] = {}
    cut = shortened = False
    for part in parts:
        if cut := time.monotonic() > until:
            break
        for field in (thing.field, "word") if thing.field == "text" else (thing.field,):
            begun, more = part.begun(field, thing.prefix)
            shortened = shortened or more
            for word, count in begun:
                counts[field, word] = counts.get((field, word), 0) + count
    best = sorted(counts, key=lambda it: counts[it], reverse=True)
    forms = [word for field, word in best if field == thing.field]
    words = [word for field, word in best if field == "word" and field != thing.field]
    last = tuple(dict.fromkeys((*thing.slots[-1], *forms[:EXPANSIONS])))
    whole = msgspec.structs.replace(thing, slots=(*thing.slots[:-1], last), words=tuple(words[:EXPANSIONS]))
    return whole, cut, shortened or max(len(forms), len(words)) > EXPANSIONS


class Weigher:
    """How rare things are, over all segments."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """`parts`: all of them."""
        self.parts = parts
        self.total = max(1, sum(it.living for it in parts))

    def count(self, field: str, form: bytes) -> int:
        """In how many posts a form stands."""
        return sum(part.frequency(field, form) for part in self.parts)

    def idf(self, count: int) -> float:
        """As in BM25; never negative."""
        return math.log(1 + (self.total - min(count, self.total) + 0.5) / (count + 0.5))

    def of(self, thing: Wanted) -> float:
        """Of a phrase, the rarest place counts."""
        return max(self.idf(max(self.count(thing.field, form) for form in slot)) for slot in thing.slots)


def look_up(part: Part, thing: Wanted, until: float, share: float = 1.0, times: float = 1.0) -> tuple[Weights, bool]:
    """The posts that have it, with their weights; whether some were left out for lack of time.

    `share`: how much of the index the segment is. `times`: of each weight.
    """
    short, now = False, time.monotonic()
    slots: list[Weights] = []
    most = now + (until - now) / min(2, len(thing.slots))  # for words; a phrase has to look at their places, too
    for forms in thing.slots:
        there, late = _any_in_time(part, thing.field, forms, most if thing.prefix else math.inf, times)
        slots.append(there)
        short = short or late
    if thing.words:  # whole words say nothing of how much a post is about them
        there, late = _any_in_time(part, "word", thing.words, most, times)
        slots[-1], short = there | slots[-1], short or late
    if len(slots) == 1:
        return slots[0], short
    found, cut = _phrase(part, thing, all_of(slots), until, round(VERIFIED * share))
    if thing.joined:
        found = any_of([found, *(part.postings(thing.field, it, times) for it in thing.joined)])
    return found, cut or short


def _any_in_time(part: Part, field: str, forms: Sequence[bytes], until: float, times: float) -> tuple[Weights, bool]:
    """Posts with any of the forms, of which a beginning has many; whether there was no time for all of them."""
    lists: list[Weights] = []
    for form in forms:
        if time.monotonic() > until:
            return any_of(lists), True
        if it := part.postings(field, form, times):
            lists.append(it)
    return any_of(lists), False


def any_of(lists: Sequence[Weights]) -> Weights:
    """Posts in any of them; who is in several has the weight of the longest list. The loop runs in C."""
    if len(lists) == 1:
        return lists[0]
    found: Weights = {}
    for it in sorted(lists, key=len):
        found.update(it)
    return found


def all_of(lists: Sequence[Weights]) -> Weights:
    """Posts in every one of them, weights added up. The loops run in C."""
    if len(lists) == 1:
        return lists[0]
    shortest, *others = sorted(lists, key=len)
    common = set(shortest)
    for other in others:
        common &= other.keys()
    keys = list(common)
    sums: Iterable[float] = map(shortest.__getitem__, keys)
    for other in others:
        sums = map(add, sums, map(other.__getitem__, keys))
    return dict(zip(keys, sums, strict=True))


def some_of(
    lists: Sequence[tuple[Weights, float]], least: float, words: int = 1, bound: Sequence[Weights] = ()
) -> Weights:
    """Posts in enough of them: in `words` lists, whose shares make `least` at the least. Weights added up.

    `bound`: those of them in which each post must be.
    """
    total: Weights = {}
    share: Weights = {}
    count: dict[int, int] = {}
    for weights, part in sorted(lists, key=lambda it: len(it[0])):
        for key, weight in weights.items():
            total[key] = total.get(key, 0.0) + weight
            share[key] = share.get(key, 0.0) + part
            count[key] = count.get(key, 0) + 1
    return {
        key: weight for key, weight in total.items()
        if share[key] >= least and count[key] >= words and all(key in it for it in bound)
    }  # fmt: skip


def _phrase(part: Part, thing: Wanted, together: Weights, until: float, most: int) -> tuple[Weights, bool]:
    """Of the posts that have all words, those that have them one after the other."""
    best, cut = together, len(together) > most
    if cut:
        best = dict(sorted(together.items(), key=lambda it: it[1], reverse=True)[:most])
    ends: dict[int, set[int]] = {}
    candidates: Collection[int] = best.keys()
    for step, forms in enumerate(thing.slots):
        if time.monotonic() > until:
            return {}, True
        here = _places(part, thing, step, forms, candidates)
        if step:
            here = {
                post: both for post, at in here.items() if (both := {it for it in at if it - 1 in ends.get(post, ())})
            }
        ends, candidates = here, here.keys()
    return {post: best[post] for post in ends}, cut


def _places(
    part: Part, thing: Wanted, step: int, forms: Sequence[bytes], candidates: Collection[int]
) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for form in forms:
        for post, packed in part.places(thing.field, form, candidates).items():
            places = array("H")
            places.frombytes(packed)
            found.setdefault(post, set()).update(places)
    return found
