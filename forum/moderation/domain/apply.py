"""What each act does, written into a journal. Nothing here asks for permission or tells anybody: `decide` does."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.domain.people import end_sessions
from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_, Text
from forum.meetups.models import Meetup
from forum.moderation.domain.acts import BESIDE, Act
from forum.moderation.domain.journal import Journal
from forum.moderation.domain.targets import Target
from forum.moderation.models import Decision, Sanction, ThreadTimer
from forum.policy.actors import FOREVER, Actor
from forum.policy.categories import require_see
from forum.policy.posts import readable_posts
from forum.threads.models import Post, Revision, Thread

MOST_SWEPT = 200
MOST_MOVED = 5000  # posts in one go
EDITED_MEANWHILE = N_("The post was changed while you were writing: your text was not put in its place.")
STALE_SCREEN = N_("This has changed meanwhile: look at it again, then decide.")


class Applying:
    """An act on its way. `touched`: threads whose notices are looked at again; `approved`: posts that now appear."""

    def __init__(
        self, session: Session, actor: Actor, act: Act, target: Target, decision: Decision, now: datetime, *,
        waits: bool = False,
    ) -> None:  # fmt: skip
        """`decision` is flushed: what the act makes refers to it. `waits`: the target is a post that waits."""
        self.session, self.actor, self.act, self.target = session, actor, act, target
        self.decision, self.now, self.waits = decision, now, waits
        self.journal = Journal(session)
        self.summary: dict[str, int] = {}
        self.touched: set[int] = set()
        self.approved: list[int] = []
        self.timers: list[int] = []
        if target.thread is not None:
            self.touched.add(target.thread.id)

    def count(self, what: str, by: int = 1) -> None:
        """One more in the summary: "hides 3 posts and closes 4 reports"."""
        self.summary[what] = self.summary.get(what, 0) + by

    @property
    def thread(self) -> Thread:
        """The target's thread."""
        assert self.target.thread is not None
        return self.target.thread


def nothing(run: Applying) -> None:
    """Dismissing, warning: the case, the statement and the strike are `decide`'s."""


def settle(run: Applying) -> None:
    """A post that waited does not stay so beside an act about its author."""
    post = run.target.post
    if not run.waits or post is None or run.act.action not in BESIDE:
        return
    if run.act.fate == "approve":
        _show(run, post)
        run.count("approved")
    elif run.act.fate == "remove":
        _conceal_posts(run, [(post, run.thread)], "removed")
        run.count("posts")
    else:
        if post.state != "hidden":  # one that was hidden and mended stays hidden
            _conceal_posts(run, [(post, run.thread)], "hidden")
        run.count("hidden")


def conceal(run: Applying) -> None:
    """hide, remove: the post, or the thread as a whole."""
    state = "hidden" if run.act.action == "hide" else "removed"
    if run.target.post is not None:
        changed = _conceal_posts(run, [(run.target.post, run.thread)], state)
        if not changed and not run.waits:  # mended, and not well enough: it stays hidden, with new reasons
            raise Conflict(STALE_SCREEN)
        run.count("posts")
    elif not run.journal.set(run.thread, state=state):
        raise Conflict(STALE_SCREEN)
    else:
        run.count("threads")
    _sweep(run)


def _conceal_posts(run: Applying, rows: Sequence[tuple[Post, Thread]], state: str, *, whole: bool = False) -> int:
    """Posts with their threads: how many of them that changed. A thread that waited for approval with its first post
    goes with it; `whole`: one that everybody saw, too.
    """
    changed = run.journal.set_all([post for post, _ in rows], state=state)
    for post, thread in rows:
        run.touched.add(thread.id)
        if post.number != 1:
            continue
        if thread.state == "held":
            run.journal.set(thread, state=state)
        elif whole and thread.state == "visible":
            run.journal.set(thread, state=state)
            run.count("threads")
    return changed


def _sweep(run: Applying) -> None:
    """What else of the member's goes with it, what waits for approval included; only where the actor moderates, at
    most `MOST_SWEPT` posts. What was said of the post itself (`fate`) holds.
    """
    act, target = run.act, run.target
    if not act.sweep:
        return
    query = select(Post, Thread).where(Post.author_id == target.member.id, Post.state.in_(("visible", "held")))
    if act.sweep == "target":
        query = query.where(Post.id == (target.post.id if target.post else 0))
    elif act.sweep == "thread":
        query = query.where(Post.thread_id == (target.thread.id if target.thread else 0))
    else:
        query = query.where(Post.created_at > run.now - timedelta(days=1))
    if run.waits and target.post is not None:
        query = query.where(Post.id != target.post.id)
    query = query.join(Thread, Thread.id == Post.thread_id).where(readable_posts(run.actor))
    found = run.session.execute(query.order_by(Post.id).limit(MOST_SWEPT)).all()
    mine = [(post, thread) for post, thread in found if run.actor.moderates_in(thread.category_id)]
    state = "hidden" if act.action == "hide" else "removed"
    gone = _conceal_posts(run, mine, state, whole=act.sweep == "day")
    if gone:
        run.count("posts", gone)


