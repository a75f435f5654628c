"""Notices about posts: what a reader may see of them now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.kit.markdown import plain
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.posts import listed_posts
from forum.threads.models import Post, Thread
from forum.threads.views import post_url


def posts_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Only what stands for everybody who may enter: hidden, held and deleted posts are announced to nobody."""
    locale = Thread.locale, Category.locale.label("category_locale")
    query = (
        select(Post.id, Post.number, Post.html, Thread.id.label("thread_id"), Thread.slug, Thread.title, *locale, *CARD)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.id.in_(ids), listed_posts(reader))
    )
    rows: Sequence[Any] = session.execute(query).all()
    return {
        row[0]: Shown(
            url=post_url(row.thread_id, row.slug, row.number), title=row.title, text=plain(row.html),
            by=MemberCard(*row[-len(CARD) :]), locale=row.locale or row.category_locale,
            conversation=f"thread-{row.thread_id}", permalink=f"/p/{row[0]}",
        )
        for row in rows
    }  # fmt: skip
