"""What the law asks to write down: notices, orders, holds, grounds of statements, measures, the ledger of purges.."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "legal_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("operator", sa.String(length=200), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("representative", sa.Text(), server_default="", nullable=False),
        sa.Column("authority_mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("user_mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("languages", sa.String(length=80), server_default="it,en", nullable=False),
        sa.Column("size", sa.String(length=8), server_default="small", nullable=False),
        sa.Column("complaints", sa.Boolean(), nullable=True),
        sa.Column("disputes", sa.Boolean(), nullable=True),
        sa.Column("misuse", sa.Boolean(), nullable=True),
        sa.Column("reporting", sa.Boolean(), nullable=True),
        sa.Column("dispute_bodies", sa.Text(), server_default="", nullable=False),
        sa.Column("active_users", sa.Integer(), nullable=True),
        sa.Column("active_users_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size IN ('small', 'platform')", name=op.f("ck_legal_settings_size")),
        sa.CheckConstraint("id = 1", name=op.f("ck_legal_settings_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_settings")),
    )
    op.create_table(
        "purge_ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_ledger")),
    )
    with op.batch_alter_table("purge_ledger", schema=None) as batch_op:
        batch_op.create_index("ix_purge_ledger_at", ["at", "id"], unique=False)

    op.create_table(
        "authority_orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("order_ref", sa.String(length=120), nullable=False),
        sa.Column("legal_basis", sa.String(length=500), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(length=500), server_default="", nullable=False),
        sa.Column("effect", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("informed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("article IN (9, 10)", name=op.f("ck_authority_orders_article")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_authority_orders_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_orders")),
        sa.UniqueConstraint("reference", name=op.f("uq_authority_orders_reference")),
    )
    with op.batch_alter_table("authority_orders", schema=None) as batch_op:
        batch_op.create_index("ix_authority_orders_received", ["received_at", "id"], unique=False)

    op.create_table(
        "dispute_cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.Column("case_ref", sa.String(length=120), nullable=False),
        sa.Column("statement", sa.String(length=16), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=16), server_default="", nullable=False),
        sa.Column("implemented", sa.Boolean(), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_dispute_cases_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_cases")),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target_type", sa.String(length=8), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("authority_ref", sa.String(length=120), server_default="", nullable=False),
        sa.Column("sealed", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("placed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("target_type IN ('post', 'thread', 'member')", name=op.f("ck_legal_holds_target_type")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["members.id"], name=op.f("fk_legal_holds_placed_by_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["members.id"], name=op.f("fk_legal_holds_released_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.create_index(
            "uq_legal_holds_living",
            ["target_type", "target_id"],
            unique=True,
            postgresql_where=sa.text("released_at IS NULL"),
            sqlite_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "trusted_flaggers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("member_id IS NOT NULL OR mail <> ''", name=op.f("ck_trusted_flaggers_somebody")),
        sa.ForeignKeyConstraint(["added_by_id"], ["members.id"], name=op.f("fk_trusted_flaggers_added_by_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_trusted_flaggers_member_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_flaggers")),
    )
    with op.batch_alter_table("trusted_flaggers", schema=None) as batch_op:
        batch_op.create_index("ix_trusted_flaggers_mail", ["mail"], unique=False)
        batch_op.create_index(batch_op.f("ix_trusted_flaggers_member_id"), ["member_id"], unique=False)

    op.create_table(
        "legal_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("law", sa.String(length=500), server_default="", nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("capacity", sa.String(length=8), server_default="", nullable=False),
        sa.Column("notifier_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("notifier_mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("mail_key", sa.String(length=64), server_default="", nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("flagger_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("good_faith", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=8), server_default="", nullable=False),
        sa.Column("told", sa.String(length=8), server_default="", nullable=False),
        sa.Column("unfounded", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("capacity IN ('', 'minor', 'parent')", name=op.f("ck_legal_notices_capacity")),
        sa.CheckConstraint("kind IN ('illegal', 'bullying')", name=op.f("ck_legal_notices_kind")),
        sa.CheckConstraint("outcome IN ('', 'upheld', 'partly', 'rejected')", name=op.f("ck_legal_notices_outcome")),
        sa.ForeignKeyConstraint(["flagger_id"], ["trusted_flaggers.id"], name=op.f("fk_legal_notices_flagger_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_legal_notices_member_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_notices")),
        sa.UniqueConstraint("reference", name=op.f("uq_legal_notices_reference")),
    )
    with op.batch_alter_table("legal_notices", schema=None) as batch_op:
        batch_op.create_index("ix_legal_notices_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_legal_notices_mail", ["mail_key", "id"], unique=False)
        batch_op.create_index("ix_legal_notices_member", ["member_id", "id"], unique=False)
        batch_op.create_index(
            "ix_legal_notices_open",
            ["act_by"],
            unique=False,
            postgresql_where=sa.text("decided_at IS NULL"),
            sqlite_where=sa.text("decided_at IS NULL"),
        )

    op.create_table(
        "misuse_measures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mail_key", sa.String(length=64), server_default="", nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("absolute", sa.Integer(), nullable=False),
        sa.Column("relative", sa.Double(), nullable=False),
        sa.Column("gravity", sa.String(length=500), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('warning', 'suspension')", name=op.f("ck_misuse_measures_kind")),
        sa.CheckConstraint("side IN ('poster', 'notifier')", name=op.f("ck_misuse_measures_side")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["members.id"], name=op.f("fk_misuse_measures_decided_by_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_misuse_measures_decision_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_misuse_measures_member_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misuse_measures")),
    )
    with op.batch_alter_table("misuse_measures", schema=None) as batch_op:
        batch_op.create_index("ix_misuse_measures_mail", ["mail_key", "id"], unique=False)
        batch_op.create_index("ix_misuse_measures_member", ["member_id", "side", "id"], unique=False)

    op.create_table(
        "notice_complaints",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("override", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('open', 'upheld', 'reversed')", name=op.f("ck_notice_complaints_state")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["members.id"], name=op.f("fk_notice_complaints_decided_by_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_notice_complaints_decision_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["legal_notices.id"], name=op.f("fk_notice_complaints_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_complaints")),
        sa.UniqueConstraint("notice_id", "decision_id", name=op.f("uq_notice_complaints_notice_id_decision_id")),
    )
    with op.batch_alter_table("notice_complaints", schema=None) as batch_op:
        batch_op.create_index("ix_notice_complaints_open", ["state", "due_at", "id"], unique=False)

    op.create_table(
        "statement_grounds",
        sa.Column(
            "decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("illegal", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("legal_ground", sa.String(length=500), server_default="", nullable=False),
        sa.Column("category", sa.String(length=40), server_default="", nullable=False),
        sa.Column("keyword", sa.String(length=80), server_default="", nullable=False),
        sa.Column("set_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_statement_grounds_decision_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["members.id"], name=op.f("fk_statement_grounds_set_by_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_statement_grounds")),
    )
    op.create_table(
        "legal_notice_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("target_type", sa.String(length=8), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_legal_notice_items_case_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["legal_notices.id"], name=op.f("fk_legal_notice_items_notice_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_legal_notice_items_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_notice_items")),
        sa.UniqueConstraint(
            "notice_id", "target_type", "target_id", name=op.f("uq_legal_notice_items_notice_id_target_type_target_id")
        ),
    )
    with op.batch_alter_table("legal_notice_items", schema=None) as batch_op:
        batch_op.create_index("ix_legal_notice_items_case", ["case_id"], unique=False)
        batch_op.create_index("ix_legal_notice_items_report", ["report_id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("legal_notice_items", schema=None) as batch_op:
        batch_op.drop_index("ix_legal_notice_items_report")
        batch_op.drop_index("ix_legal_notice_items_case")

    op.drop_table("legal_notice_items")
    op.drop_table("statement_grounds")
    with op.batch_alter_table("notice_complaints", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_complaints_open")

    op.drop_table("notice_complaints")
    with op.batch_alter_table("misuse_measures", schema=None) as batch_op:
        batch_op.drop_index("ix_misuse_measures_member")
        batch_op.drop_index("ix_misuse_measures_mail")

    op.drop_table("misuse_measures")
    with op.batch_alter_table("legal_notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_legal_notices_open",
            postgresql_where=sa.text("decided_at IS NULL"),
            sqlite_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index("ix_legal_notices_member")
        batch_op.drop_index("ix_legal_notices_mail")
        batch_op.drop_index("ix_legal_notices_created")

    op.drop_table("legal_notices")
    with op.batch_alter_table("trusted_flaggers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trusted_flaggers_member_id"))
        batch_op.drop_index("ix_trusted_flaggers_mail")

    op.drop_table("trusted_flaggers")
    with op.batch_alter_table("legal_holds", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_legal_holds_living",
            postgresql_where=sa.text("released_at IS NULL"),
            sqlite_where=sa.text("released_at IS NULL"),
        )

    op.drop_table("legal_holds")
    op.drop_table("dispute_cases")
    with op.batch_alter_table("authority_orders", schema=None) as batch_op:
        batch_op.drop_index("ix_authority_orders_received")

    op.drop_table("authority_orders")
    with op.batch_alter_table("purge_ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_purge_ledger_at")

    op.drop_table("purge_ledger")
    op.drop_table("legal_settings")
