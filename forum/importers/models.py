"""Which foreign id became which of ours: an import can be resumed, and old links can be redirected."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id


class ImportedId(Base):
    """One foreign row. `kind`: user, thread, post or category."""

    __tablename__ = "imported_ids"
    __table_args__ = (Index("ix_imported_ids_local", "kind", "local_id"),)  # "was this post imported?"

    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    foreign_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    local_id: Mapped[int] = mapped_column(Id)
