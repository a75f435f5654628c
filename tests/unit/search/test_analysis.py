"""From texts to words: what is one word, what it is found by, which language it is."""

import pytest

from forum.search.analysis import MAX_WORD, detect, fold, stems, tokens
from forum.search.stopwords import EMPTY


def words(text: str, locale: str = "it") -> list[str]:
    return [it.text for it in tokens(text, locale) if not it.part]


def readings(text: str) -> set[str]:
    return {it.text for it in tokens(text, "it")}


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Perché", "perche"), ("PERCHE\u0301", "perche"), ("Città", "citta"), ("Straße", "strasse"), ("ﬁne", "fine"),
     ("Ærø", "aero"), ("x" * 100, "x" * MAX_WORD)],
)  # fmt: skip
def test_accents_and_capitals_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L'acqua dell’orto, un'idea", ["acqua", "orto", "idea"]),
        ("Perché no? perche' si", ["perche", "no", "perche", "si"]),
        ("po' di più", ["po", "di", "piu"]),
        ("don't the rider's we’re", ["don", "the", "rider", "we"]),
        ("3.3V, v2.1.3 e 1.250,50 alle 12:30", ["3.3v", "v2.1.3", "e", "1.250,50", "alle", "12:30"]),
        ("#1234 C++ C# foo_bar", ["1234", "c++", "c#", "foo_bar"]),
        ("e-bike", ["e", "bike"]),
        ("日本 и ещё", ["日本", "и", "еще"]),
        ("", []),
        ("'’' … —", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ATmega328P", {"atmega328p", "atmega328", "atmega", "328"}),
        ("fooBar", {"foobar", "foo", "bar"}),
        ("foo_bar", {"foo_bar", "foo", "bar"}),
        ("e-bike", {"ebike", "e", "bike"}),
        ("RTX3080", {"rtx3080", "rtx", "3080"}),
        ("Shimano", {"shimano"}),
        ("NASA", {"nasa"}),
    ],
)
def test_identifiers_are_found_by_their_parts(text: str, parts: set[str]) -> None:
    assert readings(text) == parts


def test_a_token_says_where_it_was_written() -> None:
    text = "Nell’officina: l'ATmega328P, la e-bike di Niccolò"
    for it in tokens(text, "it"):
        assert fold(text[it.start : it.end].replace("-", "")) == it.text
    positions = [it.position for it in tokens(text, "it") if not it.part]
    assert positions == sorted(set(positions)), "each word has a place of its own"


def test_a_whole_word_and_its_parts_share_their_places() -> None:
    """ "foo bar" as a phrase finds fooBar, and "bar baz" finds "fooBar baz"."""
    places = {it.text: it.position for it in tokens("fooBar baz", "en")}
    assert (places["foo"], places["bar"], places["baz"]) == (0, 1, 2)


@pytest.mark.parametrize(
    ("locale", "one", "other"),
    [("it", "bicicletta", "biciclette"), ("it", "freno", "freni"), ("it", "università", "universita"),
     ("en", "brakes", "brake"), ("en", "riding", "rides")],
)  # fmt: skip
def test_forms_of_a_word_meet(locale: str, one: str, other: str) -> None:
    [left], [right] = tokens(one, locale), tokens(other, locale)
    assert left.stem == right.stem
    assert left.stem in stems(right.text), "and a query reaches them without knowing the language"


def test_words_somebody_may_mean_are_never_empty() -> None:
    assert not EMPTY & {"perche", "come", "dove", "non", "quando", "how", "why", "not", "cosa"}
    assert {"il", "di", "the", "of", "piu", "e"} <= EMPTY
    assert all(fold(it) == it for it in EMPTY)


@pytest.mark.parametrize(
    ("text", "fallback", "locale"),
    [
        ("Come si cambia la gomma della bici?", "en", "it"),
        ("How do I change the tyre of my bike?", "it", "en"),
        ("Shimano 105", "it", "it"),
        ("Shimano 105", "en", "en"),
        ("ok", "xx", "en"),
        ("git rebase --onto main", "it", "it"),
    ],
)
def test_language(text: str, fallback: str, locale: str) -> None:
    assert detect(text, fallback) == locale


@pytest.mark.parametrize("text", ["'" * 5000, "a-" * 5000, "_" * 5000, "aB1" * 3000, "1.2." * 3000, "\u0301" * 5000])
def test_nasty_texts_take_no_time(text: str) -> None:
    assert len(tokens(text, "it")) < 10_001
