"""The engine: connections of its own with a limit of time, and what to do when the limit was met."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session

from forum.db import Database, translate_error
from forum.kit.cursors import LeanCursor
from forum.search import standing
from forum.search.documents import CHUNK
from forum.search.engines.base import (
    CANDIDATES,
    Document,
    Found,
    Hit,
    IndexBusy,
    IndexUnusable,
    Order,
    OutOfTime,
    Scope,
    State,
)  # fmt: skip
from forum.search.engines.postgres import alike, finding, spelling, writing
from forum.search.engines.postgres.clauses import Clause, clauses
from forum.search.engines.postgres.texts import Words, read
from forum.search.language import Query

T = TypeVar("T")
TIMEOUT = 800  # milliseconds of one statement; the bounds of `finding` keep far below, this is the net under them
CONNECTIONS = 4
ALIKE = 0.25
"""Trigrams in common, as pg_trgm counts them: two letters changed about in a word of six leave a quarter."""
BATCH = 200  # documents of one transaction while everything is built anew
MANY = 20_000  # documents that are counted no more: that takes 50 ms of 200,000, and every reply makes it anew
ABOUT = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass('search_documents')")
COUNT_FOR = 30.0  # seconds for which the number of documents is remembered
LAYOUT = 1
"""Raise it when what is written of a post changes, here or in the analysis: rows of another layout are built anew."""
BUILDING, WRITING = 0x5EA6C4, 0x5EA6C5
"""Keys of the locks of whoever builds anew, and of whoever writes what was just read."""
PATIENCE = text("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '30s', true)")
"""For one transaction: so long one of these waits for the other. A chunk of a build takes two seconds."""
LATE = "55P03"  # SQLSTATE


class PostgresEngine:
    """Search in the forum's own database. Thread-safe."""

    name = "postgres"

    def __init__(self, db: Database, weights: finding.Weights = finding.WEIGHTS) -> None:
        """Opens nothing yet. Its connections go when those of `db` go."""
        self._db = db
        self.weights = weights
        # few of its own: a page that searches holds one of the others already, and would wait for itself
        self._engine = create_engine(
            db.engine.url, pool_size=CONNECTIONS, max_overflow=CONNECTIONS, pool_timeout=5, pool_use_lifo=True,
            pool_pre_ping=True, pool_recycle=1800, isolation_level="AUTOCOMMIT",
            connect_args={"cursor_factory": LeanCursor},
        )  # fmt: skip
        event.listen(self._engine, "connect", _limited)
        event.listen(db.engine, "engine_disposed", lambda _: self._engine.dispose())
        self._lock = threading.Lock()
        self._counted: tuple[float, int] = (-COUNT_FOR, 0)

    def find(self, query: Query, scope: Scope, *, order: Order = "relevance", limit: int = CANDIDATES) -> Found:
        """The posts that match. Raises IndexUnusable, Busy, Unavailable."""
        return self._ask(lambda connection: self._find(connection, query, scope, order, limit), late=_cut)

    def find_both(self, query: Query, words: Query, scope: Scope, *, order: Order = "relevance") -> tuple[Found, Found]:
        """See `Engine.find_both`. Raises IndexUnusable, Busy, Unavailable.

        Words that every third post holds cannot all be ranked: then those to be counted are the newest, unranked.
        """

        def both(connection: Connection) -> tuple[Found, Found]:
            known = clauses(connection, words.terms)
            around = self._found(connection, known, words, scope, order, CANDIDATES, counting=True)
            if around.complete:
                return around, around
            return self._found(connection, known, query, scope, order, CANDIDATES), around

        return self._ask(both, late=lambda: (_cut(), _cut()))

    def _find(self, connection: Connection, query: Query, scope: Scope, order: Order, limit: int) -> Found:
        return self._found(connection, clauses(connection, query.terms), query, scope, order, limit)

    def _found(
        self, connection: Connection, known: Sequence[Clause], query: Query, scope: Scope, order: Order, limit: int,
        *, counting: bool = False,
    ) -> Found:  # fmt: skip
        """`known`: the terms of `query`."""
        wanted = finding.strictest([clause for clause in known if not clause.negative])
        if not all(clause.tsquery for clause in wanted):
            return Found(())
        try:
            search = finding.Search(
                wanted=wanted, unwanted=tuple(clause for clause in known if clause.negative and clause.tsquery),
                filters=tuple(finding.filters(connection, query, scope)), of=self._documents(connection),
                in_title=query.in_title and bool(wanted), order=order, limit=limit, counting=counting,
            )  # fmt: skip
            found = finding.find(connection, search, self.weights)
            return msgspec.structs.replace(found, shortened=any(it.shortened for it in known))
        except DBAPIError as error:
            if not finding.is_cancelled(error):
                raise
            return _cut()

    def similar(self, title: str, text: str, locale: str, scope: Scope, *, limit: int = 20) -> Sequence[Hit]:
        """See `Engine.similar`; one post a thread. Raises IndexUnusable, OutOfTime, Busy, Unavailable."""
        return self._ask(
            lambda connection: alike.similar(connection, title, text, scope, self._documents(connection), limit),
            late=_nobody_knows,
        )

    def suggest(self, words: Sequence[str], scope: Scope) -> dict[str, str]:
        """See `Engine.suggest`: looked up in posts that lists show, in the categories of `scope`."""
        return self._ask(lambda connection: spelling.suggest(connection, words, scope), late=dict[str, str])

    @contextmanager
    def turn(self) -> Iterator[None]:
        """See `Engine.turn`: whoever asks next is the next. Raises IndexBusy, Unavailable, Busy."""
        with self._locked() as connection:
            connection.execute(PATIENCE)
            try:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITING})
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") == LATE:
                    raise IndexBusy("another process writes the index") from error
                raise
            yield

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A transaction for locks, which end with it, whatever happens: a pooler may give each one another session.

        It has no snapshot between its statements, so it keeps nobody from tidying up. Raises Unavailable, Busy.
        """
        try:
            with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translate_error(error) from error

    def write(self, documents: Iterable[Document], gone: Iterable[int]) -> None:
        """Put documents in place of older ones, take others out: one transaction. Raises IndexUnusable."""
        with self._db.write() as session:
            standing.check(session, self.name, LAYOUT)
            writing.put(session, list(documents), gone)
        self._forget_count()

    def rebuild(self, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None]) -> None:
        """Write every document anew in batches; the rest goes at the end. Search answers all the while.

        Raises IndexBusy when another process is at it, Unavailable, Busy.
        """
        with self._alone():
            self._rebuild(documents, progress)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two at once would count each other's words."""
        with self._locked() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": BUILDING}).scalar_one():
                raise IndexBusy("the index is being built")
            yield

    def _rebuild(self, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None]) -> None:
        with self._db.write() as session:
            began = writing.begin_count(session)
        words, done = Words(), 0
        rest = iter(documents())
        while True:
            with self.turn():  # a post that changes after it was read here is written by the worker after this
                chunk = list(islice(rest, CHUNK))
                for start in range(0, len(chunk), BATCH):
                    with self._db.write() as session:
                        writing.upsert(session, [read(it, words) for it in chunk[start : start + BATCH]])
                        if len(words.posts) > 50_000:
                            writing.count(session, words, anew=True)
            if not chunk:
                break
            done += len(chunk)
            progress(done)
        with self._db.write() as session:
            writing.count(session, words, anew=True)
            writing.finish_count(session, began)
            standing.built(session, self.name, LAYOUT)
        self._forget_count()
        with self._db.write() as session:  # what a search costs is judged by it
            session.execute(text("ANALYZE search_documents, search_words"))

    def state(self) -> State:
        """How many documents there are; complete while usable, for the old rows answer until new ones are there."""
        try:
            documents = self._ask(self._documents, late=lambda: self._counted[1])
            return State(documents=documents, usable=True, complete=True)
        except IndexUnusable:
            return State(documents=0, usable=False, complete=False)

    def _documents(self, connection: Connection) -> int:
        """Posts in the index: of half a minute ago at most, of many about as many as the planner believes.

        Raises IndexUnusable when they are not of this release, or somebody else was told of what changed.
        """
        with self._lock:
            at, counted = self._counted
        if time.monotonic() - at < COUNT_FOR and counted:
            return counted
        with Session(connection) as session:
            standing.check(session, self.name, LAYOUT)
        counted = int(connection.execute(ABOUT).scalar_one())
        if counted < MANY:
            counted = int(connection.execute(text("SELECT count(*) FROM search_documents")).scalar_one())
        if not counted:
            with Session(connection) as session:
                standing.check_empty(session)
        with self._lock:
            self._counted = (time.monotonic(), counted)
        return counted

    def _forget_count(self) -> None:
        with self._lock:
            self._counted = (-COUNT_FOR, 0)

    def _ask(self, question: Callable[[Connection], T], *, late: Callable[[], T]) -> T:
        """The answer; that of `late` when a statement met the limit of time. Raises IndexUnusable, Busy, Unavailable.

        A search that took too long is no failure of the database.
        """
        try:
            with self._engine.connect() as connection:
                return question(connection)
        except ProgrammingError as error:
            raise IndexUnusable(str(error.orig)) from error
        except DBAPIError as error:
            if finding.is_cancelled(error):
                return late()
            raise translate_error(error) from error


def _cut() -> Found:
    return Found((), cut=True)


def _nobody_knows() -> Sequence[Hit]:
    raise OutOfTime("there was no time to look for posts about the same")


SETTINGS = {
    "statement_timeout": TIMEOUT,
    "jit": "off",  # compiling a plan costs more than these statements
    "random_page_cost": 1.1,  # of a disk without moving parts: by the index of a category, not through all others
    "pg_trgm.similarity_threshold": ALIKE,
}
"""Of the connections that search."""


def _limited(connection: Any, _record: object) -> None:
    """A search that would take too long is ended."""
    connection.autocommit = True  # for good: what is ended must not take the next statement with it
    connection.execute("; ".join(f"SET {name} = {value}" for name, value in SETTINGS.items()))
