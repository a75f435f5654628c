"""The history of a post: what it said, and who wrote it."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy.actors import Actor
from forum.threads.models import Post, Revision
from forum.threads.views import PostText, RevisionView

MAX_VERSION = 2**31 - 1  # as the column holds it: PostgreSQL refuses to compare it with more


def revisions(
    session: Session, actor: Actor, text: PostText, *, before: int = MAX_VERSION, limit: int = 200
) -> list[RevisionView]:
    """Earlier versions of a post, newest first, from below version `before`; the caller has asked `require_history`."""
    rows = session.execute(
        select(Revision.version, Revision.source, Revision.created_at, Revision.reason, *CARD)
        .join(Member, Member.id == Revision.editor_id)
        .where(Revision.post_id == text.post.id, Revision.version < min(before, MAX_VERSION))
        .order_by(Revision.version.desc())
        .limit(limit)
    ).all()
    return [RevisionView(row[0], row[1], _editor(actor, text, row[4:]), row[2], row[3]) for row in rows]


def standing_revision(session: Session, actor: Actor, text: PostText) -> RevisionView:
    """The post as it stands, in the shape of its earlier versions."""
    row = session.execute(
        select(Post.edit_reason, *CARD)
        .join(Member, Member.id == func.coalesce(Post.editor_id, Post.author_id))
        .where(Post.id == text.post.id)
    ).one()
    at = text.post.edited_at or text.post.created_at
    return RevisionView(text.post.version, text.source, _editor(actor, text, row[1:]), at, row[0])


def _editor(actor: Actor, text: PostText, card: Any) -> MemberCard | None:
    """Who wrote a version; None for a moderator, whom only the staff of the category knows by name."""
    found = MemberCard(*card)
    return found if found.id == text.post.author.id or actor.moderates_in(text.category.id) else None
