"""How fast a member may write: quotas everywhere, slow mode where a moderator has set it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import TooMany
from forum.kit.i18n import NN_, Text
from forum.policy.actors import Actor
from forum.threads import queries
from forum.threads.models import Post, Thread

QUOTAS = ((timedelta(minutes=1), 6), (timedelta(hours=1), 60))
"""(window, posts a member may write in it); staff are exempt."""
THREAD_QUOTA = (timedelta(hours=1), 10)
SLOW = {
    "seconds": NN_(
        "This thread is in slow mode: you can answer again in %(n)s second.",
        "This thread is in slow mode: you can answer again in %(n)s seconds.",
    ),
    "minutes": NN_(
        "This thread is in slow mode: you can answer again in %(n)s minute.",
        "This thread is in slow mode: you can answer again in %(n)s minutes.",
    ),
    "hours": NN_(
        "This thread is in slow mode: you can answer again in %(n)s hour.",
        "This thread is in slow mode: you can answer again in %(n)s hours.",
    ),
}


def check_quota(session: Session, actor: Actor, now: datetime, *, opening: bool) -> None:
    """Raises TooMany for a member who has written a lot just now."""
    if actor.is_staff:
        return
    recent = queries.recent_posts(session, actor.id, now - timedelta(hours=1))
    rules = [(window, limit, [at for at, _ in recent if at > now - window]) for window, limit in QUOTAS]
    if opening:
        rules.append((*THREAD_QUOTA, [at for at, number in recent if number == 1]))
    for window, limit, times in rules:
        if len(times) >= limit:
            raise TooMany(retry_after=_seconds(times[limit - 1] + window - now))


def check_slow(session: Session, actor: Actor, thread: Thread, now: datetime) -> None:
    """Slow mode: so long between two posts of one member, deleted ones too. Raises TooMany that says when.

    The staff of the category is exempt.
    """
    if not thread.slow_seconds or actor.moderates_in(thread.category_id):
        return
    pause = timedelta(seconds=thread.slow_seconds)
    last = session.execute(
        select(Post.created_at)
        .where(Post.author_id == actor.id, Post.thread_id == thread.id, Post.created_at > now - pause)
        .order_by(Post.created_at.desc())
        .limit(1)
    ).scalar()
    if last is not None:
        wait = _seconds(last + pause - now)
        raise TooMany(waiting_words(wait), retry_after=wait)


def waiting_words(seconds: int) -> Text:
    """When one may answer again, in the largest unit that says it well."""
    if seconds < 90:
        unit, n = "seconds", seconds
    elif seconds < 90 * 60:
        unit, n = "minutes", -(-seconds // 60)
    else:
        unit, n = "hours", -(-seconds // 3600)
    one, many = SLOW[unit]
    return Text(one, {"n": n}, many)


def _seconds(left: timedelta) -> int:
    return max(1, -int(-left.total_seconds() // 1))
