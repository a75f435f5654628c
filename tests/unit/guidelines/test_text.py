"""Rules out of Markdown: titles, numbers, anchors, problems."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.guidelines.builtin import builtin
from forum.guidelines.comparing import compare, numbered
from forum.guidelines.text import count_problem, rule_lines, text_problem, tidy, titles, to_html
from forum.kit.worddiff import diff

WORDS = st.text(alphabet="ab #>-`*_[]()^:!|\n1.\t~<&", max_size=300)


def test_titles_are_the_top_level_headings_in_plain_words() -> None:
    source = "## A *b* & `c`\n\n### no\n\n> ## no\n\n- ## no\n\n```\n## no\n```\n\nSetext\n---\n\n## [x](/y) @anna\n"
    assert titles(source) == ("A b & c", "Setext", "x @anna")
    assert rule_lines(source) == [(0, "A b & c"), (12, "Setext"), (15, "x @anna")]


def test_the_built_in_texts_can_be_announced() -> None:
    text = builtin()
    assert text_problem(text.source_en) is None and text_problem(text.source_it) is None
    assert count_problem(text.source_en, text.source_it) is None
    for html in (text.html_en, text.html_it):
        assert re.findall(r'<h2 id="rule-(\d+)">', html) == [str(n) for n in range(1, 12)]
        assert '<a href="/members">' in html and '<a href="/guidelines/history">' in html


@pytest.mark.parametrize("source", ["", "  \n", "words", "### below", "> ## quoted", "# one\n\n## two", "##", "## \n"])
def test_what_is_no_set_of_rules(source: str) -> None:
    assert text_problem(source) is not None


def test_footnotes_and_headings_in_them_keep_the_numbers_right() -> None:
    html = to_html("## One[^1]\n\n## Two\n\n[^1]: ## a heading in a note\n", anchor="x")
    assert re.findall(r'<h2 id="rule-(\d)">', html) == ["1", "2"] and "<h3>a heading in a note</h3>" in html


def test_what_a_database_refuses_is_gone() -> None:
    assert tidy("\n\r\na\0\ud800\r\nb\rc\n\n") == "a\ufffd?\nb\nc"


@given(WORDS)
def test_every_title_has_its_heading_and_its_anchor(source: str) -> None:
    source = tidy(source)
    found = titles(source)
    html = to_html(source, anchor="x")
    assert re.findall(r'<h2 id="rule-(\d+)">', html) == [str(n) for n in range(1, len(found) + 1)]
    assert html.count("<h2") == html.count("</h2>") and html.count("<h3") == html.count("</h3>")
    assert len(rule_lines(source)) == len(found)


@given(WORDS, WORDS)
def test_a_comparison_loses_nothing(old: str, new: str) -> None:
    pieces = compare(old, new)
    assert "".join(p.text for p in pieces if p.kind != "add") == numbered(old)
    assert "".join(p.text for p in pieces if p.kind != "del") == numbered(new)


def test_calm_stretches_are_folded_and_the_rule_is_named() -> None:
    calm = "\n\n".join("A paragraph that says the same as ever, at some length." for _ in range(8))
    old = f"Hello.\n\n## One\n\n{calm}\n\n## Two\n\n{calm}\n\nLast old words.\n\n## Three\n\n{calm}"
    pieces = compare(old, old.replace("old", "new"))
    kinds = [piece.kind for piece in pieces]
    assert kinds == ["gap", "same", "gap", "same", "del", "add", "same", "gap"]
    assert pieces[1].text == "2 · Two\n" and pieces[3].text == "Last " and pieces[6].text == " words.\n\n"
    assert "1 · One" in pieces[0].text and "3 · Three" in pieces[7].text


def test_nothing_is_folded_where_nothing_changed() -> None:
    text = builtin().source_it
    assert [piece.kind for piece in compare(text, text)] == ["same"] == [piece.kind for piece in diff(text, text)]
