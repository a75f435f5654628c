"""A forum of a given size, written with bulk inserts: `python -m tests.bench.seed FOLDER POSTS [DATABASE_URL]`.

Threads have 1 to 40 posts, one has 10,000 (when there are that many); the text is made of few words, but cooked for
real.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from forum.accounts.models import SignIn
from forum.categories.models import Category, Site
from forum.db import Database
from forum.kit import tokens
from forum.kit.markdown import RENDERER, cook
from forum.kit.slugs import slugify
from forum.members.models import Member
from forum.migrate import migrate
from forum.settings import Settings, load
from forum.threads.models import Post, Thread

WORDS = [
    "freno",
    "disco",
    "pastiglie",
    "salita",
    "ghiaia",
    "batteria",
    "firmware",
    "sella",
    "catena",
    "pressione",
    "ruota",
    "wheel",
    "brake",
    "rain",
    "mountain",
    "long",
    "short",
    "why",
    "because",
    "perché",
    "quando",
    "dopo",
    "prima",
    "casa",
    "città",
    "sempre",
    "mai",
    "forse",
    "thanks",
    "right",
    "wrong",
    "question",
    "answer",
    "metà",
]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONG = 10_000
TOKEN = "bench-session-token"


def texts(dice: random.Random, count: int = 200) -> list[tuple[str, str]]:
    """(source, html) of varied posts: plain ones, quotes, lists, code."""
    found = []
    for n in range(count):
        paragraphs = [
            " ".join(dice.choices(WORDS, k=dice.randint(8, 60))).capitalize() + "." for _ in range(dice.randint(1, 4))
        ]
        if n % 7 == 0:
            paragraphs.append("- one\n- two\n- three")
        if n % 11 == 0:
            paragraphs.append("```python\nfor x in range(10):\n    print(x)\n```")
        if n % 5 == 0:
            paragraphs.insert(0, "> " + " ".join(dice.choices(WORDS, k=15)))
        source = "\n\n".join(paragraphs)
        found.append((source, cook(source).html))
    return found


def lengths(dice: random.Random, posts: int) -> list[int]:
    """How many posts each thread has; they add up to `posts`."""
    sizes = [LONG] if posts > 5 * LONG else [posts // 10]
    left = posts - sizes[0]
    while left:
        size = min(left, dice.randint(1, 40))
        sizes.append(size)
        left -= size
    return sizes


def made_up(dice: random.Random) -> str:
    """A title of seven words."""
    return " ".join(dice.choices(WORDS, k=7)).capitalize()


def seed(
    settings: Settings,
    posts: int,
    members: int = 500,
    *,
    bodies: list[tuple[str, str]] | None = None,
    titles: list[str] | None = None,
) -> None:
    """Fill an empty, migrated database. `bodies`, `titles`: what to write; default: of few words."""
    db, dice = Database(settings), random.Random(7)
    migrate(db.engine)
    bodies = bodies or texts(dice)
    with db.write() as session:
        session.execute(insert(Site), [{"id": 1, "name": "Bench"}])
        session.execute(
            insert(Category),
            [
                {"id": n, "slug": f"category-{n}", "name": f"Category {n}", "created_at": NOW, "position": n}
                for n in range(1, 11)
            ],
        )
        session.execute(
            insert(Member),
            [
                {
                    "id": n,
                    "name": f"m{n}",
                    "name_key": f"m{n}",
                    "display_name": f"Member {n}",
                    "links": [],
                    "joined_at": NOW,
                    "role": "moderator" if n == 1 else "member",
                }
                for n in range(1, members + 1)
            ],
        )
        session.execute(
            insert(SignIn),
            [
                {
                    "token_hash": tokens.digest(TOKEN),
                    "member_id": 1,
                    "created_at": NOW,
                    "seen_at": datetime.now(UTC),
                    "expires_at": datetime.now(UTC) + timedelta(days=60),
                }
            ],
        )
    threads: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    sizes = lengths(dice, posts)
    for number, size in enumerate(sizes, 1):
        start = NOW - timedelta(minutes=10 * (len(sizes) - number))
        title = titles[number % len(titles)] if titles else made_up(dice)
        threads.append(
            {
                "id": number,
                "category_id": dice.randint(1, 10),
                "author_id": dice.randint(1, members),
                "title": title,
                "slug": slugify(title),
                "created_at": start,
                "last_post_at": start + timedelta(seconds=size),
                "last_poster_id": dice.randint(1, members),
                "last_number": size,
                "post_count": size,
            }
        )
        for n in range(1, size + 1):
            source, html = bodies[(number * 31 + n) % len(bodies)]
            rows.append(
                {
                    "thread_id": number,
                    "number": n,
                    "author_id": dice.randint(1, members),
                    "source": source,
                    "html": html,
                    "renderer": RENDERER,
                    "created_at": start + timedelta(seconds=n),
                }
            )
    with db.write() as session:
        for at in range(0, len(threads), 5000):
            session.execute(insert(Thread), threads[at : at + 5000])
        for at in range(0, len(rows), 5000):
            session.execute(insert(Post), rows[at : at + 5000])
        if not settings.sqlite:  # explicit ids leave the sequences behind
            for table in ("categories", "members", "threads"):
                session.connection().exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    db.close()


if __name__ == "__main__":
    folder, count, *url = sys.argv[1:]
    seed(load({}, data_dir=Path(folder), database_url=url[0] if url else ""), int(count))
