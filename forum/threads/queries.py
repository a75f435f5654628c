"""Every select about threads and posts. Visibility comes from `policy`, structs go out."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased

from forum.categories.models import Category
from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit import paging
from forum.kit.markdown import excerpt
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.policy.actors import PATTERNS, Actor, me
from forum.policy.categories import require_see
from forum.threads.models import Post, ReadMark, Revision, Tag, Thread, ThreadTag
from forum.threads.views import (
    Lead,
    Page,
    PostText,
    PostView,
    ReplyTo,
    RevisionView,
    ThreadPage,
    ThreadRow,
    ThreadView,
)

THREAD = tuple(getattr(Thread, name) for name in ThreadView.__struct_fields__)
POST: tuple[Any, ...] = (
    Post.id, Post.thread_id, Post.number, Post.html, Post.state, Post.created_at, Post.edited_at, Post.version,
    Post.deleted_by_id, Post.author_id,
)  # fmt: skip
LastPoster = aliased(Member)
ORDERS = ("latest", "new", "top", "unanswered", "unread")
CARDS = len(CARD)
MAX_VERSION = 2**31 - 1  # as the column holds it: PostgreSQL refuses to compare it with more


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
        query = query.outerjoin(ReadMark, and_(ReadMark.thread_id == Thread.id, ReadMark.member_id == me(actor)))
    if categories:
        query = query.where(Thread.category_id.in_(bindparam("categories", expanding=True)))
    if tag:
        named = select(ThreadTag.thread_id).join(Tag, Tag.id == ThreadTag.tag_id).where(Tag.name == bindparam("tag"))
        query = query.where(Thread.id.in_(named))
    if author:
        query = query.where(Thread.author_id == bindparam("author"))
    if pinned is not None:
        query = query.where(Thread.pinned_at.is_not(None) if pinned else Thread.pinned_at.is_(None))
    if order == "unanswered":
        # a literal, not a parameter: SQLite matches a partial index by its words
        query = query.where(Thread.post_count <= literal_column("1"), Thread.locked_at.is_(None))
    if order == "unread":
        query = query.where(literal(value=False) if actor.is_guest else ReadMark.number < Thread.last_number)
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
    rows = session.execute(query, values).all()
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
    read: int = row[-1]
    return ThreadRow(
        thread, category, MemberCard(*row[width : width + CARDS]), row[width + CARDS],
        unread=thread.last_number - read if read and read < thread.last_number else None,
        is_new=not actor.is_guest and read == 0,
    )  # fmt: skip


# -- one thread ---------------------------------------------------------------------------------------------


def thread_page(session: Session, actor: Actor, house: House, thread_id: int, page: int) -> ThreadPage:
    """A page of a thread: two statements, however long the thread. Raises NotFound."""
    thread, author, read = _thread_with_mark(session, actor, house, thread_id)
    category = house.by_id(thread.category_id)
    assert category is not None
    if not 1 <= page <= thread.pages:
        raise NotFound()
    low = (page - 1) * paging.PAGE
    values = {"thread_id": thread.id, "low": low, "high": low + paging.PAGE}
    posts = [_post_view(row, actor, thread) for row in session.execute(POSTS_BY_NUMBER, values)]
    first_unread = read + 1 if read and low <= read < thread.last_number and read < low + paging.PAGE else None
    return ThreadPage(
        thread, category, house.path(category), author, posts, page,
        may_reply=policy.may_reply(actor, thread, category),
        may_retitle=policy.may_retitle(actor, thread, category),
        first_unread=first_unread,
        unseen=not actor.is_guest and bool(posts) and posts[-1].number > read,
    )  # fmt: skip


@cache
def _thread_statement(kind: str) -> Select[Any]:
    actor = PATTERNS[kind]
    query = (
        select(*THREAD, *CARD)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Thread.author_id)
        .where(Thread.id == bindparam("thread_id"), policy.visible_threads(actor))
    )
    if actor.is_guest:
        return query
    mark = and_(ReadMark.thread_id == Thread.id, ReadMark.member_id == me(actor))
    return query.add_columns(ReadMark.number).outerjoin(ReadMark, mark)


def _thread_with_mark(
    session: Session, actor: Actor, house: House, thread_id: int
) -> tuple[ThreadView, MemberCard, int]:
    values = {"thread_id": _known(thread_id), "actor_id": actor.id}
    row = session.execute(_thread_statement(actor.kind), values).first()
    if row is None:
        raise NotFound()
    width = len(THREAD)
    thread = ThreadView(*row[:width])
    require_see(actor, house.by_id(thread.category_id))
    return thread, MemberCard(*row[width : width + CARDS]), 0 if actor.is_guest else (row[-1] or 0)


def thread_row(
    session: Session, actor: Actor, house: House, thread_id: int
) -> tuple[ThreadView, CategoryView, MemberCard]:
    """(thread, its category, its author). One statement. Raises NotFound."""
    thread, author, _ = _thread_with_mark(session, actor, house, thread_id)
    category = house.by_id(thread.category_id)
    if category is None:  # made a moment ago by another process
        raise NotFound()
    return thread, category, author


def thread(session: Session, actor: Actor, thread_id: int) -> ThreadView:
    """The thread alone. Raises NotFound."""
    values = {"thread_id": _known(thread_id), "actor_id": actor.id}
    row = session.execute(_thread_statement(actor.kind), values).first()
    if row is None:
        raise NotFound()
    return ThreadView(*row[: len(THREAD)])


_parent, _parent_author = aliased(Post), aliased(Member)
_POSTS: Select[Any] = (
    select(
        *POST, *CARD, _parent.id, _parent.number, _parent_author.display_name, _parent.state,
        exists().where(Revision.post_id == Post.id),
    )
    .join(Member, Member.id == Post.author_id)
    .outerjoin(_parent, _parent.id == Post.reply_to_id)
    .outerjoin(_parent_author, _parent_author.id == _parent.author_id)
    .order_by(Post.number)
)  # fmt: skip
_IN_THREAD = Post.thread_id == bindparam("thread_id")
POSTS_BY_NUMBER = _POSTS.where(_IN_THREAD, Post.number > bindparam("low"), Post.number <= bindparam("high"))
POST_BY_ID = _POSTS.where(Post.id == bindparam("post_id"))


def _post_view(row: Row[Any], actor: Actor, thread: ThreadView) -> PostView:
    width = len(POST)
    parent_id, parent_number, parent_author, parent_state, revised = row[width + CARDS : width + CARDS + 5]
    post_id, thread_id, number, html, state, created_at, edited_at, version, _, _ = row[:width]
    readable = post_policy.may_read(actor, row, thread.category_id)
    reply_to = ReplyTo(parent_id, parent_number, parent_author) if parent_id and parent_state == "visible" else None
    return PostView(
        id=post_id, thread_id=thread_id, number=number, author=MemberCard(*row[width : width + CARDS]),
        html=html if readable else "", state=state, created_at=created_at, edited_at=edited_at, version=version,
        reply_to=reply_to if readable else None, readable=readable,
        may_edit=post_policy.may_edit(actor, row, thread), may_delete=post_policy.may_delete(actor, row, thread),
        may_restore=post_policy.may_restore(actor, row, thread), has_history=bool(revised) and readable,
    )  # fmt: skip


def posts_after(session: Session, actor: Actor, thread: ThreadView, number: int, limit: int) -> list[PostView]:
    """Posts whose text `actor` may read, from the one after `number` on."""
    query = _readable_statement(actor.kind)
    values = {"thread_id": thread.id, "low": number, "limit": limit, "actor_id": actor.id}
    return [_post_view(row, actor, thread) for row in session.execute(query, values)]


@cache
def _readable_statement(kind: str) -> Select[Any]:
    readable = post_policy.readable_posts(PATTERNS[kind])
    return _POSTS.where(_IN_THREAD, Post.number > bindparam("low"), readable).limit(bindparam("limit"))


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
    row = session.execute(POST_BY_ID, {"post_id": post_id}).one()
    return PostText(_post_view(row, actor, found), head.source, found, category)


def sources(session: Session, post_ids: list[int]) -> dict[int, str]:
    """Post id → Markdown source, for posts already known to be readable."""
    rows = session.execute(select(Post.id, Post.source).where(Post.id.in_(post_ids)))
    return {row.id: row.source for row in rows}


def where_is(session: Session, actor: Actor, post_id: int) -> tuple[ThreadView, int]:
    """(thread, number) of a post whose thread `actor` may open: what a permalink needs. Raises NotFound."""
    row = session.execute(
        select(*THREAD, Post.number)
        .join(Post, Post.thread_id == Thread.id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id == _known(post_id), policy.visible_threads(actor))
    ).first()
    if row is None:
        raise NotFound()
    return ThreadView(*row[: len(THREAD)]), row.number


def revisions(session: Session, text: PostText, *, before: int = MAX_VERSION, limit: int = 200) -> list[RevisionView]:
    """Earlier versions of a post, newest first, from below version `before`; the caller has asked `require_history`."""
    width = len(CARD)
    rows = session.execute(
        select(Revision.version, Revision.source, Revision.created_at, Revision.reason, *CARD)
        .join(Member, Member.id == Revision.editor_id)
        .where(Revision.post_id == text.post.id, Revision.version < min(before, MAX_VERSION))
        .order_by(Revision.version.desc())
        .limit(limit)
    ).all()
    return [RevisionView(row[0], row[1], MemberCard(*row[4 : 4 + width]), row[2], row[3]) for row in rows]


def standing_revision(session: Session, text: PostText) -> RevisionView:
    """The post as it stands, in the shape of its earlier versions."""
    reason = session.execute(select(Post.edit_reason).where(Post.id == text.post.id)).scalar_one()
    at = text.post.edited_at or text.post.created_at
    return RevisionView(text.post.version, text.source, text.post.author, at, reason)


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
