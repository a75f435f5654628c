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
DOCUMENTS = (("thread_id",), ("created_at",), ("author_id", "created_at"), ("category_id", "created_at"))
Vector = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
LANGUAGES = {"it": "italian", "en": "english"}
THREAD = ("title", "tag_names", "category_id", "locale", "state")


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "postgresql":
        configure()
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
        sa.Column("category_id", Id, nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("has_image", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "indexed_at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False
        ),
        sa.Column("vector", Vector, nullable=False),
        sa.Column("title", Vector, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_search_documents_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_search_documents")),
    )
    for columns in DOCUMENTS:
        op.create_index(op.f("ix_search_documents_" + "_".join(columns)), "search_documents", list(columns))
    for column in ("vector", "title"):
        op.create_index(
            f"ix_search_documents_{column}", "search_documents", [column],
            postgresql_using="gin", postgresql_with={"gin_pending_list_limit": "512"},
        )  # fmt: skip
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("shown", sa.String(length=40), nullable=False),
        sa.Column("lexeme", sa.String(length=40), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("word", "locale", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_lexeme", "search_words", ["lexeme"])
    op.create_index("ix_search_words_begins", "search_words", ["word"], postgresql_ops={"word": "varchar_pattern_ops"})
    op.create_index(
        "ix_search_words_alike", "search_words", ["word"],
        postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"},
    )  # fmt: skip
    op.create_table(
        "saved_searches",
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=80), server_default="", nullable=False),
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


def configure() -> None:
    """What PostgreSQL needs: one text search configuration per language, and trigrams for "did you mean".

    Accents go before stems are taken, and no list of stop words is used: "perché", "non" and "dove" are what people
    look for. Both extensions are trusted: the owner of the database may create them, and need not if they are there.
    """
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for locale, language in LANGUAGES.items():
        op.execute(f"CREATE TEXT SEARCH DICTIONARY search_{locale}_stem (TEMPLATE = snowball, LANGUAGE = {language})")
        op.execute(f"CREATE TEXT SEARCH CONFIGURATION search_{locale} (COPY = simple)")
        op.execute(
            f"ALTER TEXT SEARCH CONFIGURATION search_{locale} ALTER MAPPING FOR asciiword, word, hword, asciihword,"
            f" hword_part, hword_asciipart WITH unaccent, search_{locale}_stem"
        )
        op.execute(
            f"ALTER TEXT SEARCH CONFIGURATION search_{locale} ALTER MAPPING FOR numword, numhword, hword_numpart"
            " WITH unaccent, simple"
        )


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
        for locale in LANGUAGES:
            op.execute(f"DROP TEXT SEARCH CONFIGURATION search_{locale}")
            op.execute(f"DROP TEXT SEARCH DICTIONARY search_{locale}_stem")
    op.drop_table("saved_searches")
    op.drop_table("search_words")
    op.drop_table("search_documents")
    op.drop_table("search_changes")
