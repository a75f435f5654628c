"""The language of the query: whatever people type means something, and never an error."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.search import language
from forum.search.language import (
    MAX_PREFIXES,
    MAX_QUERY,
    MAX_TERMS,
    Query,
    Term,
    adding,
    clean,
    parse,
    register,
    without,
)

TODAY = date(2026, 11, 21)


def read(text: str, *, typing: bool = False) -> Query:
    return parse(text, today=TODAY, typing=typing)


def words(text: str) -> list[str]:
    return [("-" if it.negative else "") + " ".join(it.words) + ("*" if it.prefix else "") for it in read(text).terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("pane al pane", ["pane", "al"]),
        ('"pasta madre" farina', ["pasta madre", "farina"]),
        ("«pasta madre» “a b”", ["pasta madre", "a b"]),
        ('-"pasta madre" -lievito', ["-pasta madre", "-lievito"]),
        ("past* p* *", ["past*", "p"]),
        ("error -1073741819", ["error", "-1073741819"]),  # the number with its minus, not "without 1073741819"
        ("pip install --user", ["pip", "install", "--user"]),
        ('unbalanced "quote here', ["unbalanced", "quote", "here"]),
        ('""  - -- ??? …', []),
        ("std::string C++ foo_bar l'aereo", ["std::string", "C++", "foo_bar", "l'aereo"]),
        ("nonsense:filter has:video in:body is:open", ["nonsense:filter", "has:video", "in:body", "is:open"]),
        ("before:someday after:2026-13 before:2026-02-30", ["before:someday", "after:2026-13", "before:2026-02-30"]),
        ("author: x", ["author:", "x"]),
        ("-before:2026 is:risposta", ["-before:2026", "is:risposta"]),
        ('nonsense:"two words"', ["nonsense:", "two words"]),
        ("a\x00b \ud800c\ue000", ["a", "b", "c"]),
    ],
)
def test_words(text, terms):
    assert words(text) == terms
    assert read(text).filters == ()


def test_a_term_is_no_filter_and_a_number_is_no_negation():
    assert read("error -1073").terms[1] == Term(("-1073",))
    assert read("--user").terms == (Term(("--user",)),)
    assert not read("-pane").wanted


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("author:@Sara autore:teo.b", "authors", ("sara", "teo.b")),
        ("AUTHOR:sara, by:sara", "authors", ("sara",)),
        ("-author:sara", "not_authors", ("sara",)),
        ('category:forni categoria:"pasta madre"', "categories", ("forni", "pasta-madre")),
        ("tag:Città etichetta:C++", "tags", ("citta", "c")),
        ("author:Città", "authors", ("città",)),
        ("tag:#lievito -etichetta:old", "tags", ("lievito",)),
        ("-etichetta:old", "not_tags", ("old",)),
        ("in:titolo", "in_title", True),
        ("in:title", "in_title", True),
        ("has:image", "has", {"image"}),
        ("ha:foto", "has", {"image"}),
        ("is:unanswered", "is_", {"unanswered"}),
        ("senza:risposte", "is_", {"unanswered"}),
        ("before:2026", "before", date(2026, 1, 1)),
        ("prima:2026-05", "before", date(2026, 5, 1)),
        ("before:2026-05 before:2025", "before", date(2025, 1, 1)),
        ("after:2026-05-31", "after", date(2026, 5, 31)),
        ("dopo:31/5/2026", "after", date(2026, 5, 31)),
        ("dal:5/2026", "after", date(2026, 5, 1)),
        ("after:ieri", "after", date(2026, 11, 20)),
    ],
)
def test_filters(text, field, value):
    query = read(text)
    assert getattr(query, field) == value
    assert query.terms == ()
    assert not query.is_empty


def test_what_is_being_typed_is_a_beginning():
    assert read("pane lievi", typing=True).terms == (Term(("pane",)), Term(("lievi",), prefix=True))
    for finished in ("pane ", '"pane"', "pane tag:x", "-pane", "p"):
        assert not any(term.prefix for term in read(finished, typing=True).terms), finished


def test_a_filter_goes_and_comes():
    text = 'pane tag:x  "pasta   madre" -author:"a b" prima:2026'
    filters = read(text).filters
    assert [(it.kind, it.value, it.negative) for it in filters] == [
        ("tag", "x", False), ("author", "a b", True), ("before", "2026", False),
    ]  # fmt: skip
    assert without(text, filters[0]) == 'pane "pasta madre" -author:"a b" prima:2026'
    assert without(text, filters[1]) == 'pane tag:x "pasta madre" prima:2026'
    assert read(adding("pane", "category", 'two "words"')).categories == ("two-words",)
    assert adding("", "tag", "x", negative=True) == "-tag:x"


def test_another_feature_brings_a_filter(monkeypatch):
    monkeypatch.setattr(language, "NAMES", dict(language.NAMES))
    monkeypatch.setattr(language, "_READERS", {})
    register("place", ("place", "luogo"), lambda value: value.casefold() if value.isalpha() else None)
    query = read("cena luogo:Torino place:123")
    assert query.extra == (("place", "torino"),)
    assert words("cena luogo:Torino place:123") == ["cena", "place:123"]
    for kind, names in (("other", ("luogo",)), ("author", ("who",)), ("in", ("within",))):
        with pytest.raises(ValueError, match="taken"):
            register(kind, names, str)


def test_too_much_is_cut_and_said():
    for text in (" ".join(f"w{n}" for n in range(60)), "pane " * 1_000, "x" * 10_000, '"' * 10_000, "(" * 10_000):
        query = read(text)
        assert query.cut
        assert len(query.terms) <= MAX_TERMS
    assert not read("pane  " + " " * 1_000).cut
    assert not read(" ".join(f"w{n}" for n in range(MAX_TERMS))).cut


def test_so_many_beginnings_are_read_and_the_others_left_out():
    query = read("pane ba* -be* bi* bo* bu* latte by*")
    assert [it.words[0] for it in query.terms] == ["pane", "ba", "be", "bi", "bo", "latte"]
    assert query.cut and sum(it.prefix for it in query.terms) == MAX_PREFIXES
    assert not read("ba* ba* -be* bi* bo*").cut


PIECES = st.sampled_from(
    [*"\"«»“-*:@#\\'()|&!<> %_", *language.NAMES, "title", "2026-05", "pane", "\x00", "\u202e", "ﷺ"]
)


@given(st.one_of(st.text(max_size=500), st.lists(PIECES, max_size=80).map("".join)), st.booleans())
def test_anything_is_a_query(text, typing):
    query = read(text, typing=typing)
    assert len(query.terms) <= MAX_TERMS
    assert len(clean(text)) <= MAX_QUERY
    assert all(term.words and all(word.strip() for word in term.words) for term in query.terms)
    assert read(clean(text), typing=typing).terms == query.terms
    for filter_ in query.filters:
        fewer = read(without(text, filter_)).filters
        assert len(fewer) == len(query.filters) - 1 or query.cut
        assert (filter_.kind, filter_.value) in [
            (it.kind, it.value) for it in read(adding("", filter_.kind, filter_.value)).filters
        ]
