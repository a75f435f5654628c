"""Every select about threads and posts. Visibility comes from `policy`, structs go out."""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID, Id, columns
from forum.errors import NotFound
from forum.feedback.voices import voices
from forum.kit import paging
from forum.kit.markdown import excerpt
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy import meetups
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.policy.actors import PATTERNS, Actor, me
from forum.policy.categories import require_see
from forum.policy.feedback import may_point
from forum.policy.moderation import may_moderate
from forum.threads import moves
from forum.threads.models import Post, ReadMark, Revision, Tag, Thread, ThreadTag
from forum.threads.moves import THREAD
from forum.threads.views import (
    Lead,
    Page,
    PostText,
    PostView,
    ReplyTo,
    ThreadPage,
    ThreadRow,
    ThreadView,
)

POST: tuple[Any, ...] = (
    Post.id, Post.thread_id, Post.number, Post.html, Post.state, Post.created_at, Post.edited_at, Post.version,
    Post.deleted_by_id, Post.author_id, Post.editor_id,
)  # fmt: skip
LastPoster = aliased(Member)
ORDERS = ("latest", "new", "top", "unanswered", "unread")
CARDS = len(CARD)


def _known(row_id: int) -> int:
    """`row_id` if the database can hold it. Raises NotFound."""
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    return row_id


# -- lists --------------------------------------------------------------------------------------------------
# Statements are built once for each role and shape (building one costs more than running it) and get their
# values when they run; `actor_id` is the policy's own parameter.


def _keys(order: str) -> tuple[Any, type]:
    """(sort column, its Python type) of a list."""
    if order == "new":
        return Thread.created_at, datetime
    return (Thread.post_count, int) if order == "top" else (Thread.last_post_at, datetime)


@cache
def _list_statement(
    kind: str, order: str, *, categories: bool, tag: bool, author: bool, after: bool, pinned: bool | None
) -> Select[Any]:
    actor, (column, _) = PATTERNS[kind], _keys(order)
    read = literal(0) if actor.is_guest else func.coalesce(ReadMark.number, literal(0))
    query = (
        select(*THREAD, *CARD, LastPoster.display_name, read.label("read"))
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Thread.author_id)
        .join(LastPoster, LastPoster.id == Thread.last_poster_id)
        .where(policy.listed_threads(actor))
        .order_by(column.desc(), Thread.id.desc())
        .limit(bindparam("limit"))
    )
    if not actor.is_guest:
        behind = and_(read > 0, read < Thread.last_number)  # only there it matters which number is the last to be seen
        query = query.add_columns(case((behind, _last_shown(actor)), else_=Thread.last_number).label("shown"))
        query = query.outerjoin(ReadMark, and_(ReadMark.thread_id == Thread.id, ReadMark.member_id == me(actor)))
    if categories:
        query = query.where(Thread.category_id.in_(bindparam("categories", expanding=True)))
    if tag:
        named = select(ThreadTag.thread_id).join(Tag, Tag.id == ThreadTag.tag_id).where(Tag.name == bindparam("tag"))
        query = query.where(Thread.id.in_(named))
    if author:
        query = query.where(Thread.author_id == bindparam("author"))
    if not (categories or author or order == "unread"):
        query = query.where(Thread.demoted_at.is_(None))
    if pinned is not None:
        query = query.where(Thread.pinned_at.is_not(None) if pinned else Thread.pinned_at.is_(None))
    if order == "unanswered":
        # a literal, not a parameter: SQLite matches a partial index by its words
        query = query.where(Thread.post_count <= literal_column("1"), Thread.locked_at.is_(None))
    if order == "unread":
        query = query.where(literal(value=False) if actor.is_guest else ReadMark.number < Thread.last_number)
        query = query.where(ReadMark.number < _last_shown(actor)) if not actor.is_guest else query
    if after:
        at = tuple_(bindparam("after_key", type_=column.type), bindparam("after_id"))
        query = query.where(tuple_(column, Thread.id) < at)
    return query


