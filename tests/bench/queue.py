"""What the moderators' queue costs with ten open cases and with ten thousand: `python -m tests.bench.queue`.

One process, the page through the whole application without a network; CPU time, so that the disk and other programs
do not count. The database's own work is another process on PostgreSQL, so there wall time stands beside it.
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import insert, select

from forum.accounts.models import SignIn
from forum.app import create_app, make_core
from forum.kit import tokens
from forum.members.models import Member
from forum.migrate import migrate
from forum.moderation.models import REASONS, Case, Report
from forum.settings import Settings, load
from forum.threads.models import Post, Thread
from tests.bench.seed import seed
from tests.support.web import BASE, Browser

ROUNDS = 120
PAGES = ("/moderation", "/moderation?view=free&reason=spam", "/moderation?view=resolved")


def fill(core: object, open_cases: int, resolved: int = 2000) -> str:
    """Cases on posts, each with one to three reports, and a moderator's session; its token."""
    chance, now, token = random.Random(1), datetime.now(UTC), tokens.new_token()
    with core.db.write() as session:  # type: ignore[attr-defined]
        posts = session.execute(
            select(Post.id, Post.thread_id, Post.author_id, Thread.category_id)
            .join(Thread, Thread.id == Post.thread_id)
            .limit(open_cases + resolved)
        ).all()
        members = list(session.scalars(select(Member.id).where(Member.role == "member").limit(50)))
        moderator = Member(
            name="bench", name_key="bench", display_name="Bench", role="moderator", joined_at=now, links=[]
        )  # fmt: skip
        session.add(moderator)
        session.flush()
        cases, reports = [], []
        for number, post in enumerate(posts, 1):
            at = now - timedelta(minutes=chance.randrange(50_000))
            over = number > open_cases
            cases.append({
                "id": number, "target_type": "post", "target_id": post.id, "thread_id": post.thread_id,
                "category_id": post.category_id, "subject_id": post.author_id, "reason": chance.choice(REASONS),
                "state": "resolved" if over else "open", "resolved_at": now if over else None, "opened_at": at,
                "score": chance.randrange(100, 900), "report_count": 1,
            })  # fmt: skip
            for reporter in chance.sample(members, chance.randint(1, 3)):
                reports.append({
                    "reference": f"R-{len(reports):08}", "case_id": number, "reporter_id": reporter, "reason": "spam",
                    "weight": 200, "snapshot": "words", "created_at": at, "state": "upheld" if over else "open",
                })  # fmt: skip
        session.execute(insert(Case), cases)
        session.execute(insert(Report), reports)
        session.add(
            SignIn(
                token_hash=tokens.digest(token), member_id=moderator.id, created_at=now, seen_at=now,
                expires_at=now + timedelta(days=1), browser="bench",
            )
        )  # fmt: skip
    return token


@contextmanager
def site(database: str, open_cases: int) -> Iterator[Browser]:
    """A browser of a moderator on a forum with so many open cases."""
    folder = Path(tempfile.mkdtemp())
    url = ""
    if database == "postgres":
        from tests.support.postgres import server

        name = f"queue_{open_cases}_{folder.name.lower()}"
        server().create(name)
        url = server().url(name)
    settings: Settings = load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url)
    core = make_core(settings)
    migrate(core.db.engine)
    seed(settings, 20_000)
    token = fill(core, open_cases)
    with core.db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    browser = Browser(create_app(settings, core=core))
    browser.http.cookies.set("forum-session", token, domain="127.0.0.1")
    try:
        yield browser
    finally:
        core.close()
        shutil.rmtree(folder, ignore_errors=True)


def measure(browser: Browser, path: str) -> tuple[float, float]:
    """(CPU, wall) milliseconds a page, medians."""
    cpu, wall = [], []
    for _ in range(ROUNDS + 10):
        start, clock = time.process_time(), time.perf_counter()
        answer = browser.get(path)
        cpu.append(time.process_time() - start)
        wall.append(time.perf_counter() - clock)
        assert answer.status_code == 200, answer.status_code
    return statistics.median(cpu[10:]) * 1000, statistics.median(wall[10:]) * 1000


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    chosen = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)
    print("| database | page | 10 open: CPU ms | wall ms | 10,000 open: CPU ms | wall ms | ratio (wall) |")
    print("|--|--|--:|--:|--:|--:|--:|")
    for database in chosen.databases:
        with site(database, 10) as few, site(database, 10_000) as many:
            for path in PAGES:
                small, large = measure(few, path), measure(many, path)
                print(
                    f"| {database} | {path} | {small[0]:.1f} | {small[1]:.1f} | {large[0]:.1f} | {large[1]:.1f}"
                    f" | {large[1] / small[1]:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
