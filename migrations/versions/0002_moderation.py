"""moderation."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


OLD: dict[str, tuple[str, ...]] = {
    "posts": ("visible", "held", "hidden", "deleted"),
    "threads": ("visible", "held", "hidden", "deleted"),
}
NEW = {"posts": (*OLD["posts"], "removed"), "threads": (*OLD["threads"], "removed", "merged")}


def _check_states(batch: BatchOperations, table: str, states: dict[str, tuple[str, ...]]) -> None:
    words = ", ".join(repr(state) for state in states[table])
    batch.drop_constraint(op.f(f"ck_{table}_state"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{table}_state"), f"state IN ({words})")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("details_digest", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entries_hash")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_action", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_actor", ["actor_id", "id"], unique=False)
        batch_op.create_index("ix_audit_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_category", ["category_id", "id"], unique=False)
        batch_op.create_index("ix_audit_subject", ["subject_id", "id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "canned_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=16), server_default="", nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_it", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_messages")),
    )
    op.create_table(
        "audit_details",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_details_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_details")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('address', 'mail', 'domain')", name=op.f("ck_blocks_kind")),
        sa.ForeignKeyConstraint(["created_by_id"], ["members.id"], name=op.f("fk_blocks_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_blocks_kind_value")),
    )
    op.create_table(
        "category_moderators",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_category_moderators_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_category_moderators_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "category_id", name=op.f("pk_category_moderators")),
    )
    with op.batch_alter_table("category_moderators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_category_moderators_category_id"), ["category_id"], unique=False)

    op.create_table(
        "guideline_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_en", sa.Text(), nullable=False),
        sa.Column("source_it", sa.Text(), nullable=False),
        sa.Column("html_en", sa.Text(), nullable=False),
        sa.Column("html_it", sa.Text(), nullable=False),
        sa.Column("changes_en", sa.Text(), server_default="", nullable=False),
        sa.Column("changes_it", sa.Text(), server_default="", nullable=False),
        sa.Column("significant", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_guideline_versions_author_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_guideline_versions")),
    )
    with op.batch_alter_table("guideline_versions", schema=None) as batch_op:
        batch_op.create_index("ix_guidelines_effective", ["effective_at"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target_type", sa.String(length=8), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("held", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("threat", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=16), server_default="other", nullable=False),
        sa.Column("score", sa.Integer(), server_default="0", nullable=False),
        sa.Column("report_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'claimed', 'resolved')", name=op.f("ck_cases_state")),
        sa.CheckConstraint("target_type IN ('post', 'thread', 'member', 'signup')", name=op.f("ck_cases_target_type")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_cases_category_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["members.id"], name=op.f("fk_cases_claimed_by_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["members.id"], name=op.f("fk_cases_subject_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_cases_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cases_busy",
            ["threat", "score", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'claimed'"),
            sqlite_where=sa.text("state = 'claimed'"),
        )
        batch_op.create_index("ix_cases_claimed", ["claimed_by_id", "state", "id"], unique=False)
        batch_op.create_index("ix_cases_opened", ["opened_at"], unique=False)
        batch_op.create_index(
            "ix_cases_queue",
            ["threat", "score", "id"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_cases_queue_category",
            ["category_id", "threat", "score", "id"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_cases_queue_reason",
            ["reason", "threat", "score", "id"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_cases_queue_target",
            ["target_type", "threat", "score", "id"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index(
            "ix_cases_queue_waiting",
            ["opened_at", "id"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index("ix_cases_resolved", ["state", "resolved_at", "id"], unique=False)
        batch_op.create_index("ix_cases_subject", ["subject_id", "id"], unique=False)
        batch_op.create_index(
            "uq_cases_living",
            ["target_type", "target_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )

    op.create_table(
        "guideline_acknowledgements",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_guideline_acknowledgements_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["guideline_versions.number"], name=op.f("fk_guideline_acknowledgements_number")
        ),
        sa.PrimaryKeyConstraint("member_id", "number", name=op.f("pk_guideline_acknowledgements")),
    )
    op.create_table(
        "thread_timers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=16), server_default="", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("action IN ('lock', 'unlock', 'unpin')", name=op.f("ck_thread_timers_action")),
        sa.ForeignKeyConstraint(["set_by_id"], ["members.id"], name=op.f("fk_thread_timers_set_by_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_timers_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_timers")),
    )
    with op.batch_alter_table("thread_timers", schema=None) as batch_op:
        batch_op.create_index("ix_timers_thread", ["thread_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("target_type", sa.String(length=8), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=16), server_default="", nullable=False),
        sa.Column("rule", sa.String(length=16), server_default="", nullable=False),
        sa.Column("guidelines", sa.Integer(), server_default="0", nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column("to_reporters", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("override", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["members.id"], name=op.f("fk_decisions_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decisions_case_id")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_decisions_category_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["members.id"], name=op.f("fk_decisions_subject_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["members.id"], name=op.f("fk_decisions_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index("ix_decisions_actor", ["actor_id", "created_at"], unique=False)
        batch_op.create_index("ix_decisions_case", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_decisions_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_decisions_similar", ["category_id", "reason", "id"], unique=False)
        batch_op.create_index("ix_decisions_subject", ["subject_id", "id"], unique=False)
        batch_op.create_index("ix_decisions_target", ["target_type", "target_id", "id"], unique=False)

    op.create_table(
        "moderation_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(case_id IS NULL) <> (member_id IS NULL)", name=op.f("ck_moderation_notes_one_subject")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_moderation_notes_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_moderation_notes_case_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_moderation_notes_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_notes")),
    )
    with op.batch_alter_table("moderation_notes", schema=None) as batch_op:
        batch_op.create_index("ix_notes_case", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_notes_member", ["member_id", "id"], unique=False)

    op.create_table(
        "moved_posts",
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_moved_posts_post_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_moved_posts_thread_id")),
        sa.PrimaryKeyConstraint("thread_id", "number", name=op.f("pk_moved_posts")),
    )
    with op.batch_alter_table("moved_posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moved_posts_post_id"), ["post_id"], unique=False)

    op.create_table(
        "appeals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appellant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("override", sa.String(length=200), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("side IN ('subject', 'reporter')", name=op.f("ck_appeals_side")),
        sa.CheckConstraint("state IN ('open', 'upheld', 'reversed')", name=op.f("ck_appeals_state")),
        sa.ForeignKeyConstraint(["appellant_id"], ["members.id"], name=op.f("fk_appeals_appellant_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["members.id"], name=op.f("fk_appeals_decided_by_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("decision_id", "appellant_id", name=op.f("uq_appeals_decision_id_appellant_id")),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index("ix_appeals_open", ["state", "due_at", "id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("threat", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("snapshot_title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("snapshot", sa.Text(), server_default="", nullable=False),
        sa.Column("snapshot_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'rejected')", name=op.f("ck_reports_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_reports_decision_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["members.id"], name=op.f("fk_reports_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("case_id", "reporter_id", name=op.f("uq_reports_case_id_reporter_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_reports_reference")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_decided", ["decided_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index("ix_reports_reporter", ["reporter_id", "state", "id"], unique=False)

    op.create_table(
        "sanctions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('silence', 'suspend', 'ban', 'hold')", name=op.f("ck_sanctions_kind")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_sanctions_decision_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sanctions_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    with op.batch_alter_table("sanctions", schema=None) as batch_op:
        batch_op.create_index("ix_sanctions_member", ["member_id", "kind", "id"], unique=False)

    op.create_table(
        "statements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("content_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_report", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_acknowledge", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_statements_decision_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_statements_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_statements_decision_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_statements_reference")),
    )
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.create_index("ix_statements_member", ["member_id", "id"], unique=False)

    op.create_table(
        "strikes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_strikes_decision_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_strikes_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
    )
    with op.batch_alter_table("strikes", schema=None) as batch_op:
        batch_op.create_index("ix_strikes_member", ["member_id", "expires_at"], unique=False)

    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(sa.Column("silenced_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("warning_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("bound", sa.Boolean(), server_default="0", nullable=False))

    with op.batch_alter_table("posts") as batch_op:
        _check_states(batch_op, "posts", NEW)
        batch_op.add_column(sa.Column("editor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_posts_editor_id"), "members", ["editor_id"], ["id"])

    with op.batch_alter_table("signups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.add_column(sa.Column("approve_signups", sa.Boolean(), server_default="0", nullable=False))

    with op.batch_alter_table("threads") as batch_op:
        _check_states(batch_op, "threads", NEW)
        batch_op.add_column(sa.Column("demoted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("slow_seconds", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("moved_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(batch_op.f("fk_threads_merged_into_id"), "threads", ["merged_into_id"], ["id"])


def downgrade() -> None:
    """Back."""
    op.execute("UPDATE threads SET state = 'hidden' WHERE state IN ('removed', 'merged')")
    with op.batch_alter_table("threads") as batch_op:
        _check_states(batch_op, "threads", OLD)
        batch_op.drop_constraint(batch_op.f("fk_threads_merged_into_id"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("moved_count")
        batch_op.drop_column("slow_seconds")
        batch_op.drop_column("demoted_at")

    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_column("approve_signups")

    with op.batch_alter_table("signups", schema=None) as batch_op:
        batch_op.drop_column("verified_at")

    op.execute("UPDATE posts SET state = 'hidden' WHERE state IN ('removed', 'merged')")
    with op.batch_alter_table("posts") as batch_op:
        _check_states(batch_op, "posts", OLD)
        batch_op.drop_constraint(batch_op.f("fk_posts_editor_id"), type_="foreignkey")
        batch_op.drop_column("editor_id")

    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_column("bound")
        batch_op.drop_column("warning_id")
        batch_op.drop_column("held_until")
        batch_op.drop_column("suspended_until")
        batch_op.drop_column("silenced_until")

    with op.batch_alter_table("strikes", schema=None) as batch_op:
        batch_op.drop_index("ix_strikes_member")

    op.drop_table("strikes")
    with op.batch_alter_table("statements", schema=None) as batch_op:
        batch_op.drop_index("ix_statements_member")

    op.drop_table("statements")
    with op.batch_alter_table("sanctions", schema=None) as batch_op:
        batch_op.drop_index("ix_sanctions_member")

    op.drop_table("sanctions")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reports_reporter")
        batch_op.drop_index(batch_op.f("ix_reports_decision_id"))
        batch_op.drop_index("ix_reports_decided")

    op.drop_table("reports")
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.drop_index("ix_appeals_open")

    op.drop_table("appeals")
    with op.batch_alter_table("moved_posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moved_posts_post_id"))

    op.drop_table("moved_posts")
    with op.batch_alter_table("moderation_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_notes_member")
        batch_op.drop_index("ix_notes_case")

    op.drop_table("moderation_notes")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_decisions_target")
        batch_op.drop_index("ix_decisions_subject")
        batch_op.drop_index("ix_decisions_similar")
        batch_op.drop_index("ix_decisions_created")
        batch_op.drop_index("ix_decisions_case")
        batch_op.drop_index("ix_decisions_actor")

    op.drop_table("decisions")
    with op.batch_alter_table("thread_timers", schema=None) as batch_op:
        batch_op.drop_index("ix_timers_thread")

    op.drop_table("thread_timers")
    op.drop_table("guideline_acknowledgements")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cases_living",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index("ix_cases_subject")
        batch_op.drop_index("ix_cases_resolved")
        batch_op.drop_index(
            "ix_cases_queue_waiting",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            "ix_cases_queue_target",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            "ix_cases_queue_reason",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            "ix_cases_queue_category",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            "ix_cases_queue",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index("ix_cases_opened")
        batch_op.drop_index("ix_cases_claimed")
        batch_op.drop_index(
            "ix_cases_busy", postgresql_where=sa.text("state = 'claimed'"), sqlite_where=sa.text("state = 'claimed'")
        )

    op.drop_table("cases")
    with op.batch_alter_table("guideline_versions", schema=None) as batch_op:
        batch_op.drop_index("ix_guidelines_effective")

    op.drop_table("guideline_versions")
    with op.batch_alter_table("category_moderators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_category_moderators_category_id"))

    op.drop_table("category_moderators")
    op.drop_table("blocks")
    op.drop_table("audit_details")
    op.drop_table("canned_messages")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject")
        batch_op.drop_index("ix_audit_category")
        batch_op.drop_index("ix_audit_at")
        batch_op.drop_index("ix_audit_actor")
        batch_op.drop_index("ix_audit_action")

    op.drop_table("audit_entries")
