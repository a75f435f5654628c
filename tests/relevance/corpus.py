"""The posts of three real forums as documents, read from ../shared/data; nothing of them is kept in the project."""

import gzip
import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from forum.search.analysis import detect
from forum.search.engines.base import Document

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FORUMS = {"italian-se": "it", "se-meta-2018": "en", "oem-sample": "en"}
"""Folder → the language of a text that does not tell. Thread ids of the second forum begin at 1,000,000 and so on."""
APART = 1_000_000


class Corpus(msgspec.Struct, frozen=True):
    """Threads of one forum or several. Ids are those of the source plus the forum's number times `APART`."""

    documents: tuple[Document, ...]
    links: tuple[tuple[int, int], ...]  # thread → the thread that it cites

    def titles(self, forum: str = "") -> dict[int, str]:
        """Thread id → title, of one forum or all."""
        return {it.thread_id: it.title for it in self.documents if not forum or forum_of(it.thread_id) == forum}


def forum_of(thread_id: int) -> str:
    """The folder that a thread came from."""
    return list(FORUMS)[thread_id // APART]


@cache
def corpus(forums: tuple[str, ...] = tuple(FORUMS)) -> Corpus:
    """The posts of these forums. Raises FileNotFoundError where there is no data."""
    documents: list[Document] = []
    links: list[tuple[int, int]] = []
    for forum in forums:
        base = list(FORUMS).index(forum) * APART
        threads = {it["id"]: it for it in rows(forum, "threads")}
        people: dict[Any, int] = {}
        numbers: dict[int, int] = {}
        for post in rows(forum, "posts"):
            thread = threads.get(post["thread"])
            if thread is None:
                continue
            numbers[thread["id"]] = numbers.get(thread["id"], 0) + 1
            text = text_of(post["body"], post["format"])
            documents.append(
                Document(
                    post_id=base + len(documents) + 1, thread_id=base + thread["id"],
                    number=numbers[thread["id"]], category_id=base // APART + 1,
                    author_id=people.setdefault(post["author"], len(people) + 1), title=thread["title"],
                    tags=tuple(thread["tags"]), text=text, locale=detect(thread["title"] + " " + text, FORUMS[forum]),
                    has_image="<img" in post["body"],
                    created_at=datetime.fromisoformat(post["created"]).astimezone(UTC),
                )
            )  # fmt: skip
        links += [(base + it["from"], base + it["to"]) for it in rows(forum, "links")]
    return Corpus(tuple(documents), tuple(links))


def rows(forum: str, kind: str) -> Iterator[dict[str, Any]]:
    """One file of a forum."""
    with gzip.open(DATA / forum / f"{kind}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def text_of(body: str, kind: str) -> str:
    """The words of a body; an approximation of what the importer and the renderer make of it."""
    if kind == "html":
        body = html.unescape(re.sub(r"<[^>]*>", " ", body))
    else:
        body = re.sub(r"\]\([^)]*\)|<[^>]*>|^ *\[\d+\]: .*$", " ", body, flags=re.M)
    return body[:100_000].replace("\x00", "")
