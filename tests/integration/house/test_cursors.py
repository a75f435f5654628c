"""What PostgreSQL's results say of their columns."""

import pytest
from sqlalchemy import text

from forum.kit.cursors import LeanCursor


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_columns_are_named_when_somebody_asks(db):
    with db.read() as session:
        found = session.execute(text("SELECT 1 AS one, 'two' AS due, NULL AS è"))
        assert tuple(found.keys()) == ("one", "due", "è") and found.one() == (1, "two", None)
        raw = session.connection().connection.dbapi_connection
        with raw.cursor() as cursor:
            assert isinstance(cursor, LeanCursor) and cursor.description is None
            cursor.execute("SELECT 1::int4 AS one, 'two'::text AS due WHERE false")
            assert [it[:2] for it in cursor.description] == [("one", 23), ("due", 25)]
            assert len(cursor.description) == 2 and cursor.description[1][0] == "due"
            cursor.execute("SET LOCAL jit = off")
            assert cursor.description is None
