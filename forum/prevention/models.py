"""What prevention keeps: rules, watched words, what phases saw, what the filter learned, fingerprints of pictures."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id


class Setting(Base):
    """The one row of what managers set. `modes`, `options`: only what differs from how a phase starts."""

    __tablename__ = "prevention_settings"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    modes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    options: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    first_read: Mapped[list[int]] = mapped_column(JSON, default=list)  # categories that a moderator reads first
    stamp: Mapped[str] = mapped_column(String(32), server_default="")  # new with every change, of the words too
    version: Mapped[int] = mapped_column(server_default="1")


class WatchedWord(Base):
    """A word or pattern, and what happens where it stands."""

    __tablename__ = "prevention_words"
    __table_args__ = (
        CheckConstraint("action IN ('flag', 'hold', 'block', 'censor', 'tag')", name="action"),
        CheckConstraint("kind IN ('word', 'pattern')", name="kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    text: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(8), server_default="word")
    action: Mapped[str] = mapped_column(String(8))
    tag: Mapped[str] = mapped_column(String(30), server_default="")  # of action 'tag': which
    added_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    created_at: Mapped[datetime]


class Check(Base):
    """One look at one text: who wrote it, what the phases saw, how moderators judged it since.

    Of texts that were refused there is no post; what they said is not kept.
    """

    __tablename__ = "prevention_checks"
    __table_args__ = (
        Index("ix_prevention_checks_author", "author_id", "created_at"),
        Index("ix_prevention_checks_post", "post_id", "id"),
        Index("ix_prevention_checks_created", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))  # thread, reply, edit
    outcome: Mapped[str] = mapped_column(String(8), server_default="")  # "", observe, flag, hold, block
    phase: Mapped[str] = mapped_column(String(16), server_default="")  # which decided
    findings: Mapped[list[Any]] = mapped_column(JSON, default=list)  # verdicts.Finding, in the phases' order
    level: Mapped[int] = mapped_column(server_default="0")  # the author's trust then
    digest: Mapped[int] = mapped_column(BigInteger)  # of the words
    mentions: Mapped[int] = mapped_column(server_default="0")
    link: Mapped[int] = mapped_column(BigInteger, server_default="0")  # of the first unknown host
    judged: Mapped[str] = mapped_column(String(8), server_default="")  # "", good, bad
    learned: Mapped[str] = mapped_column(String(8), server_default="")  # what the filter took it for
    created_at: Mapped[datetime]


class Mark(Base):
    """A text's marks, to find what resembles it. Those of texts that were taken away are kept longer."""

    __tablename__ = "prevention_marks"

    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    check_id: Mapped[int] = mapped_column(
        Id, ForeignKey("prevention_checks.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Token(Base):
    """How many bad and good texts held a word. The word itself is not kept. Token 0 counts the texts."""

    __tablename__ = "prevention_tokens"

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bad: Mapped[int] = mapped_column(server_default="0")
    good: Mapped[int] = mapped_column(server_default="0")


class Print(Base):
    """The fingerprint of a picture in `uploads/images`. `bad`: it was in a post that was taken away."""

    __tablename__ = "prevention_prints"
    __table_args__ = (Index("ix_prevention_prints_bad", "bad"),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    print: Mapped[str] = mapped_column(String(32))  # 128 bits in hex
    bad: Mapped[int] = mapped_column(server_default="0")  # by how many decisions
    created_at: Mapped[datetime]


class Lesson(Base):
    """What a decision taught, so that undoing it can be unlearned: exactly once each way."""

    __tablename__ = "prevention_lessons"

    decision_id: Mapped[int] = mapped_column(Id, ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True)
    checks: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [check id, judged before, learned before]
    prints: Mapped[list[Any]] = mapped_column(JSON, default=list)  # names of pictures
    created_at: Mapped[datetime]
