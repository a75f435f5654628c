"""What the demo's loader fills in."""

from datetime import date

import pytest

from forum.demo.placeholders import fill

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("entro {day:-1}", "it", "entro 20 novembre"),
        ("by {day:+9}", "en", "by 30 November"),
        ("{day:+0,sat}", "it", "sabato 21 novembre"),
        ("{day:+1,sat}", "en", "Saturday 28 November"),
        ("{day:-8,fri}", "it", "venerdì 13 novembre"),
        ("{iso:-40} and {iso:+0}", "en", "2026-10-12 and 2026-11-21"),
        ("{year:+1}, {year:-7}", "it", "2027, 2019"),
        ("{day:9} {day:+x} {iso} { .a { color: red } }", "it", "{day:9} {day:+x} {iso} { .a { color: red } }"),
    ],
)
def test_dates(text: str, locale: str, expected: str) -> None:
    assert fill(text, today=TODAY, locale=locale) == expected


def test_quotes_stand_alone_on_their_line() -> None:
    text = "{quote:3|3,35 a cella}\n\nÈ alta. {quote:1|not here}"
    filled = fill(text, today=TODAY, locale="it", quote=lambda number, words: f"> {number}: {words}\n\n")
    assert filled == "> 3: 3,35 a cella\n\nÈ alta. {quote:1|not here}"
