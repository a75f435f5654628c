"""How well search finds: `python -m tests.relevance [--engine whoosh] [--kind misspelt] [--worst 10]`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.relevance.corpus import corpus
from tests.relevance.engines import ENGINES, prepared
from tests.relevance.judged import KINDS, judged
from tests.relevance.measure import answer, grade, measure
from tests.support.postgres import server


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--worst", type=int, default=0, help="show so many queries of each kind that found least")
    chosen = parser.parse_args()
    whole = corpus()
    queries = [it for it in judged(whole) if it.kind in (chosen.kind or KINDS)]
    threads, titles = {it.post_id: it.thread_id for it in whole.documents}, whole.titles()
    print(f"{len(whole.documents):,} posts, {len(queries)} queries\n")
    print("| engine | query | queries | MRR | nDCG@10 |\n| -- | -- | --: | --: | --: |")
    for name in chosen.engine or ENGINES:
        with tempfile.TemporaryDirectory() as folder:
            url = ""
            if name == "postgres":
                server().create("relevance")
                url = server().url("relevance")
            began = time.monotonic()
            engine, db = prepared(name, whole.documents, Path(folder), url)
            print(f"{name}: {len(whole.documents) / (time.monotonic() - began):,.0f} posts a second", file=sys.stderr)
            began = time.monotonic()
            for kind, it in measure(engine, threads, queries).items():
                print(f"| {name} | {kind} | {it.queries} | {it.mrr:.3f} | {it.ndcg:.3f} |", flush=True)
            print(f"{name}: {(time.monotonic() - began) / len(queries) * 1000:.1f} ms a query", file=sys.stderr)
            for kind in KINDS if chosen.worst else ():
                asked = [(answer(engine, threads, it), it) for it in queries if it.kind == kind]
                asked.sort(key=lambda pair: grade(pair[0], pair[1].right)[1])
                for found, it in asked[: chosen.worst]:
                    right = "; ".join(titles[thread] for thread, worth in it.right.items() if worth)
                    shown = "; ".join(titles[thread] for thread in found[:3])
                    print(
                        f"{kind}: {it.query!r}\n    wanted {right}\n    found ({len(found)}) {shown}", file=sys.stderr
                    )
            db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
