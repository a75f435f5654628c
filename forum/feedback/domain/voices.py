"""What members say themselves: "me too", and whether they may be quoted."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import NotFound
from forum.feedback.domain.counts import recount
from forum.feedback.domain.shared import locked
from forum.feedback.models import Consent, Evidence, Item, PostConsent, Voice
from forum.policy.actors import Actor, require_member
from forum.policy.feedback import counts, require_point
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread


def too(session: Session, *, actor: Actor, post_id: int, now: datetime) -> int:
    """Say "me too" at a post that items rest on; how many items it was new to. Said twice, it counts once.

    Raises SignInNeeded, Forbidden, NotFound (no such post for `actor`, or no item rests on it).
    """
    require_point(actor)
    added = 0
    for item in locked(session, *_items_of(session, actor, post_id)):
        if session.get(Voice, (item.id, actor.id)) is None:
            session.execute(
                insert(Voice).values(item_id=item.id, member_id=actor.id, by_staff=not counts(actor.role), at=now)
            )
            recount(session, item.id)
            added += 1
    return added


def take_back(session: Session, *, actor: Actor, post_id: int) -> None:
    """The way back. Raises SignInNeeded, Forbidden, NotFound."""
    require_point(actor)
    for item in locked(session, *_items_of(session, actor, post_id)):
        session.execute(delete(Voice).where(Voice.item_id == item.id, Voice.member_id == actor.id))
        recount(session, item.id)


def may_be_quoted(session: Session, *, actor: Actor, quote: bool | None, now: datetime) -> None:
    """A member's word on being quoted, for all their posts; None: whatever the site does. Raises SignInNeeded."""
    require_member(actor)
    session.execute(delete(Consent).where(Consent.member_id == actor.id))
    if quote is not None:
        session.execute(insert(Consent).values(member_id=actor.id, quote=quote, at=now))


def may_be_quoted_from(session: Session, *, actor: Actor, post_id: int, quote: bool | None, now: datetime) -> None:
    """The same for one post of theirs. Raises SignInNeeded, NotFound."""
    require_member(actor)
    if session.scalar(select(Post.author_id).where(Post.id == post_id)) != actor.id:
        raise NotFound()
    session.execute(delete(PostConsent).where(PostConsent.post_id == post_id))
    if quote is not None:
        session.execute(insert(PostConsent).values(post_id=post_id, quote=quote, at=now))


def _items_of(session: Session, actor: Actor, post_id: int) -> list[int]:
    """The items that rest on a post which `actor` may read. Raises NotFound."""
    found = list(
        session.scalars(
            select(Evidence.item_id)
            .distinct()
            .join(Post, Post.id == Evidence.post_id)
            .join(Thread, Thread.id == Post.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .join(Item, Item.id == Evidence.item_id)
            .where(Post.id == post_id, Item.status != "duplicate", visible_posts(actor))
        )
    )
    if not found:
        raise NotFound()
    return sorted(found)
