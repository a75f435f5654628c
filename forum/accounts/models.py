"""What signs a member in: the account, pending sign-ups, sessions, one-time links, API tokens, failed attempts."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

PURPOSES = ("welcome", "reset", "email", "setup")


class Account(Base):
    """The private half of a member. Imported members have none until they claim their place."""

    __tablename__ = "accounts"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    password_hash: Mapped[str | None] = mapped_column(Text)  # argon2id; None until the one-time link is used
    verified_at: Mapped[datetime | None]
    trusted: Mapped[bool] = mapped_column(server_default="0")  # made by the operator: never held as a newcomer
    created_at: Mapped[datetime]


class Signup(Base):
    """A sign-up that waits for its mail to be answered. No member exists before that.

    An address that already has an account gets a row too (with no `token_hash`), so that a taken
    address and a free one look alike from outside: the name is held for the same time in both cases.
    """

    __tablename__ = "signups"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    name_key: Mapped[str] = mapped_column(String(30), unique=True)
    display_name: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), index=True)
    password_hash: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(8))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    verified_at: Mapped[datetime | None]  # the mail was answered; the account still waits for approval


class SignIn(Base):
    """A session: one signed-in browser."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)  # absolute; idle expiry is reckoned from seen_at
    browser: Mapped[str] = mapped_column(String(200), server_default="")


class OneTimeLink(Base):
    """A link that works once: a first password, a forgotten one, a new address, the first administrator."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("purpose IN ('welcome', 'reset', 'email', 'setup')", name="purpose"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), server_default="")  # the new address, for purpose 'email'
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token for programs; it never exceeds its member's role."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Attempt(Base):
    """One failed sign-in, sign-up or mail request, counted per key within a window (back-off, mail bombing)."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))  # what:keyed-hash of account or address
    at: Mapped[datetime] = mapped_column(index=True)
