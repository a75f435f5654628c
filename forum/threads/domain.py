"""The verbs of threads and posts. Each runs inside the caller's write transaction and never commits.

Locks are always taken in one order, member, thread, category, so that PostgreSQL cannot deadlock on them. They are
FOR NO KEY UPDATE: the foreign keys that others write (a last poster, an author) need no more than the key to stay.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.events import HiddenPostEdited, PostCreated, PostDeleted, PostEdited, PostHeld, PostRestored, record
from forum.kit.i18n import N_
from forum.kit.slugs import slugify
from forum.members.models import Member
from forum.moderation.models import Case
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.policy.actors import Actor, require_member
from forum.policy.categories import require_start
from forum.threads import moves, queries
from forum.threads.compose import Draft, check_tags, check_title
from forum.threads.models import Post, ReadMark, Revision, Tag, Thread, ThreadTag
from forum.threads.pace import check_quota, check_slow
from forum.threads.views import post_url

GRACE = timedelta(minutes=5)
"""An author's edit this soon after posting leaves no trace, unless somebody has answered since (DECISIONS no. 8)."""


class PostRef(msgspec.Struct, frozen=True):
    """Where a post went. `again`: the same form had already made it. `held`: it waits for a moderator."""

    id: int
    thread_id: int
    number: int
    url: str
    again: bool = False
    held: bool = False


def start_thread(
    session: Session, *, actor: Actor, category: str, title: str, draft: Draft, tags: list[str], now: datetime,
    submission: str = "", locale: str = "",
) -> PostRef:  # fmt: skip
    """Open a thread with its first post. `category`: slug; `submission`: the form's key, for double clicks.

    Of somebody whose posts wait for approval both are held: there for them and the staff, and counted nowhere.
    Raises Invalid(title, category, tags), NotFound, SignInNeeded, Forbidden, TooMany.
    """
    require_member(actor)
    title, names = check_title(title), check_tags(tags)
    _lock_member(session, actor)
    if done := _done_before(session, actor, submission):
        return done
    place = session.scalar(select(Category).where(Category.slug == category).with_for_update(key_share=True))
    if place is None:
        raise Invalid({"category": N_("Choose a category from the list.")})
    try:
        require_start(actor, place)
    except NotFound:
        raise Invalid({"category": N_("Choose a category from the list.")}) from None
    check_quota(session, actor, now, opening=True)
    thread = Thread(
        category_id=place.id, author_id=actor.id, title=title, slug=slugify(title), tag_names=" ".join(names),
        locale=locale, created_at=now, last_post_at=now, last_poster_id=actor.id, last_number=1,
        post_count=0 if actor.held else 1, state="held" if actor.held else "visible",
    )  # fmt: skip
    session.add(thread)
    session.flush()
    _set_tags(session, thread.id, names)
    post = _add_post(session, actor, thread, 1, draft, None, now, submission)
    if not actor.held:
        place.thread_count = Category.thread_count + 1
        place.post_count = Category.post_count + 1
        session.flush()
        _count(session, Member, actor.id, post_count=1, thread_count=1)
    _read_up_to(session, actor, thread.id, 1, now)
    _created(session, post, draft, now)
    return PostRef(post.id, thread.id, 1, post_url(thread.id, thread.slug, 1), held=actor.held)


