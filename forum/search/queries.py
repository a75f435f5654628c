"""Every select about what was found. The policy decides here, in the database, what of it a reader gets to see.

Search shows exactly what lists show (`listed_posts`): to the staff too. What is held, hidden or removed is found at
the moderators' desk, where it says why; among results it would only be taken for something that everybody sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    type_coerce,
)  # fmt: skip
from sqlalchemy import Row as SqlRow
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.categories.models import Category
from forum.db import columns
from forum.members.models import Member
from forum.members.queries import CARD, READER, MemberCard, reader_of
from forum.notifications.queries import reachable, wants_mail
from forum.policy.actors import PATTERNS, Actor
from forum.policy.posts import listed_posts
from forum.policy.threads import listed_threads
from forum.search.engines.base import CANDIDATES
from forum.search.filters import Needs, brought
from forum.search.language import Query
from forum.search.models import SavedSearch, SearchChange
from forum.search.views import Row
from forum.threads.models import Post, Tag, Thread, ThreadTag
from forum.threads.moves import THREAD
from forum.threads.views import ThreadView

IMAGE = "<img "
TITLES = 200  # threads at the most, while only titles can be searched


# -- what was found, as far as it may be seen ------------------------------------------------------------------


FOUND: tuple[Any, ...] = (
    Post.id, Post.thread_id, Post.number, Post.author_id, Member.name_key, Member.display_name, Post.created_at,
    Thread.category_id, Thread.tag_names, Thread.post_count, Thread.locked_at,
)  # fmt: skip


@cache
def _rows(kind: str, *, images: bool) -> Select[Any]:
    picture = Post.html.contains(IMAGE) if images else false()
    return (
        select(*FOUND, picture.label("picture"))
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .where(listed_posts(PATTERNS[kind]))
    )


def _row(row: SqlRow[Any]) -> Row:
    return Row(
        post_id=row.id, thread_id=row.thread_id, number=row.number, author_id=row.author_id, author=row.name_key,
        author_shown=row.display_name, created_at=row.created_at, category_id=row.category_id,
        tags=tuple(row.tag_names.split()), unanswered=row.post_count <= 1 and row.locked_at is None,
        has_image=bool(row.picture),
    )  # fmt: skip


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A post as the database packs it: `locked`, `picture`: 0 or 1."""

    post_id: int
    thread_id: int
    number: int
    author_id: int
    author: str
    author_shown: str
    created_at: datetime
    category_id: int
    tags: str
    posts: int
    locked: int
    picture: int

    def row(self) -> Row:
        """As search uses it."""
        return Row(
            self.post_id, self.thread_id, self.number, self.author_id, self.author, self.author_shown, self.created_at,
            self.category_id, tuple(self.tags.split()), self.posts <= 1 and not self.locked, bool(self.picture),
        )  # fmt: skip


_UNPACK = msgspec.json.Decoder(list[Seen])


@cache
def _packed(kind: str, *, images: bool, sqlite: bool) -> Select[str]:
    """All candidates that may be seen as one JSON text: a thousand rows cost Python more than the database."""
    picture = case((Post.html.contains(IMAGE), 1), else_=0) if images else literal_column("0")
    ids: Any = bindparam("ids", type_=String()) if sqlite else bindparam("ids", type_=ARRAY(BigInteger))
    asked = func.json_each(ids).table_valued("value")
    listed = Post.id.in_(select(asked.c.value)) if sqlite else Post.id == any_(ids)
    at = Post.created_at if sqlite else func.timezone("UTC", Post.created_at)  # both without a zone, in UTC
    columns_ = (
        *FOUND[:6], type_coerce(cast(at, String) if not sqlite else at, String) + "Z", *FOUND[7:10],
        case((Thread.locked_at.is_(None), 0), else_=1), picture,
    )  # fmt: skip
    found = _rows(kind, images=False).where(listed)
    if sqlite:
        return found.with_only_columns(func.json_group_array(func.json_array(*columns_)))
    return found.with_only_columns(cast(func.json_agg(func.json_build_array(*columns_)), String))


def survivors(
    session: Session, actor: Actor, post_ids: Sequence[int], it: Needs, *, images: bool = False
) -> dict[int, Row]:  # fmt: skip
    """Post id → what of the candidates `actor` may see. One statement. `images`: look which have one (dearer).

    Of the filters in `it` only those that other features brought are asked for here.
    """
    if not post_ids:
        return {}
    sqlite = session.get_bind().dialect.name == "sqlite"
    ids = msgspec.json.encode(post_ids).decode() if sqlite else list(post_ids)
    query = _packed(actor.kind, images=images, sqlite=sqlite)
    query = query.where(*brought(it.extra)) if it.extra else query
    packed = columns(session, query, {"ids": ids, "actor_id": actor.id})
    return {seen.post_id: seen.row() for seen in _UNPACK.decode(packed.scalar_one() or "[]")}


