"""Who of the staff is told of something at once: those who may act on it."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.policy.actors import STAFF

MOST = 200


def moderators(session: Session, category_id: int | None, now: datetime, without: set[int]) -> list[int]:
    """Members who moderate there (None: nothing in a category) and are not suspended, but for `without`."""
    here = and_(CategoryModerator.member_id == Member.id, CategoryModerator.category_id == (category_id or 0))
    bound_here = select(CategoryModerator.member_id).where(here).exists()
    query = (
        select(Member.id)
        .where(
            Member.role.in_(sorted(STAFF)), Member.id.not_in(sorted(without)),
            or_(Member.suspended_until.is_(None), Member.suspended_until <= now),
            or_(~Member.bound, Member.role != "moderator", bound_here),
        )
        .order_by(Member.id)
        .limit(MOST)
    )  # fmt: skip
    return [*session.scalars(query)]


def impartial(
    session: Session, category_id: int | None, now: datetime, *, never: set[int], rather_not: set[int]
) -> list[int]:
    """The moderators whom nothing bars; where there are none, those who may set that aside with a reason."""
    found = moderators(session, category_id, now, never | rather_not)
    return found or moderators(session, category_id, now, never)
