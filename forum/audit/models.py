"""The chain, its private halves, and its head."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id


class AuditEntry(Base):
    """One act. `hash` covers every other column and the entry before; triggers refuse UPDATE and DELETE.

    Holds ids, never words about people: those stand in `AuditDetail`, covered by `details_digest`.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_actor", "actor_id", "id"),
        Index("ix_audit_subject", "subject_id", "id"),
        Index("ix_audit_action", "action", "id"),
        Index("ix_audit_category", "category_id", "id"),
        Index("ix_audit_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)  # 1, 2, 3 … without a gap
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(40))  # "case.decided", "decision.undone", "role.changed"
    actor_id: Mapped[int | None] = mapped_column(Id)  # no foreign key: entries outlive members; None: the software
    subject_id: Mapped[int | None] = mapped_column(Id)  # the member concerned
    category_id: Mapped[int | None] = mapped_column(Id)  # where it happened: that category's moderators may read it
    target: Mapped[str] = mapped_column(String(40))  # "post:12"
    data: Mapped[str] = mapped_column(Text)  # canonical JSON: codes, ids, dates
    details_digest: Mapped[str] = mapped_column(String(64))  # salted; empty: there are none
    before: Mapped[str] = mapped_column(String(64))  # hash of the entry before; zeros for the first
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditDetail(Base):
    """The words of an entry (names, texts). May be erased; the digest then proves only that there were some."""

    __tablename__ = "audit_details"

    entry_id: Mapped[int] = mapped_column(Id, ForeignKey("audit_entries.id"), primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditHead(Base):
    """The end of the chain; a copy is kept in a file beside the database."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(64))
