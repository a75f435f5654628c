"""How many people an item speaks for: counted from its rows, never kept by adding one."""

from sqlalchemy import ScalarSelect, func, select, union, update
from sqlalchemy.orm import Session

from forum.feedback.models import Evidence, Item, Voice


def recount(session: Session, *item_ids: int) -> None:
    """Distinct members (those who wrote, those who said "me too") and distinct threads; staff and teams left out.

    One statement for each item, of what belongs to it. The caller holds the items' rows.
    """
    session.flush()
    for item_id in item_ids:
        session.execute(
            update(Item).where(Item.id == item_id).values(members=_members(item_id), threads=_threads(item_id))
        )


def _members(item_id: int) -> ScalarSelect[int]:
    wrote = select(Evidence.author_id.label("member_id")).where(
        Evidence.item_id == item_id, Evidence.by_staff.is_(False), Evidence.author_id.is_not(None)
    )
    agreed = select(Voice.member_id).where(Voice.item_id == item_id, Voice.by_staff.is_(False))
    return select(func.count()).select_from(union(wrote, agreed).subquery()).scalar_subquery()


def _threads(item_id: int) -> ScalarSelect[int]:
    return (
        select(func.count(Evidence.thread_id.distinct()))
        .where(Evidence.item_id == item_id, Evidence.by_staff.is_(False))
        .scalar_subquery()
    )
