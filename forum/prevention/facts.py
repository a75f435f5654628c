"""What is known around a text: who wrote it, what they wrote before, what resembles it. Pure; `queries` fills it."""

from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from forum.prevention.verdicts import Alike, Past

NEWCOMER, KNOWN, REGULAR = 0, 1, 2
"""Levels of trust. They grow with time and good posts by themselves and fall with posts that were taken away."""
KNOWN_AFTER = (timedelta(days=1), 3)
REGULAR_AFTER = (timedelta(days=30), 30)
REJECTIONS = timedelta(days=30)
"""A post that was taken away counts for so long."""


class Author(msgspec.Struct, frozen=True):
    """Who writes. `exempt`: staff, and accounts that the operator made: never held or limited."""

    id: int
    joined_at: datetime
    posts: int = 0
    exempt: bool = False


class Typing(msgspec.Struct, frozen=True):
    """How a form came back. `seconds`: since it was given out, None when it does not say. `trap`: the field that no
    person sees was filled in.
    """

    seconds: float | None = None
    trap: bool = False


class Facts(msgspec.Struct, frozen=True, dict=True):
    """All that phases may know besides the text. `kind`: thread, reply or edit. `past`: newest first, at most 30 days.

    `tokens`: number → (bad, good) of the learning filter; `learned`: (bad, good) texts it has seen.
    `images`: name of a picture in this text → bits by which it differs from one that was removed.
    `typing` None: the text did not come from a form of ours.
    """

    now: datetime
    author: Author
    kind: str = "reply"
    category_id: int = 0
    past: tuple[Past, ...] = ()
    alike: tuple[Alike, ...] = ()
    tokens: dict[int, tuple[int, int]] = {}
    learned: tuple[int, int] = (0, 0)
    images: dict[str, int] = {}
    typing: Typing | None = None

    @cached_property
    def age(self) -> timedelta:
        """Since the author joined."""
        return self.now - self.author.joined_at

    @cached_property
    def rejected(self) -> int:
        """Texts of the last 30 days that moderators took away."""
        return sum(1 for one in self.past if one.outcome == "bad" and self.now - one.at <= REJECTIONS)

    @cached_property
    def level(self) -> int:
        """The author's trust now: NEWCOMER, KNOWN or REGULAR."""
        return level(self.age, self.author.posts, self.rejected)

    def since(self, span: timedelta) -> list[Past]:
        """What the author wrote in the last `span`."""
        return [one for one in self.past if self.now - one.at <= span]


def level(age: timedelta, posts: int, rejected: int) -> int:
    """Trust from time and good posts; each text that was taken away weighs like five posts not written."""
    good = posts - 5 * rejected
    if age >= REGULAR_AFTER[0] and good >= REGULAR_AFTER[1]:
        return REGULAR
    return KNOWN if age >= KNOWN_AFTER[0] and good >= KNOWN_AFTER[1] else NEWCOMER
