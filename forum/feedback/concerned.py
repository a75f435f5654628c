"""Whom an item concerns: who hears what becomes of it."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union

from forum.feedback.models import Evidence, InboxEntry, Item, Voice


def inside(item_id: int) -> Select[int]:
    """The item, and all that were merged into it, one after another: their ids."""
    found = select(Item.id).where(Item.id == item_id).cte("inside", recursive=True)
    found = found.union(select(Item.id).where(Item.merged_into_id == found.c.id))
    return select(found.c.id)


def concerned(item_id: int) -> CompoundSelect[Any]:
    """Members whose words it rests on, who said "me too", or who pointed at what became its evidence; each once.

    An entry of the inbox keeps the item that it was accepted for, and that one may have been merged since.
    """
    wrote = select(Evidence.author_id.label("id")).where(Evidence.item_id == item_id, Evidence.author_id.is_not(None))
    agreed = select(Voice.member_id).where(Voice.item_id == item_id)
    pointed = select(InboxEntry.by_id).where(
        InboxEntry.item_id.in_(inside(item_id)), InboxEntry.state == "accepted", InboxEntry.by_id.is_not(None)
    )
    return union(wrote, agreed, pointed)
