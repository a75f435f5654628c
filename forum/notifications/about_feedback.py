"""Notices about feedback: a team answered what a member wrote, agreed with, or pointed at. Never the item itself."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.feedback.models import Change, Evidence, InboxEntry, Item, Team, Told
from forum.feedback.words import STEPS
from forum.kit.i18n import N_, translate
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Thread
from forum.threads.views import post_url

SAID = ("acknowledged", "planned", "done", "declined")
COMMUNITY = N_("The community team")


def heard_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Answers that are the reader's to hear (`Told`). Title: of the thread in which they spoke; text: the answer.

    It leads to the reader's own post, else to the one they pointed at or, for a "me too", to the first post that it
    stands at and that they may read now; to their own page when there is none any more.
    """
    rows: Sequence[Any] = session.execute(
        select(Change.id, Change.item_id, Change.after, Change.reply, Change.reason, Team.name)
        .join(Told, and_(Told.change_id == Change.id, Told.member_id == reader.id))
        .join(Item, Item.id == Change.item_id)
        .outerjoin(Team, Team.id == Item.team_id)
        .where(Change.id.in_(ids))
    ).all()
    places = _places(session, reader, {row.item_id for row in rows})
    return {row.id: _shown(row, places.get(row.item_id), reader) for row in rows}


def _places(session: Session, reader: Actor, items: set[int]) -> dict[int, Any]:
    """Where each item touches the reader: one statement."""
    pointed = exists().where(InboxEntry.post_id == Evidence.post_id, InboxEntry.by_id == reader.id)
    mine = case((Evidence.author_id == reader.id, 0), (pointed, 1), else_=2)
    nearest = func.row_number().over(partition_by=Evidence.item_id, order_by=(mine, Evidence.id)).label("nearest")
    found = (
        select(
            Evidence.item_id, Post.id.label("post_id"), Post.number, Thread.id.label("thread_id"), Thread.slug,
            Thread.title, Thread.locale, Category.locale.label("category_locale"), nearest,
        )
        .join(Post, Post.id == Evidence.post_id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Evidence.item_id.in_(items), visible_posts(reader))
        .subquery()
    )  # fmt: skip
    return {row.item_id: row for row in session.execute(select(found).where(found.c.nearest == 1))}


def _shown(row: Any, place: Any, reader: Actor) -> Shown:
    locale = "it" if reader.locale == "it" else "en"
    said = [translate(STEPS[row.after], locale) + "."] if row.after in SAID else []
    text = "\n".join([*said, *(part for part in (row.reply, row.reason) if part)])
    signed = row.name or translate(COMMUNITY, locale)
    if place is None:
        title = translate(N_("your words"), locale)
        return Shown(url="/settings/feedback", title=title, text=text, by=None, signed=signed)
    return Shown(
        url=post_url(place.thread_id, place.slug, place.number), title=place.title, text=text, by=None, signed=signed,
        conversation=f"thread-{place.thread_id}", permalink=f"/p/{place.post_id}",
    )  # fmt: skip
