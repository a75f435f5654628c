"""The embedded engine of search: what the house asks of it, handed on to those who do it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import select

from forum.categories.models import Category
from forum.db import Database
from forum.errors import ForumError
from forum.events import IndexStale, record
from forum.kit.clock import utc_now
from forum.members.models import Member
from forum.search import queue, standing
from forum.search.engines.base import CANDIDATES, Document, Found, Hit, IndexUnusable, Order, Scope, State
from forum.search.engines.whoosh import finding, spelling, writing
from forum.search.engines.whoosh.fields import LAYOUT
from forum.search.engines.whoosh.finding import Filters, minute
from forum.search.engines.whoosh.library import library
from forum.search.engines.whoosh.segments import Part
from forum.search.engines.whoosh.weights import RANKING, Ranking
from forum.search.language import Query
from forum.threads.models import Thread

T = TypeVar("T")
AT_ONCE = 2
"""Searches that rank at the same time: more would share the same processor, and take their memory together."""
PATIENCE = 60.0
"""Seconds between two calls for the worker when the index cannot be used."""
SURE_FOR = 30.0
"""Seconds for which an index that was the site's own is taken for it: whoever restores or switches starts anew."""
LOOKS = 10
"""At the index and the database in turn: somebody may be writing."""
DAY = 24 * 60
"""Minutes by which days are wider here: they begin when they begin for the reader, as the database knows."""
UNANSWERED = 20_000
"""Threads without an answer that are looked for, the newest."""
log = structlog.get_logger("forum.search")


