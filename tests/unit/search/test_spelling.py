"""What is offered when a search finds nothing: the query with a word changed or left out, and nothing else touched."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from forum.search.forms import Asked, SearchForm, asked
from forum.search.language import clean, placed
from forum.search.spelling import _pieces, fewer

TODAY = date(2026, 11, 21)


def question(q: str, **fields: str) -> Asked:
    return asked(SearchForm(q=q, **fields), today=TODAY)


def left(q: str, **fields: str) -> dict[str, str]:
    """Word that is left out → what is searched for then."""
    return {word: parse_qs(urlsplit(href).query).get("q", [""])[0] for word, href in fewer(question(q, **fields))}


@pytest.mark.parametrize(
    ("q", "offered"),
    [
        ("regolare la sellaxyz", {"regolare": "la sellaxyz", "sellaxyz": "regolare la"}),
        ("catena caten", {"catena": "caten", "caten": "catena"}),
        ("author:frenodisc freno disco", {"freno": "author:frenodisc disco", "disco": "author:frenodisc freno"}),
        ('"ruota libera" ruota -libera', {"ruota libera": "ruota -libera", "ruota": '"ruota libera" -libera'}),
        ("zebra quagga zebra", {"zebra": "quagga", "quagga": "zebra zebra"}),
        ("past* freno", {"past": "freno", "freno": "past*"}),
        ('a:"b c" x', {"a:": '"b c" x', "b c": 'a:" " x', "x": 'a:"b c"'}),
        ("la sellaxyz", {}),
        ("sellaxyz", {}),
        ("-regolare -sella ruota", {}),
    ],
)  # fmt: skip
def test_one_word_less(q: str, offered: dict[str, str]) -> None:
    assert left(q) == offered


def test_fields_stay_when_a_word_goes() -> None:
    assert [href for _, href in fewer(question("zebra quagga", category="officina"))] == [
        "/search?q=quagga&category=officina", "/search?q=zebra&category=officina",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("q", "better", "spelt"),
    [
        ("catena caten", {"caten": "catena"}, "catena [catena]"),
        ("author:frenodisc freno", {"freno": "freni"}, "author:frenodisc [freni]"),
        ("scaten caten -caten", {"caten": "catena"}, "scaten [catena] -caten"),
        ("caten, «caten caten»", {"caten": "catena"}, 'caten, "[catena] [catena]"'),
        ("pasti* cbo", {"pasti": "pasta", "cbo": "cibo"}, "[pasta]* [cibo]"),
    ],
)
def test_better_words_take_the_place_of_the_others_alone(q: str, better: dict[str, str], spelt: str) -> None:
    assert "".join(f"[{it.text}]" if it.hit else it.text for it in _pieces(q, better)) == spelt


def test_terms_are_where_they_are_said_to_be() -> None:
    q = '-"una -- ruota" past* author:x "b" foo:"c d" \u2026 --user 3,5'
    text = clean(q)
    found = placed(q, today=TODAY)
    assert [text[it.start : it.end] for it in found] == [
        '-"una -- ruota"', "past*", '"b"', "foo:", "c d", "--user", "3,5",
    ]  # fmt: skip
    assert [text[start:end] for it in found for start, end in it.words] == [
        word for it in found for word in it.term.words
    ]  # fmt: skip
