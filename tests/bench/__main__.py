"""Requests a second and p99 of the pages that matter: `make bench`, or `python -m tests.bench --help`.

Seeds forums of the given sizes into var/bench (once), serves each as the product is served, loads it with `wrk`
(Debian's package) from the same machine, and prints a Markdown table. Read the figures as ratios: the load and the
server share the cores.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from forum.kit import tokens
from forum.settings import Settings, load
from tests.bench.seed import TOKEN, seed

ROOT = Path("var/bench")
PORT = 8987
BASE = f"http://127.0.0.1:{PORT}"
REPLY = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.body = "_csrf=%s&body=A+reply+of+a+usual+length%%2C+with+a+%%2A%%2Aword%%2A%%2A+in+bold+and+@m2+called"
"""


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    database: str
    posts: int
    what: str
    per_second: float
    p99: str
    errors: str


def settings_for(database: str, posts: int) -> Settings:
    """The data folder (and PostgreSQL database) of one size, seeded when it is new."""
    folder = ROOT / f"{database}-{posts}"
    url = ""
    if database == "postgres":
        from tests.support.postgres import server

        name = f"bench_{posts}"
        server().create(name)
        url = server().url(name)
        shutil.rmtree(folder, ignore_errors=True)
    settings = load({}, data_dir=folder, database_url=url)
    if not (folder / "seeded").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"seeding {database} with {posts} posts …", file=sys.stderr)
        seed(settings, posts)
        (folder / "seeded").touch()
    return settings


@contextmanager
def served(settings: Settings, workers: int, *, cache: bool) -> Iterator[int]:
    """The site, as `forum serve` serves it; yields the process id."""
    environment = {
        **os.environ,
        "FORUM_DATA_DIR": str(settings.data_dir),
        "FORUM_DATABASE_URL": settings.database_url,
        "FORUM_BASE_URL": BASE,
        "FORUM_PAGE_CACHE": "on" if cache else "off",
        "FORUM_LOG": "json",
    }
    command = [sys.executable, "-m", "forum", "serve", "--port", str(PORT), "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{BASE}/readyz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def canonical(path: str) -> str:
    """Where a path leads in the end."""
    with urllib.request.urlopen(BASE + path, timeout=20) as answer:
        return str(answer.url)


def wrk(url: str, seconds: int, connections: int, *, cookie: str = "", script: str = "") -> tuple[float, str, str]:
    """(requests a second, p99, errors as wrk words them)."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", url]
    if cookie:
        command[1:1] = ["-H", f"Cookie: forum-session={cookie}"]
    if script:
        path = ROOT / "reply.lua"
        path.write_text(script)
        command[1:1] = ["-s", str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, late = re.search(r"Requests/sec:\s+([\d.]+)", out), re.search(r"99%\s+(\S+)", out)
    bad = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", out)
    return float(rate[1]) if rate else 0.0, late[1] if late else "?", bad[0] if bad else ""


def run(settings: Settings, database: str, posts: int, options: argparse.Namespace) -> Iterator[Figure]:
    """Every figure of one database."""
    load_ = {"seconds": options.seconds, "connections": options.connections}
    with served(settings, options.workers, cache=False) as pid:
        thread, long = canonical("/t/2"), canonical("/t/1")
        last = re.sub(r"\?.*", "", long) + f"?page={500 if posts > 50_000 else posts // 200}"
        for what, url, cookie in (
            ("thread page, member", thread, TOKEN),
            ("thread page, guest, uncached", thread, ""),
            ("last page of the longest thread, member", last, TOKEN),
            ("thread list, member", BASE + "/latest", TOKEN),
            ("thread list, guest, uncached", BASE + "/latest", ""),
        ):
            wrk(url, 1, options.connections, cookie=cookie)
            yield Figure(database, posts, what, *wrk(url, cookie=cookie, **load_))
        token = tokens.sign(settings.secret(), "csrf", TOKEN)
        yield Figure(
            database, posts, "reply", *wrk(f"{BASE}/threads/3/replies", cookie=TOKEN, script=REPLY % token, **load_)
        )
        yield Figure(database, posts, f"memory of {options.workers} processes after that, MB", memory(pid), "", "")
    with served(settings, options.workers, cache=True):
        yield Figure(database, posts, "thread page, guest, page cache", *wrk(thread, **load_))
    with served(settings, 1, cache=True) as pid:
        time.sleep(2)
        yield Figure(database, posts, "memory of one idle process, MB", memory(pid), "", "")


def memory(pid: int) -> float:
    """Resident memory of a process and its children, MB."""
    total = 0
    for line in subprocess.run(
        ["ps", "-eo", "pid,ppid,rss"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1:]:
        process, parent, kilobytes = (int(word) for word in line.split())
        if pid in {process, parent}:
            total += kilobytes
    return round(total / 1024, 1)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", default="2000,200000")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        print("wrk is not here: apt install wrk", file=sys.stderr)
        return 1
    ROOT.mkdir(parents=True, exist_ok=True)
    print("| database | posts | what | a second | p99 | |\n|--|--:|--|--:|--:|--|", flush=True)
    for database in options.databases.split(","):
        for posts in (int(word) for word in options.posts.split(",")):
            for row in run(settings_for(database, posts), database, posts, options):
                cells = (row.database, f"{row.posts:,}", row.what, f"{row.per_second:,.0f}", row.p99, row.errors)
                print(f"| {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
