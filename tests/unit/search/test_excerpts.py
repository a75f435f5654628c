"""The words around a match."""

from datetime import date

from forum.kit.markdown import cook
from forum.search.excerpts import excerpt, needles
from forum.search.language import parse


def shown(source: str, query: str) -> str:
    """The excerpt with its matches in brackets."""
    made = excerpt(cook(source).html, "it", needles(parse(query, today=date(2026, 11, 21))))
    text = "".join(f"[{it.text}]" if it.hit else it.text for it in made.pieces)
    return f"{'… ' if made.before else ''}{text}{' …' if made.after else ''}"


def test_cells_and_rows_of_a_table_stay_apart() -> None:
    table = "Pressioni:\n\n| Gomma | Bar |\n|--|--|\n| liscia | 6 |\n| tassellata | 3 |\n\nBuona strada."
    assert shown(table, "lisce") == "Pressioni: Gomma · Bar · [liscia] · 6 · tassellata · 3 Buona strada."


def test_the_place_where_most_words_stand_together() -> None:
    filler = "Qui non si parla di nulla in particolare. " * 20
    text = shown(f"Un freno. {filler}La pastiglia del freno fischia. {filler}", "freni pastiglie")
    assert "La [pastiglia] del [freno] fischia." in text and text.startswith("… ") and text.endswith(" …")
    assert len(text) < 300


def test_what_is_hidden_or_quoted_is_not_shown() -> None:
    assert "assassino" not in shown(">! L'assassino è il maggiordomo.\n\nUn bel libro, e un finale.", "assassino")
    assert shown("L’acqua dell'orto", "acqua") == "L’[acqua] dell'orto"
