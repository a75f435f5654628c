"""What each ranking decision brings: `python -m tests.relevance.ablation [--engine whoosh] [--try opening=1.5]`.

Each is taken back by itself, and all queries are asked again. Below zero: search would find worse without it.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from forum.search.engines.base import Document, Engine
from forum.search.engines.postgres import PostgresEngine
from forum.search.engines.postgres.finding import WEIGHTS
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.search.engines.whoosh.weights import RANKING
from tests.relevance.corpus import corpus
from tests.relevance.engines import ENGINES, prepared
from tests.relevance.judged import Judged, judged
from tests.relevance.measure import Figures, measure
from tests.support.postgres import server

Change = dict[str, float]
BACK: dict[str, dict[str, Change]] = {
    "whoosh": {
        "words of the title": {"title": 0.0},
        "words of tags": {"tag": 0.0},
        "long texts held back": {"length": 0.0},
        "a word that stands there often": {"often": 0.0},
        "opening posts before replies": {"opening": 1.0},
        "how many posts of the thread match": {"thread": 0.0},
        "freshness": {"fresh": 0.0},
        "posts that lack a word of three or more": {"share": 1.0},
    },
    "postgres": {
        "the title before the text": {"title": WEIGHTS.text},
        "tags before the text": {"tag": WEIGHTS.text},
        "long texts held back": {"length": 0},
        "opening posts before replies": {"opening": 1.0},
        "words that stand together": {"near": 0.0},
        "how many posts of the thread match": {"thread": 0.0},
        "freshness": {"fresh": 0.0},
        "posts that lack a word of three or more": {"share": 1.0},
    },
}
IN_THE_INDEX = frozenset({"title", "tag", "length", "often"})
"""Of Whoosh's: they need an index of their own."""


def with_change(engine: Engine, change: Change, documents: Sequence[Document]) -> None:
    """Have the engine rank otherwise."""
    if isinstance(engine, PostgresEngine):
        engine.weights = msgspec.structs.replace(WEIGHTS, **change)
        return
    assert isinstance(engine, WhooshEngine)
    before, engine.ranking = engine.ranking, msgspec.structs.replace(RANKING, **change)
    if any(getattr(before, name) != getattr(engine.ranking, name) for name in IN_THE_INDEX):
        engine.rebuild(lambda: documents, lambda _: None)


def rows(name: str, tried: dict[str, Change], queries: list[Judged]) -> Iterator[tuple[str, Any]]:
    """(what was changed, the figures), first without any change."""
    whole = corpus()
    threads = {it.post_id: it.thread_id for it in whole.documents}
    with tempfile.TemporaryDirectory() as folder:
        url = ""
        if name == "postgres":
            server().create("ablation")
            url = server().url("ablation")
        engine, db = prepared(name, whole.documents, Path(folder), url)
        yield "as it is", measure(engine, threads, queries)
        # those that need no new index first
        for what, change in sorted(tried.items(), key=lambda it: not IN_THE_INDEX.isdisjoint(it[1])):
            with_change(engine, change, whole.documents)
            yield what, measure(engine, threads, queries)
        db.close()


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--try", dest="tries", action="append", help="name=value[,name=value], instead of all")
    chosen = parser.parse_args()
    queries = [it for it in judged(corpus()) if it.kind != "similar"]
    tries = {it: {k: float(v) for k, v in re.findall(r"(\w+)=([\d.]+)", it)} for it in chosen.tries or ()}
    print("| engine | taken back | MRR | nDCG@10 | change | most changed |\n| -- | -- | --: | --: | --: | -- |")
    for name in chosen.engine or ENGINES:
        base: dict[str, Figures] = {}
        for what, found in rows(name, tries or BACK[name], queries):
            base = base or found
            moved = max((it for it in found if it != "all"), key=lambda it: abs(found[it].ndcg - base[it].ndcg))
            by = found[moved].ndcg - base[moved].ndcg
            print(
                f"| {name} | {what} | {found['all'].mrr:.3f} | {found['all'].ndcg:.3f} "
                f"| {found['all'].ndcg - base['all'].ndcg:+.3f} | {f'{moved} {by:+.3f}' if by else ''} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
