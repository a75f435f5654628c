"""Notices: what happened that concerns a member, in the site's list and by mail."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id


class Notice(Base):
    """One event for one member. Two reasons for one post (a quote that also mentions) are one notice.

    A row stands even for who wants neither list nor mail: what was told once is never told again. `mail`: none
    (not wanted), due, sent, or dropped (the member may no longer read it, read it already, or changed their mind).
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("member_id", "subject"),
        CheckConstraint("mail IN ('none', 'due', 'sent', 'dropped')", name="mail"),
        Index("ix_notices_member_new", "member_id", "id"),
        Index(
            "ix_notices_unread", "member_id",
            postgresql_where=text("read_at IS NULL"), sqlite_where=text("read_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(40))  # "post:12": what makes two notices the same
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    thread_id: Mapped[int | None] = mapped_column(Id, ForeignKey("threads.id"))
    post_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id"), index=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    site: Mapped[bool] = mapped_column(server_default="1")  # the member wanted it in the list
    listed: Mapped[bool] = mapped_column(server_default="1")  # wanted, and the member may see what it is about
    mail: Mapped[str] = mapped_column(String(8), server_default="none")
    mailed_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """A member's choice for one kind of notice; no row means both on."""

    __tablename__ = "notice_choices"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    site: Mapped[bool] = mapped_column(server_default="1")
    mail: Mapped[bool] = mapped_column(server_default="1")