def thread_list(
    session: Session, actor: Actor, house: House, *, order: str = "latest",
    categories: tuple[CategoryView, ...] | None = None, tag: str = "", author_id: int = 0, after: str = "",
    limit: int = paging.PAGE, pinned: bool | None = None,
) -> Page:  # fmt: skip
    """One page of threads by keyset; one statement. `pinned`: only those, or all but those; None: whichever.

    `categories`: only in these. An unreadable `after` starts from the top.
    """
    column, kind = _keys(order)
    cursor = paging.decode(after, kind, int)
    query = _list_statement(
        actor.kind, order, categories=categories is not None, tag=bool(tag), author=bool(author_id),
        after=cursor is not None, pinned=pinned,
    )  # fmt: skip
    values: dict[str, Any] = {"limit": limit + 1, "actor_id": actor.id}
    if categories is not None:
        values["categories"] = [category.id for category in categories]
    if tag:
        values["tag"] = tag
    if author_id:
        values["author"] = author_id
    if cursor is not None:
        values["after_key"], values["after_id"] = cursor
    rows = columns(session, query, values).all()
    found = [_thread_row(row, house, actor) for row in rows[:limit]]
    older = None
    if len(rows) > limit:
        last = found[-1].thread
        older = paging.encode(getattr(last, column.key), last.id)
    return Page(found, older)


def _thread_row(row: Row[Any], house: House, actor: Actor) -> ThreadRow:
    width = len(THREAD)
    thread = ThreadView(*row[:width])
    category = house.by_id(thread.category_id)
    if category is None:  # made a moment ago by another process; the list is one statement, the house an older one
        raise NotFound()
    read: int = row.read
    shown: int = 0 if actor.is_guest else row.shown or 0
    return ThreadRow(
        thread, category, MemberCard(*row[width : width + CARDS]), row[width + CARDS],
        unread=shown - read if read and read < shown else None, is_new=not actor.is_guest and read == 0, next=read + 1,
    )  # fmt: skip


def _last_shown(actor: Actor) -> ColumnElement[int]:
    """SQL beside Thread: the newest number that `actor` knows of. A post that waits for approval is nobody else's news.

    Numbers whose posts went to another thread are passed over: there is nothing to come back for.
    """
    seen = or_(Post.state != "held", post_policy.readable_posts(actor))
    query = select(Post.number).where(Post.thread_id == Thread.id, seen).order_by(Post.number.desc()).limit(1)
    return query.correlate(Thread).scalar_subquery()


# -- one thread ---------------------------------------------------------------------------------------------


def thread_page(session: Session, actor: Actor, house: House, thread_id: int, page: int) -> ThreadPage:
    """A page of a thread: two statements, however long the thread; a third where posts went to other threads.

    Raises NotFound, Merged.
    """
    thread, author, read, shown, hosts = _thread_with_mark(session, actor, house, thread_id)
    category = house.by_id(thread.category_id)
    assert category is not None
    last = thread.last_number if thread.moved_count else shown  # pages that were, stay: their addresses are known
    if not 1 <= page <= paging.pages(last):
        raise NotFound()
    low, high = (page - 1) * paging.PAGE, page * paging.PAGE
    values = {"thread_id": thread.id, "low": low, "high": high, "actor_id": actor.id}
    found_rows = columns(session, _by_number(guest=actor.is_guest), values)
    rows = [_post_view(row, actor, thread) for row in found_rows]
    posts = [post for post in rows if post.readable or post.state != "held"]
    numbers = [post.number for post in posts]
    moved = moves.runs(session, actor, thread, numbers, low, high) if thread.moved_count else []
    unread = (number for number in numbers if number > read)
    found = ThreadPage(
        thread, category, house.path(category), author, posts, page,
        may_reply=policy.may_reply(actor, thread, category),
        may_retitle=policy.may_retitle(actor, thread, category),
        first_unread=next(unread, None) if low <= read < high and read else None,
        jumped=read < low, last_number=last, moved=tuple(moved),
        may_moderate=may_moderate(actor, thread.author_id, author.role, thread.category_id),
        may_announce=meetups.may_link(actor, thread) and meetups.may_announce(actor, chapter_host=hosts),
    )  # fmt: skip
    return msgspec.structs.replace(found, unseen=not actor.is_guest and found.reach > read)


@cache
def _thread_statement(kind: str) -> Select[Any]:
    actor = PATTERNS[kind]
    query = (
        select(*THREAD, *CARD, _last_shown(actor).label("shown"))
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Thread.author_id)
        .where(Thread.id == bindparam("thread_id"), policy.visible_threads(actor))
    )
    if actor.is_guest:
        return query
    mark = and_(ReadMark.thread_id == Thread.id, ReadMark.member_id == me(actor))
    hosts = meetups.hosts_chapter(actor).label("hosts")
    return query.add_columns(ReadMark.number.label("read"), hosts).outerjoin(ReadMark, mark)


