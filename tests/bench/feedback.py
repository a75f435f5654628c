"""What feedback costs: `python -m tests.bench.feedback`.

2,000 items that rest on 50,000 pieces of evidence, all of them said in one month and the one before: the pages of the
team and of the manager (through the whole application, without a network), a snapshot with every quote, and its six
files; how long each takes, and how much memory a file needs on top. Processor time is this process' and that of its
PostgreSQL sessions: on a busy machine it says more than the clock.
"""

import argparse
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from forum.accounts.models import SignIn
from forum.app import create_app, make_core, settle
from forum.categories.models import Category
from forum.feedback.exports import domain, files
from forum.feedback.exports.models import FORMATS
from forum.feedback.models import KINDS, Evidence, InboxEntry, Item, Team, Theme, Voice
from forum.feedback.polarity.models import Value
from forum.feedback.polarity.queries import current
from forum.kit import tokens
from forum.members.models import Member
from forum.migrate import migrate
from forum.policy.feedback import SENT
from forum.settings import load
from forum.threads.models import Post, Thread
from forum.web.core import Core
from tests.support.web import BASE, Browser

ITEMS, PIECES, MEMBERS, THREADS = 2_000, 50_000, 5_000, 5_000
ROUNDS = 15
STARTS, ENDS = date(2026, 10, 1), date(2026, 11, 1)
NOW, FIRST = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
TITLES = (
    "display", "sensori", "salita", "batteria", "freni", "pastiglie", "sella", "manubrio", "luci", "catena", "cambio",
    "gomme", "giri", "esporta", "mappa", "notifiche", "account", "prezzi", "spedizione", "officina", "ricambi",
    "garanzia", "manuale", "firmware", "bluetooth", "peso", "telaio",
)  # fmt: skip
WORDS = (
    "il display perde i sensori in salita e non li ritrova più ",
    "vorrei esportare i miei giri in un formato aperto ",
    "le pastiglie di fabbrica durano mille chilometri e poi basta ",
    "scrivetemi a persona@posta.example o al 333 1234567 ",
)


def fill(core: Core, rng: random.Random) -> str:
    """Rows straight into the tables: what is measured reads them only. A manager's session; its token."""
    token = tokens.new_token()
    with core.db.write() as session:
        session.add(Category(id=1, slug="officina", name="Officina", created_at=NOW))
        session.add(Team(id=1, slug="product", name="Product", created_at=NOW))
        session.flush()
        session.execute(insert(Member), [
            {"id": n, "name": f"socio{n}", "name_key": f"socio{n}", "display_name": f"Socio Numero {n}",
             "joined_at": FIRST, "links": [], "role": "manager" if n == MEMBERS + 1 else "member"}
            for n in range(1, MEMBERS + 2)
        ])  # fmt: skip
        session.add(SignIn(
            token_hash=tokens.digest(token), member_id=MEMBERS + 1, created_at=NOW, seen_at=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(days=1), browser="bench",
        ))  # fmt: skip
        session.execute(
            insert(Theme),
            [{"id": n, "slug": f"t{n}", "name": f"Tema {n}", "aliases": [], "created_at": FIRST} for n in range(1, 41)],
        )
        session.execute(insert(Thread), [
            {"id": n, "category_id": 1, "author_id": 1, "title": f"Filo {n}", "slug": "filo", "created_at": FIRST,
             "last_post_at": NOW, "last_poster_id": 1, "last_number": 10, "post_count": 10}
            for n in range(1, THREADS + 1)
        ])  # fmt: skip
        session.execute(insert(Item), [item(n, rng) for n in range(1, ITEMS + 1)])
        for some in range(0, PIECES, 5_000):
            rows = [piece(n, rng) for n in range(some + 1, some + 5_001)]
            session.execute(insert(Post), [post for post, _ in rows])
            session.execute(insert(Evidence), [found for _, found in rows])
        finish(session, rng)
    return token


def item(n: int, rng: random.Random) -> dict[str, Any]:
    """Its row; all of them were sent to the team."""
    return {
        "id": n, "title": " ".join(rng.sample(TITLES, 5)).capitalize(), "kind": KINDS[n % 7 % len(KINDS)],
        "theme_id": n % 40 + 1, "team_id": 1, "pain": n % 4, "status": SENT[n % 9 % len(SENT)],
        "created_at": FIRST + timedelta(hours=n % 1400), "updated_at": NOW - timedelta(minutes=n), "sent_at": FIRST,
        "due_at": FIRST + timedelta(days=n % 60), "owner_id": MEMBERS + 1 if n % 3 == 0 else None,
    }  # fmt: skip


