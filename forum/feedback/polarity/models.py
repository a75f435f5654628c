"""The lexicon in its versions, and what people of the staff said against its verdicts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

MEMBER = "members.id"


class LexiconVersion(Base):
    """One version of the words, whole: never changed, so that an old figure can be made again.

    The words that the software brings are version 1; they become a row with the first change, because the next
    release may bring others.
    """

    __tablename__ = "feedback_lexicons"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)  # as `lexicon.Lexicon`
    note: Mapped[str] = mapped_column(String(200), server_default="")
    reverts_to: Mapped[int | None]  # it holds the words of that version again
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Override(Base):
    """What somebody of the staff read in a piece of evidence: it wins over the lexicon."""

    __tablename__ = "feedback_polarity_overrides"
    __table_args__ = (CheckConstraint("value BETWEEN -1 AND 1", name="value"),)

    evidence_id: Mapped[int] = mapped_column(
        Id, ForeignKey("feedback_evidence.id", ondelete="CASCADE"), primary_key=True
    )
    value: Mapped[int]  # -1 against, 0 neither, 1 in favour
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    at: Mapped[datetime]


class Value(Base):
    """What a version of the lexicon read in a piece of evidence, kept so that a summary need not read it all again.

    Made by a job; a figure that finds some missing reads those itself, so it never waits for the job.
    """

    __tablename__ = "feedback_polarity_values"

    evidence_id: Mapped[int] = mapped_column(
        Id, ForeignKey("feedback_evidence.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
    value: Mapped[float | None]  # None: no word of the lexicon stood in it