def approve(run: Applying) -> None:
    """Held, hidden or removed: for everybody to see (again)."""
    post, thread = run.target.post, run.thread
    if post is None:
        if thread.state not in {"held", "hidden", "removed"}:
            raise Conflict(STALE_SCREEN)
        opening = run.session.scalar(select(Post).where(Post.thread_id == thread.id, Post.number == 1))
        run.journal.set(thread, state="visible")
        run.count("threads")
        if opening is not None and opening.state == "held":
            run.journal.set(opening, state="visible")
            run.approved.append(opening.id)
        return
    if post.state not in {"held", "hidden", "removed"}:
        raise Conflict(STALE_SCREEN)
    _show(run, post)
    run.count("posts")


def _show(run: Applying, post: Post) -> None:
    """The post, and the thread that went out of sight with it, unless that was decided about as a whole."""
    before = post.state
    run.journal.set(post, state="visible")
    if post.number == 1 and run.thread.state == before and not _set_aside(run, run.thread.id):
        run.journal.set(run.thread, state="visible")
    if before == "held":
        run.approved.append(post.id)


def _set_aside(run: Applying, thread_id: int) -> bool:
    """Does a decision about the thread itself keep it out of sight?"""
    last = (
        select(Decision.action)
        .where(
            Decision.target_type == "thread", Decision.target_id == thread_id, Decision.undone_at.is_(None),
            Decision.action.in_(("hide", "remove", "approve")),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )  # fmt: skip
    return run.session.scalar(last) in {"hide", "remove"}


def edit(run: Applying) -> None:
    """Other words for a post; the author's are kept as a revision.

    Raises Conflict(current=source) when the post is not as the editor saw it; Conflict for one that nobody sees: to
    change a text that waits would end its case, and it would wait for ever; Invalid(body).
    """
    post, draft = run.target.post, run.act.draft
    assert post is not None
    if run.act.post_version is not None and run.act.post_version != post.version:
        raise Conflict(EDITED_MEANWHILE, current=post.source)
    if post.state != "visible":
        raise Conflict(STALE_SCREEN)
    if draft is None or draft.source == post.source:
        raise Invalid({"body": N_("Change something first.")})
    written = run.session.execute(
        select(Revision.created_at).where(Revision.post_id == post.id).order_by(Revision.version.desc()).limit(1)
    ).scalar()
    run.journal.add(
        Revision(
            post_id=post.id, version=post.version, source=post.source, editor_id=post.editor_id or post.author_id,
            created_at=post.edited_at or written or post.created_at, reason=post.edit_reason,
        )
    )  # fmt: skip
    run.journal.set(
        post, source=draft.source, html=draft.html, renderer=draft.renderer, edited_at=run.now,
        edit_reason=" ".join(run.act.edit_reason.split())[:200], editor_id=run.actor.id,
    )  # fmt: skip
    run.count("edited")


def sanction(run: Applying) -> None:
    """silence, suspend, ban, hold: a row with its end; the member's standing follows from it."""
    run.journal.add(
        Sanction(
            member_id=run.target.member.id, kind=run.act.action, decision_id=run.decision.id, starts_at=run.now,
            until=run.act.until or FOREVER,
        )
    )  # fmt: skip
    if run.act.action in {"suspend", "ban"}:
        end_sessions(run.session, run.target.member.id)  # for good: undoing brings no browser back, one signs in again
    run.count("members")
    _sweep(run)


def lift(run: Applying) -> None:
    """End every sanction that runs."""
    living = run.session.scalars(
        select(Sanction).where(
            Sanction.member_id == run.target.member.id, Sanction.ended_at.is_(None), Sanction.until > run.now
        )
    ).all()
    if not living:
        raise Conflict(N_("Nothing restricts this member now."))
    for row in living:
        run.journal.set(row, ended_at=run.now)
    run.count("sanctions", len(living))


def _stands(run: Applying) -> None:
    """Raises Conflict for a thread that is only an address: its tools are those of the thread it was merged into."""
    if run.thread.state == "merged":
        raise Conflict(N_("This thread was merged into another one meanwhile."))


def lock(run: Applying) -> None:
    """lock, unlock."""
    _change(run, locked_at=run.now if run.act.action == "lock" else None)


def pin(run: Applying) -> None:
    """pin, unpin."""
    _change(run, pinned_at=run.now if run.act.action == "pin" else None)


def demote(run: Applying) -> None:
    """demote, promote: out of every list but its category's, and back."""
    _change(run, demoted_at=run.now if run.act.action == "demote" else None)


def _change(run: Applying, **values: object) -> None:
    """Raises Conflict when the thread is so already."""
    _stands(run)
    if all(bool(getattr(run.thread, name)) == bool(value) for name, value in values.items()):
        raise Conflict(STALE_SCREEN)
    run.journal.set(run.thread, **values)
    run.count("threads")


def slow(run: Applying) -> None:
    """Slow mode: so many seconds between two replies of one member; 0 switches it off."""
    _stands(run)
    if not run.journal.set(run.thread, slow_seconds=run.act.seconds):
        raise Conflict(STALE_SCREEN)
    run.count("threads")


def timer(run: Applying) -> None:
    """An act that happens later by itself."""
    _stands(run)
    row = ThreadTimer(
        thread_id=run.thread.id, action=run.act.timed, due_at=run.act.until, set_by_id=run.actor.id,
        reason=run.act.reason,
    )  # fmt: skip
    run.journal.add(row)
    run.timers.append(row.id)
    run.count("timers")


def destination(run: Applying) -> Category:
    """The category that the act names, if the actor sees and moderates it. Raises Invalid(category)."""
    found = run.session.scalar(select(Category).where(Category.slug == run.act.category))
    try:
        require_see(run.actor, found)
    except NotFound:
        found = None
    if found is None or not run.actor.moderates_in(found.id):
        raise Invalid({"category": N_("Choose a category from the list.")})
    return found


def _lock_places(run: Applying, *ids: int) -> None:
    """Both categories in the order of ids, for their counters: two acts in opposite directions must not deadlock."""
    query = select(Category.id).where(Category.id.in_(set(ids))).order_by(Category.id)
    run.session.execute(query.with_for_update(key_share=True))


def move(run: Applying) -> None:
    """The thread goes to another category."""
    _stands(run)
    place = destination(run)
    _lock_places(run, run.thread.category_id, place.id)
    if not run.journal.set(run.thread, category_id=place.id):
        raise Invalid({"category": N_("The thread stands there already.")})
    run.count("threads")
    run.count("moved", run.thread.post_count)


def split(run: Applying) -> None:
    """The chosen posts go to a thread of their own; every old address leads after them."""
    from forum.kit.slugs import slugify
    from forum.threads.compose import check_title

    _stands(run)
    title = check_title(run.act.title)
    place = destination(run) if run.act.category else run.target.category
    assert place is not None
    _lock_places(run, run.thread.category_id, place.id)
    posts = run.session.scalars(
        select(Post).where(Post.thread_id == run.thread.id, Post.id.in_(run.act.posts)).order_by(Post.number)
    ).all()
    if not posts or len(posts) != len(set(run.act.posts)):
        raise Invalid({"posts": N_("Choose the posts that go.")})
    if posts[0].number == 1:
        raise Invalid({"posts": N_("The opening post stays: without it there is no thread. Move the thread instead.")})
    first = posts[0]
    made = Thread(
        category_id=place.id, author_id=first.author_id, title=title, slug=slugify(title), tag_names="",
        locale=run.thread.locale, state="held", created_at=first.created_at, last_post_at=first.created_at,
        last_poster_id=first.author_id, last_number=len(posts), post_count=0, version=1, slow_seconds=0, moved_count=0,
    )  # fmt: skip
    run.journal.add(made)
    run.journal.move_posts(
        run.thread.id, made.id, [[post.id, post.number, number] for number, post in enumerate(posts, 1)]
    )
    run.journal.set(run.session.get_one(Thread, made.id), state="visible")
    run.touched.add(made.id)
    run.count("posts", len(posts))


def merge(run: Applying) -> None:
    """All posts go to the end of another thread; this one becomes an address that leads there."""
    _stands(run)
    other_id = run.act.into
    if other_id == run.thread.id:
        raise Invalid({"into": N_("That is this very thread.")})
    query = select(Thread).where(Thread.id == other_id).with_for_update(key_share=True)
    other = run.session.scalar(query.execution_options(populate_existing=True)) if 0 < other_id <= MAX_ID else None
    if other is None or other.state != "visible" or not run.actor.moderates_in(other.category_id):
        raise Invalid({"into": N_("Name a thread that you moderate, by its number or address.")})
    _lock_places(run, run.thread.category_id, other.category_id)
    posts = run.session.scalars(select(Post).where(Post.thread_id == run.thread.id).order_by(Post.number)).all()
    if len(posts) > MOST_MOVED:
        raise Invalid({"into": Text(N_("At most %(n)s posts go in one step: split first."), {"n": MOST_MOVED})})
    start = other.last_number
    numbers = [[post.id, post.number, start + step] for step, post in enumerate(posts, 1)]
    run.journal.set(other, last_number=start + len(posts))
    run.journal.move_posts(run.thread.id, other.id, numbers)
    for meetup in run.session.scalars(select(Meetup).where(Meetup.thread_id == run.thread.id)).all():
        run.journal.set(meetup, thread_id=other.id)  # what a thread announced is announced where its posts are
    run.journal.set(run.session.get_one(Thread, run.thread.id), state="merged", merged_into_id=other.id)
    run.touched.add(other.id)
    run.count("posts", len(posts))


APPLY: dict[str, Callable[[Applying], None]] = {
    "dismiss": nothing, "warn": nothing, "approve": approve, "hide": conceal, "remove": conceal, "edit": edit,
    "silence": sanction, "suspend": sanction, "ban": sanction, "hold": sanction, "lift": lift,
    "demote": demote, "promote": demote, "lock": lock, "unlock": lock, "pin": pin, "unpin": pin,
    "slow": slow, "timer": timer, "move": move, "split": split, "merge": merge,
}  # fmt: skip
