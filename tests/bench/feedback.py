"""What feedback costs: `python -m tests.bench.feedback`.

2,000 items that rest on 50,000 pieces of evidence, all of them said in one month and the one before: the summary on
screen, a snapshot with every quote, and its six files; how long each takes, and how much memory it needs on top.
"""

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert

from forum.app import make_core
from forum.categories.models import Category
from forum.feedback.exports import domain, files, queries
from forum.feedback.exports.models import FORMATS
from forum.feedback.models import Evidence, Item, Team, Theme
from forum.feedback.polarity.models import Value
from forum.feedback.polarity.queries import current
from forum.members.models import Member
from forum.migrate import migrate
from forum.settings import load
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.support.web import BASE

ITEMS, PIECES, MEMBERS, THREADS = 2_000, 50_000, 5_000, 5_000
STARTS, ENDS = date(2026, 10, 1), date(2026, 11, 1)
WORDS = (
    "il display perde i sensori in salita e non li ritrova più ",
    "vorrei esportare i miei giri in un formato aperto ",
    "le pastiglie di fabbrica durano mille chilometri e poi basta ",
    "scrivetemi a persona@posta.example o al 333 1234567 ",
)


def fill(core: Core, rng: random.Random) -> None:
    """Rows straight into the tables: what is measured reads them only."""
    now, first = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    with core.db.write() as session:
        session.add_all(
            [
                Category(id=1, slug="officina", name="Officina", created_at=now),
                Team(id=1, slug="product", name="Product", created_at=now),
            ]
        )
        session.flush()
        session.execute(
            insert(Member),
            [
                {
                    "id": n,
                    "name": f"socio{n}",
                    "name_key": f"socio{n}",
                    "display_name": f"Socio Numero {n}",
                    "joined_at": first,
                    "links": [],
                }
                for n in range(1, MEMBERS + 1)
            ],
        )
        session.execute(
            insert(Theme),
            [{"id": n, "slug": f"t{n}", "name": f"Tema {n}", "aliases": [], "created_at": first} for n in range(1, 41)],
        )
        session.execute(
            insert(Thread),
            [
                {
                    "id": n,
                    "category_id": 1,
                    "author_id": 1,
                    "title": f"Filo {n}",
                    "slug": "filo",
                    "created_at": first,
                    "last_post_at": now,
                    "last_poster_id": 1,
                    "last_number": 10,
                    "post_count": 10,
                }
                for n in range(1, THREADS + 1)
            ],
        )
        for some in range(0, PIECES, 5_000):
            posts, pieces = [], []
            for n in range(some + 1, some + 5_001):
                member, at = rng.randint(1, MEMBERS), first + timedelta(seconds=rng.randrange(60 * 86400))
                text = rng.choice(WORDS) * rng.randint(1, 3)
                posts.append(
                    {
                        "id": n,
                        "thread_id": n % THREADS + 1,
                        "number": n // THREADS + 1,
                        "author_id": member,
                        "source": text,
                        "html": f"<p>{text}</p>",
                        "renderer": 1,
                        "created_at": at,
                    }
                )
                pieces.append(
                    {
                        "item_id": int(ITEMS * rng.random() ** 2) + 1,
                        "post_id": n,
                        "post_version": 1,
                        "start": 0,
                        "end": len(text),
                        "thread_id": n % THREADS + 1,
                        "author_id": member,
                        "quote": text,
                        "said_at": at,
                        "source": "staff",
                        "added_at": at,
                        "by_staff": False,
                    }
                )
            if not some:
                session.execute(
                    insert(Item),
                    [
                        {
                            "id": n,
                            "title": f"Voce numero {n}",
                            "kind": "problem",
                            "theme_id": n % 40 + 1,
                            "team_id": 1,
                            "pain": n % 4,
                            "status": "sent",
                            "created_at": first,
                            "updated_at": now,
                            "sent_at": first,
                            "due_at": first + timedelta(days=n % 60),
                        }
                        for n in range(1, ITEMS + 1)
                    ],
                )
            session.execute(insert(Post), posts)
            session.execute(insert(Evidence), pieces)
        known = current(session).version  # as the job reads them ahead
        read = [
            {"evidence_id": n, "version": known, "value": rng.choice((None, -1.0, 1.0))} for n in range(1, PIECES + 1)
        ]
        session.execute(insert(Value), read)


@contextmanager
def site(database: str) -> Iterator[Core]:
    """A forum with all that in it."""
    folder, url = Path(tempfile.mkdtemp()), ""
    if database == "postgres":
        from tests.support.postgres import server

        server().create(f"feedback_{folder.name.lower()}")
        url = server().url(f"feedback_{folder.name.lower()}")
    core = make_core(load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url))
    migrate(core.db.engine)
    fill(core, random.Random(7))
    with core.db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    try:
        yield core
    finally:
        core.close()
        shutil.rmtree(folder, ignore_errors=True)


def measured(work: Callable[[], Any]) -> tuple[str, float, Any]:
    """(seconds, by the clock and of this process' processor, MB on top of what it had, what came of it)."""
    process, peak, over = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, busy = time.perf_counter(), time.process_time()
    try:
        found = work()
    finally:
        took = f"{time.perf_counter() - start:.2f} s ({time.process_time() - busy:.2f} s of processor)"
        over.set()
        watcher.join()
    return took, max(0, peak[0] - before) / 2**20, found


def run(database: str) -> None:
    """Measure, and say it."""
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with site(database) as core:

        def page() -> Any:
            with core.db.read() as session:
                return queries.live(session, team_id=1, starts=STARTS, ends=ENDS, locale="it", now=now)

        page()
        took = min((measured(page)[0] for _ in range(7)), key=lambda said: float(said.split()[0]))
        print(f"{database}: summary, the best of seven: {took}, {page().pieces:,} pieces in the month")
        snapshot = ""
        for kind in ("json", *(it for it in FORMATS if it != "json")):
            with core.db.write() as session:
                if snapshot:
                    export = domain.add(session, snapshot, kind, by_id=None, now=now)
                else:
                    asked = domain.Asked("product", date(2026, 9, 1), ENDS, kind, "quotes")
                    export = domain.order(
                        session, asked=asked, by_id=None, locale="it", secret=core.settings.secret(), now=now
                    )
                snapshot = export.snapshot_id
            took, memory, made = measured(lambda export=export: files.make(core.db, core.settings, export.id, now))
            what = "counted and written" if kind == "json" else "written"
            print(f"{database}: {kind} {what}: {took}, +{memory:.0f} MB, {made.rows:,} rows, {made.size / 1e6:.1f} MB")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    asked = parser.parse_args().database
    for database in ("sqlite", "postgres") if asked == "both" else (asked,):
        run(database)


if __name__ == "__main__":
    main()
