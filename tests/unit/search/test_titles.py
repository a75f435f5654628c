"""Titles that are about the same, without an index."""

import time

from forum.search.titles import similar_titles

KNOWN = [
    (1, "La batteria si scarica troppo in fretta"),
    (2, "Il display non si legge al sole"),
    (3, "Battery drains overnight"),
    (4, "Rumore dal motore in salita"),
    (5, "App crashes when the phone is locked"),
    (6, "Batterie che si scaricano in una notte"),
]


def ids(title: str, **more: float) -> list[int]:
    return [it.id for it in similar_titles(title, KNOWN, locale="it", **more)]


def test_other_forms_of_the_same_words_are_found() -> None:
    assert set(ids("Batteria scaricata")) == {1, 6}
    assert ids("rumori del motore nelle salite") == [4]
    assert ids("The battery drained") == [3]


def test_accents_and_slips_of_the_keyboard_do_not_matter() -> None:
    assert ids("dysplay al sole") == [2]
    assert ids("MOTORE rumoroso: rumòre")[0] == 4


def test_what_shares_only_small_words_is_not_alike() -> None:
    assert ids("Il cambio non si regola in fretta al mattino") == []
    assert ids("si al in") == [] == ids("") == ids("… !!")


def test_the_same_title_comes_first_with_a_full_score() -> None:
    best = similar_titles("Il display non si legge al sole", KNOWN)[0]
    assert (best.id, best.score) == (2, 1.0)
    assert len(ids("batteria display motore app notte sole", least=0.01, limit=2)) == 2


def test_thousands_of_titles_take_no_time() -> None:
    many = [(n, f"Problema {n % 700} con il modello x{n} della batteria") for n in range(5_000)]
    began = time.process_time()
    found = similar_titles("La batteria del modello x77 ha un problema", many)
    assert time.process_time() - began < 1.0 and found[0].id == 77
