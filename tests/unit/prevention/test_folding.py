"""Texts in the forms in which a filter sees them, and what is read from them."""

import pytest

from forum.kit.markdown import parse, render
from forum.prevention.folding import bare, skeleton
from forum.prevention.reading import FEWEST_WORDS, MARKS, MOST_TOKENS, Reading, read


def reading(source: str, title: str = "") -> Reading:
    return read(source, render(parse(source), {}).html, title)


@pytest.mark.parametrize(
    "disguised",
    [
        "VIAGRA", "v1agra", "v\u0456agra", "vi\u200bag\u00adra", "ｖｉａｇｒａ", "𝐯𝐢𝐚𝐠𝐫𝐚", "vì@gr4", "v i a g r a",
        "V.I.A.G.R.A",
        "v\u0301iagra", "\u202eviagra", "v|agra", "ѵіаɡга".replace("г", "r"),
    ],
)  # fmt: skip
def test_a_disguised_word_has_the_same_skeleton(disguised: str) -> None:
    assert skeleton("viagra").strip() in skeleton(f"buy {disguised} now").split()


def test_bare_keeps_words_apart_and_drops_accents() -> None:
    assert bare("Perché NO? Città") == "perche no? citta"
    assert skeleton("uno.due  TRE") == " uno due tre "
    assert skeleton("!! Ora!!! (v!agra!) !") == " ora vlagra "


@pytest.mark.parametrize("signs", [10, 400])
def test_few_and_many_foreign_characters_fold_alike(signs: int) -> None:
    """Two ways of doing the same, for speed."""
    text = "".join(chr(0x400 + n) for n in range(signs)) + " раураl"
    assert bare(text).endswith("paypal")


def test_links_mentions_pictures_and_words() -> None:
    found = reading(
        "Ciao @Anna e @anna, vedi https://WWW.Example.com/a e [qui](http://b.example:80/x), non [dentro](/t/1).\n\n"
        "> @bruno ha detto qualcosa\n\na@b.example",
        "Un titolo",
    )
    assert found.hosts == ("example.com", "b.example")
    assert found.mentions == ("anna", "bruno")
    assert "titolo" in found.words and "detto" not in found.words


def test_near_duplicates_share_marks_and_others_do_not() -> None:
    text = "I was desperate until a doctor cast a spell that brought my husband back within two days, write to him"
    one, two = reading(text), reading(text.replace("two days", "a week").replace("a", "а"))
    other = reading("Yesterday I changed the chain and both sprockets, and since then it has not slipped a single time")
    assert len(one.marks) == MARKS
    assert len(set(one.marks) & set(two.marks)) >= 5
    assert not set(one.marks) & set(other.marks)
    assert len(reading("too few words " * 2).words) < FEWEST_WORDS and reading("too few words").marks == ()


def test_tokens_name_hosts_and_count_links() -> None:
    words = set(reading("Comprate subito https://a.example/x").tokens.values())
    assert {"comprate", "subito", "//a.example", "links:1"} <= words
    assert "https" not in words


def test_tokens_are_bounded_whatever_a_text_holds() -> None:
    many = " ".join(f"https://host{n}.example/ wort{n}" for n in range(400))
    words = list(reading(many).tokens.values())
    assert len(words) == MOST_TOKENS
    assert 0 < sum(word.startswith("//") for word in words) < MOST_TOKENS / 2
