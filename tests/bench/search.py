"""How fast is search, and how fast the index: `python -m tests.bench.search --posts 40000 --engine whoosh`.

Forums of real words (../shared/data, paragraphs mixed), the page through the whole application in one process
without a network, while a thread writes replies and the worker indexes them. Milliseconds of the wall clock.
"""

import argparse
import gzip
import json
import random
import re
import shutil
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select, text

from forum.app import create_app, make_core
from forum.importers.bodies import Kitchen
from forum.search.models import SearchChange
from forum.settings import Settings, load
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.bench.seed import TOKEN, seed
from tests.support.web import BASE, Browser

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ROOT = Path("var/bench")
WORD = re.compile(r"[^\W\d_]{3,}")
TAG = re.compile(r"<[^>]+>")
FILTERS = ({}, {"category": "category-3"}, {"author": "m7"}, {"before": "2026-10"})


def corpus(dice: random.Random, count: int) -> tuple[list[tuple[str, str]], list[str]]:
    """(source, html) of so many posts, and titles: real ones first, then halves of two real ones."""
    scratch = ROOT / "pictures"
    scratch.mkdir(parents=True, exist_ok=True)
    kitchen = Kitchen(scratch, {})
    bodies, titles = [], []
    for folder in sorted(it for it in DATA.iterdir() if it.is_dir()):
        with gzip.open(folder / "threads.jsonl.gz", "rt") as file:
            titles += [json.loads(line)["title"][:200] for line in file]
        with gzip.open(folder / "posts.jsonl.gz", "rt") as file:
            for line in file:
                row = json.loads(line)
                if len(row["body"]) < 30_000:
                    made = kitchen.prepare(row["body"], row["format"])
                    bodies.append((made.source, made.cooked.html))
    real = len(bodies)
    while len(bodies) < count:
        one, other = (bodies[dice.randrange(real)] for _ in range(2))
        (a, b), (c, d) = (half(it, 0) for it in one), (half(it, 1) for it in other)
        bodies.append((a + "\n\n" + c, b + d))
    dice.shuffle(bodies)
    return bodies, titles


def half(value: str, which: int) -> str:
    """The first or second half of a text, cut where a paragraph ends, if one does."""
    at = value.find("\n", len(value) // 2)
    at = len(value) if at < 0 else at + 1
    return value[:at] if which == 0 else value[at:]


def site(database: str, engine: str, posts: int) -> Settings:
    """A forum of that size in var/bench, made when it is new."""
    folder, url = ROOT / f"search-{database}-{engine}-{posts}", ""
    if database == "postgres":
        from tests.support.postgres import server

        server().create(f"search_{engine}_{posts}")
        url = server().url(f"search_{engine}_{posts}")
        shutil.rmtree(folder, ignore_errors=True)
    settings = load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url, search=engine)
    if not (folder / "seeded").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"seeding {posts} posts …", file=sys.stderr)
        bodies, titles = corpus(random.Random(5), min(posts, 60_000))
        seed(settings, posts, bodies=bodies, titles=titles)
        (folder / "seeded").touch()
    return settings


def index(core: Core) -> tuple[int, float]:
    """(posts, seconds): have the worker index all that waits."""
    from forum.events import HousekeepingDue, record

    with core.db.write() as session:
        record(session, HousekeepingDue(), now=core.clock(), key=f"bench-{time.time()}")
        waiting = session.scalar(select(func.count()).select_from(SearchChange)) or 0
    start = time.perf_counter()
    assert core.worker
    core.worker.drain()
    spent = time.perf_counter() - start
    with core.db.read() as session:
        left = session.scalar(select(func.count()).select_from(SearchChange))
    assert not left, f"{left} changes were not indexed"
    return waiting, spent