def piece(n: int, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """(a post, what an item rests on of it). Few items have very many: the first of them two per cent of all."""
    member, at = rng.randint(1, MEMBERS), FIRST + timedelta(seconds=rng.randrange(60 * 86400))
    text, thread = rng.choice(WORDS) * rng.randint(1, 3), n % THREADS + 1
    post = {"id": n, "thread_id": thread, "number": n // THREADS + 1, "author_id": member, "source": text,
            "html": f"<p>{text}</p>", "renderer": 1, "created_at": at}  # fmt: skip
    found = {"id": n, "item_id": int(ITEMS * rng.random() ** 2) + 1, "post_id": n, "post_version": 1, "start": 0,
             "end": len(text), "thread_id": thread, "author_id": member, "quote": text, "said_at": at,
             "source": "staff", "added_at": at, "by_staff": False}  # fmt: skip
    return post, found


def finish(session: Session, rng: random.Random) -> None:
    """ "Me too", an inbox, what the polarity job and the counts keep."""
    voices = {(rng.randint(1, ITEMS), rng.randint(1, MEMBERS)) for _ in range(5_000)}
    session.execute(insert(Voice), [
        {"item_id": item_id, "member_id": member, "at": FIRST + timedelta(seconds=rng.randrange(60 * 86400))}
        for item_id, member in sorted(voices)
    ])  # fmt: skip
    session.execute(insert(InboxEntry), [
        {"id": n, "key": f"member:{n}:{n}", "source": "member", "post_id": n, "by_id": n, "kind": "problem",
         "created_at": NOW} for n in range(1, 501)
    ])  # fmt: skip
    known = current(session).version
    session.execute(
        insert(Value),
        [{"evidence_id": n, "version": known, "value": rng.choice((None, -1.0, 1.0))} for n in range(1, PIECES + 1)],
    )
    count = select(func.count(Evidence.author_id.distinct())).where(Evidence.item_id == Item.id).scalar_subquery()
    session.execute(update(Item).values(members=count, threads=count))


@contextmanager
def site(database: str) -> Iterator[tuple[Core, Browser]]:
    """A forum with all that in it, and the browser of its manager."""
    folder, url = Path(tempfile.mkdtemp()), ""
    if database == "postgres":
        from tests.support.postgres import server

        server().create(f"feedback_{folder.name.lower()}")
        url = server().url(f"feedback_{folder.name.lower()}")
    settings = load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url)
    core = make_core(settings)
    migrate(core.db.engine)
    token = fill(core, random.Random(7))
    with core.db.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    browser = Browser(create_app(settings, core=core))
    browser.http.cookies.set("forum-session", token, domain="127.0.0.1")
    settle()  # as the server does
    try:
        yield core, browser
    finally:
        core.close()
        shutil.rmtree(folder, ignore_errors=True)


def processor(core: Core) -> float:
    """Seconds that this process and the database's own, if it has any, have worked."""
    spent = time.process_time()
    if not core.settings.sqlite:
        with core.db.read() as session:
            pids = session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")).all()
        for pid in pids:
            times = psutil.Process(pid).cpu_times()
            spent += times.user + times.system
    return spent


class Cost(NamedTuple):
    """Of one piece of work: seconds by the clock, of processors, MB on top of what there was; what came of it."""

    clock: float
    busy: float
    memory: float
    found: Any

    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.busy:.2f} s of processor)"


def measured(core: Core, work: Callable[[], Any]) -> Cost:
    """What it costs."""
    process, peak, over = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, busy = time.perf_counter(), processor(core)
    try:
        found = work()
    finally:
        clock, busy = time.perf_counter() - start, processor(core) - busy
        over.set()
        watcher.join()
    return Cost(clock, busy, max(0, peak[0] - before) / 2**20, found)


PAGES = {
    "summary": f"/feedback/summary?team=product&from={STARTS}&to=2026-10-31",
    "board": "/feedback", "board, everything": "/feedback?view=all",
    "board, all filters": "/feedback?view=all&team=product&theme=t7&kind=problem&status=sent&order=waiting",
    "board, most people": "/feedback?view=all&order=members", "board, newest": "/feedback?order=newest",
    "item with most evidence": "/feedback/items/1", "new item": "/feedback/items/new", "inbox": "/feedback/inbox",
    "inbox, one entry": "/feedback/inbox/250",
}  # fmt: skip
"""What is looked at; the page of an item and an entry of the inbox look for similar items, too."""


def pages(core: Core, browser: Browser, database: str) -> None:
    """Each page some times over: by the clock and of processors, the best, the median and the slowest."""
    for name, path in PAGES.items():
        for _ in range(2):
            answer = browser.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
        costs = [measured(core, partial(browser.get, path)) for _ in range(ROUNDS)]
        clock, busy = ([getattr(it, which) * 1000 for it in costs] for which in ("clock", "busy"))
        figures = [f"{of(it):.0f}" for it in (clock, busy) for of in (min, statistics.median, max)]
        print(f"| {database} | {name} | {' | '.join(figures)} |", flush=True)


def exports(core: Core, database: str) -> None:
    """One run, counted and written in each format."""
    snapshot, whole, busy = "", 0.0, 0.0
    for kind in ("json", *(it for it in FORMATS if it != "json")):
        with core.db.write() as session:
            if snapshot:
                export = domain.add(session, snapshot, kind, by_id=None, now=NOW)
            else:
                asked = domain.Asked("product", date(2026, 9, 1), ENDS, kind, "quotes")
                export = domain.order(
                    session, asked=asked, by_id=None, locale="it", secret=core.settings.secret(), now=NOW
                )
            snapshot = export.snapshot_id
        cost = measured(core, partial(files.make, core.db, core.settings, export.id, NOW))
        whole, busy = whole + cost.clock, busy + cost.busy
        what = "counted and written" if kind == "json" else "written"
        rows, size = cost.found.rows, cost.found.size / 1e6
        print(f"{database}: {kind} {what}: {cost}, +{cost.memory:.0f} MB, {rows:,} rows, {size:.1f} MB", flush=True)
    print(f"{database}: all six: {whole:.2f} s ({busy:.2f} s of processor)", flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    asked = parser.parse_args().database
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)
    print("| database | page | best ms | median | slowest | processor, best | median | slowest |")
    print("|--|--|--:|--:|--:|--:|--:|--:|")
    for database in ("sqlite", "postgres") if asked == "both" else (asked,):
        with site(database) as (core, browser):
            pages(core, browser, database)
            exports(core, database)
        print(f"load: {', '.join(f'{it:.1f}' for it in os.getloadavg())}", flush=True)


if __name__ == "__main__":
    main()
