"""Plain text of posts: for mails, lists and search."""

import pytest

from forum.kit.markdown import cook, excerpt, plain, shorten


def text(source: str) -> str:
    return cook(source, mentions=lambda names: {name: name for name in names}).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("una\ndue\n\ntre", "una\ndue\ntre"),
        ("**a** *b* `c` [d](/t/1) @nadia", "a b c d @nadia"),
        ("a < b & c > d", "a < b & c > d"),
        ("- a\n- [ ] b\n- [x] c", "a\n☐ b\n☑ c"),
        ("|a|b|\n|-|-|\n|c|d|", "a · b\nc · d"),
        ("```py\nx = 1\nif x:\n    y\n```", "x = 1\nif x:\ny"),
        ("![due freni](/uploads/a.png)", "due freni"),
        ("a[^1]b\n\n[^1]: nota", "ab\nnota"),
        ("> libro\n\nio", "libro\nio"),
        ("> [N](/p/1):\n> tuo\n\nmio", "mio"),
        ("> [N](/p/1):\n> tuo\n>\n> > [M](/p/2):\n> > suo\n\nmio", "mio"),
        ("> [N](/p/1):\n> tuo", "tuo"),  # nothing else is there
        ("prima ||nascosto @nadia|| dopo", "prima [Spoiler] dopo"),
        (">! nascosto\n>!\n>! - altro\n\ndopo", "[Spoiler]\ndopo"),
        ("- [x] ||nascosto||", "☑ [Spoiler]"),
        ("[||nascosto||](https://a.it)", "[Spoiler]"),
        ("", ""),
    ],
)
def test_text_of_a_post(source: str, expected: str) -> None:
    assert text(source) == expected


def test_spoilers_are_told_nowhere() -> None:
    cooked = cook("||segreto|| [x ||segreto||](/t/1)\n\n- [x] ||segreto||\n\n>! segreto\n\n|a|\n|-|\n|b|")
    assert "segreto" in cooked.html
    assert "segreto" not in cooked.text
    assert "segreto" not in excerpt(cooked.html, 500)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (100, "Uno due, tre quattro"),
        (20, "Uno due, tre quattro"),
        (19, "Uno due, tre…"),
        (13, "Uno due, tre…"),
        (12, "Uno due…"),
        (9, "Uno due…"),
        (2, "U…"),
    ],
)
def test_excerpts_end_with_a_word(limit: int, expected: str) -> None:
    assert excerpt("<p>Uno due,</p>\n<p>tre  quattro</p>\n", limit) == expected
    assert len(expected) <= limit


def test_long_words_and_scripts_without_spaces_are_cut_inside() -> None:
    assert shorten("a" * 50, 10) == "a" * 9 + "…"
    assert shorten("自転車" * 9, 8) == "自転車自転車自…"
    assert shorten("ab " + "c" * 50, 20) == "ab " + "c" * 16 + "…"
    with pytest.raises(ValueError, match="room"):
        shorten("x", 1)


def test_attributes_never_leak_into_text() -> None:
    assert plain('<p><a href="/x" title="a > b">c</a> &lt;i&gt; &amp;amp;</p>') == "c <i> &amp;"


def test_cells_of_a_table_stay_apart() -> None:
    table = cook("Prima\n\n| Gomma | Bar |\n|--|--|\n| liscia | 6 |\n| tassellata | |\n\nDopo").html
    assert plain(table) == "Prima\nGomma · Bar\nliscia · 6\ntassellata\nDopo"
    assert plain("<p>a\x1fb</p>") == "a b", "what marks a cell is no text"
