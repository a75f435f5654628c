"""A cursor of PostgreSQL that says what a result's columns are only when somebody asks."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

ROWS = frozenset({ExecStatus.TUPLES_OK, ExecStatus.SINGLE_TUPLE, ExecStatus.TUPLES_CHUNK})


class Columns(Sequence[tuple[Any, ...]]):
    """The columns of a result, as PEP 249 wants them: (name, type, and five that nobody knows)."""

    __slots__ = ("_result",)

    def __init__(self, result: PGresult) -> None:
        """Reads nothing yet."""
        self._result = result

    def __len__(self) -> int:
        return self._result.nfields

    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for number in range(self._result.nfields):
            name = self._result.fname(number) or b""
            yield name.decode(), self._result.ftype(number), None, None, None, None, None


class LeanCursor(Cursor[Any]):
    """SQLAlchemy asks after each statement, mostly only whether there are columns: it knows them from the last time.

    psycopg makes an object of each column every time, with all that its type is: a sixth of what reading a row of two
    wide tables costs.
    """

    @property
    def description(self) -> Any:
        """The columns; None of a statement that gives no rows."""
        result = self.pgresult
        return Columns(result) if result and (result.nfields or result.status in ROWS) else None
