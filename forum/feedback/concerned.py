"""Whom an item concerns: who hears what becomes of it."""

from typing import Any

from sqlalchemy import CompoundSelect, select, union

from forum.feedback.models import Evidence, InboxEntry, Voice


def concerned(item_id: int) -> CompoundSelect[Any]:
    """Members whose words it rests on, who said "me too", or who pointed at a post it rests on; each once.

    Whoever pointed was promised the answer, whatever became of the entry: the post may have been collected before, and
    words go to another item by merge or by hand, with all whom they concern.
    """
    here = Evidence.item_id == item_id
    wrote = select(Evidence.author_id.label("id")).where(here, Evidence.author_id.is_not(None))
    agreed = select(Voice.member_id).where(Voice.item_id == item_id)
    pointed = (
        select(InboxEntry.by_id)
        .join(Evidence, Evidence.post_id == InboxEntry.post_id)
        .where(here, InboxEntry.by_id.is_not(None))
    )
    return union(wrote, agreed, pointed)
