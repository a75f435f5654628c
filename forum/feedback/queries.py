"""Reading feedback: the board, an item with its evidence, the inbox, teams and themes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from forum.categories.models import Category
from forum.errors import NotFound
from forum.feedback.masking import Mask, names_of_members
from forum.feedback.models import (
    ANSWERED,
    OPEN,
    Change,
    Evidence,
    InboxEntry,
    Item,
    Rule,
    Team,
    TeamMember,
    Theme,
    Voice,
)
from forum.feedback.views import FEW, ChangeView, EvidenceView, InboxRow, ItemRow, TeamView, ThemeView
from forum.kit import paging
from forum.kit.markdown.plain import excerpt
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy.actors import Actor
from forum.policy.feedback import (
    may_collect,
    public_survey,
    public_words,
    quotable,
    quotable_survey,
    require_collect,
    require_read_items,
    visible_items,
)
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread

QUOTED_BY_DEFAULT = True
"""Members are quoted, without their name, unless they said no (CONTRACT.md, createExport)."""
EVIDENCE = 50  # pieces a page
ORDERS = ("priority", "newest", "members", "waiting")
GROUPS: dict[str, tuple[str, ...]] = {
    "open": OPEN, "look": ("new", "triaged"), "team": ("sent", "acknowledged"), "answered": ANSWERED,
}  # fmt: skip
"""Names of several statuses. open: whatever is not over; look: nobody of a team has it; team: one has."""


class Filters(msgspec.Struct, frozen=True):
    """What the board shows. Empty: all. `state`: a status, one of `GROUPS`, or nothing for all but duplicates.

    `owner`: only what this member has in hand.
    """

    team: str = ""
    theme: str = ""
    kind: str = ""
    state: str = ""
    since: datetime | None = None
    order: str = "priority"
    owner: int = 0


class Items(msgspec.Struct, frozen=True):
    """A piece of the list, and where to go on."""

    rows: list[ItemRow]
    next: str | None


_TEAM: tuple[Any, ...] = tuple(getattr(Team, name) for name in TeamView.__struct_fields__)
_THEME: tuple[Any, ...] = tuple(getattr(Theme, name) for name in ThemeView.__struct_fields__)
_OWNER = aliased(Member)
_OWNERS: tuple[Any, ...] = tuple(getattr(_OWNER, column.key) for column in CARD)
_PLAIN = tuple(name for name in ItemRow.__struct_fields__ if name not in {"theme", "team", "owner"})
_ITEM: tuple[Any, ...] = tuple(getattr(Item, name) for name in _PLAIN)
WEIGHT = Item.members * case((Item.pain > 1, Item.pain), else_=1)
"""`views.priority` in SQL."""


def told(value: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """SQL on Item: nothing for items of less than five people, so that an order by it does not tell them apart."""
    return case((Item.members < FEW, 0), else_=value)


def items(
    session: Session, actor: Actor, filters: Filters, *, after: str = "", limit: int = paging.PAGE
) -> Items:  # fmt: skip
    """The board's list: one statement. Raises SignInNeeded, Forbidden."""
    require_read_items(actor)
    key, kind = _key(filters.order, exact=may_collect(actor))
    statement = _select().where(visible_items(actor), *_where(filters))
    if parts := paging.decode(after, kind, int):
        value, item_id = parts
        statement = statement.where(or_(key < value, (key == value) & (Item.id < item_id)))
    rows = session.execute(statement.order_by(key.desc(), Item.id.desc()).limit(limit + 1).add_columns(key)).all()
    found = [_item(row, actor) for row in rows[:limit]]
    return Items(found, paging.encode(rows[limit - 1][-1], found[-1].id) if len(rows) > limit else None)


def item(session: Session, actor: Actor, item_id: int) -> ItemRow:
    """One item. Raises SignInNeeded, Forbidden, NotFound."""
    require_read_items(actor)
    row = session.execute(_select().where(Item.id == item_id, visible_items(actor))).first()
    if row is None:
        raise NotFound()
    return _item(row, actor)


