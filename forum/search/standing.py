"""Which index the site has: noted in the database, so that one that somebody else left is not taken for ours.

An index can be whole and yet the wrong one: of another release, left behind while another engine heard of what
changed, or in the data folder while the database was restored from a backup. What is outside of the database carries
a stamp, therefore: a random one for each write, of which the database was told just before.
"""

import secrets

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.search.engines.base import IndexUnusable
from forum.search.models import SearchChange, SearchIndex
from forum.threads.models import Post, Thread

ONE = 1


def check(session: Session, engine: str, layout: int, stamp: str = "") -> None:
    """Is an index of `engine` with this stamp the site's own? Raises IndexUnusable. One statement."""
    known = session.execute(
        select(SearchIndex.engine, SearchIndex.layout, SearchIndex.stamp, SearchIndex.coming)
    ).first()
    if known is None:
        raise IndexUnusable("no index was ever built for this database")
    if (known.engine, known.layout) != (engine, layout):
        raise IndexUnusable(f"what changed was told to {known.engine} of layout {known.layout} meanwhile")
    if stamp not in (known.stamp, known.coming):
        raise IndexUnusable("the index belongs to the database as it was at another time")


def next_stamp(session: Session, engine: str, layout: int, seen: str) -> str:
    """The stamp of the write that begins now, on the index that has `seen`. Raises IndexUnusable.

    Both stamps hold until the next write: a process may be killed at any moment in between.
    """
    row = _row(session)
    check(session, engine, layout, seen)
    assert row
    row.stamp, row.coming = seen, secrets.token_hex(16)
    return row.coming


def built(session: Session, engine: str, layout: int, *, seen: str = "", stamp: str = "") -> None:
    """From now on the index of `engine` with `stamp` is the site's; the one with `seen` still, if it was.

    `seen` answers until the new index has taken its place.
    """
    try:
        check(session, engine, layout, seen)
    except IndexUnusable:
        seen = stamp
    row = _row(session)
    if row is None:
        row = SearchIndex(id=ONE)
        session.add(row)
    row.engine, row.layout, row.stamp, row.coming = engine, layout, seen, stamp


def _row(session: Session) -> SearchIndex | None:
    return session.execute(select(SearchIndex).where(SearchIndex.id == ONE).with_for_update()).scalar_one_or_none()


def check_empty(session: Session) -> None:
    """Of an index without a post: is there one that it will never hear of? Raises IndexUnusable."""
    waiting = session.execute(select(func.count()).select_from(SearchChange)).scalar_one()
    # each post was noted when it was written: where more can be found than is noted, some were forgotten
    there = (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.state == "visible", Thread.state == "visible")
        .offset(waiting)
        .limit(1)
    )
    if session.execute(there).first():
        raise IndexUnusable("there are posts, and none is in the index")
