"""How fast is search, and how fast the index: `python -m tests.bench.search --posts 40000 --engine whoosh`.

Forums of real words (../shared/data, paragraphs mixed), the page through the whole application in one process
without a network, while a thread writes replies and the worker indexes them. Milliseconds of the wall clock, and of
the processor where Linux tells: on a machine that others use, too, the difference is mostly theirs.
"""

import argparse
import gzip
import json
import os
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
from typing import Any
from urllib.parse import urlencode

import psutil
import structlog
from sqlalchemy import func, select, text

from forum.app import create_app, make_core, settle
from forum.importers.bodies import Kitchen
from forum.search import finding, gate
from forum.search.building import rebuild
from forum.search.jobs import engine_of
from forum.search.models import SearchChange
from forum.search.queue import drain
from forum.search.views import Results
from forum.settings import Settings, load
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.bench.seed import TOKEN, seed
from tests.support.web import BASE, Browser

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WORD = re.compile(r"[^\W\d_]{3,}")
TAG = re.compile(r"<[^>]+>")
FIRST = ("author:m3", "author:m11", "-author:m7", "category:category-2", "-category:category-1", "before:2026-09")
THEN = ("", "after:2026-01", "has:image", "is:unanswered", "-tag:x", "-author:m5", "-category:category-4")
FILTERS = ({"category": "category-3"}, {"author": "m7"}, {"before": "2026-10"})


def corpus(dice: random.Random, count: int, scratch: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """(source, html) of so many posts, and titles: real ones first, then halves of two real ones."""
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


def site(root: Path, engine: str, posts: int, url: str) -> Settings:
    """A forum of that size, made when it is new. `url`: of an empty database or one that was filled by this."""
    folder = root / f"search-{'postgres' if url else 'sqlite'}-{posts}"
    settings = load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url, search=engine)
    if not (folder / "seeded").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"seeding {posts} posts …", file=sys.stderr)
        bodies, titles = corpus(random.Random(5), min(posts, 60_000), root / "pictures")
        seed(settings, posts, bodies=bodies, titles=titles)
        (folder / "seeded").touch()
    return settings


def passing(name: str) -> str:
    """A new database of a server that ends with this run."""
    from tests.support.postgres import server

    server().create(name)
    return server().url(name)


def index(core: Core) -> tuple[int, float]:
    """(posts, seconds): index all that waits; anew, where there is no index yet."""
    with core.db.read() as session:
        waiting = session.scalar(select(func.count()).select_from(SearchChange)) or 0
    engine, start = engine_of(core.settings, core.db), time.perf_counter()
    if not engine.state().usable or waiting > 10_000:
        rebuild(core.db, engine)
    while drain(core.db, engine):
        pass
    return waiting, time.perf_counter() - start


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
        "filters alone": [f"{first} {then}" for first in FIRST for then in THEN][:each],
        "misspelt": [word[:2] + word[3:] for word in dice.sample([it for it in ranked if len(it) > 6], each)],
    }


class Clock:
    """The wall's and the processor's, for what asks: not for what writes meanwhile."""

    def __init__(self, core: Core) -> None:
        """Called before anything else runs."""
        self.others: set[int] = set()
        self.server = 0
        if not core.settings.sqlite:
            with core.db.read() as session:
                asked = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int"
                self.server = session.execute(text(asked)).scalar_one()

    def spent(self) -> float:
        """Seconds of the processor: of this process without `others`, and of PostgreSQL's."""
        tasks = [it for it in Path("/proc/self/task").glob("*") if int(it.name) not in self.others]
        if self.server:
            tasks += [Path("/proc") / str(it.pid) for it in psutil.Process(self.server).children()]
        return sum(ran(it) for it in tasks)


def ran(task: Path) -> float:
    """Seconds of the processor that a thread or process has had; 0 for one that has ended."""
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


class Own:
    """How long the search itself takes of a page: the index, what may be seen of it, counts and excerpts."""

    def __init__(self) -> None:
        """From now on."""
        self.took = 0.0
        self.find = finding.results

    def __call__(self, *given: Any, **named: Any) -> Results:
        """In place of `finding.results`."""
        start = time.perf_counter()
        try:
            return self.find(*given, **named)
        finally:
            self.took = (time.perf_counter() - start) * 1000


def ask(browser: Browser, path: str, clock: Clock, own: Own) -> tuple[float, float, float]:
    """Milliseconds until the page is there, those of the processor, and those of the search itself."""
    start, busy = time.perf_counter(), clock.spent()
    answer = browser.get(path)
    took = (time.perf_counter() - start) * 1000, (clock.spent() - busy) * 1000, own.took
    assert answer.status_code == 200, f"{answer.status_code}: {path}"
    return took


