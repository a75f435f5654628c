"""The embedded engine: what it finds and in which order, on documents alone."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forum.db import Database
from forum.search.engines.base import Scope
from forum.search.engines.whoosh.engine import WhooshEngine
from forum.search.engines.whoosh.ranking import expanded, look_up, wanted
from forum.search.engines.whoosh.writing import LARGEST, TIER, crowded
from forum.search.language import parse
from forum.settings import load
from tests.integration.search.support import TODAY, bare, document, fill, found


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[WhooshEngine]:
    db = Database(load({}, data_dir=tmp_path))
    bare(db)
    yield WhooshEngine(tmp_path / "index", db)
    db.close()


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Ho cambiato le biciclette", "bicicletta"),
        ("L'acqua dell'orto", "acqua"),
        ("L'acqua dell'orto", "l’acqua"),
        ("Perché no", "perche"),
        ("Perche' no", "perché"),
        ("Un ATmega328P a 3.3V", "atmega328"),
        ("Un ATmega328P a 3.3V", "3.3V"),
        ("Un ATmega328P a 3.3V", "ATmega328P"),
        ("vedi #1234", "#1234"),
        ("scritto in C++", "C++"),
        ("chiama foo_bar()", "foo_bar"),
        ("chiama foo_bar()", "bar"),
        ("la mia e-bike", "ebike"),
        ("la mia ebike", "e-bike"),
        ("la mia e-bike", "e-bike"),
        ("un freno a disco idraulico", '"freno a disco"'),
        ("un freno a disco idraulico", '"freni a dischi"'),
        ("pasticche dei freni", "pastic*"),
        ("parlavano di freni", "parlav*"),
        ("il tè di Po", "po"),
        ("come e dove", "dove"),
        ("The wheels are spinning", "wheel spin"),
        ("di la", "di"),
    ],
)
def test_found(engine: WhooshEngine, text: str, question: str) -> None:
    locale = "en" if text.startswith("The") else "it"
    fill(engine, [document(1, text, locale=locale), document(2, "tutt’altra cosa")])
    assert found(engine, question) == [1]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("un disco del freno", '"freno a disco"'),
        ("freno rosso. Disco blu", '"freno disco"'),
        ("freni e ruote", "freni -ruote"),
        ("il corpo del testo", "in:title corpo"),
        ("casa", "cosa"),
    ],
)
def test_not_found(engine: WhooshEngine, text: str, question: str) -> None:
    fill(engine, [document(1, text)])
    assert found(engine, question) == []


def test_filters_are_applied_in_the_index(engine: WhooshEngine) -> None:
    fill(engine, [
        document(1, "freni", category_id=1, tags=("mtb",), has_image=True),
        document(2, "freni", category_id=2, created_at=datetime(2025, 5, 1, 12, tzinfo=UTC)),
        document(3, "freni", category_id=3, title="Freni nuovi", author_id=7, number=1),
        document(4, "rotte", category_id=3, title="Freni nuovi", author_id=7, number=2),
    ])  # fmt: skip
    assert set(found(engine, "freni")) == {1, 2, 3, 4}
    assert found(engine, "freni tag:mtb") == [1] and set(found(engine, "freni -tag:mtb")) == {2, 3, 4}
    assert found(engine, "freni has:image") == [1]
    assert found(engine, "freni before:2025-05-02") == [2] == found(engine, "freni before:2026")
    assert set(found(engine, "freni after:2026")) == {1, 3, 4} and found(engine, "freni after:2026-11-03") == []
    assert found(engine, "in:title freni") == [3] and found(engine, "in:title -nuovi") == []
    assert set(found(engine, "freni", Scope(frozenset({1, 3})))) == {1, 3, 4}
    assert found(engine, "freni", Scope(frozenset())) == []


def test_what_is_most_about_it_comes_first(engine: WhooshEngine) -> None:
    long = " ".join(["parola"] * 200)
    fill(engine, [
        document(1, "freni " + long),
        document(2, "freni freni, e ancora freni"),
        document(3, "di altro", title="Freni", number=1),
        document(4, "di altro", title="Freni", number=2),
    ])  # fmt: skip
    assert found(engine, "freni") == [3, 4, 2, 1], "a title tells more than a text, an opening post more still"


def test_newer_is_gently_better_and_newest_can_be_asked_for(engine: WhooshEngine) -> None:
    old, new = datetime(2016, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    fill(engine, [
        document(1, "freni", created_at=old), document(2, "freni", created_at=new),
        document(3, "freni freni freni", created_at=old),
    ])  # fmt: skip
    assert found(engine, "freni") == [3, 2, 1]
    assert found(engine, "freni", order="newest")[0] == 2


def test_posts_with_most_of_the_words_follow_those_with_all(engine: WhooshEngine) -> None:
    many = [document(it, "la catena") for it in range(10, 40)]
    fill(engine, [document(1, "catena saltellante consumata"), document(2, "saltellante consumata"), *many])
    assert found(engine, "catena saltellante consumata")[:2] == [1, 2]
    assert found(engine, "catena saltellante consumata") == [1, 2], "the commonest word alone is not enough"


def test_beginnings_keep_to_the_time_of_a_search(engine: WhooshEngine) -> None:
    fill(engine, [document(1, "la catena cade"), document(2, "la casa")])
    [many] = wanted(parse("ca*", today=TODAY))
    parts = engine.library.parts()
    whole, cut, more = expanded(many, parts, time.monotonic() + 60)
    assert not cut and not more and {b"casa", b"cade", b"catena"} <= set(whole.words)
    none, cut, _ = expanded(many, parts, time.monotonic() - 1)
    assert cut and none.words == ()
    assert look_up(parts[0], whole, time.monotonic() - 1) == ({}, True)


def test_what_begins_so_is_known_of_each_segment_by_itself(engine: WhooshEngine) -> None:
    fill(engine, [document(1, "catena")])
    assert found(engine, "cat*") == [1] == found(engine, "cat*")
    engine.write([document(2, "catenaccio"), document(3, "cattura")], [])
    assert set(found(engine, "cat*")) == {1, 2, 3}
    engine.write([], [1, 3])
    assert found(engine, "cat*") == [2]
    [first, last] = engine.library.parts()
    assert last.begun("word", b"cat") == (((b"catenaccio", 1), (b"cattura", 1)), False)
    assert first.begun("word", b"d") == ((), False)
    fill(engine, [document(it, "catena cattuno" if it % 2 else "catena") for it in range(1, 6)])
    assert engine.library.parts()[0].begun("word", b"cat")[0] == ((b"catena", 5), (b"cattuno", 3)), "often first"


def test_similar_posts(engine: WhooshEngine) -> None:
    fill(engine, [
        document(1, "La pompa freno perde olio dal pistone", title="Pompa freno", number=1),
        document(2, "Qual è la vostra salita preferita?", title="Salite", number=1),
        document(3, "Giro di domenica", title="Domenica", category_id=9, number=1),
    ])  # fmt: skip
    hits = engine.similar("Il freno perde olio", "Ho notato olio sotto la pompa", "it", Scope())
    assert [it.post_id for it in hits] == [1]
    assert engine.similar("Giro di domenica", "", "it", Scope(frozenset({1}))) == []


def test_better_spellings_come_from_what_may_be_read(engine: WhooshEngine) -> None:
    fill(engine, [
        *(document(it, "La velocità del cambio elettronico") for it in range(1, 6)),
        *(document(it, "progetto stratosferico", category_id=9) for it in range(6, 12)),
    ])  # fmt: skip
    assert engine.suggest(["velocitá", "elettronico", "eletronico", "velcita"], Scope()) == {
        "eletronico": "elettronico", "velcita": "velocità",
    }  # fmt: skip
    assert engine.suggest(["stratosferco"], Scope()) == {"stratosferco": "stratosferico"}
    assert engine.suggest(["stratosferco"], Scope(frozenset({1}))) == {}, "not even the word of a closed category"


def test_a_post_is_replaced_and_taken_out(engine: WhooshEngine) -> None:
    fill(engine, [document(1, "uno"), document(2, "due")])
    engine.write([document(1, "tre"), document(3, "quattro")], [2])
    assert [found(engine, it) for it in ("uno", "due", "tre", "quattro")] == [[], [], [1], [3]]
    engine.write([document(1, "cinque")], [])
    engine.write([document(1, "cinque")], [])
    assert found(engine, "cinque") == [1] and found(engine, "tre") == []


def test_another_process_sees_a_commit_at_once(engine: WhooshEngine, tmp_path: Path) -> None:
    from forum.search.engines.whoosh.library import Library
    from forum.search.engines.whoosh.shelf import Shelf

    fill(engine, [document(1, "uno")])
    other = WhooshEngine(tmp_path / "index", engine.db)
    other.library = Library(Shelf(tmp_path / "index"))  # as another process has one of its own
    assert found(other, "uno") == [1]
    engine.write([document(2, "uno")], [])
    assert set(found(other, "uno")) == {1, 2}
    fill(engine, [document(3, "uno")])
    assert found(other, "uno") == [3], "and an index that took the old one's place"


def test_many_commits_make_few_segments(engine: WhooshEngine) -> None:
    fill(engine, [])
    dice = random.Random(5)
    texts: dict[int, str] = {}
    for turn in range(60):
        posts = {dice.randrange(40): f"turno{turn}" for _ in range(3)}
        gone = set(texts) & {dice.randrange(40)} - set(posts)
        engine.write([document(it, text) for it, text in posts.items()], gone)
        texts = {it: text for it, text in (texts | posts).items() if it not in gone}
        assert len(engine.library.parts()) <= 2 * TIER
    for post, text in texts.items():
        assert post in found(engine, text)
    assert sum(len(found(engine, f"turno{it}")) for it in range(60)) == len(texts)


def test_crowds_of_segments() -> None:
    assert crowded([(3, 3)] * (TIER - 1)) == []
    assert crowded([(5000, 5000)] + [(3, 3)] * TIER) == list(range(1, TIER + 1))
    assert crowded([(LARGEST, LARGEST)] * 50) == [], "what is large is left alone"
    assert crowded([(9000, 9000), (900, 500)]) == [1], "unless much of it is gone"
    sizes: list[tuple[int, int]] = []
    rewritten = 0
    for _ in range(20_000):  # a reply at a time
        sizes.append((1, 1))
        while crowd := crowded(sizes):
            together = sum(sizes[it][0] for it in crowd)
            rewritten += together
            sizes = [it for at, it in enumerate(sizes) if at not in crowd] + [(together, together)]
        assert len(sizes) < 6 * TIER
    assert rewritten / 20_000 < 6, "each post is written anew a few times only"