def evidence(
    session: Session, actor: Actor, item_ids: Sequence[int], *, limit: int = EVIDENCE, after: int = 0
) -> dict[int, list[EvidenceView]]:  # fmt: skip
    """The words that items rest on, oldest first: one statement, for a team two. Whose items these are was asked.

    Whoever collects reads all that they may open; a team reads what may be quoted, masked as in a file. Words that may
    not be shown are counted, not shown.
    """
    if not item_ids:
        return {}
    place = func.row_number().over(partition_by=Evidence.item_id, order_by=Evidence.id)
    first = (
        select(Evidence.id, place.label("place")).where(Evidence.item_id.in_(item_ids), Evidence.id > after).subquery()
    )
    of_survey = Evidence.survey_id.is_not(None)
    facts = (
        case((of_survey, quotable_survey(QUOTED_BY_DEFAULT)),
             (quotable(Evidence.author_id, QUOTED_BY_DEFAULT), True), else_=False),
        case((of_survey, public_survey()), (public_words(), True), else_=False),
        case((of_survey, True), (visible_posts(actor), True), else_=False),  # whoever collects reads all surveys
    )  # fmt: skip
    rows = session.execute(
        select(Evidence, Post.number, Post.version, Post.state, Thread.title, *facts, *CARD)
        .join(first, and_(first.c.id == Evidence.id, first.c.place <= limit))
        .outerjoin(Post, Post.id == Evidence.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .outerjoin(Member, Member.id == Evidence.author_id)
        .order_by(Evidence.id)
    ).all()
    found: dict[int, list[EvidenceView]] = {item_id: [] for item_id in item_ids}
    if not rows:
        return found
    mask = None if may_collect(actor) else Mask(names_of_members(session))
    for row in rows:
        found[row[0].item_id].append(_evidence(row, mask))
    return found


def _evidence(row: Row[Any], mask: Mask | None) -> EvidenceView:
    """What this reader may see of it. `mask`: None for who collects."""
    collects, said = mask is None, mask or str
    kept, number, version, state, title, may_quote, is_public, opens = tuple(row)[:8]
    withheld = ""
    if kept.redacted_at:
        withheld = "erased"
    elif not may_quote:
        withheld = "hidden" if kept.post_id and state != "visible" else "refused" if is_public else "private"
    shown = not withheld or (collects and opens and withheld != "erased")
    return EvidenceView(
        id=kept.id, item_id=kept.item_id, post_id=kept.post_id if shown else None, number=number if shown else None,
        thread_id=kept.thread_id if shown else None, thread_title=said(title or "") if shown else "",
        quote=said(kept.quote) if shown else "", withheld=withheld,
        author=MemberCard(*tuple(row)[8:]) if collects and opens and kept.author_id else None, by_staff=kept.by_staff,
        said_at=kept.said_at, source=kept.source, edited=version is not None and version != kept.post_version,
    )  # fmt: skip


def changes(session: Session, item_id: int, limit: int = 50) -> list[ChangeView]:
    """What happened to an item, newest first. Whose item it is was asked before."""
    rows = session.execute(
        select(Change, *CARD)
        .outerjoin(Member, Member.id == Change.by_id)
        .where(Change.item_id == item_id)
        .order_by(Change.id.desc())
        .limit(limit)
    )
    return [
        ChangeView(
            row[0].id, row[0].at, MemberCard(*row[1:]) if row[0].by_id else None, row[0].what, row[0].before,
            row[0].after, row[0].reason, row[0].reply, row[0].public,
        )
        for row in rows
    ]  # fmt: skip


def inbox(
    session: Session, actor: Actor, *, after: str = "", limit: int = paging.PAGE
) -> tuple[list[InboxRow], str | None]:
    """What waits, newest first: one statement. Posts that `actor` may not open are left out.

    Raises SignInNeeded, Forbidden.
    """
    require_collect(actor)
    author = aliased(Member)
    authors = tuple(getattr(author, column.key) for column in CARD)
    statement = (
        select(InboxEntry, Post.html, Thread.title, *CARD, *authors)
        .outerjoin(Post, Post.id == InboxEntry.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .outerjoin(author, author.id == Post.author_id)
        .outerjoin(Member, Member.id == InboxEntry.by_id)
        .where(InboxEntry.state == "waiting", or_(InboxEntry.post_id.is_(None), visible_posts(actor)))
    )
    if parts := paging.decode(after, int):
        statement = statement.where(InboxEntry.id < parts[0])
    rows = session.execute(statement.order_by(InboxEntry.id.desc()).limit(limit + 1)).all()
    found = []
    for row in rows[:limit]:
        entry, by, wrote = row[0], row[3 : 3 + len(CARD)], row[3 + len(CARD) :]
        found.append(
            InboxRow(
                entry.id, entry.source, entry.kind, entry.note, entry.post_id, row[2] or "",
                excerpt(row[1], 300) if row[1] else "", MemberCard(*wrote) if wrote[0] else None,
                MemberCard(*by) if by[0] else None, entry.created_at,
            )
        )  # fmt: skip
    return found, paging.encode(found[-1].id) if len(rows) > limit else None


def waiting(session: Session, actor: Actor) -> int:
    """How many entries wait, at most 100. Raises SignInNeeded, Forbidden."""
    require_collect(actor)
    some = select(InboxEntry.id).where(InboxEntry.state == "waiting").limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def columns(session: Session, actor: Actor) -> dict[str, int]:
    """How many items stand at each status: one statement. Raises SignInNeeded, Forbidden."""
    require_read_items(actor)
    rows = session.execute(select(Item.status, func.count()).where(visible_items(actor)).group_by(Item.status))
    return {row[0]: row[1] for row in rows}


def teams(session: Session, actor: Actor, *, archived: bool = False) -> list[TeamView]:
    """All teams for who collects, one's own for a team. Raises SignInNeeded, Forbidden."""
    require_read_items(actor)
    statement = select(*_TEAM).order_by(Team.position, Team.name)
    if not archived:
        statement = statement.where(Team.archived_at.is_(None))
    if not may_collect(actor):
        mine = select(TeamMember.team_id).where(TeamMember.member_id == actor.id)
        statement = statement.where(Team.id.in_(mine))
    return [TeamView(*row) for row in session.execute(statement)]


def themes(session: Session, actor: Actor, *, archived: bool = False) -> list[ThemeView]:
    """Themes, each after the one above it. Raises SignInNeeded, Forbidden."""
    require_read_items(actor)
    statement = select(*_THEME).where(Theme.merged_into_id.is_(None)).order_by(Theme.name)
    if not archived:
        statement = statement.where(Theme.archived_at.is_(None))
    found = [_theme(row) for row in session.execute(statement)]
    above = [it for it in found if it.parent_id is None]
    return [it for top in above for it in (top, *(low for low in found if low.parent_id == top.id))]


def rules(session: Session) -> list[Rule]:
    """The rules that are at work. For jobs: nothing is shown."""
    return list(session.scalars(select(Rule).where(Rule.active.is_(True)).order_by(Rule.id)))


def voices_of(session: Session, member_id: int, post_ids: Sequence[int]) -> dict[int, bool]:
    """Posts that items rest on → has this member said "me too"? One statement; other posts are left out."""
    rows = session.execute(
        select(Evidence.post_id, func.max(case((Voice.member_id.is_not(None), 1), else_=0)))
        .join(Item, (Item.id == Evidence.item_id) & (Item.status != "duplicate"))
        .outerjoin(Voice, (Voice.item_id == Item.id) & (Voice.member_id == member_id))
        .where(Evidence.post_id.in_(post_ids))
        .group_by(Evidence.post_id)
    )
    return {post_id: bool(said) for post_id, said in rows if post_id}


def _select() -> Select[Any]:
    return (
        select(*_ITEM, *_THEME, *_TEAM, *_OWNERS)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .outerjoin(Team, Team.id == Item.team_id)
        .outerjoin(_OWNER, _OWNER.id == Item.owner_id)
    )


def _item(row: Row[Any], actor: Actor) -> ItemRow:
    """As `actor` may see it."""
    ends = [len(_ITEM), len(_ITEM) + len(_THEME), len(_ITEM) + len(_THEME) + len(_TEAM)]
    theme, team, owner = row[ends[0] : ends[1]], row[ends[1] : ends[2]], row[ends[2] : ends[2] + len(CARD)]
    found = ItemRow(
        **dict(zip(_PLAIN, row, strict=False)),
        theme=_theme(theme) if theme[0] else None,
        team=TeamView(*team) if team[0] else None,
        owner=MemberCard(*owner) if owner[0] else None,
    )
    return found if may_collect(actor) else found.veiled()


def _theme(row: Sequence[Any]) -> ThemeView:
    values = dict(zip(ThemeView.__struct_fields__, row, strict=True))
    return ThemeView(**{**values, "aliases": tuple(values["aliases"])})


def _where(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.team:
        found.append(Team.slug == filters.team)
    if filters.theme:
        above = aliased(Theme)
        inside = select(above.id).where(above.slug == filters.theme)
        found.append(or_(Theme.slug == filters.theme, Theme.parent_id.in_(inside)))
    if filters.kind:
        found.append(Item.kind == filters.kind)
    if filters.since:
        found.append(Item.updated_at >= filters.since)
    if filters.owner:
        found.append(Item.owner_id == filters.owner)
    states = GROUPS.get(filters.state, (filters.state,))
    found.append(Item.status.in_(states) if filters.state else Item.status != "duplicate")
    return found


def _key(order: str, *, exact: bool) -> tuple[ColumnElement[Any], type]:
    """What is sorted by, which the cursor tells. Not `exact`: neither it nor the order tells one to four apart."""
    members, weight = (Item.members, WEIGHT) if exact else (told(Item.members), told(WEIGHT))
    known: dict[str, tuple[Any, type]] = {
        "members": (members, int),
        "newest": (Item.created_at, datetime),
        "waiting": (Item.updated_at, datetime),
    }  # fmt: skip
    return known.get(order, (weight, int))
