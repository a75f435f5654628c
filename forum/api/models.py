"""What the API keeps for itself: answers to repeat for a repeated Idempotency-Key."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base


class IdempotentAnswer(Base):
    """The answer that a key got; repeated for a day (draft-ietf-httpapi-idempotency-key-header).

    Written in the transaction of the effect itself: either both are there or neither.
    """

    __tablename__ = "idempotent_answers"

    member_key: Mapped[str] = mapped_column(String(64), primary_key=True)  # digest of member and key
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    location: Mapped[str] = mapped_column(String(200), server_default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