def browse(session: Session, actor: Actor, it: Needs, *, limit: int = CANDIDATES) -> list[Row]:
    """The newest posts that pass the filters, while no index can be asked. One statement."""
    query = _rows(actor.kind, images=it.image).where(*_places(it), *_times(it), *brought(it.extra))
    if it.authors:
        query = query.where(Post.author_id.in_(select(Member.id).where(Member.name_key.in_(it.authors))))
    if it.not_authors:
        query = query.where(Member.name_key.not_in(it.not_authors))
    if it.image:
        query = query.where(Post.html.contains(IMAGE))
    if it.unanswered:
        query = query.where(Thread.post_count <= 1, Thread.locked_at.is_(None))
    newest = Post.created_at.desc() if it.authors else Post.id.desc()  # each has an index
    rows = session.execute(query.order_by(newest, Post.id.desc()).limit(limit), {"actor_id": actor.id})
    return sorted((_row(row) for row in rows), key=lambda row: (row.created_at, row.post_id), reverse=True)


def _places(it: Needs) -> Iterator[ColumnElement[bool]]:
    if it.categories is not None:
        yield Thread.category_id.in_(it.categories)
    if it.not_categories:
        yield Thread.category_id.not_in(it.not_categories)
    yield from (_tagged(name) for name in it.tags)
    yield from (not_(_tagged(name)) for name in it.not_tags)


def _times(it: Needs) -> Iterator[ColumnElement[bool]]:
    if it.before is not None:
        yield Post.created_at < it.before
    if it.after is not None:
        yield Post.created_at >= it.after


def _tagged(name: str) -> ColumnElement[bool]:
    named = select(ThreadTag.thread_id).join(Tag, Tag.id == ThreadTag.tag_id).where(Tag.name == name)
    return Thread.id.in_(named)


def titled(session: Session, actor: Actor, query: Query, *, images: bool = False) -> list[Row]:
    """Opening posts of threads whose title holds every word, the latest first: all there is while no index can be used.

    One statement, a bounded answer. No stems and no accents: it is a makeshift, and the page says so. `images`: look
    which have one.
    """
    words = [word for term in query.wanted for word in term.words][:8]
    if not words:
        return []
    unwanted = [word for term in query.terms if term.negative for word in term.words][:8]
    found = (
        _rows(actor.kind, images=images)
        .where(Post.number == 1, *(Thread.title.icontains(word, autoescape=True) for word in words))
        .where(*(not_(Thread.title.icontains(word, autoescape=True)) for word in unwanted), *brought(query.extra))
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(TITLES)
    )
    return [_row(row) for row in session.execute(found, {"actor_id": actor.id})]


class Told(msgspec.Struct, frozen=True):
    """A post of a page of results, with its thread and its text."""

    thread: ThreadView
    author: MemberCard
    number: int
    created_at: datetime
    html: str


@cache
def _told(kind: str) -> Select[Any]:
    return (
        select(*THREAD, *CARD, Post.id.label("post_id"), Post.number, Post.created_at.label("written"), Post.html)
        .join(Post, Post.thread_id == Thread.id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id.in_(bindparam("ids", expanding=True)), listed_posts(PATTERNS[kind]))
    )


def told(session: Session, actor: Actor, post_ids: Sequence[int]) -> dict[int, Told]:
    """Post id → the post as results show it. One statement; the policy is asked once more, it costs nothing."""
    if not post_ids:
        return {}
    rows = columns(session, _told(actor.kind), {"ids": list(post_ids), "actor_id": actor.id})
    width, cards = len(THREAD), len(THREAD) + len(CARD)
    return {
        row.post_id: Told(ThreadView(*row[:width]), MemberCard(*row[width:cards]), row.number, row.written, row.html)
        for row in rows
    }


@cache
def _threads(kind: str) -> Select[Any]:
    return (
        select(*THREAD, Post.id.label("post_id"))
        .join(Post, Post.thread_id == Thread.id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id.in_(bindparam("ids", expanding=True)), listed_posts(PATTERNS[kind]))
    )


