"""Posts that waited for a moderator: they are news when they appear, whatever number they had got by then."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from forum.moderation.models import Decision
from forum.search.views import Row

APPROVED = ["held", "visible"]
"""What the journal of a decision says of the state of such a post."""


def approved(session: Session, posts: Sequence[Row], since: datetime) -> frozenset[int]:
    """Which of these posts a moderator let appear after `since`. One statement, none for no posts."""
    if not posts:
        return frozenset()
    ids = {post.post_id for post in posts}
    about_post = (Decision.target_type == "post", Decision.target_id.in_(ids))
    about_thread = (Decision.target_type == "thread", Decision.target_id.in_({post.thread_id for post in posts}))
    decisions = session.scalars(
        select(Decision.effects).where(
            or_(about_post[0] & about_post[1], about_thread[0] & about_thread[1]),
            Decision.created_at > since, Decision.undone_at.is_(None),
        )
    )  # fmt: skip
    return frozenset(ids.intersection(it for effects in decisions for it in _shown(effects)))


def _shown(effects: Iterable[Any]) -> Iterable[int]:
    """The posts that waited before a decision, and were there after it (`moderation/domain/journal.py`)."""
    for kind, table, *rest in effects:
        if (kind, table) == ("set", "posts") and rest[1].get("state") == APPROVED:
            yield rest[0]
