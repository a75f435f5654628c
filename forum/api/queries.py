"""Counts that only the API shows."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import House
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.posts import listed_posts
from forum.policy.threads import listed_threads
from forum.threads.models import Post, Thread


def written_by(session: Session, actor: Actor, house: House, member_id: int) -> tuple[int, int]:
    """(threads, posts) of a member as far as `actor` may see them, opening posts included.

    Who sees every category gets the member's own counters; others a count, by the index on authors.
    """
    if len(house.visible_to(actor)) == len(house.categories):
        row = session.execute(select(Member.thread_count, Member.post_count).where(Member.id == member_id)).one()
        return row[0], row[1]
    threads = (
        select(func.count())
        .select_from(Thread)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.author_id == member_id, listed_threads(actor))
    )
    posts = (
        select(func.count())
        .select_from(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.author_id == member_id, listed_posts(actor))
    )
    return session.execute(threads).scalar_one(), session.execute(posts).scalar_one()
