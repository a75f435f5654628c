"""Members as others see them. What signs them in stands in `accounts`."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

ROLES = ("member", "team", "moderator", "manager", "admin")


class Member(Base):
    """One person. `name` is the handle (@name), `display_name` what stands beside their posts."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'team', 'moderator', 'manager', 'admin')", name="role"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        CheckConstraint("post_count >= 0 AND thread_count >= 0", name="counts"),
        Index("ix_members_staff", "role", postgresql_where=text("role <> 'member'"), sqlite_where=text("role <> 'member'")),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    name_key: Mapped[str] = mapped_column(String(30), unique=True)  # lower case: ASCII names, so no more is needed
    display_name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(16), server_default="member")
    locale: Mapped[str] = mapped_column(String(8), server_default="")  # empty: as the browser asks
    timezone: Mapped[str] = mapped_column(String(64), server_default="Europe/Rome")
    theme: Mapped[str] = mapped_column(String(8), server_default="auto")
    about: Mapped[str] = mapped_column(Text, server_default="")
    place: Mapped[str] = mapped_column(String(80), server_default="")
    links: Mapped[list[str]] = mapped_column(JSON, default=list)
    avatar: Mapped[str | None] = mapped_column(String(64))  # file name in uploads/avatars; None: initials
    joined_at: Mapped[datetime]
    post_count: Mapped[int] = mapped_column(server_default="0")
    thread_count: Mapped[int] = mapped_column(server_default="0")
