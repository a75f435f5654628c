"""Prevention: rules, watched words, what phases saw, what the filter learned, fingerprints of pictures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import forum.db

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "prevention_prints",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("print", sa.String(length=32), nullable=False),
        sa.Column("bad", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", forum.db.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_prevention_prints")),
    )
    with op.batch_alter_table("prevention_prints", schema=None) as batch_op:
        batch_op.create_index("ix_prevention_prints_bad", ["bad"], unique=False)

    op.create_table(
        "prevention_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("first_read", sa.JSON(), nullable=False),
        sa.Column("stamp", sa.String(length=32), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_prevention_settings_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prevention_settings")),
    )
    op.create_table(
        "prevention_tokens",
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bad", sa.Integer(), server_default="0", nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_prevention_tokens")),
    )
    op.create_table(
        "prevention_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=8), server_default="word", nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("tag", sa.String(length=30), server_default="", nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", forum.db.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('flag', 'hold', 'block', 'censor', 'tag')", name=op.f("ck_prevention_words_action")
        ),
        sa.CheckConstraint("kind IN ('word', 'pattern')", name=op.f("ck_prevention_words_kind")),
        sa.ForeignKeyConstraint(["added_by_id"], ["members.id"], name=op.f("fk_prevention_words_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prevention_words")),
    )
    op.create_table(
        "prevention_checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=8), server_default="", nullable=False),
        sa.Column("phase", sa.String(length=16), server_default="", nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("level", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("mentions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("link", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("judged", sa.String(length=8), server_default="", nullable=False),
        sa.Column("learned", sa.String(length=8), server_default="", nullable=False),
        sa.Column("created_at", forum.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_prevention_checks_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_prevention_checks_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prevention_checks")),
    )
    with op.batch_alter_table("prevention_checks", schema=None) as batch_op:
        batch_op.create_index("ix_prevention_checks_author", ["author_id", "created_at"], unique=False)
        batch_op.create_index("ix_prevention_checks_created", ["created_at"], unique=False)
        batch_op.create_index("ix_prevention_checks_post", ["post_id", "id"], unique=False)

    op.create_table(
        "prevention_lessons",
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("prints", sa.JSON(), nullable=False),
        sa.Column("created_at", forum.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_prevention_lessons_decision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_prevention_lessons")),
    )
    op.create_table(
        "prevention_marks",
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"], ["prevention_checks.id"], name=op.f("fk_prevention_marks_check_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mark", "check_id", name=op.f("pk_prevention_marks")),
    )
    with op.batch_alter_table("prevention_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prevention_marks_check_id"), ["check_id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("prevention_marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prevention_marks_check_id"))

    op.drop_table("prevention_marks")
    op.drop_table("prevention_lessons")
    with op.batch_alter_table("prevention_checks", schema=None) as batch_op:
        batch_op.drop_index("ix_prevention_checks_post")
        batch_op.drop_index("ix_prevention_checks_created")
        batch_op.drop_index("ix_prevention_checks_author")

    op.drop_table("prevention_checks")
    op.drop_table("prevention_words")
    op.drop_table("prevention_tokens")
    op.drop_table("prevention_settings")
    with op.batch_alter_table("prevention_prints", schema=None) as batch_op:
        batch_op.drop_index("ix_prevention_prints_bad")

    op.drop_table("prevention_prints")
