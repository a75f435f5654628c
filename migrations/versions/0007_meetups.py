"""What meetups rest on: places, chapters, series, occurrences, answers, and what stays afterwards."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "calendar_tokens",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_calendar_tokens_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_calendar_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_tokens_token_hash")),
    )
    op.create_table(
        "chapters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("town", sa.String(length=80), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_chapters_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapters")),
        sa.UniqueConstraint("slug", name=op.f("uq_chapters_slug")),
    )
    with op.batch_alter_table("chapters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chapters_category_id"), ["category_id"], unique=False)

    op.create_table(
        "meetup_choices",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("remind_week", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("remind_day", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("remind_hours", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("town", sa.String(length=80), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_meetup_choices_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_meetup_choices")),
    )
    op.create_table(
        "places",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("step_free", sa.Boolean(), nullable=True),
        sa.Column("toilet", sa.Boolean(), nullable=True),
        sa.Column("hearing_loop", sa.Boolean(), nullable=True),
        sa.Column("quiet_room", sa.Boolean(), nullable=True),
        sa.Column("transit", sa.String(length=300), server_default="", nullable=False),
        sa.Column("access", sa.String(length=500), server_default="", nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_places_created_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_table(
        "chapter_hosts",
        sa.Column("chapter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"], ["chapters.id"], name=op.f("fk_chapter_hosts_chapter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_chapter_hosts_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chapter_id", "member_id", name=op.f("pk_chapter_hosts")),
    )
    with op.batch_alter_table("chapter_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chapter_hosts_member_id"), ["member_id"], unique=False)

    op.create_table(
        "meetups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chapter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cloned_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("locale", sa.String(length=8), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("ends_local", sa.DateTime(), nullable=False),
        sa.Column("fold", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rule", sa.String(length=120), server_default="", nullable=False),
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("online_url", sa.String(length=300), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("guests_allowed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deadline_minutes", sa.Integer(), nullable=True),
        sa.Column("offer_minutes", sa.Integer(), nullable=True),
        sa.Column("privacy", sa.String(length=10), server_default="members", nullable=False),
        sa.Column("keep_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("asks_hosts", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("survey", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("privacy IN ('public', 'members', 'attendees', 'hosts')", name=op.f("ck_meetups_privacy")),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_meetups_capacity")),
        sa.CheckConstraint("guests_allowed >= 0", name=op.f("ck_meetups_guests")),
        sa.ForeignKeyConstraint(["author_id"], ["members.id"], name=op.f("fk_meetups_author_id")),
        sa.ForeignKeyConstraint(["chapter_id"], ["chapters.id"], name=op.f("fk_meetups_chapter_id")),
        sa.ForeignKeyConstraint(["cloned_from_id"], ["meetups.id"], name=op.f("fk_meetups_cloned_from_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_meetups_place_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_meetups_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetups")),
    )
    with op.batch_alter_table("meetups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetups_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetups_chapter_id"), ["chapter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetups_place_id"), ["place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetups_thread_id"), ["thread_id"], unique=False)

    op.create_table(
        "meetup_hosts",
        sa.Column("meetup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=8), server_default="host", nullable=False),
        sa.CheckConstraint("role IN ('host', 'helper')", name=op.f("ck_meetup_hosts_role")),
        sa.ForeignKeyConstraint(
            ["meetup_id"], ["meetups.id"], name=op.f("fk_meetup_hosts_meetup_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_meetup_hosts_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meetup_id", "member_id", name=op.f("pk_meetup_hosts")),
    )
    with op.batch_alter_table("meetup_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetup_hosts_member_id"), ["member_id"], unique=False)

    op.create_table(
        "meetup_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meetup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), server_default="text", nullable=False),
        sa.Column("prompt", sa.String(length=200), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'choice', 'yesno', 'diet', 'access')", name=op.f("ck_meetup_questions_kind")
        ),
        sa.ForeignKeyConstraint(
            ["meetup_id"], ["meetups.id"], name=op.f("fk_meetup_questions_meetup_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetup_questions")),
        sa.UniqueConstraint("meetup_id", "position", name=op.f("uq_meetup_questions_meetup_id_position")),
    )
    op.create_table(
        "occurrences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meetup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("original_local", sa.DateTime(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("ends_local", sa.DateTime(), nullable=False),
        sa.Column("fold", sa.Integer(), server_default="0", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone_rules", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("online_url", sa.String(length=300), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("guests_allowed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own", sa.String(length=80), server_default="", nullable=False),
        sa.Column("status", sa.String(length=10), server_default="confirmed", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("change_reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("previous_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("maybe", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_ticket", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recap_post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('tentative', 'confirmed', 'cancelled')", name=op.f("ck_occurrences_status")),
        sa.CheckConstraint("capacity IS NULL OR taken <= capacity", name=op.f("ck_occurrences_capacity")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_occurrences_order")),
        sa.CheckConstraint("taken >= 0 AND waiting >= 0 AND maybe >= 0", name=op.f("ck_occurrences_counts")),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["members.id"], name=op.f("fk_occurrences_cancelled_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["members.id"], name=op.f("fk_occurrences_confirmed_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["meetup_id"], ["meetups.id"], name=op.f("fk_occurrences_meetup_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_occurrences_place_id")),
        sa.ForeignKeyConstraint(["recap_post_id"], ["posts.id"], name=op.f("fk_occurrences_recap_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("meetup_id", "original_local", name=op.f("uq_occurrences_meetup_id_original_local")),
        sa.UniqueConstraint("uid", name=op.f("uq_occurrences_uid")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index("ix_occurrences_end", ["ends_at", "id"], unique=False)
        batch_op.create_index("ix_occurrences_meetup_start", ["meetup_id", "starts_at", "id"], unique=False)
        batch_op.create_index("ix_occurrences_place", ["place_id", "starts_at"], unique=False)
        batch_op.create_index("ix_occurrences_start", ["starts_at", "id"], unique=False)

    op.create_table(
        "standing_answers",
        sa.Column("meetup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("guests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('yes', 'maybe', 'no')", name=op.f("ck_standing_answers_answer")),
        sa.ForeignKeyConstraint(
            ["meetup_id"], ["meetups.id"], name=op.f("fk_standing_answers_meetup_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_standing_answers_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meetup_id", "member_id", name=op.f("pk_standing_answers")),
    )
    with op.batch_alter_table("standing_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standing_answers_member_id"), ["member_id"], unique=False)

    op.create_table(
        "meetup_news",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("starts_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('changed', 'cancelled', 'promoted', 'offered', 'lapsed', 'removed',"
            " 'week', 'day', 'hours', 'confirm', 'survey', 'message')",
            name=op.f("ck_meetup_news_kind"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_meetup_news_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_meetup_news_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_meetup_news_occurrence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetup_news")),
        sa.UniqueConstraint("key", name=op.f("uq_meetup_news_key")),
    )
    with op.batch_alter_table("meetup_news", schema=None) as batch_op:
        batch_op.create_index("ix_meetup_news_occurrence", ["occurrence_id", "id"], unique=False)

    op.create_table(
        "meetup_photos",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=300), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_meetup_photos_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_meetup_photos_occurrence_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["members.id"], name=op.f("fk_meetup_photos_removed_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetup_photos")),
    )
    with op.batch_alter_table("meetup_photos", schema=None) as batch_op:
        batch_op.create_index("ix_meetup_photos_album", ["occurrence_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetup_photos_member_id"), ["member_id"], unique=False)

    op.create_table(
        "meetup_surveys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("liked", sa.Text(), server_default="", nullable=False),
        sa.Column("better", sa.Text(), server_default="", nullable=False),
        sa.Column("quotable", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_meetup_surveys_rating")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_meetup_surveys_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_meetup_surveys_occurrence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetup_surveys")),
        sa.UniqueConstraint("occurrence_id", "member_id", name=op.f("uq_meetup_surveys_occurrence_id_member_id")),
    )
    with op.batch_alter_table("meetup_surveys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetup_surveys_member_id"), ["member_id"], unique=False)

    op.create_table(
        "rsvps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("guests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("photos", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived", sa.Integer(), nullable=True),
        sa.Column("checked_in_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("no_show_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(offered_until IS NOT NULL) = (state = 'offered')", name=op.f("ck_rsvps_offer")),
        sa.CheckConstraint("(ticket IS NOT NULL) = (state = 'waiting')", name=op.f("ck_rsvps_ticket")),
        sa.CheckConstraint("answer IN ('yes', 'maybe', 'no')", name=op.f("ck_rsvps_answer")),
        sa.CheckConstraint(
            "state IN ('going', 'offered', 'waiting', 'lapsed', 'maybe', 'no', 'walk_in')", name=op.f("ck_rsvps_state")
        ),
        sa.CheckConstraint("guests >= 0", name=op.f("ck_rsvps_guests")),
        sa.ForeignKeyConstraint(
            ["checked_in_by_id"], ["members.id"], name=op.f("fk_rsvps_checked_in_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_rsvps_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_rsvps_occurrence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rsvps")),
        sa.UniqueConstraint("occurrence_id", "member_id", name=op.f("uq_rsvps_occurrence_id_member_id")),
    )
    with op.batch_alter_table("rsvps", schema=None) as batch_op:
        batch_op.create_index("ix_rsvps_member", ["member_id", "occurrence_id"], unique=False)
        batch_op.create_index(
            "ix_rsvps_no_show",
            ["member_id", "no_show_at"],
            unique=False,
            postgresql_where=sa.text("no_show_at IS NOT NULL"),
            sqlite_where=sa.text("no_show_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_rsvps_queue",
            ["occurrence_id", "ticket"],
            unique=True,
            postgresql_where=sa.text("ticket IS NOT NULL"),
            sqlite_where=sa.text("ticket IS NOT NULL"),
        )
        batch_op.create_index("ix_rsvps_state", ["occurrence_id", "state", "id"], unique=False)

    op.create_table(
        "walk_ins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), server_default="", nullable=False),
        sa.Column("people", sa.Integer(), server_default="1", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.CheckConstraint("people > 0", name=op.f("ck_walk_ins_people")),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_walk_ins_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_walk_ins_occurrence_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
        sa.UniqueConstraint("occurrence_id", "submission", name=op.f("uq_walk_ins_occurrence_id_submission")),
    )
    op.create_table(
        "rsvp_answers",
        sa.Column("rsvp_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["meetup_questions.id"], name=op.f("fk_rsvp_answers_question_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rsvp_id"], ["rsvps.id"], name=op.f("fk_rsvp_answers_rsvp_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rsvp_id", "question_id", name=op.f("pk_rsvp_answers")),
    )
    with op.batch_alter_table("rsvp_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rsvp_answers_question_id"), ["question_id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("rsvp_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rsvp_answers_question_id"))

    op.drop_table("rsvp_answers")
    op.drop_table("walk_ins")
    with op.batch_alter_table("rsvps", schema=None) as batch_op:
        batch_op.drop_index("ix_rsvps_state")
        batch_op.drop_index(
            "ix_rsvps_queue", postgresql_where=sa.text("ticket IS NOT NULL"), sqlite_where=sa.text("ticket IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_rsvps_no_show",
            postgresql_where=sa.text("no_show_at IS NOT NULL"),
            sqlite_where=sa.text("no_show_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_rsvps_member")

    op.drop_table("rsvps")
    with op.batch_alter_table("meetup_surveys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetup_surveys_member_id"))

    op.drop_table("meetup_surveys")
    with op.batch_alter_table("meetup_photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetup_photos_member_id"))
        batch_op.drop_index("ix_meetup_photos_album")

    op.drop_table("meetup_photos")
    with op.batch_alter_table("meetup_news", schema=None) as batch_op:
        batch_op.drop_index("ix_meetup_news_occurrence")

    op.drop_table("meetup_news")
    with op.batch_alter_table("standing_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_answers_member_id"))

    op.drop_table("standing_answers")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index("ix_occurrences_start")
        batch_op.drop_index("ix_occurrences_place")
        batch_op.drop_index("ix_occurrences_meetup_start")
        batch_op.drop_index("ix_occurrences_end")

    op.drop_table("occurrences")
    op.drop_table("meetup_questions")
    with op.batch_alter_table("meetup_hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetup_hosts_member_id"))

    op.drop_table("meetup_hosts")
    with op.batch_alter_table("meetups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetups_thread_id"))
        batch_op.drop_index(batch_op.f("ix_meetups_place_id"))
        batch_op.drop_index(batch_op.f("ix_meetups_chapter_id"))
        batch_op.drop_index(batch_op.f("ix_meetups_author_id"))

    op.drop_table("meetups")
    with op.batch_alter_table("chapter_hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chapter_hosts_member_id"))

    op.drop_table("chapter_hosts")
    op.drop_table("places")
    op.drop_table("meetup_choices")
    with op.batch_alter_table("chapters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chapters_category_id"))

    op.drop_table("chapters")
    op.drop_table("calendar_tokens")