def _thread_with_mark(
    session: Session, actor: Actor, house: House, thread_id: int
) -> tuple[ThreadView, MemberCard, int, int, bool]:
    """(thread, its author, the reader's mark, the newest number they know of, whether they host a local group).

    Raises NotFound, Merged.
    """
    values = {"thread_id": _known(thread_id), "actor_id": actor.id}
    row = columns(session, _thread_statement(actor.kind), values).first()
    if row is None:
        raise NotFound()
    width = len(THREAD)
    thread = ThreadView(*row[:width])
    require_see(actor, house.by_id(thread.category_id))
    if thread.state == "merged":
        moves.lead_on(session, actor, thread)
    read, hosts = (0, False) if actor.is_guest else (row.read or 0, bool(row.hosts))
    return thread, MemberCard(*row[width : width + CARDS]), read, row.shown or 0, hosts


def thread_row(
    session: Session, actor: Actor, house: House, thread_id: int
) -> tuple[ThreadView, CategoryView, MemberCard]:
    """(thread, its category, its author). One statement. Raises NotFound, Merged."""
    thread, author, *_ = _thread_with_mark(session, actor, house, thread_id)
    category = house.by_id(thread.category_id)
    if category is None:  # made a moment ago by another process
        raise NotFound()
    return thread, category, author


def thread(session: Session, actor: Actor, thread_id: int) -> ThreadView:
    """The thread alone. Raises NotFound, Merged."""
    found = address(session, actor, thread_id)
    if found.state == "merged":
        moves.lead_on(session, actor, found)
    return found


def address(session: Session, actor: Actor, thread_id: int) -> ThreadView:
    """The thread, also one that was merged and is only an address. Raises NotFound."""
    row = session.execute(_thread_statement(actor.kind), {"thread_id": _known(thread_id), "actor_id": actor.id}).first()
    if row is None:
        raise NotFound()
    return ThreadView(*row[: len(THREAD)])


_parent, _parent_author = aliased(Post), aliased(Member)
_POSTS: Select[Any] = (
    select(
        *POST, *CARD, _parent.id, _parent.number, _parent_author.display_name, _parent.state, _parent.thread_id,
        exists().where(Revision.post_id == Post.id),
    )
    .join(Member, Member.id == Post.author_id)
    .outerjoin(_parent, _parent.id == Post.reply_to_id)
    .outerjoin(_parent_author, _parent_author.id == _parent.author_id)
    .order_by(Post.number)
)  # fmt: skip
_IN_THREAD = Post.thread_id == bindparam("thread_id")


@cache
def _posts(*, guest: bool) -> Select[Any]:
    """Posts with what surrounds them; last of all the reader's "me too" (`voices`), which guests have none of."""
    if guest:
        return _POSTS.add_columns(literal(0).label("too"))
    return _POSTS.add_columns(voices(Post.id, bindparam("actor_id", type_=Id)).label("too"))


@cache
def _by_number(*, guest: bool) -> Select[Any]:
    return _posts(guest=guest).where(_IN_THREAD, Post.number > bindparam("low"), Post.number <= bindparam("high"))


@cache
def _by_id(*, guest: bool) -> Select[Any]:
    return _posts(guest=guest).where(Post.id == bindparam("post_id"))


def _post_view(row: Row[Any], actor: Actor, thread: ThreadView) -> PostView:
    width = len(POST)
    post_id, thread_id, number, html, state, created_at, edited_at, version, _, _, editor_id = row[:width]
    readable = post_policy.may_read(actor, row, thread.category_id)
    reply_to = _reply_to(thread_id, *row[width + CARDS : width + CARDS + 5])
    revised, said = row[width + CARDS + 5], row.too
    points, is_mine = state == "visible" and may_point(actor), not actor.is_guest and row[width] == actor.id
    return PostView(
        id=post_id, thread_id=thread_id, number=number, author=MemberCard(*row[width : width + CARDS]),
        html=html if readable else "", state=state, created_at=created_at, edited_at=edited_at, version=version,
        reply_to=reply_to if readable else None, readable=readable,
        may_edit=post_policy.may_edit(actor, row, thread), may_delete=post_policy.may_delete(actor, row, thread),
        may_restore=post_policy.may_restore(actor, row, thread), has_history=bool(revised) and readable,
        by_staff=editor_id is not None, is_mine=is_mine, may_point=points,
        too=said == 2 if said and points and not is_mine else None,
    )  # fmt: skip


def _reply_to(thread_id: int, post_id: int | None, number: int, author: str, state: str, place: int) -> ReplyTo | None:
    """What a post answers. Of one in another thread only the address: who reads here may not see it there."""
    if post_id is None or state != "visible":
        return None
    return ReplyTo(post_id, number, author) if place == thread_id else ReplyTo(post_id, 0, "", elsewhere=True)


