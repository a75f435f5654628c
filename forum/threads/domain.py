"""The verbs of threads and posts. Each runs inside the caller's write transaction and never commits.

Locks are always taken in one order, member, thread, category, so that PostgreSQL cannot deadlock on them. They are
FOR NO KEY UPDATE: the foreign keys that others write (a last poster, an author) need no more than the key to stay.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID, upsert
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.events import HiddenPostEdited, PostCreated, PostDeleted, PostEdited, PostHeld, PostRestored, record
from forum.kit.i18n import N_
from forum.kit.slugs import slugify
from forum.meetups.models import Meetup, Occurrence
from forum.members.models import Member
from forum.moderation.models import Case
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.policy.actors import Actor, require_member
from forum.policy.categories import require_start
from forum.prevention.facts import Typing
from forum.threads import moves, queries
from forum.threads.compose import Draft, check_tags, check_title
from forum.threads.counting import count, recount
from forum.threads.models import Post, ReadMark, Revision, Thread
from forum.threads.pace import check_quota, check_slow
from forum.threads.screening import screen, screen_title
from forum.threads.tagging import set_tags
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
    submission: str = "", locale: str = "", typing: Typing | None = None, examine: bool = True,
) -> PostRef:  # fmt: skip
    """Open a thread with its first post. `category`: slug; `submission`: the form's key, for double clicks.

    When it waits for approval both are held: there for the author and the staff, and counted nowhere.
    `typing`, `examine`: see `screening`. Raises Invalid(title, body, category, tags), NotFound, SignInNeeded,
    Forbidden, TooMany.
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
    seen = screen(
        session, actor=actor, kind="thread", draft=draft, category_id=place.id, now=now, title=title, tags=names,
        typing=typing, examine=examine,
    )  # fmt: skip
    title, names, draft, held = seen.title, list(seen.tags), seen.draft, seen.held
    thread = Thread(
        category_id=place.id, author_id=actor.id, title=title, slug=slugify(title), tag_names=" ".join(names),
        locale=locale, created_at=now, last_post_at=now, last_poster_id=actor.id, last_number=1,
        post_count=0 if held else 1, state="held" if held else "visible",
    )  # fmt: skip
    session.add(thread)
    session.flush()
    set_tags(session, thread.id, names)
    post = _add_post(session, actor, thread, 1, draft, None, now, submission, held=held)
    seen.keep(session, post.id, now)
    if not held:
        place.thread_count = Category.thread_count + 1
        place.post_count = Category.post_count + 1
        session.flush()
        count(session, Member, actor.id, post_count=1, thread_count=1)
    _read_up_to(session, actor, thread.id, 1, now)
    _created(session, post, draft, now)
    return PostRef(post.id, thread.id, 1, post_url(thread.id, thread.slug, 1), held=held)


