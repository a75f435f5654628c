"""Days in words, in both languages and in the reader's zone."""

from datetime import UTC, datetime

import pytest

from forum.kit.dates import weekday

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "locale", "timezone", "words"),
    [
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), "en", "Europe/Rome", "Saturday 5 December"),
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), "it", "Europe/Rome", "sabato 5 dicembre"),
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), "en", "America/New_York", "Friday 4 December"),
        (datetime(2027, 1, 11, 12, 0, tzinfo=UTC), "it", "UTC", "lunedì 11 gennaio 2027"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "en", "Europe/Rome", "Friday 1 January 2027"),
    ],
)
def test_a_day_with_its_name(at: datetime, locale: str, timezone: str, words: str) -> None:
    assert weekday(at, now=NOW, locale=locale, timezone=timezone) == words
