"""Threads, posts, their revisions, tags and read marks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

POST_STATES = ("visible", "held", "hidden", "removed", "deleted")
"""held: waits for approval. hidden: by staff, its author may read and mend it. removed: by staff, its author may not.
deleted: by its author."""
THREAD_STATES = (*POST_STATES, "merged")


class Thread(Base):
    """A conversation. `last_number` numbers its posts densely and never goes back."""

    __tablename__ = "threads"
    __table_args__ = (
        CheckConstraint("state IN ('visible', 'held', 'hidden', 'removed', 'deleted', 'merged')", name="state"),
        CheckConstraint("post_count >= 0", name="counts"),
        Index("ix_threads_latest", "state", "last_post_at", "id"),
        Index("ix_threads_category_latest", "category_id", "state", "last_post_at", "id"),
        # the two short lists among many threads: what is pinned, what nobody has answered
        Index(
            "ix_threads_pinned",
            "state",
            "last_post_at",
            "id",
            postgresql_where=text("pinned_at IS NOT NULL"),
            sqlite_where=text("pinned_at IS NOT NULL"),
        ),
        Index(
            "ix_threads_unanswered",
            "state",
            "last_post_at",
            "id",
            postgresql_where=text("post_count <= 1"),
            sqlite_where=text("post_count <= 1"),
        ),
        Index("ix_threads_new", "state", "created_at", "id"),
        Index("ix_threads_top", "state", "post_count", "id"),
        Index("ix_threads_author_new", "author_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    category_id: Mapped[int] = mapped_column(Id, ForeignKey("categories.id"))
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    title: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(60))
    tag_names: Mapped[str] = mapped_column(String(400), server_default="")  # space-separated copy of thread_tags
    locale: Mapped[str] = mapped_column(String(8), server_default="")  # language of the text; empty: the category's
    state: Mapped[str] = mapped_column(String(8), server_default="visible")
    created_at: Mapped[datetime]
    last_post_at: Mapped[datetime]  # of the newest visible post
    last_poster_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    last_number: Mapped[int] = mapped_column(server_default="0")  # newest number ever given
    post_count: Mapped[int] = mapped_column(server_default="0")  # visible posts, the opening one included
    locked_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    demoted_at: Mapped[datetime | None]  # in no list but its category's, and not for search engines
    slow_seconds: Mapped[int] = mapped_column(server_default="0")  # a member waits this long between two replies
    moved_count: Mapped[int] = mapped_column(server_default="0")  # numbers whose posts stand in another thread now
    merged_into_id: Mapped[int | None] = mapped_column(Id, ForeignKey("threads.id"))  # state 'merged': where to
    version: Mapped[int] = mapped_column(server_default="1")


class Post(Base):
    """One message. `source` is Markdown as typed, `html` its cooked, sanitised form."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        UniqueConstraint("author_id", "submission"),
        CheckConstraint("state IN ('visible', 'held', 'hidden', 'removed', 'deleted')", name="state"),
        Index("ix_posts_author_new", "author_id", "created_at", "id"),
        Index("ix_posts_renderer", "renderer"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    reply_to_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id"))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]  # version of the renderer that made `html`
    state: Mapped[str] = mapped_column(String(8), server_default="visible")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]  # None: never, or within the grace period
    edit_reason: Mapped[str] = mapped_column(String(200), server_default="", default="")  # of the standing text
    editor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))  # who wrote it; None: the author
    deleted_at: Mapped[datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    version: Mapped[int] = mapped_column(server_default="1")  # raised by every change; stale edits get 409
    submission: Mapped[str | None] = mapped_column(String(64))  # the form's own key: a double click posts once


class Revision(Base):
    """What a post said before an edit."""

    __tablename__ = "post_revisions"
    __table_args__ = (UniqueConstraint("post_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int] = mapped_column(Id, ForeignKey("posts.id", ondelete="CASCADE"))
    version: Mapped[int]  # the post's version while this text stood
    source: Mapped[str] = mapped_column(Text)
    editor_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))  # who wrote this text
    created_at: Mapped[datetime]  # when this text was written
    reason: Mapped[str] = mapped_column(String(200), server_default="")  # why it was written


class MovedPost(Base):
    """A number whose post stands in another thread now: its old address leads there."""

    __tablename__ = "moved_posts"

    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(Id, ForeignKey("posts.id"), index=True)


class Tag(Base):
    """A label. `name` is lower case with hyphens."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)


class ThreadTag(Base):
    """Which threads carry which tags."""

    __tablename__ = "thread_tags"

    tag_id: Mapped[int] = mapped_column(Id, ForeignKey("tags.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id"), primary_key=True, index=True)


class ReadMark(Base):
    """How far a member has read a thread; `number` never goes back by itself."""

    __tablename__ = "read_marks"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int]
    at: Mapped[datetime]
