"""How long a new post takes through all phases: `python -m tests.bench.prevention`.

Milliseconds of processor time in one thread (what the machine does besides does not count) and, beside it, as a clock
shows them; with 1,000 watched words and patterns, ten of them of the kind that never ends elsewhere: for posts as
people write them and for bodies of 32 kB made to be slow. "New ones" are another body in each round: what an automaton
has learned from the last does not help. "With its facts" adds the statements of a live post, on an SQLite file with
20,000 looked-at posts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random

from sqlalchemy import insert

from forum.db import Database
from forum.kit.markdown import MAX_SOURCE, parse, render
from forum.members.models import Member
from forum.migrate import migrate
from forum.prevention import queries
from forum.prevention.engine import examine
from forum.prevention.facts import Author, Facts
from forum.prevention.models import Check, Mark, Token
from forum.prevention.reading import read
from forum.prevention.rules import Rules, Word
from forum.settings import load

WARM = 20
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ENDLESS = (
    r"(x+x+)+y", r"(a|aa)+b", r"([a-z]+ ?)+\$q", r"[a-q][^u-z]{13}x", r"(.*)(.*)(.*)zzz", r"(\d+)+!x",
    r"(a?){20}a{20}c", r"(foo|fo*)+bar\b", r"^(([a-z])+.)+[A-Z]([a-z])+@@", r"(q*)*(w*)*(e*)*rty\b",
)  # fmt: skip


def rules() -> Rules:
    """A thousand words and patterns."""
    words = [Word(n, f"parola{n}x*" if n % 3 else f"due parole{n}", "flag") for n in range(990)]
    patterns = [Word(2000 + n, pattern, "flag", "pattern") for n, pattern in enumerate(ENDLESS)]
    return Rules(words=(*words, *patterns), modes={"words": "flag"}, stamp="bench")


def hostile() -> dict[str, str]:
    """Bodies of 32 kB that are slow to read."""
    random = Random(5)
    made = {
        "one letter": "x" * MAX_SOURCE, "two letters": "ab" * MAX_SOURCE, "digits": "333 1234567 " * 4000,
        "accents": "Perché la città è così " * 3000, "Cyrillic": "раураl жизнь " * 3000,
        "links": "http://a.example/x " * 3000,
        "mentions": "@anna " * 9000, "quotes": "> citazione\n" * 4000, "addresses": "via Roma " * 5000,
        "mails": "a@b.it " * 7000, "accounts": "IT60 X054 " * 4000, "stacked accents": "a\u0301\u0302\u0303" * 9000,
        "fences": "```\n" * 9000, "spelled": "v i a g r a " * 4000, "capitals": "VIA ADESSO " * 4000,
        "thousand words": " ".join(f"parola{n}" for n in range(5000)),
        "noise": "".join(chr(random.randrange(32, 0x2000)) for _ in range(20_000)),
    }  # fmt: skip
    return {name: body.encode()[:MAX_SOURCE].decode("utf-8", "ignore") for name, body in made.items()}


NEARLY = (
    "via Roma 1° ", "Via De De De De ", "1 Abc Def Ghi Street_ ", "a@b.it_ ", "IT60X0542811101000000123457 ",
    "RSSMRA85T10A562X ", "333 1234567a ", "+39 1 1 1 1 1 1 1 1 1 ",
)  # fmt: skip
"""What is nearly personal data: each costs a closer look."""


def nearly() -> dict[str, str]:
    """Bodies of 32 kB full of what is nearly personal data, with a little of all the rest."""
    last = " ".join(NEARLY)
    made = {f"nearly data: {one.strip()}": one * (32_000 // len(one)) + last for one in NEARLY}
    return made | {"one number after the other": "0 " * 16_000 + "0a"}


def foreign(random: Random) -> str:
    """Foreign letters, each a word."""
    return "".join(f"{chr(random.randrange(0x80, 0x800))} " for _ in range(10_900))


def letters(random: Random) -> str:
    """Words that nobody has written before."""
    return "".join(random.choices("abcdefghijklmnopqrst     0123456789.-@", k=MAX_SOURCE))


Times = tuple[list[float], list[float]]
"""Milliseconds of each round: the processor's, the clock's; sorted."""


def timed(works: Sequence[Callable[[], object]], rounds: int) -> Times:
    """One of `works` after the other, in a circle; the first `WARM` do not count: automata are there after them."""
    processor, clock, turns = list[float](), list[float](), cycle(works)
    for work in islice(turns, WARM):
        work()
    for work in islice(turns, rounds):
        started, began = time.perf_counter(), time.thread_time()
        work()
        processor.append((time.thread_time() - began) * 1000)
        clock.append((time.perf_counter() - started) * 1000)
    return sorted(processor), sorted(clock)


def through(body: str, in_force: Rules) -> Callable[[], object]:
    """All phases over `body`, its facts given."""
    html = render(parse(body), {}).html
    who = Author(1, NOW)

    def work() -> object:
        found = read(body, html)
        counts = dict.fromkeys(found.tokens, (3, 2))
        return examine(found, Facts(now=NOW, author=who, learned=(100, 400), tokens=counts), in_force)

    return work


def filled(folder: Path) -> Database:
    """A database in which much has been looked at."""
    db = Database(load({}, data_dir=folder))
    migrate(db.engine)
    random = Random(3)
    with db.write() as session:
        session.execute(insert(Member), [{
            "id": n, "name": f"m{n}", "name_key": f"m{n}", "display_name": f"m{n}", "display_key": f"m{n}", "links": [],
            "joined_at": NOW - timedelta(days=3),
        } for n in range(1, 501)])  # fmt: skip
        session.execute(insert(Check), [{
            "id": n, "author_id": 1 + n % 500, "kind": "reply", "outcome": "", "phase": "", "findings": [],
            "digest": n, "created_at": NOW - timedelta(minutes=n),
        } for n in range(1, 20_001)])  # fmt: skip
        marks = [{"mark": random.getrandbits(60), "check_id": n} for n in range(1, 20_001) for _ in range(8)]
        session.execute(insert(Mark), marks)
        tokens = {random.getrandbits(62) for _ in range(50_000)} | {0}
        session.execute(insert(Token), [{"token": token, "bad": 20, "good": 90} for token in tokens])
    return db


def with_facts(db: Database, body: str, in_force: Rules) -> Callable[[], object]:
    """The same with the statements of a live post."""
    html = render(parse(body), {}).html

    def work() -> object:
        with db.read() as session:
            found = read(body, html)
            who = queries.author(session, 7)
            around = queries.facts(session, found, who, kind="reply", category_id=1, now=NOW)
            queries.rules(session)
            return examine(found, around, in_force)

    return work


def rows(db: Database, rounds: int) -> dict[str, list[Callable[[], object]]]:
    """What is measured: its name, the bodies that take turns."""
    in_force, random = rules(), Random(9)
    usual = "Ho provato con un altro cavo, come dicevi, e da ieri la luce non si è più spenta. " * 8
    slow = hostile() | nearly()
    found = {"a usual post (660 characters)": [through(usual, in_force)]}
    found["the same, with its facts"] = [with_facts(db, usual, in_force)]
    found |= {f"32 kB: {name}": [through(body, in_force)] for name, body in slow.items()}
    for name, make in (("foreign letters, each a word", foreign), ("letters and digits", letters)):
        bodies = [make(random) for _ in range(WARM + rounds)]
        found[f"32 kB, new ones: {name}"] = [through(body, in_force) for body in bodies]
        found[f"32 kB, new ones, with their facts: {name}"] = [with_facts(db, body, in_force) for body in bodies]
    found["32 kB: thousand words, with its facts"] = [with_facts(db, slow["thousand words"], in_force)]
    return found


def main() -> int:
    """Print the table; 1 when a figure is above `--most`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--most", type=float, default=5.0, help="milliseconds of processor time at p99")
    chosen = options.parse_args()
    worst, everything = 0.0, (list[float](), list[float]())
    started = time.thread_time()
    rules().lists.found(read("", ""))
    print(f"First text after a change of the list: {(time.thread_time() - started) * 1000:.0f} ms more.\n")
    print("| text | p50 ms | p99 ms | by the clock: p50 | p99 |\n|--|--|--|--|--|")
    with tempfile.TemporaryDirectory() as folder:
        db = filled(Path(folder))
        for name, works in rows(db, chosen.rounds).items():
            times = timed(works, chosen.rounds)
            print(_row(name, times), flush=True)
            worst = max(worst, _at(times[0], 0.99))
            everything = everything[0] + times[0], everything[1] + times[1]
        db.engine.dispose()
    print(_row("all of them", (sorted(everything[0]), sorted(everything[1]))))
    return int(worst > chosen.most)


def _at(times: list[float], share: float) -> float:
    return times[int(len(times) * share)]


def _row(name: str, times: Times) -> str:
    cells = [f"{_at(one, share):.2f}" for one in times for share in (0.5, 0.99)]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
