"""How well an engine answers: mean reciprocal rank and nDCG@10, over threads as the page of results groups them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import fmean

import msgspec

from forum.search.engines.base import Engine, Scope
from forum.search.language import Query, Term, parse
from tests.relevance.judged import Judged

TODAY = date(2026, 11, 21)
FEW = 3  # so few results, and the page says "did you mean"


class Figures(msgspec.Struct, frozen=True):
    """Of one kind of query. `mrr`, `ndcg`: 0 to 1."""

    queries: int
    mrr: float
    ndcg: float


def answer(engine: Engine, threads: dict[int, int], asked: Judged) -> list[int]:
    """The threads found, best first; with the better spelling where that is what the reader would click."""
    if asked.kind == "similar":
        hits = tuple(engine.similar(asked.query, asked.text[:4_000], "", Scope(), limit=30))
        return list(dict.fromkeys(threads[hit.post_id] for hit in hits))
    query = parse(asked.query, today=TODAY)
    hits = engine.find(query, Scope()).hits
    if len(hits) < FEW:
        better = engine.suggest([word for term in query.wanted for word in term.words], Scope())
        if better:
            hits = (*hits, *engine.find(_respelt(query, better), Scope()).hits)
    return list(dict.fromkeys(threads[hit.post_id] for hit in hits))


def _respelt(query: Query, better: dict[str, str]) -> Query:
    terms = tuple(Term(tuple(better.get(word, word) for word in term.words)) for term in query.terms)
    return msgspec.structs.replace(query, terms=terms)


def grade(found: Sequence[int], right: dict[int, int]) -> tuple[float, float]:
    """(reciprocal rank of the first full answer, nDCG@10) of one answer. Threads worth 0 are passed over."""
    ranked = [right.get(thread, -1) for thread in found if right.get(thread, -1) != 0]
    first = next((1 / place for place, worth in enumerate(ranked, 1) if worth == 2), 0.0)
    return first, _gain(ranked[:10]) / (_gain(sorted(right.values(), reverse=True)[:10]) or 1.0)


def _gain(worths: Iterable[int]) -> float:
    return sum((2**worth - 1) / math.log2(place + 1) for place, worth in enumerate(worths, 1) if worth > 0)


def measure(engine: Engine, threads: dict[int, int], queries: Iterable[Judged]) -> dict[str, Figures]:
    """Kind → figures, "all" for the mean of the kinds. `threads`: post → thread."""
    grades: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for query in queries:
        grades[query.kind].append(grade(answer(engine, threads, query), query.right))
    by_kind = {
        kind: Figures(len(of), fmean(it[0] for it in of), fmean(it[1] for it in of)) for kind, of in grades.items()
    }
    total = Figures(
        sum(it.queries for it in by_kind.values()),
        fmean(it.mrr for it in by_kind.values()), fmean(it.ndcg for it in by_kind.values()),
    )  # fmt: skip
    return by_kind | {"all": total}
