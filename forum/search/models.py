"""What the index has still to hear of, what PostgreSQL searches in, and searches that members keep."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

Vector = Text().with_variant(TSVECTOR(), "postgresql")  # only PostgreSQL ever fills it


class SearchChange(Base):
    """A post (or all posts of a thread) that the index has to look at again.

    Triggers of the database write these rows, so no verb can forget to (migration 0006). They are deleted after the
    index has committed: a crash in between only repeats work.
    """

    __tablename__ = "search_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int | None] = mapped_column(Id)
    thread_id: Mapped[int | None] = mapped_column(Id)  # its title, tags or category changed: every post of it
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class SearchDocument(Base):
    """What PostgreSQL's engine searches in: one row a post. Empty when the engine is Whoosh."""

    __tablename__ = "search_documents"
    __table_args__ = (Index("ix_search_documents_vector", "vector", postgresql_using="gin"),)

    post_id: Mapped[int] = mapped_column(Id, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, index=True)
    locale: Mapped[str] = mapped_column(String(8))
    vector: Mapped[str] = mapped_column(Vector)


class SavedSearch(Base):
    """A search that a member listens to: new finds come by mail once a week."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("member_id", "query"), CheckConstraint("length(query) > 0", name="query"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(String(400))
    weekly: Mapped[bool] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    seen_post_id: Mapped[int] = mapped_column(Id, server_default="0")  # finds up to this post were told
    mailed_at: Mapped[datetime | None]