def posts_after(session: Session, actor: Actor, thread: ThreadView, number: int, limit: int) -> list[PostView]:
    """Posts whose text `actor` may read, from the one after `number` on."""
    query = _readable_statement(actor.kind)
    values = {"thread_id": thread.id, "low": number, "limit": limit, "actor_id": actor.id}
    return [_post_view(row, actor, thread) for row in session.execute(query, values)]


@cache
def _readable_statement(kind: str) -> Select[Any]:
    readable = post_policy.readable_posts(PATTERNS[kind])
    return (
        _posts(guest=PATTERNS[kind].is_guest)
        .where(_IN_THREAD, Post.number > bindparam("low"), readable)
        .limit(bindparam("limit"))
    )


# -- one post --------------------------------------------------------------------------------------------------


def post_text(session: Session, actor: Actor, house: House, post_id: int) -> PostText:
    """A post with its source. Two statements. Raises NotFound, also for a post that `actor` may not read."""
    head = session.execute(
        select(*THREAD, Post.source)
        .join(Post, Post.thread_id == Thread.id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id == _known(post_id), post_policy.visible_posts(actor))
    ).first()
    if head is None:
        raise NotFound()
    found = ThreadView(*head[: len(THREAD)])
    category = house.by_id(found.category_id)
    require_see(actor, category)
    assert category is not None
    row = session.execute(_by_id(guest=actor.is_guest), {"post_id": post_id, "actor_id": actor.id}).one()
    return PostText(_post_view(row, actor, found), head.source, found, category)


def sources(session: Session, post_ids: list[int]) -> dict[int, str]:
    """Post id → Markdown source, for posts already known to be readable."""
    rows = session.execute(select(Post.id, Post.source).where(Post.id.in_(post_ids)))
    return {row.id: row.source for row in rows}


def where_is(session: Session, actor: Actor, post_id: int) -> tuple[ThreadView, int]:
    """(thread, number) of a post whose thread `actor` may open: what a permalink needs. Raises NotFound.

    A post that waits for approval is not there for others, not even as a placeholder.
    """
    row = session.execute(
        select(*THREAD, Post.number)
        .join(Post, Post.thread_id == Thread.id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id == _known(post_id), policy.visible_threads(actor))
        .where(or_(Post.state != "held", post_policy.readable_posts(actor)))
    ).first()
    if row is None:
        raise NotFound()
    return ThreadView(*row[: len(THREAD)]), row.number


def by_submission(session: Session, author_id: int, submission: str) -> tuple[int, int, int] | None:
    """(post id, thread id, number) of the post that this very form made before."""
    if not submission:
        return None
    row = session.execute(
        select(Post.id, Post.thread_id, Post.number).where(Post.author_id == author_id, Post.submission == submission)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def members_named(session: Session, names: set[str]) -> dict[str, tuple[int, str]]:
    """Lower-case name → (id, name as spelled), for those that exist; at most 50 of them."""
    if not names:
        return {}
    rows = session.execute(
        select(Member.name_key, Member.id, Member.name).where(Member.name_key.in_(sorted(names)[:50]))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def recent_posts(session: Session, author_id: int, since: datetime) -> list[tuple[datetime, int]]:
    """(time, number) of what a member wrote since then, newest first, at most 200: for quotas."""
    rows = session.execute(
        select(Post.created_at, Post.number)
        .where(Post.author_id == author_id, Post.created_at > since)
        .order_by(Post.created_at.desc())
        .limit(200)
    )
    return [(row[0], row[1]) for row in rows]


def tag_exists(session: Session, name: str) -> bool:
    """True when some thread carries the tag (whoever may see it)."""
    return session.execute(select(Tag.id).where(Tag.name == name)).first() is not None


def lead(session: Session, pinned: list[ThreadRow]) -> Lead | None:
    """The newest pinned thread of staff, with the beginning of its opening post: the front page's story."""
    row = next((row for row in pinned if row.author.is_staff), None)
    if row is None:
        return None
    html = session.execute(select(Post.html).where(Post.thread_id == row.thread.id, Post.number == 1)).scalar_one()
    return Lead(row, excerpt(html, 220))


def waiting(session: Session, actor: Actor, house: House, limit: int = 5) -> list[ThreadRow]:
    """Threads that nobody has answered yet, the longest waiting of the newest hundred first."""
    rows = thread_list(session, actor, house, order="unanswered", limit=limit).rows
    return sorted(rows, key=lambda row: row.thread.created_at)
