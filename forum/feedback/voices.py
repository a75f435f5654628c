"""What a post shows a member of feedback: whether there is anything to say "me too" to, and whether they did."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from forum.feedback.models import OPEN, Evidence, Item, Voice


def voices(post_id: InstrumentedAttribute[int], member_id: ColumnElement[Any]) -> ScalarSelect[int]:
    """SQL beside Post: null when no open item rests on it, 1 when one does, 2 when the member said "me too" there."""
    said = case((Voice.member_id.is_not(None), 2), else_=1)
    return (
        select(func.max(said))
        .select_from(Evidence)
        .join(Item, (Item.id == Evidence.item_id) & Item.status.in_(OPEN))
        .outerjoin(Voice, (Voice.item_id == Item.id) & (Voice.member_id == member_id))
        .where(Evidence.post_id == post_id)
        .scalar_subquery()
    )