def threads_of(session: Session, actor: Actor, post_ids: Sequence[int]) -> dict[int, ThreadView]:
    """Post id → its thread, for those that lists show to `actor`. One statement."""
    if not post_ids:
        return {}
    rows = columns(session, _threads(actor.kind), {"ids": list(post_ids), "actor_id": actor.id})
    return {row.post_id: ThreadView(*row[: len(THREAD)]) for row in rows}


def opening(session: Session, actor: Actor, thread_id: int) -> tuple[ThreadView, str] | None:
    """(a thread that lists show to `actor`, the HTML of its opening post if that may be seen)."""
    row = session.execute(
        select(*THREAD, Post.html)
        .join(Category, Category.id == Thread.category_id)
        .outerjoin(Post, and_(Post.thread_id == Thread.id, Post.number == 1, Post.state == "visible"))
        .where(Thread.id == thread_id, listed_threads(actor)),
        {"actor_id": actor.id},
    ).first()
    return (ThreadView(*row[: len(THREAD)]), row.html or "") if row else None


def newest_post(session: Session) -> int:
    """The newest post's id: what a search that is kept now has nothing to tell of yet."""
    return session.execute(select(func.max(Post.id))).scalar() or 0


class Waiting(msgspec.Struct, frozen=True):
    """What the index has still to hear of. `since`: when the oldest of it was noted."""

    changes: int
    since: datetime | None

    def seconds(self, now: datetime) -> int:
        """How far the index is behind."""
        return max(0, int((now - self.since).total_seconds())) if self.since else 0


def waiting(session: Session) -> Waiting:
    """One statement over what is left of the queue."""
    row = session.execute(select(func.count(SearchChange.id), func.min(SearchChange.at))).one()
    return Waiting(row[0], row[1])


def findable(session: Session) -> int:
    """How many posts an index that is up to date holds."""
    counted = select(func.count()).select_from(Post).join(Thread, Thread.id == Post.thread_id)
    return session.execute(counted.where(Post.state == "visible", Thread.state == "visible")).scalar_one()


# -- kept searches ---------------------------------------------------------------------------------------------


def saved(session: Session, member_id: int) -> Sequence[SavedSearch]:
    """A member's kept searches, the newest first."""
    found = select(SavedSearch).where(SavedSearch.member_id == member_id).order_by(SavedSearch.id.desc())
    return session.scalars(found).all()


def _due(before: datetime) -> ColumnElement[bool]:
    """SQL beside a grouping by member: their last mail, or the first search of who had none yet, is so old."""
    last, first = func.max(SavedSearch.mailed_at), func.min(SavedSearch.created_at)
    return and_(first <= before, or_(last.is_(None), last <= before))


def listeners(session: Session, before: datetime, after: int, limit: int) -> Sequence[int]:
    """Members whose last mail about their searches left before then; from the one after number `after` on."""
    return session.scalars(
        select(SavedSearch.member_id)
        .where(SavedSearch.weekly, SavedSearch.member_id > after)
        .group_by(SavedSearch.member_id)
        .having(_due(before))
        .order_by(SavedSearch.member_id)
        .limit(limit)
    ).all()


def due_searches(session: Session, member_id: int, before: datetime) -> Sequence[SavedSearch]:
    """The searches that a member listens to; none when their last mail left after then.

    One mail a week for all of them.
    """
    if member_id not in listeners(session, before, member_id - 1, 1):
        return ()
    found = select(SavedSearch).where(SavedSearch.member_id == member_id, SavedSearch.weekly)
    return session.scalars(found.order_by(SavedSearch.id)).all()


def hears(session: Session, member_id: int) -> bool:
    """Mail about kept searches reaches this member: a verified address, and the kind is not switched off."""
    return reachable(session, member_id) and wants_mail(session, member_id, "finds")


class Listener(msgspec.Struct, frozen=True):
    """Who gets the mail about new finds, with what they may see now."""

    actor: Actor
    email: str


def listener(session: Session, member_id: int, now: datetime) -> Listener | None:
    """The member, if they have a verified address."""
    row = session.execute(
        select(*READER, Member.name, Member.display_name, Member.locale, Member.timezone, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == member_id, Account.verified_at.is_not(None))
    ).first()
    if row is None:
        return None
    actor: Mapping[str, Any] = {
        "name": row.name, "display_name": row.display_name, "locale": row.locale, "timezone": row.timezone,
    }  # fmt: skip
    return Listener(msgspec.structs.replace(reader_of(row, now), **actor), row.email)
