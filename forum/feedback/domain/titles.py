"""The title of an item is the staff's own: it goes where nobody is quoted, and stays when words are withdrawn."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.feedback.models import Evidence
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.policy.feedback import NOT_COUNTED
from forum.threads.models import Thread

ENOUGH: Final = 4
"""So many words in a row are a sentence of somebody's; fewer are a subject, which two people may name alike."""
_WORD: Final = re.compile(r"\w+")
BORROWED: Final = N_(
    "These are the words of whoever opened the thread. A title goes where nobody is quoted: to the team, into files, "
    "into trackers. Say it in your own words."
)


def check_title(session: Session, title: str, thread_ids: Iterable[int | None]) -> None:
    """Raises Invalid when a member's title of one of these threads was taken over. One statement.

    Whatever is so today: also of a thread that every guest may read and an author who lets themselves be quoted, for
    both can change, and nothing takes a title back.
    """
    threads = {it for it in thread_ids if it is not None}
    if threads and borrowed(title, session.scalars(_titles().where(Thread.id.in_(sorted(threads))))):
        raise Invalid({"title": BORROWED})


def title_is_borrowed(session: Session, title: str, item_id: int) -> bool:
    """An item's title stands over a thread that it rests on: it was merged, or the words came later. One statement."""
    threads = select(Evidence.thread_id).where(Evidence.item_id == item_id, Evidence.thread_id.is_not(None))
    return borrowed(title, session.scalars(_titles().where(Thread.id.in_(threads))))


def borrowed(title: str, others: Iterable[str]) -> bool:
    """It says the same as one of them, or one holds the other, whatever the case, the signs and the spaces."""
    mine = _words(title)
    return any(_same(mine, _words(other)) for other in others)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    if one == other:
        return bool(one)
    short, long = sorted((one, other), key=len)
    if len(short) < ENOUGH:
        return False
    return any(long[n : n + len(short)] == short for n in range(len(long) - len(short) + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _titles() -> Select[str]:
    """Of threads that the staff or a team opened the words are the house's own."""
    return select(Thread.title).join(Member, Member.id == Thread.author_id).where(Member.role.not_in(NOT_COUNTED))
