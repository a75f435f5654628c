"""Days in words, in both languages and in the reader's zone."""

from datetime import UTC, datetime, timedelta

import pytest

from forum.kit.dates import ago, weekday

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


@pytest.mark.parametrize(
    ("before", "locale", "words"),
    [
        (timedelta(seconds=59), "it", "adesso"),
        (timedelta(seconds=-5), "en", "just now"),
        (timedelta(minutes=1), "it", "1 minuto fa"),
        (timedelta(hours=23, minutes=59), "en", "23 hours ago"),
        (timedelta(hours=24), "en", "yesterday"),
        (timedelta(hours=33, minutes=59), "it", "ieri"),
        (timedelta(hours=34, minutes=1), "it", "l’altro ieri"),
        (timedelta(hours=34, minutes=1), "en", "2 days ago"),
        (timedelta(days=3), "it", "3 giorni fa"),
        (timedelta(days=6), "en", "6 days ago"),
        (timedelta(days=6, seconds=1), "it", "15 novembre"),
    ],
)
def test_how_long_ago(before: timedelta, locale: str, words: str) -> None:
    """It is 10:00 in Rome: yesterday began 34 hours ago."""
    assert ago(NOW - before, now=NOW, locale=locale, timezone="Europe/Rome") == words


def test_a_day_of_25_hours_is_not_yesterday() -> None:
    now = datetime(2026, 10, 25, 22, 45, tzinfo=UTC)  # 23:45 in Rome, where summer time ended this morning
    assert ago(now - timedelta(hours=24), now=now, locale="it", timezone="Europe/Rome") == "23 ore fa"
    assert ago(now - timedelta(hours=25), now=now, locale="it", timezone="Europe/Rome") == "ieri"
