"""What the pages of feedback read beside the lists of `queries`: entries of the inbox, people of teams, rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from forum.categories.models import Category
from forum.errors import NotFound
from forum.feedback.concerned import concerned
from forum.feedback.models import ANSWERED, Change, Evidence, InboxEntry, Item, Rule, TeamMember, Told, Voice
from forum.feedback.views import ItemRow, few
from forum.meetups.models import Survey
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy.actors import Actor
from forum.policy.feedback import may_collect, require_collect
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread

_AUTHOR = aliased(Member)
DISMISSED = 30  # of those that were put aside, the newest


class EntryView(msgspec.Struct, frozen=True):
    """Something that was pointed at. `others`: how many more entries wait about the same post."""

    id: int
    source: str
    kind: str
    note: str
    state: str
    reason: str
    created_at: datetime
    post_id: int | None
    number: int | None
    html: str
    locale: str
    said_at: datetime | None
    thread_title: str
    author: MemberCard | None
    by: MemberCard | None
    rule: tuple[str, str] | None
    """(match, value)."""
    survey: tuple[int, str, str] | None
    """(mark, what was liked, what could be better)."""
    others: int

    @property
    def url(self) -> str:
        """To the post."""
        return f"/p/{self.post_id}" if self.post_id else ""


class RuleView(msgspec.Struct, frozen=True):
    """A rule, and how much it has put into the inbox."""

    id: int
    match: str
    value: str
    kind: str
    active: bool
    found: int
    waiting: int


class Reach(msgspec.Struct, frozen=True):
    """Who hears of an answer: `people` whom the item concerns so far; of the last answer, `told`.

    None: so few that this reader may not tell them apart. `over`: everybody who is to hear of the last answer has.
    """

    people: int | None
    told: int | None
    due: int | None
    over: bool = False


def entry(session: Session, actor: Actor, entry_id: int) -> EntryView:
    """One of the inbox, whatever became of it. Two statements. Raises SignInNeeded, Forbidden, NotFound."""
    require_collect(actor)
    row = session.execute(_entries(actor).where(InboxEntry.id == entry_id)).first()
    if row is None:
        raise NotFound()
    return _entry(row, _others(session, row[0]))


def aside(session: Session, actor: Actor) -> list[EntryView]:
    """The newest that were dismissed, for putting back. One statement. Raises SignInNeeded, Forbidden."""
    require_collect(actor)
    rows = session.execute(
        _entries(actor)
        .where(InboxEntry.state == "dismissed")
        .order_by(InboxEntry.decided_at.desc(), InboxEntry.id.desc())
        .limit(DISMISSED)
    )
    return [_entry(row, 0) for row in rows]


def _entries(actor: Actor) -> Select[Any]:
    authors = tuple(getattr(_AUTHOR, column.key) for column in CARD)
    columns: tuple[Any, ...] = (
        InboxEntry, Post.html, Post.created_at, Post.number, Thread.title, Thread.locale, Rule.match, Rule.value,
        Survey.rating, Survey.liked, Survey.better, *CARD, *authors,
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Post, Post.id == InboxEntry.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .outerjoin(_AUTHOR, _AUTHOR.id == Post.author_id)
        .outerjoin(Member, Member.id == InboxEntry.by_id)
        .outerjoin(Rule, Rule.id == InboxEntry.rule_id)
        .outerjoin(Survey, Survey.id == InboxEntry.survey_id)
        .where(or_(InboxEntry.post_id.is_(None), visible_posts(actor)))
    )  # fmt: skip


def _entry(row: Row[Any], others: int) -> EntryView:
    it, html, said, number, title, locale, match, value, mark, liked, better = tuple(row)[:11]
    by, wrote = row[11 : 11 + len(CARD)], row[11 + len(CARD) :]
    return EntryView(
        it.id, it.source, it.kind, it.note, it.state, it.reason, it.created_at, it.post_id, number, html or "",
        locale or "", said, title or "", MemberCard(*wrote) if wrote[0] else None, MemberCard(*by) if by[0] else None,
        (match, value) if match else None, (mark, liked, better) if mark else None, others,
    )  # fmt: skip


def _others(session: Session, it: InboxEntry) -> int:
    if it.post_id is None:
        return 0
    same = (InboxEntry.post_id == it.post_id, InboxEntry.state == "waiting", InboxEntry.id != it.id)
    return session.scalar(select(func.count()).select_from(InboxEntry).where(*same)) or 0


def next_entry(session: Session, actor: Actor, before: int = 0) -> int | None:
    """The entry to look at after `before`: the next older one that waits, else the newest. One statement."""
    require_collect(actor)
    older = InboxEntry.id < before
    return session.scalar(
        select(InboxEntry.id)
        .outerjoin(Post, Post.id == InboxEntry.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .where(InboxEntry.state == "waiting", or_(InboxEntry.post_id.is_(None), visible_posts(actor)))
        .order_by(older.desc(), InboxEntry.id.desc())
        .limit(1)
    )


def grown(session: Session, item_ids: Sequence[int], since: datetime) -> dict[int, int]:
    """Item → members whose first words in it, or whose "me too", came since. Two statements; whose items was asked.

    All of them, for those who collect; a team is shown `grown_for_team`.
    """
    first = (
        select(Evidence.item_id, func.min(Evidence.said_at).label("at"))
        .where(Evidence.item_id.in_(item_ids), Evidence.by_staff.is_(False), Evidence.author_id.is_not(None))
        .group_by(Evidence.item_id, Evidence.author_id)
        .subquery()
    )
    wrote = select(first.c.item_id, func.count()).where(first.c.at >= since).group_by(first.c.item_id)
    has_words = select(Evidence.id).where(Evidence.item_id == Voice.item_id, Evidence.author_id == Voice.member_id)
    agreed = (
        select(Voice.item_id, func.count())
        .where(Voice.item_id.in_(item_ids), Voice.at >= since, Voice.by_staff.is_(False), ~has_words.exists())
        .group_by(Voice.item_id)
    )
    found: dict[int, int] = {}
    for statement in (wrote, agreed):
        for item_id, count in session.execute(statement):
            found[item_id] = found.get(item_id, 0) + count
    return found


def grown_for_team(items: Sequence[ItemRow], grown: dict[int, int]) -> dict[int, int]:
    """Without what would tell one to four people apart: those who came, or those who were there before them."""
    members = {it.id: it.members for it in items}
    return {
        item_id: came
        for item_id, came in grown.items()
        if (there := members[item_id]) is not None and not few(came) and not few(there - came)
    }


def reach(session: Session, actor: Actor, item: ItemRow) -> Reach:
    """Who hears of what becomes of an item. Three statements."""
    found = _reach(session, item.id)
    if may_collect(actor) or not (few(item.members) or few(found.people)):
        return found
    return Reach(None, None, None, found.over) if found.due else Reach(None, None, 0)


def _reach(session: Session, item_id: int) -> Reach:
    people = concerned(item_id).subquery()
    newest = session.scalar(
        select(Change.id)
        .where(Change.item_id == item_id, Change.what == "status", Change.after.in_(ANSWERED))
        .order_by(Change.id.desc())
        .limit(1)
    )
    told, due = session.execute(
        select(func.count(Told.sent_at), func.count()).where(Told.change_id == (newest or 0))
    ).one()
    return Reach(session.scalar(select(func.count()).select_from(people)) or 0, told, due, over=told == due > 0)


def rest_on(session: Session, post_ids: Sequence[int], thread_ids: Sequence[int] = ()) -> dict[int, bool]:
    """Items that rest on these posts (True) or on others of these threads (False). One statement."""
    rows = session.execute(
        select(Evidence.item_id, Evidence.post_id)
        .where(or_(Evidence.post_id.in_(post_ids), Evidence.thread_id.in_(thread_ids)))
        .limit(500)
    )
    found: dict[int, bool] = {}
    for item_id, post_id in rows:
        found[item_id] = found.get(item_id, False) or post_id in post_ids
    return found


def team_people(session: Session, team_ids: Sequence[int]) -> dict[int, list[MemberCard]]:
    """Who reads for each team, by name. One statement; whose teams these are was asked before."""
    rows = session.execute(
        select(TeamMember.team_id, *CARD)
        .join(Member, Member.id == TeamMember.member_id)
        .where(TeamMember.team_id.in_(team_ids))
        .order_by(Member.display_name, Member.id)
    )
    found: dict[int, list[MemberCard]] = {team_id: [] for team_id in team_ids}
    for row in rows:
        found[row[0]].append(MemberCard(*row[1:]))
    return found


def team_items(session: Session) -> dict[int, dict[str, int]]:
    """Team → status → items. One statement, for the pages of those who collect."""
    rows = session.execute(
        select(Item.team_id, Item.status, func.count())
        .where(Item.team_id.is_not(None), Item.status != "duplicate")
        .group_by(Item.team_id, Item.status)
    )
    found: dict[int, dict[str, int]] = {}
    for team_id, status, count in rows:
        found.setdefault(team_id or 0, {})[status] = count
    return found


def theme_items(session: Session) -> dict[int, int]:
    """Theme → items. One statement."""
    counted = select(Item.theme_id, func.count()).where(Item.theme_id.is_not(None), Item.status != "duplicate")
    return {theme_id: count for theme_id, count in session.execute(counted.group_by(Item.theme_id)) if theme_id}


def rules(session: Session, actor: Actor) -> list[RuleView]:
    """All rules, those at work first. One statement. Raises SignInNeeded, Forbidden."""
    require_collect(actor)
    waits = func.sum(case((InboxEntry.state == "waiting", 1), else_=0))
    rows = session.execute(
        select(Rule, func.count(InboxEntry.id), waits)
        .outerjoin(InboxEntry, InboxEntry.rule_id == Rule.id)
        .group_by(Rule.id)
        .order_by(Rule.active.desc(), Rule.match, Rule.value)
    )
    return [
        RuleView(it.id, it.match, it.value, it.kind, it.active, found, waiting or 0) for it, found, waiting in rows
    ]  # fmt: skip


def evidence_of(session: Session, item_id: int, evidence_ids: Sequence[int]) -> list[int]:
    """Those of the ids that are words of this item. One statement."""
    found = select(Evidence.id).where(Evidence.item_id == item_id, Evidence.id.in_(evidence_ids[:200]))
    return list(session.scalars(found.order_by(Evidence.id)))
