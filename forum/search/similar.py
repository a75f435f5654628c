"""Threads about the same: for who is about to open one, at the foot of a thread, and for feedback."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.kit.markdown import plain
from forum.policy.actors import Actor
from forum.search import filters, queries
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.views import SimilarThread
from forum.threads.views import ThreadView

LIMIT = 5
TEXT = 4_000  # characters that are looked at: what a thread is about stands in its beginning
FRESH = 600.0  # seconds for which an engine's answer about a thread is good
MOST = 2_000  # threads whose answers are kept
SHORT = 4  # a title with fewer characters says nothing yet


def threads(
    session: Session, actor: Actor, title: str, text: str, locale: str, limit: int = LIMIT, *, engine: Engine,
    house: House, but: int = 0,
) -> list[SimilarThread] | None:  # fmt: skip
    """At most `limit` threads that `actor` sees in lists, the most alike first; None when nobody could look.

    `text`: plain, may be empty. `but`: a thread to leave out. One statement beside the engine's own.
    """
    title = " ".join(title[:400].split())
    if len(title) < SHORT:
        return []
    try:
        hits = engine.similar(title, text[:TEXT], locale, filters.scope_of(actor, house), limit=4 * limit + 10)
    except IndexUnusable:
        return None
    return _seen(session, actor, house, [hit.post_id for hit in hits], limit, but)


def _seen(
    session: Session, actor: Actor, house: House, post_ids: Sequence[int], limit: int, but: int
) -> list[SimilarThread]:
    known = queries.threads_of(session, actor, post_ids)
    found: dict[int, SimilarThread] = {}
    for post_id in post_ids:
        thread = known.get(post_id)
        category = house.by_id(thread.category_id) if thread else None
        # a thread that was taken out of the general lists is not offered either
        if thread and category and thread.id != but and thread.demoted_at is None:
            found.setdefault(thread.id, SimilarThread(thread, category.label))
    return list(found.values())[:limit]


class Kept:
    """What an engine said about the foot of threads, for a while; whom it may be shown to is asked each time."""

    def __init__(self) -> None:
        """Empty."""
        self._said: OrderedDict[Hashable, tuple[float, tuple[int, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, now: float, ask: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        """The post ids under `key`, asked for anew after `FRESH` seconds. What `ask` raises is not kept."""
        with self._lock:
            until, ids = self._said.get(key, (0.0, ()))
        if until > now:
            return ids
        ids = ask()
        with self._lock:
            self._said[key] = (now + FRESH, ids)
            self._said.move_to_end(key)
            while len(self._said) > MOST:
                self._said.popitem(last=False)
        return ids


@lru_cache(maxsize=4)
def _kept(_engine: Hashable) -> Kept:
    """One for each engine."""
    return Kept()


def alike(
    session: Session, actor: Actor, thread_id: int, *, engine: Engine, house: House, now: datetime, limit: int = LIMIT
) -> tuple[ThreadView, list[SimilarThread] | None] | None:
    """A thread and those about the same (None when nobody could look), for its foot. Two statements.

    None when `actor` does not see it in lists.
    """
    opening = queries.opening(session, actor, thread_id)
    if opening is None:
        return None
    thread, html = opening
    place, scope = house.by_id(thread.category_id), filters.scope_of(actor, house)
    locale = thread.locale or (place.locale if place else "") or "en"

    def ask() -> tuple[int, ...]:
        hits = engine.similar(thread.title, plain(html)[:TEXT], locale, scope, limit=8 * limit + 20)
        return tuple(hit.post_id for hit in hits)

    try:
        ids = _kept(cast(Hashable, engine)).get((thread.id, thread.version, scope), now.timestamp(), ask)
    except IndexUnusable:
        return thread, None
    return thread, _seen(session, actor, house, ids, limit, thread.id)