def questions(core: Core, dice: random.Random, each: int = 60) -> dict[str, list[str]]:
    """Queries of several kinds, taken from the texts."""
    with core.db.read() as session:
        top = session.scalar(select(func.max(Post.id))) or 1
        ids = [dice.randint(1, top) for _ in range(3000)]
        rows = [TAG.sub(" ", html) for html in session.scalars(select(Post.html).where(Post.id.in_(ids)))]
        titles = list(session.scalars(select(Thread.title).limit(400)))
    seen: Counter[str] = Counter()
    for row in rows:
        seen.update({word.lower() for word in WORD.findall(row)})
    ranked = [word for word, _ in seen.most_common()]
    rare = [word for word, n in seen.items() if n <= 2 and len(word) > 5]
    split = [words for words in map(WORD.findall, rows) if len(words) > 6]
    pairs = [f'"{words[3]} {words[4]}"' for words in dice.sample(split, min(len(split), 500))]
    return {
        "rare word": dice.sample(rare, min(each, len(rare))),
        "common word": ranked[:each],
        "two common words": [" ".join(dice.sample(ranked[:80], 2)) for _ in range(each)],
        "phrase": dice.sample(pairs, min(each, len(pairs))),
        "phrase of common words": [f'"{a} {b}"' for a, b in pairwise(ranked[: each + 1])],
        "a title": dice.sample(titles, min(each, len(titles))),
        "a word and an excluded one": [
            f"{dice.choice(ranked[:300])} -{dice.choice(ranked[:300])}" for _ in range(each)
        ],
        "beginning of a word": [word[:3] for word in dice.sample(ranked[:2000], each)],
        "misspelt": [word[:2] + word[3:] for word in dice.sample([it for it in ranked if len(it) > 6], each)],
    }


@contextmanager
def writing(core: Core, settings: Settings, a_second: float) -> Iterator[list[float]]:
    """Replies written by another thread all the while, and the worker at work; yields how long each took (s)."""
    browser, stop, took = signed_in(core, settings), threading.Event(), []
    assert core.worker
    core.worker.start()

    def write() -> None:
        n = 0
        page = browser.get("/t/2").text
        found = re.search(r'name="_csrf" value="([0-9a-f]+)"', page)
        while not stop.wait(1 / a_second):
            start = time.perf_counter()
            body = f"Reply number {n} about brakes, bridges and the weather of {time.time()}"
            answer = browser.post(f"/threads/{2 + n % 500}/replies", {"body": body, "_csrf": found[1] if found else ""})
            took.append(time.perf_counter() - start)
            if answer.status_code not in {200, 201, 303}:
                raise RuntimeError(f"a reply was answered with {answer.status_code}")
            n += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield took
    finally:
        stop.set()
        thread.join()
        core.worker.stop()


def signed_in(core: Core, settings: Settings) -> Browser:
    """The bench's member."""
    browser = Browser(create_app(settings, core=core))
    browser.http.cookies.set("forum-session", TOKEN, domain="127.0.0.1")
    return browser


def ask(browser: Browser, path: str) -> float:
    """Milliseconds until the page is there."""
    start = time.perf_counter()
    answer = browser.get(path)
    spent = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200, f"{answer.status_code}: {path}"
    return spent


def row(*cells: object) -> None:
    """A line of the table."""
    print("| " + " | ".join(str(it) for it in cells) + " |", flush=True)


def main() -> int:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40_000)
    parser.add_argument("--engine", choices=["whoosh", "postgres"], default="whoosh")
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--replies", type=float, default=5, help="replies a second meanwhile")
    parser.add_argument("--each", type=int, default=60)
    chosen = parser.parse_args()
    database = chosen.database or ("postgres" if chosen.engine == "postgres" else "sqlite")
    settings = site(database, chosen.engine, chosen.posts)
    core = make_core(settings)
    if not settings.sqlite:
        with core.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    count, spent = index(core)
    if count > 1000:
        print(
            f"{chosen.engine} on {database}: {count:,} posts indexed in {spent:.1f} s, {count / spent:,.0f} a second\n"
        )
    browser, dice = signed_in(core, settings), random.Random(3)
    kinds = questions(core, dice, chosen.each)
    row("engine", "posts", "query", "without filter: p50", "p99", "with a filter: p50", "p99")
    row("--", "--:", "--", "--:", "--:", "--:", "--:")
    worst = 0.0
    with writing(core, settings, chosen.replies) as took:
        for kind, queries in kinds.items():
            plain, filtered = [], []
            for query in queries:
                plain.append(ask(browser, "/search?" + urlencode({"q": query})))
                some = dice.choice(FILTERS[1:])
                filtered.append(ask(browser, "/search?" + urlencode({"q": query, **some})))
            worst = max(worst, *plain, *filtered)
            row(
                chosen.engine, f"{chosen.posts:,}", kind, *(f"{it:.0f}" for it in (*figures(plain), *figures(filtered)))
            )
    print(f"\nslowest of all: {worst:.0f} ms")
    if took:
        print(
            f"replies meanwhile: {len(took)}, median {statistics.median(took) * 1000:.0f} ms, slowest {max(took):.2f} s"
        )
    core.close()
    return 0


def figures(values: list[float]) -> tuple[float, float]:
    """(median, 99th percentile)."""
    return statistics.median(values), statistics.quantiles(values, n=100, method="inclusive")[98]


if __name__ == "__main__":
    sys.exit(main())
