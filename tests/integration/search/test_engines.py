"""Both engines answer the same: Whoosh beside SQLite, Whoosh beside PostgreSQL, PostgreSQL's own full text."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from forum.db import Database
from forum.search.engines import make_engine
from forum.search.engines.base import Document, Engine, OutOfTime, Scope, State
from forum.search.engines.postgres.engine import SETTINGS, PostgresEngine
from forum.search.language import parse
from forum.threads.models import Thread
from tests.relevance.engines import stand_in

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def post(
    number: int, title: str, text: str, *, thread: int = 0, at: int = 1, locale: str = "it", category: int = 1,
    author: int = 1, tags: Sequence[str] = (), image: bool = False,
) -> Document:  # fmt: skip
    """Post `number`, of a thread of its own unless `thread` is said; posts are a day apart."""
    return Document(
        post_id=number, thread_id=thread or number, number=at, category_id=category, author_id=author, title=title,
        tags=tuple(tags), text=text, locale=locale, has_image=image, created_at=START + timedelta(days=number),
    )  # fmt: skip


POSTS = (
    post(1, "La pasta madre", "Perché la pasta madre va rinfrescata con l'acqua tiepida?", tags=["lievito-madre"]),
    post(2, "La pasta madre", "Con una madre giovane la pasta lievita piano.", thread=1, at=2, author=2),
    post(3, "Pane", "Dell’acqua e della farina: due biciclette non bastano, città mia!", category=2, image=True),
    post(4, "Freni", "La bicicletta frena male. Il signor O'Brien ha le pastiglie; dov'è la pompa?", author=2),
    post(5, "Brake pads", "My brakes squeal, the pads don't. Bicycles in the rain.", locale="en", author=3),
    post(6, "Firmware", "L'ATmega328P va a 3.3V con foo_bar() in C++ e readValue; errore #1234.", tags=["arduino"]),
    post(7, "Arduino in C", "Un linguaggio come il C basta per il firmware della e-bike."),
    post(8, "Segreti", "La parola chiave è zibaldone.", category=3),
    post(9, "Dove non si va", "Non so dove andare, la lievitazione è lunga."),
    post(10, "Corsa", "Correvamo piano. La velocità era bassa e i lievitati buoni.", tags=["lievito-madre", "corsa"]),
)


WHOOSH_THERE = pytest.param("whoosh on postgres", marks=pytest.mark.slow)


@pytest.fixture(params=["whoosh on sqlite", WHOOSH_THERE, "postgres on postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def backend(kind: str) -> str:
    return kind.rpartition(" ")[2]


@pytest.fixture
def engine(kind: str, settings, db: Database, tmp_path: Path) -> Iterator[Engine]:
    stand_in(db, POSTS)
    made = make_engine(replace(settings, search=kind.partition(" ")[0]), db)
    made.rebuild(lambda: POSTS, lambda _: None)
    return made


def ask(engine: Engine, text: str, scope: Scope = Scope(), **how) -> list[int]:  # noqa: B008  frozen
    return [hit.post_id for hit in engine.find(parse(text, today=TODAY), scope, **how).hits]


EXPECTED = (
    # accents and their absence, elisions with either apostrophe, languages
    ("perche", {1}), ("perché", {1}), ("PERCHÈ", {1}), ("citta", {3}), ("città", {3}), ("velocita", {10}),
    ("acqua", {1, 3}), ("l'acqua", {1, 3}), ("dell’acqua", {1, 3}), ("obrien", set()), ("brien", {4}),
    # stems of both, whatever the language of the question
    ("bicicletta", {3, 4}), ("biciclette", {3, 4}), ("frenare", {4}), ("brake", {5}), ("bicycle", {5}), ("pad", {5}),
    ("rinfrescare", {1}), ("correva", {10}),
    # all of the words; titles count for the replies too
    ("madre giovane", {2}), ("pasta madre", {1, 2}), ("pasta acqua", {1}), ("acqua zibaldone", set()),
    # phrases, exclusions, beginnings
    ('"una madre"', {2}), ('"madre una"', set()), ('"madre giovane"', {2}), ('"pasta madre" -giovane', {1}),
    ("acqua -biciclette", {1}), ('acqua -"pasta madre"', {3}), ("rinfresc*", {1}),     ("zib*", {8}),
    # what is written in code, numbers, compounds
    ("ATmega328P", {6}), ("atmega328p", {6}), ("atmega", {6}), ("foo_bar", {6}), ("readvalue", {6}), ("readValue", {6}),
    ("value", {6}), ("c++", {6}), ("C++", {6}), ("3.3V", {6}), ("3.3v", {6}), ("1234", {6}), ("#1234", {6}),
    ("e-bike", {7}), ("ebike", {7}), ("328", {6}),
    # little words: a search does without them, unless there is nothing else
    ("il firmware della", {6, 7}), ("dove", {9}), ("non", {3, 9}), ("dove non", {9}),
    ("la parola del zibaldone", {8}),
    ("don't", {5}),
    # titles, tags
    ("in:title firmware", {6}), ("in:title pasta", {1}), ("in:title acqua", set()), ('in:title "pasta madre"', {1}),
    ("lievito madre", {1, 2, 10}),
    # nothing at all
    ("xyzzy", set()), ("zibaldoni xyzzy", set()), ("???", set()),
)  # fmt: skip


def test_what_is_found(engine: Engine):
    wrong = {}
    for text, posts in EXPECTED:
        found = set(ask(engine, text))
        if text != "???" and found != posts:
            wrong[text] = found
    assert wrong == {}


QUOTED = (
    "Wet roads wear the brake pads.", "Roads that are wet; brake pads.", "Brake pads only.", "Wet roads, and a brake.",
    "Wet roads: the pads.", "Nothing of it.", "Brake pads on wet roads, in the rain.",
)  # fmt: skip


def test_what_is_quoted_is_never_lacking(engine: Engine):
    """Of three words or more one may be missing: no longer, when it stands in quotation marks."""
    engine.write(
        [msgspec.structs.replace(POSTS[0], post_id=it, thread_id=it, title="Freni", tags=(), text=text, locale="en")
         for it, text in enumerate(QUOTED, 1)], gone=range(len(QUOTED) + 1, 11),
    )  # fmt: skip
    some = ask(engine, "wet roads brake pads")
    assert set(some[:3]) == {1, 2, 7} and {4, 5} <= set(some), "plain words may be lacking"
    whole = ask(engine, '"wet roads" brake pads')
    assert set(whole[:2]) == {1, 7} and set(whole[2:]) == {4, 5}
    assert set(ask(engine, '"wet roads" brake pads -rain')) == {1, 4, 5}
    assert set(ask(engine, '"wet roads" "brake pads" rain')) == {1, 7}
    assert ask(engine, '"wet roads" "brake pads" "in the rain"') == [7]
    assert set(ask(engine, '"wet roads" brake pads', order="newest")) == {1, 7}
    assert ask(engine, "wet roads brake pads xyzzy", order="newest") == [], "what lacks a word could come first"
    assert set(ask(engine, "wet roads brake pads", order="newest")) == {1, 2, 7}
    assert ask(engine, '"roads wet" brake pads') == []
    assert ask(engine, '"roads that were wet" brake pads xyzzy') == []
    assert set(ask(engine, '"rain" brake pads wet')) == {7} < set(ask(engine, "rain brake pads wet")), "a word, too"
    assert set(ask(engine, '"the" brake')) == {1, 7} < set(ask(engine, "the brake"))


def test_what_is_written_in_one_or_in_two(engine: Engine):
    assert ask(engine, "e-bike") == ask(engine, "ebike") == ask(engine, "e-bik*") == [7]
    text = "La ebike ha il wifi, la email arriva online."
    engine.write([msgspec.structs.replace(POSTS[6], text=text)], gone=[])
    for typed in ("e-bike", "wi-fi", "e-mail", "on-line", "ebike wi-fi", '"la e-mail"'):
        assert ask(engine, typed) == ([7] if '"' not in typed else []), typed
    assert ask(engine, "acqua -e-bike") == ask(engine, "acqua") and ask(engine, "online -e-bike") == []


def test_a_beginning_of_very_many_words_says_so(engine: Engine):
    words = [f"zup{a}{b}{c}" for a in "aeiou" for b in "bcdf" for c in "aeiou"]
    engine.write([msgspec.structs.replace(POSTS[8], text=" ".join(words))], gone=[])
    assert engine.find(parse("zup*", today=TODAY), Scope()).shortened
    assert not engine.find(parse("zupab*", today=TODAY), Scope()).shortened
    few = engine.find(parse("acqua", today=TODAY), Scope())
    assert not few.shortened and few.complete


def test_a_beginning(engine: Engine):
    """PostgreSQL goes from the words that begin so to their stems, and may find other forms of them."""
    assert {2, 9, 10} <= set(ask(engine, "lievita*")) <= {1, 2, 9, 10}
    typed = parse("zibaldo", today=TODAY, typing=True)
    assert [hit.post_id for hit in engine.find(typed, Scope()).hits] == [8]


def test_what_comes_first(engine: Engine):
    assert ask(engine, "firmware") == [6, 7]  # in the title before in the text
    assert ask(engine, "pasta madre")[0] == 1  # the opening post before a reply
    assert ask(engine, "acqua", order="newest") == [3, 1]
    assert ask(engine, "madre", order="newest", limit=1) == [10]


FILTERED = (
    ("author:m2 pasta", {2}), ("author:m2 author:m3 bicicletta", {4}), ("-author:m1 madre", {2}),
    ("author:nobody pasta", set()), ("category:c2 acqua", {3}), ("-category:c2 acqua", {1}),
    ("category:cx acqua", set()),
    ("tag:lievito-madre piano", {10}), ("tag:corsa tag:lievito-madre piano", {10}), ("-tag:corsa lievito", {1}),
    ("has:image acqua", {3}), ("before:2026-05-03 acqua", {1}), ("after:2026-05-04 acqua", {3}),
    ("after:2027 acqua", set()),
)  # fmt: skip


def test_filters_never_lose_a_post(engine: Engine):
    """An engine may leave a filter to the database; what it takes into its own hands, it must not take too far."""
    for text, posts in FILTERED:
        words = " ".join(word for word in text.split() if ":" not in word)
        assert posts <= set(ask(engine, text)) <= set(ask(engine, words)), text


def test_unanswered_threads_are_not_lost_among_others(engine: Engine, db: Database):
    """Of many posts that match, few are alone in their thread: they are looked for, not left over."""
    with db.write() as session:
        session.execute(update(Thread).values(post_count=2))
        session.execute(update(Thread).where(Thread.id.in_((1, 9))).values(post_count=1))
    assert ask(engine, "acqua", limit=1) == [3]
    assert ask(engine, "acqua is:unanswered", limit=1) == [1]
    assert ask(engine, "zibaldone is:unanswered") == []
    with db.write() as session:
        session.execute(update(Thread).values(locked_at=START))
    assert ask(engine, "acqua is:unanswered") == [], "nobody can answer there"


def test_days_are_wide_enough_for_any_zone(engine: Engine):
    """The database knows when a day begins for whoever asks: from New Zealand to Hawaii."""
    posts = [
        msgspec.structs.replace(POSTS[0], post_id=it, thread_id=it, created_at=at)
        for it, at in enumerate((datetime(2026, 4, 30, 11, tzinfo=UTC), datetime(2026, 5, 1, 9, tzinfo=UTC)), 1)
    ]
    engine.write(posts, [])
    assert set(ask(engine, "tiepida after:2026-05-01")) == {1, 2}
    assert set(ask(engine, "tiepida before:2026-05-01")) == {1, 2}
    assert ask(engine, "tiepida after:2026-05-03") == [] == ask(engine, "tiepida before:2026-04-29")


def test_only_what_the_scope_may_read(engine: Engine):
    some = Scope(frozenset({1, 2}))
    assert ask(engine, "zibaldone") == [8]
    assert ask(engine, "zibaldone", some) == []
    assert ask(engine, "acqua", Scope(frozenset({2}))) == [3]
    assert ask(engine, "acqua", Scope(frozenset())) == []
    assert engine.suggest(["zibaldome"], Scope()) == {"zibaldome": "zibaldone"}
    assert engine.suggest(["zibaldome"], some) == {}
    assert 8 not in [hit.post_id for hit in engine.similar("Segreti", "parola chiave zibaldone", "it", some)]


def test_better_spellings(engine: Engine):
    better = engine.suggest(["biccicletta", "pasta", "xqzw", "pecrhe", "3.3V", "atmega328q", ""], Scope())
    assert better.get("biccicletta") == "bicicletta"
    assert better.get("pecrhe") == "perché"
    assert "pasta" not in better
    assert "xqzw" not in better


def test_what_is_alike(engine: Engine):
    hits = engine.similar("Rinfrescare la pasta madre", "La mia pasta madre vuole acqua tiepida.", "it", Scope())
    assert hits[0].post_id == 1
    assert list(engine.similar("", "", "it", Scope())) == []
    assert list(engine.similar("xyzzy", "qqq", "en", Scope())) == []


def test_a_post_changes_and_goes(engine: Engine):
    engine.write([msgspec.structs.replace(POSTS[3], text="Solo parapendio oggi.")], gone=[3, 999])
    assert ask(engine, "bicicletta") == []
    assert ask(engine, "parapendio") == [4]
    assert ask(engine, "acqua") == [1]
    assert engine.suggest(["parapendo"], Scope()) == {"parapendo": "parapendio"}
    engine.write([], gone=[4])
    assert ask(engine, "parapendio") == []
    assert engine.suggest(["parapendo"], Scope()) == {}
    assert engine.state().documents == 8


def test_built_anew(engine: Engine):
    told: list[int] = []
    engine.rebuild(lambda: POSTS[:5], told.append)
    assert told and told[-1] == 5
    assert ask(engine, "zibaldone") == []
    assert ask(engine, "pasta madre")[0] == 1
    assert engine.suggest(["zibaldome"], Scope()) == {}
    state = engine.state()
    assert (state.usable, state.complete) == (True, True)


@pytest.mark.parametrize("kind", ["postgres on postgres"])
@pytest.mark.parametrize("table", ["search_words", "search_documents", "categories", "threads"])
def test_whatever_meets_the_limit_of_time_is_no_failure(
    engine: PostgresEngine, db: Database, table: str, monkeypatch: pytest.MonkeyPatch
):
    """A table that is locked makes the statement late that needs it, wherever in a search that is."""
    monkeypatch.setitem(SETTINGS, "statement_timeout", 40)
    hasty = PostgresEngine(db)
    assert hasty.state().documents == 10
    hasty._counted = (0.0, 10)  # long ago
    query = parse("category:c2 acqua firmware piano", today=TODAY)
    with db.engine.connect() as other:
        other.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        asked = (
            hasty.find(query, Scope()), *hasty.find_both(query, parse("acqua", today=TODAY), Scope()),
            hasty.find(parse("tag:corsa is:unanswered in:title acqua", today=TODAY), Scope()),
        )  # fmt: skip
        assert any(it.cut for it in asked)
        assert hasty.suggest(["zibaldome"], Scope()) in ({}, {"zibaldome": "zibaldone"})
        assert hasty.state() == State(10, usable=True, complete=True)
        if table.startswith("search"):
            with pytest.raises(OutOfTime):
                hasty.similar("Rinfrescare la pasta madre", "", "it", Scope())
    assert hasty.suggest(["zibaldome"], Scope()) == {"zibaldome": "zibaldone"} and ask(hasty, "zibaldone") == [8]


NASTY = (
    "' OR 1=1 --", "a'b\\c", "\\", "!!! & | ( ) <-> :*", "a:*", "'':*", "\x00", "\u202e", "\ud800", "ﷺ" * 50, "𝕿𝖍𝖊",
    "%_%", "*", "a* b* c* d*", '"' * 99, "x" * 10_000, " ".join(f"w{n}" for n in range(1_000)), "pane " * 2_000,
    '"' + "la " * 300 + '"', "-pasta", "-pasta -madre", "author:" + "x" * 300, "田中さん", "👩‍🚀", "0" * 300,
    "l'", "c'", "'",
    "3.3.3.3.3.3", "a.b.c.d", "http://x.org/?a=b&c=d", "--", "e e e e", "la il lo i gli", "1e999", "-1073741819",
    "ꟼ" * 300, " ".join(f"{first}{then}*" for first in "bcdflmpr" for then in "aeio"),
)  # fmt: skip


def test_nasty_input_is_answered(engine: Engine):
    for text in NASTY:
        began = time.monotonic()
        ask(engine, text)
        engine.similar(text, text, "it", Scope())
        engine.suggest(text.split()[:30], Scope())
        assert time.monotonic() - began < 2, text[:40]  # each takes milliseconds; the machine may be busy


def test_nasty_texts_are_indexed(engine: Engine):
    nasty = [
        msgspec.structs.replace(POSTS[0], post_id=number, thread_id=number, text=text, title=text[:200])
        for number, text in zip(range(1, 11), ("\x00 nul", "x" * 200_000, "'\\" * 50, "a_" * 500, "ﷺ " * 900,
            " ".join(f"w{n}" for n in range(60_000)), "", "12e5v 1e5", "-" * 99, "parola"), strict=True)
    ]  # fmt: skip
    engine.write(nasty, gone=[])
    assert ask(engine, "parola") == [10]
    assert ask(engine, "nul") == [1]
    assert ask(engine, "12e5v") == [8]