def reply(
    session: Session,
    *,
    actor: Actor,
    thread_id: int,
    draft: Draft,
    now: datetime,
    reply_to: int | None = None,
    submission: str = "",
) -> PostRef:
    """Append `draft` to a thread as its next post. `reply_to`: id of the post it answers, in the same thread.

    Numbers are dense per thread (1, 2, 3 …); the row lock serialises writers. In a thread that was merged while they
    wrote, the post goes to where the others went. Of somebody whose posts wait for approval it is held: it takes its
    number, but counts nowhere and is nobody's last post.
    Raises NotFound (absent or invisible), SignInNeeded, Forbidden (locked, sanctioned), Invalid(reply_to), TooMany.
    """
    if not actor.is_guest:
        _lock_member(session, actor)
        if done := _done_before(session, actor, submission):
            return done
    thread, category = _thread_for_update(session, thread_id, follow=actor)
    policy.require_reply(actor, thread, category)
    check_quota(session, actor, now, opening=False)
    check_slow(session, actor, thread, now)
    _check_parent(session, actor, thread, reply_to)
    number = thread.last_number + 1
    post = _add_post(session, actor, thread, number, draft, reply_to, now, submission)
    thread.last_number = number
    if not actor.held:
        thread.post_count += 1
        thread.last_post_at, thread.last_poster_id = now, actor.id
        session.flush()
        _count(session, Category, category.id, post_count=1)
        _count(session, Member, actor.id, post_count=1)
    _read_up_to(session, actor, thread.id, number, now)
    _created(session, post, draft, now)
    return PostRef(post.id, thread.id, number, post_url(thread.id, thread.slug, number), held=actor.held)


def edit(
    session: Session, *, actor: Actor, post_id: int, draft: Draft, version: int | None, now: datetime, reason: str = ""
) -> PostRef:
    """Change what a post says. `version`: the one the editor started from; None: whichever stands now.

    Outside the grace period (or once somebody answered) the earlier text is kept as a revision and the post
    says that it was edited. Raises NotFound, SignInNeeded, Forbidden, Conflict(current=source) when `version` is stale.
    """
    post, thread, category = _post_for_update(session, post_id)
    post_policy.require_edit(actor, post, thread, category)
    ref = PostRef(post.id, thread.id, post.number, post_url(thread.id, thread.slug, post.number))
    if draft.source == post.source:
        return ref
    if version is not None and post.version != version:
        raise Conflict(current=post.source)
    quiet = now - post.created_at <= GRACE and thread.last_number == post.number and post.edited_at is None
    if not quiet:
        written = session.execute(
            select(Revision.created_at).where(Revision.post_id == post.id).order_by(Revision.version.desc()).limit(1)
        ).first()
        session.add(
            Revision(
                post_id=post.id, version=post.version, source=post.source, editor_id=post.editor_id or post.author_id,
                created_at=post.edited_at or (written[0] if written else post.created_at), reason=post.edit_reason,
            )
        )  # fmt: skip
        post.edited_at = now
        post.edit_reason = " ".join(reason.split())[:200]
    post.source, post.html, post.renderer, post.editor_id = draft.source, draft.html, draft.renderer, None
    post.version += 1
    session.flush()
    if post.state == "hidden":  # mended, perhaps: somebody looks at it again
        record(session, HiddenPostEdited(post.id), now=now)
    if post.state == "visible":
        record(session, PostEdited(post.id, thread.id, draft.mentions, draft.quotes), now=now)
    return ref


def retitle(
    session: Session, *, actor: Actor, thread_id: int, title: str, tags: list[str], version: int, now: datetime
) -> Thread:
    """Change a thread's title and tags; its address follows, old ones lead to it.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(title, tags), Conflict when `version` is stale.
    """
    title, names = check_title(title), check_tags(tags)
    thread, category = _thread_for_update(session, thread_id)
    policy.require_retitle(actor, thread, category)
    if thread.title == title and thread.tag_names == " ".join(names):
        return thread
    if thread.version != version:
        raise Conflict(current=thread.title)
    thread.title, thread.slug, thread.tag_names = title, slugify(title), " ".join(names)
    thread.version += 1
    _set_tags(session, thread.id, names)
    session.flush()
    opening = session.execute(select(Post.id).where(Post.thread_id == thread.id, Post.number == 1)).scalar_one()
    record(session, PostEdited(opening, thread.id), now=now)
    return thread


