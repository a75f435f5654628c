"""Feedback: which rows of exports are records of what left, which quotes stood on a summary's page, whose titles."""

import json
import zlib
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward. What left says so itself: nobody mails a file that lies here, and none is handed to a program."""
    op.add_column("feedback_exports", sa.Column("sent", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("feedback_shown", sa.Column("on_page", sa.Boolean(), server_default="1", nullable=False))
    exports, reads = (
        _table("feedback_exports", "id", "sent", "by_id"),
        _table("feedback_export_reads", "export_id", "how"),
    )
    left = sa.select(reads.c.export_id).where(reads.c.how.in_(("mail", "webhook")))
    op.execute(exports.update().where(exports.c.id.in_(left)).values(sent=sa.true(), by_id=None))
    _mark_pages()
    op.create_table(
        "feedback_named",
        sa.Column("snapshot_id", sa.String(16), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["feedback_snapshots.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("snapshot_id", "occurrence_id"),
    )


def _mark_pages() -> None:
    """The first line of a snapshot is its page; what it does not quote stood in the tables alone."""
    snapshots, shown = (
        _table("feedback_snapshots", "id", "data"),
        _table("feedback_shown", "snapshot_id", "evidence_id", "on_page"),
    )
    connection = op.get_bind()
    for snapshot_id in connection.scalars(sa.select(shown.c.snapshot_id).distinct()).all():
        data = connection.scalar(sa.select(snapshots.c.data).where(snapshots.c.id == snapshot_id))
        if not data:
            continue
        page = json.loads(zlib.decompress(data).split(b"\n", 1)[0])
        quotes = [*page["praise"], *(quote for top in page["top"] for quote in top["quotes"])]
        mine = (shown.c.snapshot_id == snapshot_id, shown.c.evidence_id.not_in([it["evidence"] for it in quotes]))
        connection.execute(shown.update().where(*mine).values(on_page=sa.false()))


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(it) for it in columns))


def downgrade() -> None:
    """Back."""
    op.drop_table("feedback_named")
    op.drop_column("feedback_shown", "on_page")
    op.drop_column("feedback_exports", "sent")
