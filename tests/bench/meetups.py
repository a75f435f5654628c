"""What meetups cost: `python -m tests.bench.meetups`.

The month's page with a hundred dates in it and with ten thousand (through the whole application, without a network),
and two hundred clients of a real server who answer at the same moment: how long each waits, and whether any answer is
lost.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import structlog
from sqlalchemy import func, insert, select

from forum.accounts.models import ApiToken, SignIn
from forum.app import create_app, make_core
from forum.categories.models import Category
from forum.kit import tokens
from forum.meetups.models import Meetup, Occurrence, Place, Rsvp
from forum.members.models import Member
from forum.migrate import migrate
from forum.outbox import Outbox
from forum.settings import Settings, load
from forum.threads.models import Thread
from forum.web.core import Core
from tests.e2e.support.house import House
from tests.support.web import BASE, Browser

ROUNDS = 60
CLIENTS = 200
SEATS = 50
WARM = 20  # clients who answered before: the same answer again is one, too
MONTH = datetime(2027, 4, 1, tzinfo=UTC)


def fill(core: Core, dates: int) -> str:
    """`dates` dates in one month, ten for each meetup, and a member's session; its token."""
    now, token, series = datetime.now(UTC), tokens.new_token(), max(1, dates // 10)
    with core.db.write() as session:
        member = Member(name="bench", name_key="bench", display_name="Bench", joined_at=now, links=[])
        place = Place(name="Cascina", address="Lodi", latitude=45.3, longitude=9.5, created_at=now)
        category = Category(slug="incontri", name="Incontri", created_at=now)
        session.add_all([member, place, category])
        session.flush()
        session.execute(insert(Thread), [
            {"id": n, "category_id": category.id, "author_id": member.id, "title": f"Incontro {n}", "slug": "incontro",
             "created_at": now, "last_post_at": now, "last_poster_id": member.id, "last_number": 1, "post_count": 1}
            for n in range(1, series + 1)
        ])  # fmt: skip
        wall = datetime(2027, 4, 1, 19, 0)  # noqa: DTZ001
        session.execute(insert(Meetup), [
            {"id": n, "thread_id": n, "author_id": member.id, "title": f"Incontro {n}", "slug": "incontro",
             "timezone": "Europe/Rome", "starts_local": wall, "ends_local": wall + timedelta(hours=2),
             "place_id": place.id, "created_at": now, "updated_at": now}
            for n in range(1, series + 1)
        ])  # fmt: skip
        rows = []
        for n in range(dates):
            at = MONTH + timedelta(minutes=n * 30 * 24 * 60 // dates)
            local = at.replace(tzinfo=None)
            rows.append({
                "id": n + 1, "meetup_id": n % series + 1, "uid": f"{n:032x}", "original_local": local,
                "timezone": "Europe/Rome", "starts_local": local, "ends_local": local + timedelta(hours=2),
                "starts_at": at, "ends_at": at + timedelta(hours=2), "zone_rules": "2026f", "title": f"Incontro {n}",
                "place_id": place.id, "changed_at": now,
            })  # fmt: skip
        session.execute(insert(Occurrence), rows)
        session.add(
            SignIn(
                token_hash=tokens.digest(token), member_id=member.id, created_at=now, seen_at=now,
                expires_at=now + timedelta(days=1), browser="bench",
            )
        )  # fmt: skip
    return token


@contextmanager
def site(database: str, dates: int) -> Iterator[tuple[Core, Browser]]:
    """A member's browser on a forum with so many dates."""
    folder, url = Path(tempfile.mkdtemp()), ""
    if database == "postgres":
        from tests.support.postgres import server

        name = f"meetups_{dates}_{folder.name.lower()}"
        server().create(name)
        url = server().url(name)
    settings: Settings = load({}, data_dir=folder, base_url=BASE, worker=False, database_url=url)
    core = make_core(settings)
    migrate(core.db.engine)
    token = fill(core, dates)
    if url:  # as PostgreSQL's own housekeeping does; SQLite knows nothing of its rows in the field, either
        with core.db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    browser = Browser(create_app(settings, core=core))
    browser.http.cookies.set("forum-session", token, domain="127.0.0.1")
    try:
        yield core, browser
    finally:
        core.close()
        shutil.rmtree(folder, ignore_errors=True)


def months(*browsers: Browser) -> list[float]:
    """Wall milliseconds of the month's page for each, the medians; in turn, so that a busy machine slows all alike."""
    found: list[list[float]] = [[] for _ in browsers]
    for _ in range(ROUNDS + 10):
        for browser, times in zip(browsers, found, strict=True):
            start = time.perf_counter()
            answer = browser.get("/meetups?month=2027-04")
            times.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.status_code
    return [statistics.median(times[10:]) * 1000 for times in found]


def crowd(database: str, workers: int = 1) -> tuple[float, float, float, int]:
    """(median, p99, processor time of the server for each answer, lost): milliseconds, and answers.

    All clients say yes at once, by the JSON API, to a date with 50 seats.

    A server of its own (`forum serve`, its worker inside, of `workers` processes), two hundred open connections, one
    moment.
    """
    folder, url = Path(tempfile.mkdtemp()), ""
    if database == "postgres":
        from tests.support.postgres import server

        server().create(name := f"crowd_{folder.name.lower()}")
        url = server().url(name)
    house = House(folder, database_url=url, workers=workers)
    try:
        fill(house.core, 100)
        secrets = invited(house.core)
        settled(house.core)
        main = psutil.Process(house.process.pid)
        found, spent = asyncio.run(all_at_once(house.url, secrets, [main, *main.children(recursive=True)]))
        with house.core.db.read() as session:
            kept = len(session.scalars(select(Rsvp.id)).all())
            date = session.get_one(Occurrence, 1)
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)
    assert all(status == 200 for _, status in found), {status for _, status in found}
    assert (date.taken, date.waiting) == (SEATS, CLIENTS - SEATS), (date.taken, date.waiting)
    times = sorted(wait for wait, _ in found)
    worst = times[int(len(times) * 0.99) - 1]
    return statistics.median(times) * 1000, worst * 1000, spent * 1000 / CLIENTS, CLIENTS - kept


def invited(core: Core) -> list[str]:
    """Members, each with a token, and a date with fifty seats."""
    now, secrets = datetime.now(UTC), [tokens.new_token() for _ in range(CLIENTS)]
    with core.db.write() as session:
        session.get_one(Occurrence, 1).capacity = SEATS
        people = [
            Member(name=f"m{n}", name_key=f"m{n}", display_name=f"M {n}", joined_at=now, links=[])
            for n in range(CLIENTS)
        ]
        session.add_all(people)
        session.flush()
        session.add_all([
            ApiToken(member_id=one.id, label="bench", token_hash=tokens.digest(token), created_at=now, used_at=now,
                     scopes=["read", "write"])
            for one, token in zip(people, secrets, strict=True)
        ])  # fmt: skip
    return secrets


def settled(core: Core) -> None:
    """Wait for what a start brings (a round of cleaning, all dates derived anew): it comes once, not with the crowd."""
    due = select(func.count()).where(Outbox.done_at.is_(None), Outbox.run_at <= datetime.now(UTC))
    while True:
        with core.db.read() as session:
            if not session.execute(due).scalar_one():
                return
        time.sleep(0.2)


async def all_at_once(
    url: str, secrets: list[str], processes: list[psutil.Process]
) -> tuple[list[tuple[float, int]], float]:  # fmt: skip
    """((seconds, status) for each, seconds of processor time that the server spent).

    Plain sockets: a client library would cost more than what it measures.
    """
    where = urlsplit(url)
    assert where.hostname is not None
    gate, body = asyncio.Event(), b'{"answer": "yes"}'

    async def client(token: str) -> tuple[float, int]:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        head = f"PUT /api/v1/occurrences/1/rsvp HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        await gate.wait()
        start = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.read()
        waited = time.perf_counter() - start
        writer.close()
        return waited, int(answer.split(b" ", 2)[1])

    for token in secrets[:WARM]:  # the first requests of a process read templates and statements
        gate.set()
        await client(token)
    gate.clear()
    clients = [asyncio.create_task(client(token)) for token in secrets]
    await asyncio.sleep(1)
    before = _spent(processes)
    gate.set()
    found = list(await asyncio.gather(*clients))
    return found, _spent(processes) - before


def _spent(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (one.cpu_times() for one in processes))


def main() -> None:
    """Print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    chosen = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)
    lines = []
    print("| database | month, 100 dates: ms | 10,000 dates: ms | ratio |\n|--|--:|--:|--:|")
    for database in chosen.databases:
        with site(database, 100) as (_, few), site(database, 10_000) as (_, many):
            small, large = months(few, many)
            print(f"| {database} | {small:.1f} | {large:.1f} | {large / small:.2f} |", flush=True)
        for workers in (1, 2):
            figures = crowd(database, workers)
            lines.append("| {} | {} | {:.0f} | {:.0f} | {:.1f} | {} |".format(database, workers, *figures))
    print(f"\n| database | processes | {CLIENTS} answer: median ms | p99 ms | processor ms each | lost |")
    print("|--|--:|--:|--:|--:|--:|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
