"""How many people an item speaks for: counted from its rows, never kept by adding one."""

from collections.abc import Sequence

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


def follow(session: Session, post_ids: Sequence[int], thread_id: int) -> None:
    """These posts stand in another thread now: their words follow, and what rests on them is counted anew.

    The items are locked in the order of their ids, as everywhere. Two statements, and one for each item.
    """
    here = select(Evidence.item_id).where(Evidence.post_id.in_(post_ids))
    held = list(session.scalars(select(Item.id).where(Item.id.in_(here)).order_by(Item.id).with_for_update()))
    if held:
        session.execute(update(Evidence).where(Evidence.post_id.in_(post_ids)).values(thread_id=thread_id))
        recount(session, *held)


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