def reply(
    session: Session,
    *,
    actor: Actor,
    thread_id: int,
    draft: Draft,
    now: datetime,
    reply_to: int | None = None,
    submission: str = "",
    typing: Typing | None = None,
    examine: bool = True,
) -> PostRef:
    """Append `draft` to a thread as its next post. `reply_to`: id of the post it answers, in the same thread.

    Numbers are dense per thread (1, 2, 3 …); the row lock serialises writers. In a thread that was merged while they
    wrote, the post goes to where the others went. When it waits for approval it takes its number, but counts nowhere
    and is nobody's last post. `typing`, `examine`: see `screening`.
    Raises NotFound (absent or invisible), SignInNeeded, Forbidden (locked, sanctioned), Invalid(body, reply_to),
    TooMany.
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
    seen = screen(
        session, actor=actor, kind="reply", draft=draft, category_id=category.id, now=now, typing=typing,
        examine=examine,
    )  # fmt: skip
    draft, number = seen.draft, thread.last_number + 1
    post = _add_post(session, actor, thread, number, draft, reply_to, now, submission, held=seen.held)
    seen.keep(session, post.id, now)
    thread.last_number = number
    if not seen.held:
        thread.post_count += 1
        thread.last_post_at, thread.last_poster_id = now, actor.id
        session.flush()
        count(session, Category, category.id, post_count=1)
        count(session, Member, actor.id, post_count=1)
    _read_up_to(session, actor, thread.id, number, now)
    _created(session, post, draft, now)
    return PostRef(post.id, thread.id, number, post_url(thread.id, thread.slug, number), held=seen.held)


def edit(
    session: Session, *, actor: Actor, post_id: int, draft: Draft, version: int | None, now: datetime, reason: str = "",
    typing: Typing | None = None, examine: bool = True,
) -> PostRef:  # fmt: skip
    """Change what a post says. `version`: the one the editor started from; None: whichever stands now.

    Outside the grace period (or once somebody answered) the earlier text is kept as a revision and the post
    says that it was edited. What prevention holds waits for a moderator; an opening post that others have answered
    stays, and is flagged: the thread is theirs, too.
    Raises NotFound, SignInNeeded, Forbidden, Invalid(body), Conflict(current=source) when `version` is stale.
    """
    post, thread, category = _post_for_update(session, post_id)
    post_policy.require_edit(actor, post, thread, category)
    ref = PostRef(post.id, thread.id, post.number, post_url(thread.id, thread.slug, post.number))
    if draft.source == post.source:
        return ref
    if version is not None and post.version != version:
        raise Conflict(current=post.source)
    seen = screen(
        session, actor=actor, kind="edit", draft=draft, category_id=category.id, now=now, typing=typing,
        post_id=post.id, title=thread.title if post.number == 1 else "", examine=examine,
    )  # fmt: skip
    draft = seen.draft
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
    seen.keep(session, post.id, now)
    if seen.judged and seen.judged.verdict.holds and post.state == "visible":
        ref = _hold_back(session, thread, category, post, ref, now)
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
    seen = screen_title(session, actor=actor, thread=thread, title=title, now=now) if title != thread.title else None
    title = seen.title if seen else title
    thread.title, thread.slug, thread.tag_names = title, slugify(title), " ".join(names)
    thread.version += 1
    set_tags(session, thread.id, names)
    session.flush()
    opening = session.execute(select(Post.id).where(Post.thread_id == thread.id, Post.number == 1)).scalar_one()
    if seen is not None:
        seen.keep(session, opening, now)
    record(session, PostEdited(opening, thread.id), now=now)
    return thread


def delete(session: Session, *, actor: Actor, post_id: int, now: datetime) -> PostRef:
    """Take one's own post out of sight; it can be restored. An opening post takes its thread with it.

    Raises NotFound, SignInNeeded, Forbidden (not one's own, locked, an opening post that others answered, or that
    announces a meetup which is still to come: nobody would hear of its end).
    """
    post, thread, category = _post_for_update(session, post_id)
    post_policy.require_delete(actor, post, thread, category)
    if post.number == 1:
        coming = (
            select(Occurrence.id)
            .join(Meetup, Meetup.id == Occurrence.meetup_id)
            .where(Meetup.thread_id == thread.id, Occurrence.ends_at > now, Occurrence.status != "cancelled")
            .limit(1)
        )
        if session.execute(coming).first():
            raise Forbidden(N_("It announces a meetup. Cancel the meetup first: whoever wants to come hears why."))
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
        recount(session, thread, category, post, -1)
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
        recount(session, thread, category, post, +1)
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
    *,
    held: bool,
) -> Post:
    post = Post(
        thread_id=thread.id, number=number, author_id=actor.id, reply_to_id=reply_to, source=draft.source,
        html=draft.html, renderer=draft.renderer, created_at=now, version=1, submission=submission[:64] or None,
        state="held" if held else "visible",
    )  # fmt: skip
    session.add(post)
    session.flush()
    return post


def _hold_back(
    session: Session, thread: Thread, category: Category, post: Post, ref: PostRef, now: datetime
) -> PostRef:
    """An edited post waits for a moderator, unless others have answered the thread that it opens."""
    if post.number == 1 and thread.post_count > 1:
        return ref
    post.state = "held"
    recount(session, thread, category, post, -1)
    if post.number == 1:
        thread.state = "held"
    session.flush()
    record(session, PostHeld(post.id), now=now)
    return msgspec.structs.replace(ref, held=True)


def _created(session: Session, post: Post, draft: Draft, now: datetime) -> None:
    if post.state == "held":
        record(session, PostHeld(post.id), now=now)
    else:
        record(session, PostCreated(post.id, post.thread_id, draft.mentions, draft.quotes), now=now)


def _read_up_to(session: Session, actor: Actor, thread_id: int, number: int, now: datetime) -> None:
    # In one statement: the page they answer from notes how far they read at the same moment.
    values = {"member_id": actor.id, "thread_id": thread_id, "number": number, "at": now}
    mark = upsert(session, ReadMark).values(values)
    session.execute(
        mark.on_conflict_do_update(
            index_elements=[ReadMark.member_id, ReadMark.thread_id],
            set_={"number": mark.excluded.number, "at": mark.excluded.at},
            where=ReadMark.number < mark.excluded.number,
        )
    )
