"""Quotations as they are typed."""

from html import escape

import pytest

from forum.kit.markdown import cook, quote


def test_it_reads_well_and_is_understood() -> None:
    source = quote("Nadia Verdi, post 12", 345, "una\n\ndue\n")
    assert source == "> [Nadia Verdi, post 12](/p/345):\n>\n> una\n>\n> due\n\n"
    cooked = cook(source + "Vero!")
    assert cooked.quotes == (345,)
    assert cooked.text == "Vero!"
    assert "<p>una</p>\n<p>due</p>" in cooked.html


@pytest.mark.parametrize(
    "name",
    [
        "[x](https://a.it)",
        "a_b_c",
        "**A**",
        "`x`",
        "<b>",
        "a\\",
        "]",
        "~~a~~",
        "||a||",
        "a\nb",
        "«Q» @nadia",
        "![x](y)",
        "a&amp;b",
    ],
)
def test_any_name_is_only_a_name(name: str) -> None:
    cooked = cook(quote(f"{name}, post 1", 7, "x"), mentions=lambda names: {each: each for each in names})
    assert cooked.quotes == (7,)
    assert cooked.links == ()
    assert cooked.mentions == ()
    assert f">{escape(' '.join(name.split()), quote=False)}, post 1</a>" in cooked.html


def test_quotations_inside_are_dropped() -> None:
    text = quote("B", 1, "oh") + "io dico\n\n> altro\n> ancora\n\nfine\r\n\r\n```\n> codice\n```"
    assert quote("A", 2, text) == "> [A](/p/2):\n>\n> io dico\n>\n> fine\n>\n> ```\n> > codice\n> ```\n\n"
    assert quote("A", 2, quote("B", 1, "oh")) == "> [A](/p/2):\n\n"


def test_code_lists_and_spoilers_survive() -> None:
    cooked = cook(quote("A", 2, "- uno\n  - due\n\n```py\nx = 1\n```\n\n>! segreto\n\n    rientrato"))
    assert cooked.html.count("<blockquote") == 1
    assert '<span class="n">x</span>' in cooked.html
    assert "<li>due</li>" in cooked.html


@pytest.mark.parametrize("post_id", [0, -1, 2**63])
def test_ids_have_a_range(post_id: int) -> None:
    with pytest.raises(ValueError, match="range"):
        quote("A", post_id, "x")
    assert cook(quote("A", 2**63 - 1, "x")).quotes == (2**63 - 1,)
