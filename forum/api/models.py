"""What the API keeps for itself: answers to repeat for a repeated Idempotency-Key."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base


class IdempotentAnswer(Base):
    """The answer that a key got; repeated for a day (draft-ietf-httpapi-idempotency-key-header)."""

    __tablename__ = "idempotent_answers"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int | None]  # None: the first call is still running
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