@contextmanager
def writing(core: Core, settings: Settings, a_second: float, clock: Clock) -> Iterator[list[float]]:
    """Replies written by another thread all the while, and the worker at work; yields how long each took (s)."""
    browser, stop, took = signed_in(core, settings), threading.Event(), []
    assert core.worker
    before = set(threading.enumerate())
    core.worker.start()

    def write() -> None:
        n = 0
        while not stop.wait(1 / a_second):
            start = time.perf_counter()
            body = f"Reply number {n} about brakes, bridges and the weather of {time.time()}"
            answer = browser.post(f"/threads/{2 + n % 500}/replies", {"body": body})
            took.append(time.perf_counter() - start)
            if answer.status_code not in {200, 201, 303}:
                raise RuntimeError(f"a reply was answered with {answer.status_code}")
            n += 1

    thread = threading.Thread(target=write)
    thread.start()
    clock.others |= {it.native_id for it in set(threading.enumerate()) - before if it.native_id}
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


def row(*cells: object) -> None:
    """A line of the table."""
    print("| " + " | ".join(str(it) for it in cells) + " |", flush=True)


def main() -> int:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40_000)
    parser.add_argument("--engine", choices=["whoosh", "postgres"], default="whoosh")
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--url", default="", help="an empty PostgreSQL database, or one that an earlier run filled")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where forums are kept for the next run")
    parser.add_argument("--replies", type=float, default=5, help="replies a second meanwhile")
    parser.add_argument("--each", type=int, default=60)
    chosen = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)
    database, url = chosen.database or ("postgres" if chosen.engine == "postgres" else "sqlite"), chosen.url
    if database == "postgres" and not url:
        shutil.rmtree(chosen.folder / f"search-postgres-{chosen.posts}", ignore_errors=True)
        url = passing(f"search_{chosen.posts}")
    settings = site(chosen.folder, chosen.engine, chosen.posts, url)
    core = make_core(settings)
    if not settings.sqlite:
        with core.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    measure(core, chosen)
    core.close()
    return 0


def measure(core: Core, chosen: argparse.Namespace) -> None:
    """Index what is new, ask, print."""
    busy = time.process_time()
    count, spent = index(core)
    busy = time.process_time() - busy
    if count > 1000:
        rates = f"{count / spent:,.0f} a second, {count / busy:,.0f} a second of this process"
        print(f"{chosen.engine}: {count:,} posts indexed in {spent:.1f} s, {rates}\n")
    clock, dice, load = Clock(core), random.Random(3), os.getloadavg()[0]
    gate.BURST = 1_000_000  # whoever measures is no nuisance
    browser = signed_in(core, core.settings)
    kinds = questions(core, dice, chosen.each)
    columns = ("wall p50", "p99", "cpu p50", "p99", "search alone p50", "p99")
    row("engine", "posts", "query", *columns, f"filtered: {columns[0]}", *columns[1:])
    row("--", "--:", "--", *["--:"] * 12)
    every: list[tuple[float, str]] = []
    settle()  # as the server does
    own = finding.results = Own()
    ask(browser, "/search?q=first", clock, own)  # opens the index, once for the process
    with writing(core, core.settings, chosen.replies, clock) as took:
        for kind, queries in kinds.items():
            plain, filtered = [], []
            for query in queries:
                plain.append(ask(browser, "/search?" + urlencode({"q": query}), clock, own))
                some = dice.choice(FILTERS)
                filtered.append(ask(browser, "/search?" + urlencode({"q": query, **some}), clock, own))
                every += [(plain[-1][0], query), (filtered[-1][0], f"{query} {some}")]
            both = (plain, filtered)
            cells = [
                f"{it:.0f}" for asked in both for which in (0, 1, 2) for it in figures([one[which] for one in asked])
            ]
            row(chosen.engine, f"{chosen.posts:,}", kind, *cells)
    middle, late = figures([spent for spent, _ in every])
    print(f"\nall pages: median {middle:.0f} ms, p99 {late:.0f} ms")
    slowest = ", ".join(f"{query!r} {spent:.0f} ms" for spent, query in sorted(every, reverse=True)[:3])
    print(f"slowest of {len(every)}: {slowest}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    if took:
        print(
            f"replies meanwhile: {len(took)}, median {statistics.median(took) * 1000:.0f} ms, slowest {max(took):.2f} s"
        )


def figures(values: list[float]) -> tuple[float, float]:
    """(median, 99th percentile)."""
    return statistics.median(values), statistics.quantiles(values, n=100, method="inclusive")[98]


if __name__ == "__main__":
    sys.exit(main())
