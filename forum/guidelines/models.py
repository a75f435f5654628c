"""The community's rules, version by version."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id


class GuidelineVersion(Base):
    """One version in both languages. Its rules are the second-level headings, numbered from 1 in both alike.

    `announced_at` None: a draft. Takes effect at `effective_at` (None: from the first day, the built-in text alone)
    and stays until the next one does, unless it was withdrawn before that day. At most one version at a time is a
    draft or still to take effect, so numbers and days run alike.
    """

    __tablename__ = "guideline_versions"
    __table_args__ = (Index("ix_guidelines_effective", "effective_at"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_en: Mapped[str] = mapped_column(Text)
    source_it: Mapped[str] = mapped_column(Text)
    html_en: Mapped[str] = mapped_column(Text)
    html_it: Mapped[str] = mapped_column(Text)
    changes_en: Mapped[str] = mapped_column(Text, server_default="")  # what is new, one paragraph
    changes_it: Mapped[str] = mapped_column(Text, server_default="")
    significant: Mapped[bool] = mapped_column(server_default="1")  # members are told and asked to acknowledge
    author_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    created_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    effective_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")  # of the draft: a stale edit gets 409


class GuidelineAcknowledgement(Base):
    """A member has read a version."""

    __tablename__ = "guideline_acknowledgements"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("guideline_versions.number"), primary_key=True)
    at: Mapped[datetime]
