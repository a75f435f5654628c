"""Cases, reports, decisions and what follows from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

TARGETS = ("post", "thread", "member", "signup")
REASONS = ("spam", "harassment", "hate", "violence", "sexual", "personal_data", "illegal", "off_topic", "other")
CASE_STATES = ("open", "claimed", "resolved")
REPORT_STATES = ("open", "upheld", "rejected")
SANCTIONS = ("silence", "suspend", "ban", "hold")
"""silence: reads, writes nothing. suspend and ban: what a guest sees, until a date or for good. hold: every new post
waits for approval."""
APPEAL_STATES = ("open", "upheld", "reversed")
LIVING = "state <> 'resolved'"
"""A case that waits for a decision. Word for word in the queue's queries too: SQLite matches a partial index by it."""
QUEUES = {
    "": ("threat", "score", "id"),
    "_reason": ("reason", "threat", "score", "id"),
    "_target": ("target_type", "threat", "score", "id"),
    "_category": ("category_id", "threat", "score", "id"),
    "_waiting": ("opened_at", "id"),
}


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Case(Base):
    """All that concerns one target until it is decided: reports, a held post, a sign-up that waits."""

    __tablename__ = "cases"
    __table_args__ = (
        _one_of("target_type", TARGETS),
        _one_of("state", CASE_STATES),
        # one living case a target
        Index(
            "uq_cases_living", "target_type", "target_id", unique=True,
            postgresql_where=text(LIVING), sqlite_where=text(LIVING),
        ),
        # the queue: what is not resolved, weightiest first (or longest waiting), as a whole and filtered
        *(
            Index(f"ix_cases_queue{name}", *columns, postgresql_where=text(LIVING), sqlite_where=text(LIVING))
            for name, columns in QUEUES.items()
        ),
        Index(
            "ix_cases_busy", "threat", "score", "id",
            postgresql_where=text("state = 'claimed'"), sqlite_where=text("state = 'claimed'"),
        ),
        Index("ix_cases_resolved", "state", "resolved_at", "id"),
        Index("ix_cases_subject", "subject_id", "id"),
        Index("ix_cases_claimed", "claimed_by_id", "state", "id"),
        Index("ix_cases_opened", "opened_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    target_type: Mapped[str] = mapped_column(String(8))
    target_id: Mapped[int] = mapped_column(Id)
    thread_id: Mapped[int | None] = mapped_column(Id, ForeignKey("threads.id"))  # of a post or thread
    category_id: Mapped[int | None] = mapped_column(Id, ForeignKey("categories.id"))  # where the target stands now
    subject_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))  # whose content or profile it is
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    held: Mapped[bool] = mapped_column(server_default="0")  # the target waits for approval
    threat: Mapped[bool] = mapped_column(server_default="0")  # somebody's life or safety may be in danger
    reason: Mapped[str] = mapped_column(String(16), server_default="other")  # the weightiest reported
    score: Mapped[int] = mapped_column(server_default="0")  # priority, hundredths; see domain/scores.py
    report_count: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime]
    first_look_at: Mapped[datetime | None]  # first claim or decision
    claimed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    claimed_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")  # raised by every change; a stale screen gets 409


class Report(Base):
    """One person's report, with the text as it stood."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("case_id", "reporter_id"),
        _one_of("state", REPORT_STATES),
        Index("ix_reports_reporter", "reporter_id", "state", "id"),
        Index("ix_reports_decided", "decided_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"))
    reporter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    reason: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(Text, server_default="")
    threat: Mapped[bool] = mapped_column(server_default="0")
    weight: Mapped[int]  # what it adds to the case's score, hundredths
    snapshot_title: Mapped[str] = mapped_column(String(200), server_default="")
    snapshot: Mapped[str] = mapped_column(Text, server_default="")  # Markdown source (a profile: its words) as reported
    snapshot_version: Mapped[int] = mapped_column(server_default="0")  # the post's or thread's version then
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decision_id: Mapped[int | None] = mapped_column(Id, ForeignKey("decisions.id"), index=True)


class Decision(Base):
    """One act of staff. `effects` is the journal that undoing it follows backwards (`domain/journal.py`)."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_case", "case_id", "id"),
        Index("ix_decisions_subject", "subject_id", "id"),
        Index("ix_decisions_actor", "actor_id", "created_at"),
        Index("ix_decisions_target", "target_type", "target_id", "id"),
        Index("ix_decisions_created", "created_at", "id"),
        Index("ix_decisions_similar", "category_id", "reason", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"))
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))  # None: a timer
    action: Mapped[str] = mapped_column(String(8))
    target_type: Mapped[str] = mapped_column(String(8))
    target_id: Mapped[int] = mapped_column(Id)
    category_id: Mapped[int | None] = mapped_column(Id, ForeignKey("categories.id"))  # where the target stood
    subject_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))  # the member concerned
    reason: Mapped[str] = mapped_column(String(16), server_default="")
    rule: Mapped[str] = mapped_column(String(16), server_default="")  # number of the guideline
    guidelines: Mapped[int] = mapped_column(server_default="0")  # version in force
    explanation: Mapped[str] = mapped_column(Text, server_default="")  # to the member, as typed
    to_reporters: Mapped[str] = mapped_column(Text, server_default="")  # a word to who reported
    until: Mapped[datetime | None]
    effects: Mapped[list[Any]] = mapped_column(JSON, default=list)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # {"posts": 3, "reports": 4}: what it did
    created_at: Mapped[datetime]
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    override: Mapped[str] = mapped_column(String(200), server_default="")  # why a conflict of interest was set aside


