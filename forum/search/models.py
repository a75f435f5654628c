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


class SearchIndex(Base):
    """The one row that says which index has heard of what changed (`standing`); none before the first was built.

    An index outside of the database has one of the two stamps on it.
    """

    __tablename__ = "search_index"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    engine: Mapped[str] = mapped_column(String(16))
    layout: Mapped[int]  # of that engine: raised when what stands in an index changes
    stamp: Mapped[str] = mapped_column(String(32), server_default="")
    coming: Mapped[str] = mapped_column(String(32), server_default="")  # of the write that was begun last


class SearchDocument(Base):
    """What PostgreSQL's engine searches in: one row a post. Empty when the engine is Whoosh."""

    __tablename__ = "search_documents"
    __table_args__ = (
        Index("ix_search_documents_vector", "vector", postgresql_using="gin"),
        Index("ix_search_documents_title", "title", postgresql_using="gin"),
        # searches for what is everywhere look at the newest only
        Index("ix_search_documents_author_id_created_at", "author_id", "created_at"),
        Index("ix_search_documents_category_id_created_at", "category_id", "created_at"),
    )

    post_id: Mapped[int] = mapped_column(Id, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, index=True)
    category_id: Mapped[int] = mapped_column(Id)
    author_id: Mapped[int] = mapped_column(Id)
    number: Mapped[int]
    locale: Mapped[str] = mapped_column(String(8))
    has_image: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    indexed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    vector: Mapped[str] = mapped_column(Vector)  # title A, tags B, text C
    title: Mapped[str | None] = mapped_column(Vector)  # of opening posts only: where few rows answer for a thread


class SearchWord(Base):
    """A word people use, as PostgreSQL's engine has met it: for "did you mean", beginnings and how rare a word is.

    `posts` is about right: an edit does not take back what it counted. `counted`: the sum of a count under way.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        Index("ix_search_words_begins", "word", postgresql_ops={"word": "varchar_pattern_ops"}),
        Index("ix_search_words_alike", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    word: Mapped[str] = mapped_column(String(40), primary_key=True)  # folded: small letters without accents
    locale: Mapped[str] = mapped_column(String(8), primary_key=True)
    shown: Mapped[str] = mapped_column(String(40))  # with its accents
    lexeme: Mapped[str] = mapped_column(String(40), index=True)
    posts: Mapped[int]
    counted: Mapped[int] = mapped_column(server_default="0")


class SavedSearch(Base):
    """A search that a member listens to: new finds come by mail once a week."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("member_id", "query"), CheckConstraint("length(query) > 0", name="query"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(String(400))
    name: Mapped[str] = mapped_column(String(80), server_default="", default="")  # what the member calls it
    weekly: Mapped[bool] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    seen_post_id: Mapped[int] = mapped_column(Id, server_default="0")  # finds up to this post were told
    mailed_at: Mapped[datetime | None]  # when the last mail left, whichever of the member's searches it was about
