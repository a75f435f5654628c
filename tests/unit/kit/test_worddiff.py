"""What changed, word by word."""

import random
import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.kit.worddiff import MAX_TOKENS, Piece, diff, fold


def shown(old: str, new: str) -> str:
    signs = {"same": "{}", "add": "+{}+", "del": "-{}-", "gap": "…"}
    return "".join(signs[piece.kind].format(piece.text) for piece in diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("il gatto dorme", "il cane dorme", "il -gatto-+cane+ dorme"),
        ("il gatto nero dorme", "il cane bianco dorme", "il -gatto nero-+cane bianco+ dorme"),
        ("a b", "a c b", "a +c +b"),
        ("a c b", "a b", "a -c -b"),
        ("Ciao.", "Ciao!", "Ciao-.-+!+"),
        ("l’auto", "l’autobus", "-l’auto-+l’autobus+"),
        ("uno\ndue", "uno\n\ndue", "uno-\n-+\n\n+due"),
        ("", "x", "+x+"),
        ("x", "", "-x-"),
        ("x", "x", "x"),
        ("", "", ""),
    ],
)
def test_words(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


def check(old: str, new: str, pieces: list[Piece]) -> None:
    assert "".join(piece.text for piece in pieces if piece.kind != "add") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == new
    kinds = [piece.kind for piece in pieces]
    assert all(one != other for one, other in pairwise(kinds))
    assert all(piece.text for piece in pieces)


@given(st.text("ab ,.\n", max_size=60), st.text("ab ,.\n", max_size=60))
def test_both_texts_can_be_read_from_it(old: str, new: str) -> None:
    pieces = diff(old, new)
    check(old, new, pieces)
    short = fold(pieces)
    assert "".join(piece.text for piece in short if piece.kind != "add") == old
    assert "".join(piece.text for piece in short if piece.kind != "del") == new


def prose(size: int, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join("".join(rng.choices("aeilnorst", k=rng.randint(1, 8))) for _ in range(size // 5))[:size]


LONGEST = {
    "prose": lambda: (prose(32_768, 1), prose(32_768, 2)),
    "other words": lambda: ("a " * 16_384, "b " * 16_384),
    "turned around": lambda: ("a b " * 8_192, "b a " * 8_192),
    "marks": lambda: (".!" * 16_384, "!.?" * 10_922),
    "lines": lambda: ("\n" * 32_768, "a\n" * 16_384),
    "an import": lambda: (prose(400_000, 1), prose(400_000, 2)),  # may be that long: compared by lines
}


@pytest.mark.parametrize("what", LONGEST)
def test_it_is_quick_on_the_longest_posts(what: str) -> None:
    old, new = LONGEST[what]()
    start = time.thread_time()
    pieces = diff(old, new)
    assert time.thread_time() - start < 0.5
    check(old, new, pieces)


def test_very_long_texts_are_compared_by_lines() -> None:
    old = "\n".join(["a b"] * MAX_TOKENS)
    assert diff(old, old.replace("a b", "a c", 1))[:2] == [Piece("del", "a b\n"), Piece("add", "a c\n")]


class TestFold:
    PARAGRAPHS = tuple(f"{n}: {'word ' * 30}\n\n" for n in range(9))

    def test_far_from_a_change_it_is_folded(self) -> None:
        old = "".join(self.PARAGRAPHS)
        short = fold(diff(old, old.replace("4: word", "4: verb")))
        assert [piece.kind for piece in short] == ["gap", "same", "del", "add", "same", "gap"]
        assert short[0].text == "".join(self.PARAGRAPHS[:4]) and short[5].text == "".join(self.PARAGRAPHS[5:])
        assert "".join(piece.text for piece in short if piece.kind != "add") == old

    def test_little_and_equal_texts_stay(self) -> None:
        assert fold(diff("a b c", "a x c")) == diff("a b c", "a x c")
        same = diff("w\n\n" * 500, "w\n\n" * 500)
        assert fold(same) == same

    def test_between_two_changes_both_keep_their_paragraph(self) -> None:
        old = "".join(self.PARAGRAPHS)
        short = fold(diff(old, old.replace("1: word", "1: verb").replace("7: word", "7: verb")))
        assert [piece.text for piece in short if piece.kind == "gap"] == ["".join(self.PARAGRAPHS[2:7])]

    def test_the_heading_above_a_change_stays(self) -> None:
        old = "".join(["# One\n\n", *self.PARAGRAPHS[:4], "# Two\n\n", *self.PARAGRAPHS[4:]])
        short = fold(diff(old, old.replace("8: word", "8: verb")), re.compile("^# ", re.MULTILINE))
        assert next(piece.text for piece in short if piece.kind == "same") == "# Two\n"