def delete(session: Session, *, actor: Actor, post_id: int, now: datetime) -> PostRef:
    """Take one's own post out of sight; it can be restored. An opening post takes its thread with it.

    Raises NotFound, SignInNeeded, Forbidden (not one's own, locked, an opening post that others answered).
    """
    post, thread, category = _post_for_update(session, post_id)
    post_policy.require_delete(actor, post, thread, category)
    if post.number == 1:
        others = (
            select(Post.id)
            .where(Post.thread_id == thread.id, Post.author_id != actor.id, Post.state != "deleted")
            .limit(1)
        )
        if session.execute(others).first():
            raise Forbidden(N_("Others have answered, so the thread is theirs too. You can still edit your post."))
    was_visible = post.state == "visible"
    post.state, post.deleted_at, post.deleted_by_id = "deleted", now, actor.id
    post.version += 1
    if was_visible:
        _recount(session, thread, category, post, -1)
    elif post.number == 1:
        thread.state = "deleted"
    session.flush()
    record(session, PostDeleted(post.id, thread.id), now=now)
    return PostRef(post.id, thread.id, post.number, post_url(thread.id, thread.slug, post.number))


def restore(session: Session, *, actor: Actor, post_id: int, now: datetime) -> PostRef:
    """Bring back what one deleted oneself. What waited for approval waits again.

    Raises NotFound, SignInNeeded, Forbidden.
    """
    post, thread, category = _post_for_update(session, post_id)
    post_policy.require_restore(actor, post, thread, category)
    held = actor.held or _waited(session, post)
    post.state, post.deleted_at, post.deleted_by_id = "held" if held else "visible", None, None
    post.version += 1
    if not held:
        _recount(session, thread, category, post, +1)
    elif post.number == 1:
        thread.state = "held"
    session.flush()
    record(session, PostHeld(post.id) if held else PostRestored(post.id, thread.id), now=now)
    return PostRef(post.id, thread.id, post.number, post_url(thread.id, thread.slug, post.number), held=held)


def mark_read(session: Session, *, actor: Actor, thread_id: int, number: int, now: datetime) -> None:
    """Remember that `actor` has read up to `number`; the mark never goes back. Visibility was asked by the page."""
    if not actor.is_guest:
        _read_up_to(session, actor, thread_id, number, now)


# -- parts -----------------------------------------------------------------------------------------------------


def _lock_member(session: Session, actor: Actor) -> None:
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))


def _done_before(session: Session, actor: Actor, submission: str) -> PostRef | None:
    found = queries.by_submission(session, actor.id, submission)
    if found is None:
        return None
    post_id, thread_id, number = found
    slug = session.execute(select(Thread.slug).where(Thread.id == thread_id)).scalar_one()
    return PostRef(post_id, thread_id, number, post_url(thread_id, slug, number), again=True)


def _thread_for_update(session: Session, thread_id: int, *, follow: Actor | None = None) -> tuple[Thread, Category]:
    """`follow`: who asks may see the thread, and wants to be where it was merged into."""
    if not 0 < thread_id <= MAX_ID:
        raise NotFound()
    query = select(Thread).where(Thread.id == thread_id).with_for_update(key_share=True)
    thread = session.scalar(query.execution_options(populate_existing=True))
    if thread is None:
        raise NotFound()
    category = session.get(Category, thread.category_id)
    assert category is not None
    if follow is not None and thread.state == "merged":
        policy.require_open(follow, thread, category)
        return _thread_for_update(session, moves.end_of_chain(session, thread.id))
    return thread, category


def _waited(session: Session, post: Post) -> bool:
    """Was the post waiting for a moderator when its author deleted it? Its case says so until it is decided."""
    living = select(Case.id).where(
        Case.target_type == "post", Case.target_id == post.id, Case.state != "resolved", Case.held
    )
    return session.execute(living).first() is not None


