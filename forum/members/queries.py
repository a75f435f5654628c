"""Members as read structs: beside posts, on their page, in the directory, in settings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.kit import paging
from forum.kit.people import initials, tone
from forum.members.models import Member, display_key
from forum.policy.actors import RANK, STAFF, Actor
from forum.policy.members import require_own, require_profile, visible_members

CARD: tuple[Any, ...] = (Member.id, Member.name, Member.display_name, Member.role, Member.avatar, Member.place)
"""The columns of a MemberCard, in order."""
DIRECTORY = 40  # members on a page of the directory
STAFF_SHOWN = 50


STANDING: tuple[Any, ...] = (
    Member.silenced_until,
    Member.suspended_until,
    Member.held_until,
    Member.warning_id,
    Member.bound,
)
"""The columns of `standing`, in order."""


def standing(values: Sequence[Any], now: datetime) -> dict[str, Any]:
    """What moderation set for a member, as the fields of an Actor at this moment; `values`: the columns STANDING."""
    silenced, suspended, held, warning, bound = values
    return {
        "silenced_until": silenced if silenced and silenced > now else None,
        "suspended_until": suspended if suspended and suspended > now else None,
        "held": bool(held and held > now),
        "warning": warning or 0,
        "bound": bound,
    }


READER: tuple[Any, ...] = (Member.id, Member.role, *STANDING)
"""The columns of `reader_of`, in order."""


def reader_of(row: Sequence[Any], now: datetime) -> Actor:
    """Somebody who is told of something, with what they may see now; the row begins with the columns READER."""
    return Actor(id=row[0], role=row[1], **standing(row[2 : len(READER)], now))


class MemberCard(msgspec.Struct, frozen=True):
    """A member beside what they wrote."""

    id: int
    name: str
    display_name: str
    role: str
    avatar: str | None
    place: str = ""

    @property
    def initials(self) -> str:
        """Drawn when there is no picture."""
        return initials(self.display_name)

    @property
    def tone(self) -> int:
        """1..6: the colour behind the initials."""
        return tone(self.id)

    @property
    def avatar_url(self) -> str | None:
        """The uploaded picture."""
        return f"/uploads/avatars/{self.avatar}" if self.avatar else None

    @property
    def is_staff(self) -> bool:
        """Moderator, manager or administrator."""
        return self.role in STAFF

    @property
    def url(self) -> str:
        """The member's page."""
        return f"/u/{self.name}"


def card_of(row: Any) -> MemberCard:
    """The card in a row whose first columns are `CARD`."""
    return MemberCard(*row[: len(CARD)])


class Profile(msgspec.Struct, frozen=True):
    """A member's page without what they wrote. `about`: Markdown; `links`: http(s) only."""

    card: MemberCard
    about: str
    links: list[str]
    joined_at: datetime
    locale: str


class Settled(msgspec.Struct, frozen=True):
    """A member's own settings, for the forms."""

    card: MemberCard
    about: str
    place: str
    links: list[str]
    locale: str
    timezone: str
    theme: str


class Listed(msgspec.Struct, frozen=True):
    """A line of the directory."""

    card: MemberCard
    joined_at: datetime


class Directory(msgspec.Struct, frozen=True):
    """A page of the directory, in the order of names. `older`: cursor, None at the end."""

    rows: list[Listed]
    older: str | None


def profile(session: Session, actor: Actor, name: str) -> Profile:
    """The member called `name`, in any spelling. One statement. Raises NotFound."""
    row = session.execute(
        select(*CARD, Member.about, Member.links, Member.joined_at, Member.locale).where(
            Member.name_key == name.lower()[:30], visible_members(actor)
        )
    ).first()
    require_profile(actor, row.id if row else None)
    assert row is not None
    return Profile(card_of(row), row.about, [*row.links], row.joined_at, row.locale)


def settled(session: Session, actor: Actor) -> Settled:
    """`actor`'s own settings. Raises SignInNeeded, NotFound."""
    require_own(actor, actor.id)
    more = (Member.about, Member.place, Member.links, Member.locale, Member.timezone, Member.theme)
    row: Any = session.execute(select(*CARD, *more).where(Member.id == actor.id)).first()
    if row is None:
        raise NotFound()
    return Settled(card_of(row), *row[len(CARD) :])


def directory(
    session: Session, actor: Actor, *, prefix: str = "", after: str = "", limit: int = DIRECTORY
) -> Directory:
    """Members in the order of their names; `prefix` of a name or of a displayed name narrows. One statement."""
    query = select(*CARD, Member.joined_at, Member.name_key).where(visible_members(actor))
    prefix = prefix.strip().removeprefix("@")[:60]
    if prefix:
        query = query.where(
            or_(_begins(Member.name_key, prefix.lower()), _begins(Member.display_key, display_key(prefix)))
        )
    cursor = paging.decode(after, str)
    if cursor:
        query = query.where(Member.name_key > cursor[0])
    rows = session.execute(query.order_by(Member.name_key).limit(limit + 1)).all()
    found = [Listed(card_of(row), row.joined_at) for row in rows[:limit]]
    return Directory(found, paging.encode(rows[limit - 1].name_key) if len(rows) > limit else None)


def _begins(key: Any, prefix: str) -> ColumnElement[bool]:
    """`key` begins with `prefix`, as a range of the index: keys compare byte by byte on both databases."""
    return and_(key >= literal(prefix), key < literal(prefix + "\U0010ffff"))


def caretakers(session: Session, actor: Actor) -> list[MemberCard]:
    """Who looks after this place: administrators, managers, moderators, each by name. One statement."""
    rank = case({role: -RANK[role] for role in STAFF}, value=Member.role)
    rows = session.execute(
        select(*CARD)
        .where(Member.role.in_(STAFF), visible_members(actor))
        .order_by(rank, Member.name_key)
        .limit(STAFF_SHOWN)
    )
    return [card_of(row) for row in rows]


def headcount(session: Session) -> int:
    """How many members there are: public, as the directory is."""
    return session.execute(select(func.count()).select_from(Member)).scalar_one()
