"""Search: which index the site has, so that one that another engine, release or backup left is noticed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward. No row: nobody knows what the index there is has heard of, so it is built anew once."""
    op.create_table(
        "search_index",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("engine", sa.String(length=16), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=32), server_default="", nullable=False),
        sa.Column("coming", sa.String(length=32), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_search_index_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_index")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("search_index")
