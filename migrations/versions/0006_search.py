"""Search: what the index has to look at again, what PostgreSQL searches in, searches that members keep.

Triggers note every change of a text, so that no verb, importer or undo can forget to. A later migration that makes
`posts` or `threads` anew (batch mode on SQLite) loses them: make them again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POST = ("html", "state", "thread_id", "created_at")
THREAD = ("title", "tag_names", "category_id", "locale", "state")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "search_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=True),
        sa.Column("thread_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
    )
    op.create_table(
        "search_documents",
        sa.Column("post_id", Id, nullable=False),
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("vector", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_search_documents_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_search_documents")),
    )
    op.create_index(op.f("ix_search_documents_thread_id"), "search_documents", ["thread_id"])
    op.create_index("ix_search_documents_vector", "search_documents", ["vector"], postgresql_using="gin")
    op.create_table(
        "saved_searches",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.Column("weekly", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_post_id", Id, server_default="0", nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(query) > 0", name=op.f("ck_saved_searches_query")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_saved_searches_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("member_id", "query", name=op.f("uq_saved_searches_member_id_query")),
    )
    watch()
    # what was written before today is waiting, too
    op.execute("INSERT INTO search_changes (post_id) SELECT id FROM posts")


def watch() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for table, columns, key in (("posts", POST, "post_id"), ("threads", THREAD, "thread_id")):
            changed = " OR ".join(f"OLD.{it} IS NOT NEW.{it}" for it in columns)
            note = f"BEGIN INSERT INTO search_changes ({key}) VALUES (NEW.id); END"  # noqa: S608  names of ours
            op.execute(
                f"CREATE TRIGGER search_{table}_update AFTER UPDATE OF {', '.join(columns)} ON {table}"
                f" WHEN {changed} {note}"
            )
        op.execute(
            "CREATE TRIGGER search_posts_insert AFTER INSERT ON posts"
            " BEGIN INSERT INTO search_changes (post_id) VALUES (NEW.id); END"
        )
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table, columns, key in (("posts", POST, "post_id"), ("threads", THREAD, "thread_id")):
        op.execute(
            f"CREATE FUNCTION search_note_{table}() RETURNS trigger LANGUAGE plpgsql AS"  # noqa: S608  names of ours
            f" $$ BEGIN INSERT INTO search_changes ({key}) VALUES (NEW.id); RETURN NULL; END $$"
        )
        changed = " OR ".join(f"OLD.{it} IS DISTINCT FROM NEW.{it}" for it in columns)
        op.execute(
            f"CREATE TRIGGER search_{table}_update AFTER UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW"
            f" WHEN ({changed}) EXECUTE FUNCTION search_note_{table}()"
        )
    op.execute(
        "CREATE TRIGGER search_posts_insert AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION search_note_posts()"
    )


def downgrade() -> None:
    """Back. The extensions stay: others may use them."""
    on = {"search_posts_insert": "posts", "search_posts_update": "posts", "search_threads_update": "threads"}
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, table in on.items():
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgres else f"DROP TRIGGER {name}")
    if postgres:
        op.execute("DROP FUNCTION search_note_posts()")
        op.execute("DROP FUNCTION search_note_threads()")
    op.drop_table("saved_searches")
    op.drop_table("search_documents")
    op.drop_table("search_changes")
