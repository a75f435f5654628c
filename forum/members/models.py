"""Members as others see them. What signs them in stands in `accounts`."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from forum.db import Base, Id

NAME_KEY = String(30).with_variant(String(30, collation="C"), "postgresql")
DISPLAY_KEY = String(200).with_variant(String(200, collation="C"), "postgresql")  # folding may lengthen a name
"""Keys sort and compare byte by byte on both databases, so that a prefix is a range of an index."""

ROLES = ("member", "team", "moderator", "manager", "admin")


def display_key(display_name: str) -> str:
    """`display_name` as the directory searches it."""
    return display_name.casefold()[:200]


def _folded(context: Any) -> str:
    return display_key(context.get_current_parameters()["display_name"])


class Member(Base):
    """One person. `name` is the handle (@name), `display_name` what stands beside their posts."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'team', 'moderator', 'manager', 'admin')", name="role"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        CheckConstraint("post_count >= 0 AND thread_count >= 0", name="counts"),
        Index(
            "ix_members_staff", "role",
            postgresql_where=text("role <> 'member'"), sqlite_where=text("role <> 'member'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    name_key: Mapped[str] = mapped_column(NAME_KEY, unique=True)  # lower case: ASCII names, so no more is needed
    display_name: Mapped[str] = mapped_column(String(60))
    display_key: Mapped[str] = mapped_column(DISPLAY_KEY, index=True, default=_folded)
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

    # what moderation set; kept here so that knowing it costs no statement (moderation.Sanction has the history)
    silenced_until: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    held_until: Mapped[datetime | None]  # every new post waits for approval
    warning_id: Mapped[int | None] = mapped_column(Id)  # the oldest statement that must be acknowledged first
    bound: Mapped[bool] = mapped_column(server_default="0")  # a moderator of some categories only

    @validates("display_name")
    def _keep_key(self, _: str, value: str) -> str:
        self.display_key = display_key(value)
        return value
