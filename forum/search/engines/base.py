"""What an engine of search has to do. Two exist: Whoosh, embedded, and PostgreSQL's full text.

An engine finds candidates; the database says what a reader may see of them (`forum/search/queries.py`). So an engine
may lag behind, hold what is hidden by now, or miss a post: it can never show one.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from forum.search.language import Query

CANDIDATES = 1_000
"""So many posts are looked at for one search: what is beyond them is behind 50 pages of 20 posts."""

Order = Literal["relevance", "newest"]


class Document(msgspec.Struct, frozen=True):
    """A post as the index knows it."""

    post_id: int
    thread_id: int
    number: int  # 1: the opening post
    category_id: int
    author_id: int
    title: str  # of the thread
    tags: tuple[str, ...]
    text: str  # plain text of the post: code and quotes included, markup not
    locale: str  # "it", "en"
    has_image: bool
    created_at: datetime


class Hit(msgspec.Struct, frozen=True):
    """A candidate. `score`: comparable within one answer only, higher is better."""

    post_id: int
    score: float


class Found(msgspec.Struct, frozen=True):
    """At most `CANDIDATES` hits, best first. `cut`: there was more than could be ranked in time.

    `shortened`: a beginning stands for more words than were looked for.
    """

    hits: tuple[Hit, ...]
    cut: bool = False
    shortened: bool = False

    @property
    def complete(self) -> bool:
        """There is nothing that was not found."""
        return not self.cut and not self.shortened and len(self.hits) < CANDIDATES


class Scope(msgspec.Struct, frozen=True):
    """A hint that keeps what the reader may not see from filling the candidates; the database decides afterwards.

    `categories`: those the reader may see, None for all. `without`: posts known to be out of sight.
    """

    categories: frozenset[int] | None = None


class State(msgspec.Struct, frozen=True):
    """How the index is. `usable`: it answers. `complete`: it is not being rebuilt."""

    documents: int
    usable: bool
    complete: bool
    waiting: int = 0  # changes it has still to hear of
    behind: float = 0.0  # seconds since the oldest of them


class IndexUnusable(Exception):
    """The index is missing or broken: search says so, and the worker builds it anew."""


class OutOfTime(IndexUnusable):
    """The index is well, but there was no time to ask it: nobody knows what it would have said."""


class IndexBusy(Exception):
    """Another process writes the index right now; what it was to hear is still noted, and is written later."""


class Engine(Protocol):
    """Thread-safe; one for the process."""

    name: str

    def find(self, query: Query, scope: Scope, *, order: Order = "relevance", limit: int = CANDIDATES) -> Found:
        """The posts that match. Raises IndexUnusable."""

    def find_both(self, query: Query, words: Query, scope: Scope, *, order: Order = "relevance") -> tuple[Found, Found]:
        """What matches `query`, and what matches its `words` alone, by which filters are counted. Raises IndexUnusable.

        The first is the second where that is complete: whoever asks filters what was found again.
        """

    def similar(self, title: str, text: str, locale: str, scope: Scope, *, limit: int = 20) -> Sequence[Hit]:
        """Posts about the same, for a text that need not be indexed. Raises IndexUnusable, OutOfTime."""

    def suggest(self, words: Sequence[str], scope: Scope) -> dict[str, str]:
        """Better spellings of words that find (nearly) nothing, taken from what `scope` may read."""

    def turn(self) -> AbstractContextManager[None]:
        """Whoever reads posts in order to write them holds this around both, or what was read first could be written
        last. Raises IndexBusy when nobody makes room in time.
        """

    def write(self, documents: Iterable[Document], gone: Iterable[int]) -> None:
        """Put documents in place of older ones, take the posts `gone` out; durable when it returns.

        Raises IndexBusy, IndexUnusable.
        """

    def rebuild(self, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None]) -> None:
        """Build anew from all documents while the old index goes on answering, then change places.

        `progress` hears how many documents it has. Raises IndexBusy when another process is at it.
        """

    def state(self) -> State:
        """Cheap."""
