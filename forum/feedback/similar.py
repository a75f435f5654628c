"""Items about the same: words in common (stemmed, rapidfuzz) and what search finds alike, at most five."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec
from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.feedback import desk
from forum.feedback.models import Item
from forum.policy.actors import Actor
from forum.policy.feedback import require_read_items, visible_items
from forum.search.analysis import detect, tokens
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.filters import scope_of
from forum.search.queries import threads_of
from forum.search.stopwords import EMPTY

MOST = 5
LOOKED_AT = 3000
"""Items whose titles are compared: the last that something happened to."""
ALIKE = 62
"""From here on two texts are about the same (0–100): two of three words of a short title in common."""
SAME_POST, SAME_THREAD, FOUND = 45, 22, 14
"""What it adds to rest on the same post, on its thread, on a thread that search calls similar."""
TEXT = 1500  # characters that are compared: what a post is about stands in its beginning


class SimilarItem(msgspec.Struct, frozen=True):
    """An item that may be meant. `has_post`: it rests on the post in question already."""

    id: int
    title: str
    kind: str
    status: str
    members: int
    score: int
    has_post: bool

    @property
    def url(self) -> str:
        """Its page."""
        return f"/feedback/items/{self.id}"


class About(msgspec.Struct, frozen=True):
    """What one looks for. `but`: an item to leave out."""

    title: str = ""
    text: str = ""
    post_id: int = 0
    thread_id: int = 0
    but: int = 0


@lru_cache(maxsize=8192)
def stemmed(text: str) -> str:
    """The telling words of a text, each as its stem."""
    found = dict.fromkeys(it.stem for it in tokens(text, detect(text, "it")) if it.text.casefold() not in EMPTY)
    return " ".join(found)


def similar(
    session: Session, actor: Actor, about: About, *, find: Callable[[], Sequence[int]] = tuple, limit: int = MOST
) -> list[SimilarItem]:
    """Items that `actor` sees, the most alike first. `find`: posts that search calls alike. At most three statements.

    Raises SignInNeeded, Forbidden.
    """
    require_read_items(actor)
    rows = session.execute(
        select(Item.id, Item.title, Item.area, Item.kind, Item.status, Item.members)
        .where(visible_items(actor), Item.status != "duplicate", Item.id != about.but)
        .order_by(Item.updated_at.desc())
        .limit(LOOKED_AT)
    ).all()
    if not rows:
        return []
    near = _near(session, about, find())
    asked = [it for it in (stemmed(about.title), stemmed(about.text[:TEXT])) if it]
    found = []
    for row in rows:
        bonus, has_post = near.get(row.id, (0, False))
        score = round(_alike(stemmed(f"{row.title} {row.area}"), asked)) + bonus
        if bonus >= SAME_THREAD:
            score = max(score, ALIKE)  # whatever it is called: the thread speaks of it
        if score >= ALIKE:
            found.append(
                SimilarItem(row.id, row.title, row.kind, row.status, row.members, min(score, 100), has_post)
            )  # fmt: skip
    return sorted(found, key=lambda it: (-it.score, -it.members, it.id))[:limit]


def searched(
    session: Session, actor: Actor, about: About, *, engine: Engine, house: House, locale: str
) -> Sequence[int]:  # fmt: skip
    """Posts that search calls alike and `actor` may read; none while the index cannot be used."""
    title = " ".join((about.title or about.text[:120]).split())
    try:
        hits = engine.similar(title, about.text[:TEXT], locale, scope_of(actor, house), limit=20) if title else ()
    except IndexUnusable:
        return ()
    return tuple(threads_of(session, actor, [hit.post_id for hit in hits]))


def _near(session: Session, about: About, alike: Iterable[int]) -> dict[int, tuple[int, bool]]:
    """Item → (what is added to its score, whether it has the very post)."""
    posts = list(alike)
    found = dict.fromkeys(desk.rest_on(session, posts), (FOUND, False)) if posts else {}
    if about.post_id:
        for item_id, same in desk.rest_on(session, [about.post_id], [about.thread_id]).items():
            found[item_id] = (SAME_POST if same else SAME_THREAD, same)
    return found


def _alike(theirs: str, asked: list[str]) -> float:
    return max((fuzz.token_set_ratio(theirs, it) for it in asked), default=0.0)
