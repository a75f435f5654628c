"""The audit log is append-only: the database itself refuses to change or delete an entry.

Triggers do not stop whoever owns the database (they can be dropped); that is what the chain is for.
A later migration that makes `audit_entries` or `audit_details` anew (batch mode on SQLite) loses them: make them again.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = "the audit log is append-only"
# INSERT OR REPLACE deletes without asking the DELETE triggers (unless recursive_triggers is on): hence the third
SQLITE = {
    "audit_entries_update": "BEFORE UPDATE ON audit_entries",
    "audit_entries_delete": "BEFORE DELETE ON audit_entries",
    "audit_entries_insert": "BEFORE INSERT ON audit_entries WHEN EXISTS"
    " (SELECT 1 FROM audit_entries WHERE id = NEW.id OR hash = NEW.hash)",
    "audit_details_update": "BEFORE UPDATE ON audit_details",
    "audit_details_insert": "BEFORE INSERT ON audit_details WHEN EXISTS"
    " (SELECT 1 FROM audit_details WHERE entry_id = NEW.entry_id)",
}
POSTGRES = {
    "audit_entries_change": "BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW",
    "audit_entries_truncate": "BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT",
    "audit_details_change": "BEFORE UPDATE ON audit_details FOR EACH ROW",
    "audit_details_truncate": "BEFORE TRUNCATE ON audit_details FOR EACH STATEMENT",
}


def upgrade() -> None:
    """Forward. Details may be deleted (erasure), never changed."""
    if op.get_bind().dialect.name == "sqlite":
        for name, when in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END")
        return
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for name, when in POSTGRES.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION audit_refuse()")


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name, when in POSTGRES.items():
        op.execute(f"DROP TRIGGER {name} ON {when.split(' ON ')[1].split()[0]}")
    op.execute("DROP FUNCTION audit_refuse()")
