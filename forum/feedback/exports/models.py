"""Snapshots of feedback, the files made of them, and who had them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

PRIVACIES = ("counts", "paraphrase", "quotes")
"""counts: figures alone. paraphrase: what the staff wrote about them, too. quotes: the words, with their address."""
FORMATS = ("csv", "xlsx", "json", "md", "html", "pdf")
TABLES = ("csv", "xlsx", "json")
"""What holds all of the evidence, too; the others have the quotes of the page."""
MEMBER = "members.id"


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Snapshot(Base):
    """The figures and words of one run, as JSON under zlib: every file of the run is made of this, at any time.

    What may not be shown any more is taken out of it (`redacted`: how many pieces), never the figures.
    """

    __tablename__ = "feedback_snapshots"
    __table_args__ = (_one_of("privacy", PRIVACIES), Index("ix_feedback_snapshots_created", "created_at", "id"))

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # random hex, on every page of every format
    team_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_teams.id"), index=True)
    starts: Mapped[date]
    ends: Mapped[date]  # the first day that does not count any more
    privacy: Mapped[str] = mapped_column(String(10))
    locale: Mapped[str] = mapped_column(String(8))
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    redacted: Mapped[int] = mapped_column(server_default="0")


class Export(Base):
    """A file made of a snapshot. It lies in `exports/` of the data folder once it is made.

    `sent`: there is no such file. The row is the record of what a mail or a webhook said, and stays as it was.
    """

    __tablename__ = "feedback_exports"
    __table_args__ = (
        _one_of("format", FORMATS),
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(String(16), ForeignKey("feedback_snapshots.id"), index=True)
    format: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(8), server_default="waiting")
    rows: Mapped[int] = mapped_column(server_default="0")  # items and pieces of evidence in it
    done: Mapped[int] = mapped_column(server_default="0")  # of them so far, while it is being made
    size: Mapped[int] = mapped_column(server_default="0")  # bytes
    sha256: Mapped[str] = mapped_column(String(64), server_default="")  # of the file as it is now
    redacted: Mapped[int] = mapped_column(server_default="0")  # the snapshot's, when this file was made
    sent: Mapped[bool] = mapped_column(server_default="0")
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # None: the software
    at: Mapped[datetime]


class ExportRead(Base):
    """Who had a file, and when."""

    __tablename__ = "feedback_export_reads"
    __table_args__ = (Index("ix_feedback_export_reads_export", "export_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    export_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_exports.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    how: Mapped[str] = mapped_column(String(12))  # download, mail, webhook, command
    at: Mapped[datetime]


class Shown(Base):
    """Which words were in which snapshot: the answer to "who saw my words". `redacted_at`: taken out again.

    `on_page`: the page quotes them. The others stand among the evidence alone, which only CSV, XLSX and JSON hold.
    """

    __tablename__ = "feedback_shown"

    snapshot_id: Mapped[str] = mapped_column(
        String(16), ForeignKey("feedback_snapshots.id", ondelete="CASCADE"), primary_key=True
    )
    evidence_id: Mapped[int] = mapped_column(Id, primary_key=True, index=True)
    author_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"), index=True)
    on_page: Mapped[bool] = mapped_column(server_default="1")
    redacted_at: Mapped[datetime | None]


class Named(Base):
    """Which meetups' titles are in which snapshot, by their dates, as long as everybody may see them."""

    __tablename__ = "feedback_named"

    snapshot_id: Mapped[str] = mapped_column(
        String(16), ForeignKey("feedback_snapshots.id", ondelete="CASCADE"), primary_key=True
    )
    occurrence_id: Mapped[int] = mapped_column(Id, primary_key=True)  # no key: a date that is gone is looked for, too
