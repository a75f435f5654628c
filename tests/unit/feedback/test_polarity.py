"""The polarity signal: how words are read, and how often that is right on sentences that were labelled first."""

from collections import Counter
from pathlib import Path

import pytest

from forum.feedback.polarity.lexicon import Lexicon, builtin_lexicon, key_of, parse, pieces, problem_of
from forum.feedback.polarity.score import score

SET = Path(__file__).with_name("polarity_set.tsv")
SIDES = {"+": 1, "-": -1, "0": 0}
LEAST = {"dev": 0.9, "test": 0.85}


def sentences(half: str, locale: str) -> list[tuple[int, str]]:
    rows = [line.split("\t") for line in SET.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(SIDES[side], text) for of, language, side, text in rows if (of, language) == (half, locale)]


@pytest.mark.parametrize("half", ["dev", "test"])
@pytest.mark.parametrize("locale", ["it", "en"])
def test_accuracy_on_labelled_sentences(half: str, locale: str) -> None:
    """Printed (pytest -s), and kept from falling. A sentence without a word of the lexicon counts as neither."""
    found, lexicon = sentences(half, locale), builtin_lexicon()
    read = [(side, score(text, locale, lexicon)) for side, text in found]
    right = sum(side == it.side for side, it in read)
    scored = sum(it.value is not None for _, it in read)
    confused = Counter((side, it.side) for side, it in read)
    print(f"polarity {half} {locale}: {right}/{len(found)} right, {scored} scored, taken for the opposite: "
          f"{confused[1, -1] + confused[-1, 1]}")  # fmt: skip
    assert len(found) >= 50 and right / len(found) >= LEAST[half]


@pytest.mark.parametrize(
    ("text", "locale", "side", "matched"),
    [
        ("Non è affatto male", "it", 1, ("male",)),
        ("Non funziona", "it", -1, ("funziona",)),
        ("Nessun problema", "it", 1, ("nessun problema",)),
        ("Non ho avuto nessun problema", "it", 1, ("nessun problema",)),
        ("Bello. Non lo uso", "it", 1, ("bello",)),
        ("Not good, not good at all", "en", -1, ("good", "good")),
        ("The old one was great but this is terrible", "en", -1, ("great", "terrible")),
        ("It isn’t slow", "en", 1, ("slow",)),
        ("ok 👍", "en", 1, ("👍",)),
        ("👎👎", "", -1, ("👎", "👎")),
        ("Che schifo", "", -1, ("schifo",)),
        ("Exporting to Excel", "en", 0, ()),
        ("", "it", 0, ()),
    ],
)
def test_how_words_are_read(text: str, locale: str, side: int, matched: tuple[str, ...]) -> None:
    """Negation to the next stop, never beyond another term; what stands after "but"; signs in any language."""
    found = score(text, locale, builtin_lexicon())
    assert (found.side, found.matched) == (side, matched)


def test_degrees() -> None:
    """A strengthened word weighs more than the bare one, a weakened one less; a value never leaves -1 to 1."""

    def value(text: str) -> float:
        found = score(text, "it", builtin_lexicon()).value
        assert found is not None
        return found

    assert value("un po' scomodo") > value("scomodo") > value("molto scomodo") >= -1
    assert value("comodo") < value("comodissimo") < 1
    assert -1 <= value("pessimo " * 300) < -0.9
    assert score("sgradito", "it", Lexicon({"it": {"sgradito": -2}})).side == -1


def test_terms_that_can_be_taken() -> None:
    words = {"it": parse("2: bello, alla grande\n-1: =cara")}
    assert words == {"it": {"bello": 2, "alla grande": 2, "=cara": -1}}
    assert key_of("belli", "it") == key_of("Bello".lower(), "it")
    assert score("caro", "it", Lexicon(words)).value is None and score("cara", "it", Lexicon(words)).side == -1
    assert problem_of("bello", 2, "it") is None and problem_of("👍", 2, "any") is None
    for term, value, locale in (("", 1, "it"), ("a b c d e f g", 1, "it"), ("bello", 0, "it"), ("bello", 4, "it"),
                                ("bello", 1, "de"), ("x" * 61, 1, "it"), ("...", 1, "it")):  # fmt: skip
        assert problem_of(term, value, locale) is not None or term == "..."


def test_no_two_terms_of_ours_are_one_word() -> None:
    """Two forms of one word with two values: only one would count. And nothing of ours breaks our own rules."""
    for locale, terms in builtin_lexicon().words.items():
        values: dict[tuple[str, ...], set[int]] = {}
        for term, value in terms.items():
            assert problem_of(term, value, locale) is None, term
            values.setdefault(key_of(term, locale), set()).add(value)
        assert {key: it for key, it in values.items() if len(it) > 1} == {}


def test_pieces() -> None:
    assert pieces("L’assistenza non risponde… :( 👍") == ["l'", "assistenza", "non", "risponde", "…", ":(", "👍"]
    assert pieces("un po’ isn’t") == ["un", "po'", "isn't"]
