"""What the law asks a forum to write down. Article numbers are of Regulation (EU) 2022/2065 (DSA)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

NOTICE_KINDS = ("illegal", "bullying")
"""illegal: Art. 16. bullying: the request of a minor or a parent (Italian Law 71/2017)."""
OUTCOMES = ("", "upheld", "partly", "rejected")
CAPACITIES = ("", "minor", "parent")
HOLD_TARGETS = ("post", "thread", "member")
SIZES = ("small", "platform")
MEASURE_SIDES = ("poster", "notifier")
MEASURE_KINDS = ("warning", "suspension")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class LegalSettings(Base):
    """The one row that an administrator edits: who keeps this site, and what applies to them."""

    __tablename__ = "legal_settings"
    __table_args__ = (CheckConstraint("id = 1", name="one"), _one_of("size", SIZES))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator: Mapped[str] = mapped_column(String(200), server_default="")
    address: Mapped[str] = mapped_column(Text, server_default="")
    representative: Mapped[str] = mapped_column(Text, server_default="")  # Art. 13, for who is not in the Union
    authority_mail: Mapped[str] = mapped_column(String(254), server_default="")  # Art. 11
    user_mail: Mapped[str] = mapped_column(String(254), server_default="")  # Art. 12
    languages: Mapped[str] = mapped_column(String(80), server_default="it,en")
    size: Mapped[str] = mapped_column(String(8), server_default="small")
    # None: as `size` says
    complaints: Mapped[bool | None]  # Art. 20: objections, from who gave notice too
    disputes: Mapped[bool | None]  # Art. 21: information about dispute settlement bodies
    misuse: Mapped[bool | None]  # Art. 23: measures against misuse are offered
    reporting: Mapped[bool | None]  # Art. 15, 24: the yearly report is due
    dispute_bodies: Mapped[str] = mapped_column(Text, server_default="")
    active_users: Mapped[int | None]  # Art. 24 (2): monthly average in the Union, as counted by the operator
    active_users_at: Mapped[datetime | None]


class TrustedFlagger(Base):
    """Somebody whose notices come first (Art. 22): by account, or by the mail address they give."""

    __tablename__ = "trusted_flaggers"
    __table_args__ = (
        CheckConstraint("member_id IS NOT NULL OR mail <> ''", name="somebody"),
        Index("ix_trusted_flaggers_mail", "mail"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id", ondelete="SET NULL"), index=True)
    mail: Mapped[str] = mapped_column(String(254), server_default="")  # lower case
    added_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    added_at: Mapped[datetime]
    status_checked_at: Mapped[datetime]  # when somebody last looked into the Commission's list
    ended_at: Mapped[datetime | None]


class LegalNotice(Base):
    """A notice of illegal content. Its items are reports in the queue; their states are the notice's outcome."""

    __tablename__ = "legal_notices"
    __table_args__ = (
        _one_of("kind", NOTICE_KINDS),
        _one_of("outcome", OUTCOMES),
        _one_of("capacity", CAPACITIES),
        Index("ix_legal_notices_created", "created_at", "id"),
        Index("ix_legal_notices_open", "act_by", postgresql_where=text("decided_at IS NULL"),
              sqlite_where=text("decided_at IS NULL")),
        Index("ix_legal_notices_mail", "mail_key", "id"),
        Index("ix_legal_notices_member", "member_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(40))  # key of words.CATEGORIES
    law: Mapped[str] = mapped_column(String(500), server_default="")
    explanation: Mapped[str] = mapped_column(Text)
    capacity: Mapped[str] = mapped_column(String(8), server_default="")
    notifier_name: Mapped[str] = mapped_column(String(120), server_default="")
    notifier_mail: Mapped[str] = mapped_column(String(254), server_default="")
    mail_key: Mapped[str] = mapped_column(String(64), server_default="")  # keyed hash: outlives the address itself
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id", ondelete="SET NULL"))
    flagger_id: Mapped[int | None] = mapped_column(Id, ForeignKey("trusted_flaggers.id"))
    locale: Mapped[str] = mapped_column(String(8))
    good_faith: Mapped[bool] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    receipt_at: Mapped[datetime | None]  # the receipt left
    confirm_by: Mapped[datetime | None]  # Law 71/2017: 24 hours
    act_by: Mapped[datetime | None]  # Law 71/2017: 48 hours
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(8), server_default="")
    told: Mapped[str] = mapped_column(String(8), server_default="")  # the outcome that the notifier was mailed
    unfounded: Mapped[bool] = mapped_column(server_default="0")  # manifestly: counts for Art. 23 (2)
    erased_at: Mapped[datetime | None]  # name, address and words are gone (retention)


class LegalNoticeItem(Base):
    """One address of a notice. `report_id`: its place in the queue."""

    __tablename__ = "legal_notice_items"
    __table_args__ = (
        UniqueConstraint("notice_id", "target_type", "target_id"),
        Index("ix_legal_notice_items_case", "case_id"),
        Index("ix_legal_notice_items_report", "report_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notice_id: Mapped[int] = mapped_column(Id, ForeignKey("legal_notices.id"))
    url: Mapped[str] = mapped_column(String(300))  # as typed
    target_type: Mapped[str] = mapped_column(String(8))
    target_id: Mapped[int] = mapped_column(Id)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"))
    report_id: Mapped[int] = mapped_column(Id, ForeignKey("reports.id"))


class NoticeComplaint(Base):
    """A guest whose notice was rejected asks for a second look (Art. 20). Members use appeals."""

    __tablename__ = "notice_complaints"
    __table_args__ = (
        UniqueConstraint("notice_id", "decision_id"),
        _one_of("state", ("open", "upheld", "reversed")),
        Index("ix_notice_complaints_open", "state", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notice_id: Mapped[int] = mapped_column(Id, ForeignKey("legal_notices.id"))
    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    reasons: Mapped[str] = mapped_column(Text, server_default="")
    override: Mapped[str] = mapped_column(String(200), server_default="")


class AuthorityOrder(Base):
    """An order of a court or authority: to act (Art. 9) or to inform (Art. 10)."""

    __tablename__ = "authority_orders"
    __table_args__ = (
        CheckConstraint("article IN (9, 10)", name="article"),
        Index("ix_authority_orders_received", "received_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    article: Mapped[int]
    authority: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))  # ISO 3166-1
    order_ref: Mapped[str] = mapped_column(String(120))
    legal_basis: Mapped[str] = mapped_column(String(500))
    category: Mapped[str] = mapped_column(String(40))
    urls: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[str] = mapped_column(String(500), server_default="")  # territory, and what is asked
    effect: Mapped[str] = mapped_column(Text, server_default="")  # what was done, as told to the authority
    received_at: Mapped[datetime]
    acted_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]  # the authority was told what was done
    informed_at: Mapped[datetime | None]  # the member concerned was told
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    version: Mapped[int] = mapped_column(server_default="1")


class DisputeCase(Base):
    """A dispute before a certified out-of-court body (Art. 21)."""

    __tablename__ = "dispute_cases"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    body: Mapped[str] = mapped_column(String(200))  # the dispute settlement body
    case_ref: Mapped[str] = mapped_column(String(120))
    statement: Mapped[str] = mapped_column(String(16), server_default="")  # reference of statement or notice
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(String(16), server_default="")  # upheld, reversed, partly, withdrawn
    implemented: Mapped[bool | None]
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))


class LegalHold(Base):
    """Content that is kept as evidence: never purged, and out of sight of the staff's ordinary pages.

    `evidence` holds the words themselves: they are taken out of the tables where pages look.
    """

    __tablename__ = "legal_holds"
    __table_args__ = (
        _one_of("target_type", HOLD_TARGETS),
        Index("uq_legal_holds_living", "target_type", "target_id", unique=True,
              postgresql_where=text("released_at IS NULL"), sqlite_where=text("released_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    target_type: Mapped[str] = mapped_column(String(8))
    target_id: Mapped[int] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(String(500))
    authority_ref: Mapped[str] = mapped_column(String(120), server_default="")
    sealed: Mapped[bool] = mapped_column(server_default="0")
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sha256: Mapped[str] = mapped_column(String(64), server_default="")  # of `evidence` as canonical JSON
    placed_by_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    placed_at: Mapped[datetime]
    until: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))


class StatementGround(Base):
    """What the record of a statement says beyond its decision: which law, and the Commission's category."""

    __tablename__ = "statement_grounds"

    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id"), primary_key=True, autoincrement=False)
    illegal: Mapped[bool] = mapped_column(server_default="0")
    legal_ground: Mapped[str] = mapped_column(String(500), server_default="")
    category: Mapped[str] = mapped_column(String(40), server_default="")  # key of words.CATEGORIES
    keyword: Mapped[str] = mapped_column(String(80), server_default="")
    set_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    set_at: Mapped[datetime]


class MisuseMeasure(Base):
    """A warning or a suspension for misuse (Art. 23), with the figures it rests on."""

    __tablename__ = "misuse_measures"
    __table_args__ = (
        _one_of("side", MEASURE_SIDES),
        _one_of("kind", MEASURE_KINDS),
        Index("ix_misuse_measures_member", "member_id", "side", "id"),
        Index("ix_misuse_measures_mail", "mail_key", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    side: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(10))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id", ondelete="SET NULL"))
    mail_key: Mapped[str] = mapped_column(String(64), server_default="")
    decision_id: Mapped[int | None] = mapped_column(Id, ForeignKey("decisions.id"))
    absolute: Mapped[int]  # how many items were manifestly illegal, or notices unfounded
    relative: Mapped[float]  # of all in the year, 0..1
    gravity: Mapped[str] = mapped_column(String(500), server_default="")  # gravity and intent, in words
    decided_by_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class Purge(Base):
    """What was purged when: one row for each rule and round that took something away, or held something back."""

    __tablename__ = "purge_ledger"
    __table_args__ = (Index("ix_purge_ledger_at", "at", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    rule: Mapped[str] = mapped_column(String(40))
    table_name: Mapped[str] = mapped_column(String(40))
    days: Mapped[int]
    rows: Mapped[int]
    kept: Mapped[int] = mapped_column(server_default="0")  # due, but under hold or still open
