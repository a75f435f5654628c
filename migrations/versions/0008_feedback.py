"""Feedback: items and what they rest on, teams, snapshots and exports, delivery."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "feedback_teams",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("ack_days", sa.Integer(), server_default="7", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ack_days > 0", name=op.f("ck_feedback_teams_ack_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_teams")),
        sa.UniqueConstraint("slug", name=op.f("uq_feedback_teams_slug")),
    )
    op.create_table(
        "feedback_terms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quoted", sa.Boolean(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_feedback_terms_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_terms")),
    )
    op.create_table(
        "feedback_consents",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quote", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_feedback_consents_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_feedback_consents")),
    )
    op.create_table(
        "feedback_destinations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("shown", sa.String(length=300), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("old_key_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_why", sa.String(length=300), server_default="", nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind IN ('webhook', 'slack', 'jira', 'github')", name=op.f("ck_feedback_destinations_kind")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_feedback_destinations_created_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_destinations")),
    )
    op.create_table(
        "feedback_lexicons",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("reverts_to", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["members.id"], name=op.f("fk_feedback_lexicons_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_feedback_lexicons")),
    )
    op.create_table(
        "feedback_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("match", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("match IN ('tag', 'category', 'phrase', 'survey')", name=op.f("ck_feedback_rules_match")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_feedback_rules_created_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_rules")),
        sa.UniqueConstraint("match", "value", name=op.f("uq_feedback_rules_match_value")),
    )
    op.create_table(
        "feedback_schedules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("every", sa.String(length=5), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=5), nullable=False),
        sa.Column("skip_empty", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("approve", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("privacy", sa.String(length=10), server_default="paraphrase", nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("to_team", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("destinations", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("every IN ('week', 'month')", name=op.f("ck_feedback_schedules_every")),
        sa.CheckConstraint("period IN ('week', 'month')", name=op.f("ck_feedback_schedules_period")),
        sa.CheckConstraint("privacy IN ('counts', 'paraphrase', 'quotes')", name=op.f("ck_feedback_schedules_privacy")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_feedback_schedules_hour")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_feedback_schedules_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["feedback_teams.id"], name=op.f("fk_feedback_schedules_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_schedules")),
    )
    with op.batch_alter_table("feedback_schedules", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_schedules_due", ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_schedules_team_id"), ["team_id"], unique=False)

    op.create_table(
        "feedback_snapshots",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("privacy", sa.String(length=10), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("redacted", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("privacy IN ('counts', 'paraphrase', 'quotes')", name=op.f("ck_feedback_snapshots_privacy")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_feedback_snapshots_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["feedback_teams.id"], name=op.f("fk_feedback_snapshots_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_snapshots")),
    )
    with op.batch_alter_table("feedback_snapshots", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_snapshots_created", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_snapshots_team_id"), ["team_id"], unique=False)

    op.create_table(
        "feedback_team_members",
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_feedback_team_members_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["feedback_teams.id"], name=op.f("fk_feedback_team_members_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "member_id", name=op.f("pk_feedback_team_members")),
    )
    with op.batch_alter_table("feedback_team_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_team_members_member_id"), ["member_id"], unique=False)

    op.create_table(
        "feedback_themes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["feedback_themes.id"], name=op.f("fk_feedback_themes_merged_into_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["feedback_themes.id"], name=op.f("fk_feedback_themes_parent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["feedback_teams.id"], name=op.f("fk_feedback_themes_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_themes")),
        sa.UniqueConstraint("slug", name=op.f("uq_feedback_themes_slug")),
    )
    with op.batch_alter_table("feedback_themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_themes_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_themes_team_id"), ["team_id"], unique=False)

    op.create_table(
        "feedback_exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snapshot_id", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="waiting", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("redacted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "format IN ('csv', 'xlsx', 'json', 'md', 'html', 'pdf')", name=op.f("ck_feedback_exports_format")
        ),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_feedback_exports_state")),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_feedback_exports_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["feedback_snapshots.id"], name=op.f("fk_feedback_exports_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_exports")),
    )
    with op.batch_alter_table("feedback_exports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_exports_snapshot_id"), ["snapshot_id"], unique=False)

    op.create_table(
        "feedback_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("theme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("area", sa.String(length=80), server_default="", nullable=False),
        sa.Column("pain", sa.Integer(), server_default="1", nullable=False),
        sa.Column("status", sa.String(length=12), server_default="new", nullable=False),
        sa.Column("reason", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=8), server_default="", nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask", sa.String(length=300), server_default="", nullable=False),
        sa.Column("promise", sa.String(length=200), server_default="", nullable=False),
        sa.Column("promise_due", sa.Date(), nullable=True),
        sa.Column("promise_kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("members", sa.Integer(), server_default="0", nullable=False),
        sa.Column("threads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(merged_into_id IS NOT NULL) = (status = 'duplicate')", name=op.f("ck_feedback_items_merged")
        ),
        sa.CheckConstraint(
            "kind IN ('problem', 'wish', 'praise', 'question', 'risk')", name=op.f("ck_feedback_items_kind")
        ),
        sa.CheckConstraint(
            "status IN ('new', 'triaged', 'sent', 'acknowledged', 'planned', 'done', 'declined', 'duplicate')",
            name=op.f("ck_feedback_items_status"),
        ),
        sa.CheckConstraint("members >= 0 AND threads >= 0", name=op.f("ck_feedback_items_counts")),
        sa.CheckConstraint("pain BETWEEN 0 AND 3", name=op.f("ck_feedback_items_pain")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_feedback_items_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["feedback_items.id"], name=op.f("fk_feedback_items_merged_into_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["members.id"], name=op.f("fk_feedback_items_owner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["feedback_teams.id"], name=op.f("fk_feedback_items_team_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["feedback_themes.id"], name=op.f("fk_feedback_items_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_items")),
    )
    with op.batch_alter_table("feedback_items", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_items_board", ["status", "team_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_items_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index("ix_feedback_items_recent", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_items_team_id"), ["team_id"], unique=False)
        batch_op.create_index("ix_feedback_items_theme", ["theme_id", "id"], unique=False)

    op.create_table(
        "feedback_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("schedule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="due", nullable=False),
        sa.Column("snapshot_id", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'waiting', 'sent', 'skipped', 'rejected')", name=op.f("ck_feedback_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["members.id"], name=op.f("fk_feedback_runs_decided_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["schedule_id"], ["feedback_schedules.id"], name=op.f("fk_feedback_runs_schedule_id")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["feedback_snapshots.id"], name=op.f("fk_feedback_runs_snapshot_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_runs")),
        sa.UniqueConstraint("schedule_id", "due_on", "starts", name=op.f("uq_feedback_runs_schedule_id_due_on_starts")),
    )
    with op.batch_alter_table("feedback_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_runs_snapshot_id"), ["snapshot_id"], unique=False)
        batch_op.create_index("ix_feedback_runs_state", ["state", "id"], unique=False)

    op.create_table(
        "feedback_shown",
        sa.Column("snapshot_id", sa.String(length=16), nullable=False),
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_feedback_shown_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["feedback_snapshots.id"], name=op.f("fk_feedback_shown_snapshot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "evidence_id", name=op.f("pk_feedback_shown")),
    )
    with op.batch_alter_table("feedback_shown", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_shown_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_shown_evidence_id"), ["evidence_id"], unique=False)

    op.create_table(
        "feedback_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("before", sa.String(length=200), server_default="", nullable=False),
        sa.Column("after", sa.String(length=200), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("public", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_feedback_changes_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_changes_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_changes")),
    )
    with op.batch_alter_table("feedback_changes", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_changes_item", ["item_id", "id"], unique=False)

    op.create_table(
        "feedback_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("destination_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=254), server_default="", nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=8), server_default="waiting", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(length=300), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(destination_id IS NULL) <> (address = '')", name=op.f("ck_feedback_deliveries_receiver")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_feedback_deliveries_state")),
        sa.CheckConstraint("what IN ('summary', 'issue', 'test')", name=op.f("ck_feedback_deliveries_what")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["members.id"], name=op.f("fk_feedback_deliveries_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["feedback_destinations.id"], name=op.f("fk_feedback_deliveries_destination_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_deliveries_item_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_feedback_deliveries_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["feedback_runs.id"], name=op.f("fk_feedback_deliveries_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_feedback_deliveries_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_feedback_deliveries_message_id")),
    )
    with op.batch_alter_table("feedback_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_deliveries_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_deliveries_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_feedback_deliveries_queue", ["destination_id", "state", "id"], unique=False)
        batch_op.create_index("ix_feedback_deliveries_recent", ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_deliveries_run_id"), ["run_id"], unique=False)

    op.create_table(
        "feedback_export_reads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("export_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["members.id"], name=op.f("fk_feedback_export_reads_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["export_id"], ["feedback_exports.id"], name=op.f("fk_feedback_export_reads_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_export_reads")),
    )
    with op.batch_alter_table("feedback_export_reads", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_export_reads_export", ["export_id", "id"], unique=False)

    op.create_table(
        "feedback_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["feedback_destinations.id"], name=op.f("fk_feedback_links_destination_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_links_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_links")),
        sa.UniqueConstraint("item_id", "destination_id", name=op.f("uq_feedback_links_item_id_destination_id")),
    )
    op.create_table(
        "feedback_post_consents",
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quote", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_feedback_post_consents_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_feedback_post_consents")),
    )
    op.create_table(
        "feedback_voices",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_staff", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_voices_item_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_feedback_voices_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "member_id", name=op.f("pk_feedback_voices")),
    )
    with op.batch_alter_table("feedback_voices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_voices_member_id"), ["member_id"], unique=False)

    op.create_table(
        "feedback_told",
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["feedback_changes.id"], name=op.f("fk_feedback_told_change_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_feedback_told_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("change_id", "member_id", name=op.f("pk_feedback_told")),
    )
    with op.batch_alter_table("feedback_told", schema=None) as batch_op:
        batch_op.create_index(
            "ix_feedback_told_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("sent_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_feedback_told_member_id"), ["member_id"], unique=False)

    op.create_table(
        "feedback_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("start", sa.Integer(), server_default="0", nullable=False),
        sa.Column("end", sa.Integer(), server_default="0", nullable=False),
        sa.Column("survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_staff", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("quote", sa.Text(), server_default="", nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('staff', 'member', 'rule', 'survey')", name=op.f("ck_feedback_evidence_source")),
        sa.CheckConstraint('"end" >= start AND start >= 0', name=op.f("ck_feedback_evidence_span")),
        sa.CheckConstraint(
            "(post_id IS NOT NULL) <> (survey_id IS NOT NULL)", name=op.f("ck_feedback_evidence_one_origin")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["members.id"], name=op.f("fk_feedback_evidence_added_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_feedback_evidence_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_evidence_item_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_feedback_evidence_post_id")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["meetup_surveys.id"], name=op.f("fk_feedback_evidence_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_evidence")),
        sa.UniqueConstraint(
            "item_id",
            "post_id",
            "post_version",
            "start",
            "end",
            name=op.f("uq_feedback_evidence_item_id_post_id_post_version_start_end"),
        ),
        sa.UniqueConstraint("item_id", "survey_id", name=op.f("uq_feedback_evidence_item_id_survey_id")),
    )
    with op.batch_alter_table("feedback_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_evidence_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_feedback_evidence_item", ["item_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_evidence_post_id"), ["post_id"], unique=False)
        batch_op.create_index("ix_feedback_evidence_said", ["item_id", "said_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_evidence_survey_id"), ["survey_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_evidence_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "feedback_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=8), server_default="", nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('staff', 'member', 'rule', 'survey')", name=op.f("ck_feedback_inbox_source")),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'dismissed')", name=op.f("ck_feedback_inbox_state")),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_feedback_inbox_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["members.id"], name=op.f("fk_feedback_inbox_decided_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["feedback_items.id"], name=op.f("fk_feedback_inbox_item_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_feedback_inbox_post_id")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["feedback_rules.id"], name=op.f("fk_feedback_inbox_rule_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["meetup_surveys.id"], name=op.f("fk_feedback_inbox_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_feedback_inbox_key")),
    )
    with op.batch_alter_table("feedback_inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_inbox_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_inbox_post_id"), ["post_id"], unique=False)
        batch_op.create_index("ix_feedback_inbox_waiting", ["state", "id"], unique=False)

    op.create_table(
        "feedback_polarity_overrides",
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value BETWEEN -1 AND 1", name=op.f("ck_feedback_polarity_overrides_value")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["members.id"], name=op.f("fk_feedback_polarity_overrides_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["feedback_evidence.id"],
            name=op.f("fk_feedback_polarity_overrides_evidence_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_feedback_polarity_overrides")),
    )
    op.create_table(
        "feedback_polarity_values",
        sa.Column("evidence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["feedback_evidence.id"],
            name=op.f("fk_feedback_polarity_values_evidence_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_feedback_polarity_values")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("feedback_polarity_values")
    op.drop_table("feedback_polarity_overrides")
    with op.batch_alter_table("feedback_inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_inbox_waiting")
        batch_op.drop_index(batch_op.f("ix_feedback_inbox_post_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_inbox_item_id"))

    op.drop_table("feedback_inbox")
    with op.batch_alter_table("feedback_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_evidence_thread_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_evidence_survey_id"))
        batch_op.drop_index("ix_feedback_evidence_said")
        batch_op.drop_index(batch_op.f("ix_feedback_evidence_post_id"))
        batch_op.drop_index("ix_feedback_evidence_item")
        batch_op.drop_index(batch_op.f("ix_feedback_evidence_author_id"))

    op.drop_table("feedback_evidence")
    with op.batch_alter_table("feedback_told", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_told_member_id"))
        batch_op.drop_index(
            "ix_feedback_told_due", postgresql_where=sa.text("sent_at IS NULL"), sqlite_where=sa.text("sent_at IS NULL")
        )

    op.drop_table("feedback_told")
    with op.batch_alter_table("feedback_voices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_voices_member_id"))

    op.drop_table("feedback_voices")
    op.drop_table("feedback_post_consents")
    op.drop_table("feedback_links")
    with op.batch_alter_table("feedback_export_reads", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_export_reads_export")

    op.drop_table("feedback_export_reads")
    with op.batch_alter_table("feedback_deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_deliveries_run_id"))
        batch_op.drop_index("ix_feedback_deliveries_recent")
        batch_op.drop_index("ix_feedback_deliveries_queue")
        batch_op.drop_index(batch_op.f("ix_feedback_deliveries_member_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_deliveries_item_id"))

    op.drop_table("feedback_deliveries")
    with op.batch_alter_table("feedback_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_changes_item")

    op.drop_table("feedback_changes")
    with op.batch_alter_table("feedback_shown", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_shown_evidence_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_shown_author_id"))

    op.drop_table("feedback_shown")
    with op.batch_alter_table("feedback_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_runs_state")
        batch_op.drop_index(batch_op.f("ix_feedback_runs_snapshot_id"))

    op.drop_table("feedback_runs")
    with op.batch_alter_table("feedback_items", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_items_theme")
        batch_op.drop_index(batch_op.f("ix_feedback_items_team_id"))
        batch_op.drop_index("ix_feedback_items_recent")
        batch_op.drop_index(batch_op.f("ix_feedback_items_merged_into_id"))
        batch_op.drop_index("ix_feedback_items_board")

    op.drop_table("feedback_items")
    with op.batch_alter_table("feedback_exports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_exports_snapshot_id"))

    op.drop_table("feedback_exports")
    with op.batch_alter_table("feedback_themes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_themes_team_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_themes_parent_id"))

    op.drop_table("feedback_themes")
    with op.batch_alter_table("feedback_team_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_team_members_member_id"))

    op.drop_table("feedback_team_members")
    with op.batch_alter_table("feedback_snapshots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_snapshots_team_id"))
        batch_op.drop_index("ix_feedback_snapshots_created")

    op.drop_table("feedback_snapshots")
    with op.batch_alter_table("feedback_schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_schedules_team_id"))
        batch_op.drop_index("ix_feedback_schedules_due")

    op.drop_table("feedback_schedules")
    op.drop_table("feedback_rules")
    op.drop_table("feedback_lexicons")
    op.drop_table("feedback_destinations")
    op.drop_table("feedback_consents")
    op.drop_table("feedback_terms")
    op.drop_table("feedback_teams")