class WhooshEngine:
    """Words on disk in `index/` of the data folder. Thread-safe."""

    name = "whoosh"

    def __init__(self, folder: Path, db: Database, ranking: Ranking = RANKING) -> None:
        """Opens nothing yet. `db`: for the names in filters, and for what is still to be heard."""
        self.db = db
        self.ranking = ranking
        self.library = library(folder)
        self._called = -PATIENCE
        self._sure: tuple[str, float] = ("", 0.0)
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def find(self, query: Query, scope: Scope, *, order: Order = "relevance", limit: int = CANDIDATES) -> Found:
        """See `Engine.find`. Raises IndexUnusable, Unavailable, Busy."""
        filters = self._filters(query, scope)
        if filters is None:
            return Found(())
        return self._ask(lambda parts: finding.find(parts, query, filters, order, limit, self.ranking))

    def find_both(self, query: Query, words: Query, scope: Scope, *, order: Order = "relevance") -> tuple[Found, Found]:
        """See `Engine.find_both`: one search. Raises IndexUnusable, Unavailable, Busy."""
        narrow, wide = self._filters(query, scope), self._filters(words, scope)
        if narrow is None or wide is None:
            around = self.find(words, scope, order=order)
            return (around if around.complete else Found(())), around
        both = (narrow, wide)
        return self._ask(lambda parts: finding.find_both(parts, words, both, order, CANDIDATES, self.ranking))

    def similar(self, title: str, text: str, locale: str, scope: Scope, *, limit: int = 20) -> Sequence[Hit]:
        """See `Engine.similar`. Raises IndexUnusable."""
        filters = Filters(categories=scope.categories)
        return self._ask(lambda parts: finding.similar(parts, title, text, locale, filters, limit))

    def suggest(self, words: Sequence[str], scope: Scope) -> dict[str, str]:
        """See `Engine.suggest`. Raises IndexUnusable."""
        return self._ask(lambda parts: spelling.better(parts, words, scope.categories))

    def turn(self) -> AbstractContextManager[None]:
        """See `Engine.turn`. Raises IndexBusy, IndexUnusable."""
        return writing.turn(self.library.shelf)

    def write(self, documents: Iterable[Document], gone: Iterable[int]) -> None:
        """See `Engine.write`. Raises IndexBusy, IndexUnusable, Unavailable, Busy."""
        writing.write(self.library, list(documents), set(gone), self._begin, self.ranking)

    def rebuild(self, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None]) -> None:
        """See `Engine.rebuild`. Raises IndexBusy, IndexUnusable, Unavailable, Busy."""
        writing.build(
            self.library, documents, progress, lambda posts: queue.note(self.db, posts), self._claim, self.ranking
        )
        self._sure = self.library.shelf.current().name, time.monotonic()

    def state(self) -> State:
        """See `Engine.state`."""
        complete = not self.library.shelf.held("build")
        try:
            self._in_step()
            documents, usable = sum(it.living for it in self.library.parts()), not self.library.shelf.damaged()
            if not documents:
                with self.db.read() as session:
                    standing.check_empty(session)
        except IndexUnusable:
            documents, usable, complete = 0, False, False
        waiting, behind = queue.backlog(self.db)
        return State(documents, usable, complete, waiting, behind)

    def _in_step(self) -> None:
        """Is the index of this database as it is now? Raises IndexUnusable."""
        shelf = self.library.shelf
        for _ in range(LOOKS):
            folder = shelf.current()
            if self._sure[0] == folder.name and time.monotonic() - self._sure[1] < SURE_FOR:
                return
            stamp = shelf.stamp(folder)
            try:
                with self.db.read() as session:
                    standing.check(session, self.name, LAYOUT, stamp)
            except IndexUnusable:
                if (shelf.current(), shelf.stamp(folder)) == (folder, stamp):
                    raise
                continue
            self._sure = folder.name, time.monotonic()
            return
        raise IndexUnusable("the index changes faster than it can be read")

    def _begin(self, seen: str) -> str:
        with self.db.write() as session:
            return standing.next_stamp(session, self.name, LAYOUT, seen)

    def _claim(self, seen: str, stamp: str) -> None:
        with self.db.write() as session:
            standing.built(session, self.name, LAYOUT, seen=seen, stamp=stamp)

    def _ask(self, question: Callable[[Sequence[Part]], T]) -> T:
        try:
            self._in_step()
            parts = self.library.parts()
            with self._room:
                return question(parts)
        except IndexUnusable:
            self._call()
            raise
        except ForumError:
            raise
        except Exception as error:  # a broken file makes whatever it likes of itself
            log.exception("search failed")
            damage = f"{type(error).__name__}: {error}"
            self.library.shelf.report(damage)
            self._call()
            raise IndexUnusable(damage) from error

    def _call(self) -> None:
        """Leave word for the worker, once in a while."""
        if time.monotonic() - self._called < PATIENCE:
            return
        self._called = time.monotonic()
        with contextlib.suppress(ForumError), self.db.write() as session:
            record(session, IndexStale(), now=utc_now())

    def _filters(self, query: Query, scope: Scope) -> Filters | None:
        """The query's names as numbers; None when nothing can match. One statement at most for each kind of name."""
        categories, not_categories = self._ids(Category, "slug", query.categories, query.not_categories)
        authors, not_authors = self._ids(Member, "name_key", query.authors, query.not_authors)
        allowed = scope.categories
        if query.categories:
            allowed = categories if allowed is None else allowed & categories
        threads = self._unanswered() if query.is_ else None
        if (query.authors and not authors) or allowed == frozenset() or threads == frozenset():
            return None
        return Filters(
            categories=allowed, not_categories=not_categories,
            authors=authors if query.authors else None, not_authors=not_authors,
            tags=tuple(it.encode() for it in query.tags), not_tags=tuple(it.encode() for it in query.not_tags),
            after=minute(query.after) - DAY if query.after else None,
            before=minute(query.before) + DAY if query.before else None,
            image="image" in query.has, opening=query.in_title, threads=threads,
        )  # fmt: skip

    def _unanswered(self) -> frozenset[int]:
        """Open threads that nobody has answered."""
        found = select(Thread.id).where(Thread.post_count <= 1, Thread.locked_at.is_(None), Thread.state == "visible")
        with self.db.read() as session:
            return frozenset(session.scalars(found.order_by(Thread.id.desc()).limit(UNANSWERED)))

    def _ids(
        self, table: type[Category] | type[Member], column: str, names: Sequence[str], other: Sequence[str]
    ) -> tuple[frozenset[int], frozenset[int]]:
        if not names and not other:
            return frozenset(), frozenset()
        name = getattr(table, column)
        with self.db.read() as session:
            known = {
                row[0]: row[1] for row in session.execute(select(name, table.id).where(name.in_([*names, *other])))
            }
        return (
            frozenset(known[it] for it in names if it in known), frozenset(known[it] for it in other if it in known)
        )  # fmt: skip
