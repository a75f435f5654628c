"""Evidence: the words that an item rests on."""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import Invalid, NotFound
from forum.feedback.domain.counts import recount
from forum.feedback.domain.shared import locked, note
from forum.feedback.models import Evidence, Item
from forum.kit.i18n import N_
from forum.kit.markdown.plain import plain
from forum.meetups.models import Survey
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.feedback import counts, require_collect
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread

LONGEST_QUOTE = 1000
"""Characters of a quote; of a post without a chosen span so many are kept."""
MOST = 50
"""Pieces of evidence in one call."""


class NewEvidence(msgspec.Struct, frozen=True):
    """A post, and the words in it that matter; without them, all of it."""

    post_id: int
    quote: str = ""


class Span(msgspec.Struct, frozen=True):
    """Where words stand in a post's plain text, and what they are."""

    start: int
    end: int
    quote: str


def add_evidence(
    session: Session, *, actor: Actor, item_id: int, evidence: Iterable[NewEvidence], now: datetime,
    source: str = "staff",
) -> int:  # fmt: skip
    """Attach words to an item; how many were new to it. The same span again changes nothing.

    Raises SignInNeeded, Forbidden, NotFound (the item), Invalid (a post that is not there for `actor`, words that do
    not stand in it).
    """
    require_collect(actor)
    found = prepared(session, actor, evidence)
    (item,) = locked(session, item_id)
    if item.status == "duplicate":
        raise Invalid({"item": N_("This one was merged into another: add to that one.")})
    added = attach(session, item, found, actor=actor, source=source, now=now)
    if added:
        recount(session, item.id)
        session.refresh(item)
        note(session, item, actor=actor, what="evidence_added", after=str(added), now=now)
    return added


Found = tuple[NewEvidence, Post, str, Span]


def attach(
    session: Session, item: Item, found: Iterable[Found], *, actor: Actor, source: str, now: datetime
) -> int:  # fmt: skip
    """Write the rows; how many were new."""
    known = {
        (row.post_id, row.post_version, row.start, row.end)
        for row in session.execute(
            select(Evidence.post_id, Evidence.post_version, Evidence.start, Evidence.end).where(
                Evidence.item_id == item.id
            )
        )
    }
    added = 0
    for _, post, role, span in found:
        key = (post.id, post.version, span.start, span.end)
        if key in known:
            continue
        known.add(key)
        added += 1
        session.add(
            Evidence(
                item_id=item.id, post_id=post.id, post_version=post.version, start=span.start, end=span.end,
                thread_id=post.thread_id, author_id=post.author_id, by_staff=not counts(role), quote=span.quote,
                said_at=post.created_at, source=source, added_by_id=actor.id or None, added_at=now,
            )
        )  # fmt: skip
    return added


def attach_survey(session: Session, *, actor: Actor, item_id: int, survey_id: int, now: datetime) -> bool:
    """What somebody said after a meetup; False when it is evidence of the item already. Raises NotFound."""
    (item,) = locked(session, item_id)
    row = session.execute(
        select(Survey, Member.role).join(Member, Member.id == Survey.member_id).where(Survey.id == survey_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    there = select(Evidence.id).where(Evidence.item_id == item.id, Evidence.survey_id == survey_id)
    if session.scalar(there) is not None:
        return False
    survey: Survey = row[0]
    session.add(
        Evidence(
            item_id=item.id, survey_id=survey.id, author_id=survey.member_id, by_staff=not counts(row[1]),
            quote=(survey.better or survey.liked)[:LONGEST_QUOTE], said_at=survey.created_at, source="survey",
            added_by_id=actor.id or None, added_at=now,
        )
    )  # fmt: skip
    session.flush()
    recount(session, item.id)
    session.refresh(item)
    note(session, item, actor=actor, what="evidence_added", after="1", now=now)
    return True


def remove_evidence(session: Session, *, actor: Actor, evidence_id: int, now: datetime) -> int:
    """Take words off an item (it was not about that); the item's id. Adding them again is the way back.

    Raises SignInNeeded, Forbidden, NotFound.
    """
    require_collect(actor)
    item_id = session.scalar(select(Evidence.item_id).where(Evidence.id == evidence_id))
    if item_id is None:
        raise NotFound()
    (item,) = locked(session, item_id)
    row = session.get(Evidence, evidence_id)
    if row is None:
        raise NotFound()
    post_id = row.post_id
    session.delete(row)
    recount(session, item.id)
    session.refresh(item)
    note(session, item, actor=actor, what="evidence_removed", data={"post": post_id or 0}, now=now)
    return item_id


def split(session: Session, *, actor: Actor, evidence_ids: list[int], into: int, now: datetime) -> None:
    """Move words to another item, which exists. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
    require_collect(actor)
    rows = list(session.scalars(select(Evidence).where(Evidence.id.in_(evidence_ids[: MOST * 4]))))
    sources = {row.item_id for row in rows}
    if not rows or len(sources) != 1:
        raise Invalid({"evidence": N_("Choose words of one item.")})
    (source_id,) = sources
    if source_id == into:
        raise Invalid({"into": N_("They stand there already.")})
    source, target = locked(session, source_id, into)
    if target.status == "duplicate":
        raise Invalid({"into": N_("This one was merged into another: add to that one.")})
    moved = move(session, rows, target)
    for row in moved:
        row.came_from_id = None  # chosen by hand: the other item's own from now on
    recount(session, source.id, target.id)
    session.refresh(source)
    session.refresh(target)
    note(session, source, actor=actor, what="split", after=str(target.id), data={"moved": len(moved)}, now=now)


def move(session: Session, rows: list[Evidence], target: Item) -> list[Evidence]:
    """Move rows to `target`, but for those that it has; the ones that moved. `came_from_id` is the caller's to set."""
    there = select(Evidence.post_id, Evidence.post_version, Evidence.start, Evidence.end, Evidence.survey_id)
    known = {tuple(row) for row in session.execute(there.where(Evidence.item_id == target.id))}
    moved = []
    for row in rows:
        key = (row.post_id, row.post_version, row.start, row.end, row.survey_id)
        if key not in known:
            known.add(key)
            row.item_id = target.id
            moved.append(row)
    session.flush()
    return moved


def _post(session: Session, actor: Actor, asked: NewEvidence, n: int) -> tuple[Post, str, Span]:
    """(post, role of its author, where the words stand). Raises Invalid."""
    found = session.execute(
        select(Post, Member.role)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id == asked.post_id, visible_posts(actor))
    ).first()
    if found is None:
        raise Invalid({f"evidence.{n}.post_id": N_("There is no such post, or it is not yours to see.")})
    post, role = found
    span = locate(plain(post.html), asked.quote)
    if span is None:
        raise Invalid({f"evidence.{n}.quote": N_("These words do not stand in the post as it is now.")})
    return post, role, span


def locate(text: str, quote: str) -> Span | None:
    """Where `quote` stands in `text`, spaces and line ends apart; all of it without a quote; None: nowhere."""
    words = quote.split()
    if not words:
        return Span(0, len(text), text[:LONGEST_QUOTE])
    if len(quote) > LONGEST_QUOTE:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return Span(found.start(), found.end(), found[0]) if found else None


def prepared(session: Session, actor: Actor, evidence: Iterable[NewEvidence]) -> list[Found]:
    """Posts and spans of what was asked for. Raises Invalid."""
    asked = list(evidence)
    if len(asked) > MOST:
        raise Invalid({"evidence": N_("At most 50 at once.")})
    return [(it, *_post(session, actor, it, n)) for n, it in enumerate(asked)]
