"""Threads about the same: for who is about to open one, at the foot of a thread, and for feedback."""

from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.policy.actors import Actor
from forum.search import queries
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.views import SimilarThread

LIMIT = 5
TEXT = 4_000  # characters that are looked at: what a thread is about stands in its beginning
SHORT = 4  # a title with fewer characters says nothing yet


def threads(
    session: Session, actor: Actor, title: str, text: str, locale: str, limit: int = LIMIT, *, engine: Engine,
    house: House, but: int = 0,
) -> list[SimilarThread]:  # fmt: skip
    """At most `limit` threads that `actor` sees in lists, the most alike first; none while the index cannot be used.

    `text`: plain, may be empty. `but`: a thread to leave out. One statement beside the engine's own.
    """
    title = " ".join(title[:400].split())
    if len(title) < SHORT:
        return []
    try:
        hits = engine.similar(title, text[:TEXT], locale, queries.scope_of(actor, house), limit=4 * limit + 10)
    except IndexUnusable:
        return []
    known = queries.threads_of(session, actor, [hit.post_id for hit in hits])
    found: dict[int, SimilarThread] = {}
    for hit in hits:
        thread = known.get(hit.post_id)
        category = house.by_id(thread.category_id) if thread else None
        # a thread that was taken out of the general lists is not offered either
        if thread and category and thread.id != but and thread.demoted_at is None:
            found.setdefault(thread.id, SimilarThread(thread, category.label))
    return list(found.values())[:limit]
