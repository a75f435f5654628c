"""What members say themselves: "me too", and whether they may be quoted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.categories.models import Category
from forum.db import upsert
from forum.errors import NotFound
from forum.feedback.domain.counts import recount
from forum.feedback.domain.shared import locked
from forum.feedback.models import OPEN, STATUSES, Consent, Evidence, InboxEntry, Item, PostConsent, Terms, Voice
from forum.meetups.models import Survey
from forum.policy.actors import Actor, require_member
from forum.policy.feedback import counts, require_collect, require_point
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread


def too(session: Session, *, actor: Actor, post_id: int, now: datetime) -> int:
    """Say "me too" at a post that open items rest on; how many items it was new to. Said twice, it counts once.

    Raises SignInNeeded, Forbidden, NotFound (no such post for `actor`, or no open item rests on it).
    """
    require_point(actor)
    added = 0
    for item in locked(session, *_items_of(session, actor, post_id, OPEN)):
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
    if quote is None:
        session.execute(delete(Consent).where(Consent.member_id == actor.id))
        return
    _word_on_all(session, actor.id, quote=quote, now=now)


def _word_on_all(session: Session, member_id: int, *, quote: bool, now: datetime) -> None:
    word = {"quote": quote, "at": now}
    said = upsert(session, Consent).values(member_id=member_id, **word)
    session.execute(said.on_conflict_do_update(index_elements=[Consent.member_id], set_=word))


def may_be_quoted_from(session: Session, *, actor: Actor, post_id: int, quote: bool | None, now: datetime) -> None:
    """The same for one post of theirs. Raises SignInNeeded, NotFound."""
    require_member(actor)
    if session.scalar(select(Post.author_id).where(Post.id == post_id)) != actor.id:
        raise NotFound()
    if quote is None:
        session.execute(delete(PostConsent).where(PostConsent.post_id == post_id))
        return
    word = {"quote": quote, "at": now}
    said = upsert(session, PostConsent).values(post_id=post_id, **word)
    session.execute(said.on_conflict_do_update(index_elements=[PostConsent.post_id], set_=word))


def set_terms(session: Session, *, actor: Actor, quoted: bool, now: datetime) -> None:
    """What holds for members who said nothing about being quoted. Raises SignInNeeded, Forbidden."""
    require_collect(actor)
    before = session.scalar(select(Terms.quoted).where(Terms.id == 1)) is not False
    if before == quoted:
        return
    said = upsert(session, Terms).values(id=1, quoted=quoted)
    session.execute(said.on_conflict_do_update(index_elements=[Terms.id], set_={"quoted": quoted}))
    audit.write(
        session, action="feedback.terms_changed", actor_id=actor.id, target="site",
        data={"from": before, "to": quoted}, now=now,
    )  # fmt: skip


def erase_words(session: Session, *, member_id: int, now: datetime) -> int:
    """Take a member's words out of all evidence, and out of the notes of the inbox, for good; how many pieces.

    Nor are they quoted any more: a no to all of it, and each yes to a single post, which would outweigh it, is gone.
    What they counted for stays counted. Snapshots that held them are mended when next one of their files
    is made or fetched (exports/privacy.py).
    """
    found = session.execute(
        update(Evidence)
        .where(Evidence.author_id == member_id, Evidence.redacted_at.is_(None))
        .values(quote="", redacted_at=now)
        .returning(Evidence.id)
    )
    _word_on_all(session, member_id, quote=False, now=now)
    posts = select(Post.id).where(Post.author_id == member_id)
    session.execute(delete(PostConsent).where(PostConsent.post_id.in_(posts), PostConsent.quote.is_(True)))
    surveys = select(Survey.id).where(Survey.member_id == member_id)
    noted = or_(InboxEntry.by_id == member_id, InboxEntry.survey_id.in_(surveys))
    session.execute(update(InboxEntry).where(noted, InboxEntry.note != "").values(note=""))
    return len(found.all())


def _items_of(session: Session, actor: Actor, post_id: int, statuses: Sequence[str] = STATUSES) -> list[int]:
    """The items that rest on a post which `actor` may read. Raises NotFound."""
    found = list(
        session.scalars(
            select(Evidence.item_id)
            .distinct()
            .join(Post, Post.id == Evidence.post_id)
            .join(Thread, Thread.id == Post.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .join(Item, Item.id == Evidence.item_id)
            .where(Post.id == post_id, Item.status != "duplicate", Item.status.in_(statuses), visible_posts(actor))
        )
    )
    if not found:
        raise NotFound()
    return sorted(found)
