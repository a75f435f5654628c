"""Feedback as it is read: by the staff on the board, by a team, by the API and the exports."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from forum.members.queries import MemberCard

FEW = 5
"""Groups of fewer people are not told apart: "fewer than 5"."""


class TeamView(msgspec.Struct, frozen=True):
    """An internal team. `ack_days`: days it has until somebody has read an item."""

    id: int
    slug: str
    name: str
    ack_days: int
    archived_at: datetime | None
    version: int


class ThemeView(msgspec.Struct, frozen=True):
    """A theme; `parent_id`: the one above it."""

    id: int
    slug: str
    name: str
    parent_id: int | None
    aliases: tuple[str, ...]
    team_id: int | None
    archived_at: datetime | None
    version: int


class ItemRow(msgspec.Struct, frozen=True):
    """An item in a list. `members`, `threads`: None for a reader who may not tell one to four people apart."""

    id: int
    title: str
    kind: str
    status: str
    pain: int
    members: int | None
    threads: int | None
    area: str
    reason: str
    reply: str
    locale: str
    theme: ThemeView | None
    team: TeamView | None
    owner: MemberCard | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    acknowledged_at: datetime | None
    answered_at: datetime | None
    ask: str
    """What is needed from the team."""
    promise: str
    promise_due: date | None
    promise_kept_at: datetime | None
    merged_into_id: int | None
    version: int

    @property
    def url(self) -> str:
        """Its page."""
        return f"/feedback/items/{self.id}"

    @property
    def priority(self) -> int | None:
        """People times pain. A wish or a praise that hurts nobody counts its people once. None: it would tell them."""
        return None if self.members is None else priority(self.members, self.pain)

    @property
    def below(self) -> str:
        """What stands in place of people who are not told apart."""
        return f"<{FEW}"

    def veiled(self) -> "ItemRow":
        """For those who do not collect: one to four people are not told apart, as in their summaries."""
        return replace(self, members=None, threads=None) if few(self.members) else self

    def is_late(self, now: datetime) -> bool:
        """It was sent, and nobody of the team has read it in time."""
        return self.status == "sent" and self.due_at is not None and self.due_at < now


class EvidenceView(msgspec.Struct, frozen=True):
    """Words that an item rests on, as this reader may see them.

    `quote`: empty when they may not be shown; `withheld` says why: "", "hidden" (the post is out of sight), "private"
    (not every guest may read it), "refused" (its author does not want to be quoted), "erased".
    `author`: only for those who collect, and who may open the post.
    """

    id: int
    item_id: int
    post_id: int | None
    number: int | None
    thread_id: int | None
    thread_title: str
    quote: str
    withheld: str
    author: MemberCard | None
    by_staff: bool
    said_at: datetime
    source: str
    edited: bool
    """The post says something else by now."""

    @property
    def url(self) -> str:
        """To the post, wherever it is."""
        return f"/p/{self.post_id}" if self.post_id else ""


class ChangeView(msgspec.Struct, frozen=True):
    """Something that happened to an item."""

    id: int
    at: datetime
    by: MemberCard | None
    what: str
    before: str
    after: str
    reason: str
    reply: str
    public: bool


class InboxRow(msgspec.Struct, frozen=True):
    """Words that wait to be looked at. `voices`: how many members pointed at the same post."""

    id: int
    source: str
    kind: str
    note: str
    post_id: int | None
    thread_title: str
    text: str
    author: MemberCard | None
    by: MemberCard | None
    created_at: datetime

    @property
    def url(self) -> str:
        """To the post."""
        return f"/p/{self.post_id}" if self.post_id else ""


def few(people: int | None) -> bool:
    """One to four people, or already so few that nobody says: not told apart to those who do not collect."""
    return people is None or 0 < people < FEW


def priority(members: int, pain: int) -> int:
    """Members × importance, the formula that the board and the summary print (FEEDBACK.md, "Counting")."""
    return members * max(1, pain)
