"""Times and lines as exports write them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.importers.dates import moment
from forum.importers.source import clean, one_line

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2011-04-01T08:17:00Z", datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        ("2011-04-01 08:17:00", datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        ("2011-04-01T10:17:00+02:00", datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        ("2011-04-01 08:17:00 UTC", datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        ("2011-04-01", datetime(2011, 4, 1, tzinfo=UTC)),
        ("20110401", datetime(2011, 4, 1, tzinfo=UTC)),
        (1301645820, datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        ("1301645820", datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        (1301645820000, datetime(2011, 4, 1, 8, 17, tzinfo=UTC)),
        (1301645820.5, datetime(2011, 4, 1, 8, 17, 0, 500_000, tzinfo=UTC)),
        (None, None), ("", None), ("soon", None), ("0000-00-00", None), ("2011-02-30", None), ("9999-12-31", None),
        ("1931-05-01", None), (-1, None), (1e300, None), (float("nan"), None), (float("inf"), None),
    ],
)  # fmt: skip
def test_moments(raw: Any, expected: datetime | None) -> None:
    assert moment(raw, NOW) == expected


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.none()))
def test_no_date_breaks_an_import(raw: Any) -> None:
    found = moment(raw, NOW)
    assert found is None or (found.tzinfo is not None and found <= NOW)


def test_one_line() -> None:
    assert one_line("  a\n\tb\u00ad\u202e c\u0000 ", 60) == "a b c\ufffd"
    assert one_line("word " * 20, 12) == "word word w…"
    assert one_line("👩\u200d🔧", 60) == "👩\u200d🔧"


@given(st.text(alphabet=st.characters(), max_size=80), st.integers(2, 40))
def test_a_line_fits_and_can_be_stored(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit and "\n" not in line and "\0" not in clean(text)
    line.encode("utf-8")