class Statement(Base):
    """The statement of reasons for one restriction (DSA Art. 17), kept as it was when it was made."""

    __tablename__ = "statements"
    __table_args__ = (Index("ix_statements_member", "member_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)  # [A-Z0-9-]: the record's puid
    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"), unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    locale: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(200), server_default="")  # of the thread
    content: Mapped[str] = mapped_column(Text, server_default="")  # the restricted text, Markdown, as it stood
    content_at: Mapped[datetime | None]  # when it was written
    after_report: Mapped[bool] = mapped_column(server_default="0")  # somebody's report led here
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    must_acknowledge: Mapped[bool] = mapped_column(server_default="0")
    acknowledged_at: Mapped[datetime | None]


class Sanction(Base):
    """A restriction of a member, with its end. The member's row holds the furthest end of each kind."""

    __tablename__ = "sanctions"
    __table_args__ = (_one_of("kind", SANCTIONS), Index("ix_sanctions_member", "member_id", "kind", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(8))
    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"))
    starts_at: Mapped[datetime]
    until: Mapped[datetime]  # FOREVER: no end
    ended_at: Mapped[datetime | None]  # lifted before its end


class Strike(Base):
    """A point against a member that fades by itself."""

    __tablename__ = "strikes"
    __table_args__ = (Index("ix_strikes_member", "member_id", "expires_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Appeal(Base):
    """An objection to a decision, by the member concerned or by the reporter who was not believed."""

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("decision_id", "appellant_id"),
        _one_of("state", APPEAL_STATES),
        _one_of("side", ("subject", "reporter")),
        Index("ix_appeals_open", "state", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"))
    appellant_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    side: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    reasons: Mapped[str] = mapped_column(Text, server_default="")
    override: Mapped[str] = mapped_column(String(200), server_default="")  # why the first decider decided it
    version: Mapped[int] = mapped_column(server_default="1")


class Note(Base):
    """A private note among staff, on a case or on a member."""

    __tablename__ = "moderation_notes"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (member_id IS NULL)", name="one_subject"),
        Index("ix_notes_case", "case_id", "id"),
        Index("ix_notes_member", "member_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class CannedMessage(Base):
    """An explanation that is written often, in both languages."""

    __tablename__ = "canned_messages"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(16), server_default="")  # offered first for this reason; empty: for all
    body_en: Mapped[str] = mapped_column(Text)
    body_it: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default="0")


class Block(Base):
    """An address, mail or domain that opens no account (address: nor signs in)."""

    __tablename__ = "blocks"
    __table_args__ = (_one_of("kind", ("address", "mail", "domain")), UniqueConstraint("kind", "value"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(254))  # network in CIDR form, lower-case address, lower-case domain
    note: Mapped[str] = mapped_column(String(200), server_default="")
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]


class ThreadTimer(Base):
    """An act that happens to a thread by itself later."""

    __tablename__ = "thread_timers"
    __table_args__ = (_one_of("action", ("lock", "unlock", "unpin")), Index("ix_timers_thread", "thread_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id"))
    action: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    reason: Mapped[str] = mapped_column(String(16), server_default="")
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class CategoryModerator(Base):
    """A moderator who is bound to some categories (children are written out). Unbound ones have no row."""

    __tablename__ = "category_moderators"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    category_id: Mapped[int] = mapped_column(
        Id, ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True, index=True
    )
