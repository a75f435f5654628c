"""Categories, and the one row that describes the site."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

VISIBILITIES = ("public", "members", "staff")
WHO = ("member", "team", "staff", "nobody")


class Category(Base):
    """A place for threads. A child is never more visible than its parent (`domain` sees to it)."""

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint("visibility IN ('public', 'members', 'staff')", name="visibility"),
        CheckConstraint("who_starts IN ('member', 'team', 'staff', 'nobody')", name="who_starts"),
        CheckConstraint("who_replies IN ('member', 'team', 'staff', 'nobody')", name="who_replies"),
        CheckConstraint("thread_count >= 0 AND post_count >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text, server_default="")
    colour: Mapped[str] = mapped_column(String(7), server_default="#5a6b7a")
    locale: Mapped[str] = mapped_column(String(8), server_default="")  # language of name and threads; empty: the site's
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("categories.id"), index=True)
    position: Mapped[int] = mapped_column(server_default="0")
    visibility: Mapped[str] = mapped_column(String(8), server_default="public")
    who_starts: Mapped[str] = mapped_column(String(8), server_default="member")
    who_replies: Mapped[str] = mapped_column(String(8), server_default="member")
    thread_count: Mapped[int] = mapped_column(server_default="0")  # visible threads
    post_count: Mapped[int] = mapped_column(server_default="0")  # visible posts, opening ones included
    created_at: Mapped[datetime]


class Site(Base):
    """The one row that an administrator edits."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(60), server_default="Ritrovo")
    tagline_en: Mapped[str] = mapped_column(String(200), server_default="")
    tagline_it: Mapped[str] = mapped_column(String(200), server_default="")
    brand: Mapped[str] = mapped_column(String(60), server_default="")  # what the staff seal says; empty: the name
    brand_colour: Mapped[str] = mapped_column(String(7), server_default="#1d5c70")
    approve_signups: Mapped[bool] = mapped_column(server_default="0")  # a new account waits for a moderator's yes