def _post_for_update(session: Session, post_id: int) -> tuple[Post, Thread, Category]:
    if not 0 < post_id <= MAX_ID:
        raise NotFound()
    thread_id = session.execute(select(Post.thread_id).where(Post.id == post_id)).scalar()
    if thread_id is None:
        raise NotFound()
    thread, category = _thread_for_update(session, thread_id)
    post = session.scalar(
        select(Post).where(Post.id == post_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    assert post is not None
    return post, thread, category


def _check_parent(session: Session, actor: Actor, thread: Thread, reply_to: int | None) -> None:
    if reply_to is None:
        return
    parent = session.get(Post, reply_to) if 0 < reply_to <= MAX_ID else None
    if parent is None or parent.thread_id != thread.id or not post_policy.may_read(actor, parent, thread.category_id):
        raise Invalid({"reply_to": N_("The post you answer is not in this thread.")})


def _add_post(
    session: Session,
    actor: Actor,
    thread: Thread,
    number: int,
    draft: Draft,
    reply_to: int | None,
    now: datetime,
    submission: str,
) -> Post:
    post = Post(
        thread_id=thread.id, number=number, author_id=actor.id, reply_to_id=reply_to, source=draft.source,
        html=draft.html, renderer=draft.renderer, created_at=now, version=1, submission=submission[:64] or None,
        state="held" if actor.held else "visible",
    )  # fmt: skip
    session.add(post)
    session.flush()
    return post


def _created(session: Session, post: Post, draft: Draft, now: datetime) -> None:
    if post.state == "held":
        record(session, PostHeld(post.id), now=now)
    else:
        record(session, PostCreated(post.id, post.thread_id, draft.mentions, draft.quotes), now=now)


def _count(session: Session, table: type[Category] | type[Member], row_id: int, **by: int) -> None:
    """Add to counters in SQL, so that two transactions cannot lose one."""
    values: dict[str, Any] = {name: getattr(table, name) + step for name, step in by.items()}
    session.execute(update(table).where(table.id == row_id).values(values).execution_options(synchronize_session=False))


def _recount(session: Session, thread: Thread, category: Category, post: Post, step: int) -> None:
    """A post came (+1) or went (-1): counters of thread, category and author, and the thread's last post.

    An opening post carries its thread: its other visible posts (the author's own) leave or come back to the
    category's count with it.
    """
    session.flush()
    visible = session.execute(
        select(Post.created_at, Post.author_id, Post.number)
        .where(Post.thread_id == thread.id, Post.state == "visible")
        .order_by(Post.number.desc())
        .limit(1)
    ).first()
    if visible:
        thread.last_post_at, thread.last_poster_id = visible.created_at, visible.author_id
    before = thread.post_count if thread.state == "visible" else 0
    thread.post_count += step
    if post.number == 1:
        thread.state = "visible" if step > 0 else "deleted"
    after = thread.post_count if thread.state == "visible" else 0
    opened = step if post.number == 1 else 0
    session.flush()
    _count(session, Category, category.id, post_count=after - before, thread_count=opened)
    _count(session, Member, post.author_id, post_count=step, thread_count=opened)


def _set_tags(session: Session, thread_id: int, names: list[str]) -> None:
    session.execute(ThreadTag.__table__.delete().where(ThreadTag.thread_id == thread_id))  # type: ignore[attr-defined]
    if not names:
        return
    known = {row.name: row.id for row in session.execute(select(Tag.id, Tag.name).where(Tag.name.in_(names)))}
    for name in names:
        if name not in known:
            known[name] = _make_tag(session, name)
    session.execute(insert(ThreadTag), [{"tag_id": known[name], "thread_id": thread_id} for name in names])


def _make_tag(session: Session, name: str) -> int:
    """Insert, or take what another transaction inserted meanwhile."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as upsert
    else:
        from sqlalchemy.dialects.postgresql import insert as upsert  # type: ignore[assignment]
    session.execute(upsert(Tag).values(name=name).on_conflict_do_nothing(index_elements=[Tag.name]))
    return session.execute(select(Tag.id).where(Tag.name == name)).scalar_one()


def _read_up_to(session: Session, actor: Actor, thread_id: int, number: int, now: datetime) -> None:
    mark = session.get(ReadMark, (actor.id, thread_id))
    if mark is None:
        session.add(ReadMark(member_id=actor.id, thread_id=thread_id, number=number, at=now))
    elif mark.number < number:
        mark.number, mark.at = number, now
    session.flush()
