"""The engine and its phases, each from both sides."""

from datetime import UTC, datetime, timedelta
from time import thread_time

import pytest

from forum.kit.i18n import translate
from forum.kit.markdown import parse, render
from forum.prevention import bayes
from forum.prevention.costs import SLOWEST, cost
from forum.prevention.engine import examine
from forum.prevention.facts import KNOWN, NEWCOMER, REGULAR, Author, Facts, Typing, level
from forum.prevention.phases import PHASES, personal
from forum.prevention.reading import MARKS, read
from forum.prevention.rules import Rules, Word, problem_of
from forum.prevention.stamps import stamp, typing
from forum.prevention.verdicts import Alike, Past, Verdict

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def look(
    source: str, *, rules: Rules | None = None, title: str = "", days: float = 0, posts: int = 0, **facts: object
) -> Verdict:
    who = Author(1, NOW - days * DAY, posts, bool(facts.pop("exempt", False)))
    text = read(source, render(parse(source), {}).html, title)
    return examine(text, Facts(now=NOW, author=who, **facts), rules or Rules())  # type: ignore[arg-type]


def phases(verdict: Verdict) -> set[str]:
    return {finding.phase for finding in verdict.findings}


def past(minutes: float, **more: object) -> Past:
    values = {"outcome": "", "digest": 0, "mentions": 0, "kind": "reply", **more}
    return Past(at=NOW - timedelta(minutes=minutes), **values)  # type: ignore[arg-type]


LINKS = " ".join(f"https://shop{n}.example/" for n in range(5))
WORDS = tuple(Word(n, text, action) for n, (text, action) in enumerate([("spam", "block"), ("offerta*", "hold")]))


def test_trust_grows_with_time_and_good_posts_and_falls_with_bad_ones() -> None:
    assert level(timedelta(hours=1), 50, 0) == NEWCOMER
    assert level(2 * DAY, 3, 0) == KNOWN
    assert level(40 * DAY, 30, 0) == REGULAR
    assert level(40 * DAY, 30, 1) == KNOWN
    assert level(40 * DAY, 12, 2) == NEWCOMER


@pytest.mark.parametrize(("days", "posts", "seen"), [(0, 0, True), (40, 40, False)])
def test_links_are_limited_for_newcomers_alone(days: int, posts: int, *, seen: bool) -> None:
    assert ("links" in phases(look(LINKS, days=days, posts=posts))) == seen


def test_known_places_do_not_count() -> None:
    assert "links" not in phases(look(" ".join(f"https://it.wikipedia.org/wiki/{n}" for n in range(9))))
    assert "links" in phases(look(" ".join(f"https://notwikipedia.org/{n}" for n in range(9))))


def test_the_first_that_holds_or_blocks_decides_and_all_are_recorded() -> None:
    rules = Rules(modes={"words": "block", "links": "block", "rate": "flag"}, words=WORDS)
    verdict = look(f"Questa è un'offertissima {LINKS}", rules=rules)
    assert (verdict.outcome, verdict.phase) == ("block", "links")
    verdict = look(f"Le offerte di oggi {LINKS}", rules=Rules(modes={"links": "block"}, words=WORDS))
    assert (verdict.outcome, verdict.phase) == ("block", "links")
    verdict = look(f"Offerta unica {LINKS}", rules=rules)
    assert (verdict.outcome, verdict.phase) == ("hold", "words")
    assert phases(verdict) == {"words", "links", "first"}
    assert not verdict.message


def test_a_mode_is_the_most_a_phase_does() -> None:
    for mode, outcome in (("off", "observe"), ("observe", "observe"), ("flag", "flag"), ("block", "block")):
        verdict = look("spam", rules=Rules(modes={"words": mode}, words=WORDS))
        assert verdict.outcome == outcome, mode
        assert ("words" in phases(verdict)) == (mode != "off")


def test_who_is_exempt_is_not_looked_at() -> None:
    assert look(LINKS, exempt=True) == Verdict()


def test_every_phase_asks_in_both_languages() -> None:
    for phase in PHASES:
        for words in (phase.title, phase.about, phase.asks, *(option.label for option in phase.options)):
            assert translate(words, "en") == words


def test_repeats() -> None:
    text = "I have written this very sentence before and will write it again and again until it is read"
    mine = Alike(1, 7, "", NOW - DAY, MARKS)
    other = Alike(2, 8, "", NOW - DAY, MARKS)
    assert "repeat" in phases(look(text, alike=(mine,)))
    assert "repeat" in phases(look(text, alike=(other,)))
    assert "repeat" not in phases(look(text, alike=(other,), days=60, posts=60))
    gone = Alike(2, 8, "bad", NOW - DAY, MARKS)
    assert "repeat" in phases(look(text, alike=(gone,), days=60, posts=60))
    assert "repeat" not in phases(look(text, alike=(Alike(2, 8, "good", NOW, MARKS), Alike(2, 9, "", NOW, 4))))


def test_pace_mentions_history_and_machines() -> None:
    assert "rate" in phases(look("Ciao", past=tuple(past(1) for _ in range(6))))
    assert "rate" not in phases(look("Ciao", past=tuple(past(1) for _ in range(6)), days=3, posts=9))
    assert "mentions" in phases(look("@aa @bb @cc @dd @ee"))
    assert "mentions" in phases(look("@aa @bb", past=(past(5, mentions=7),)))
    assert "mentions" not in phases(look("@aa @bb @cc"))
    assert "history" in phases(look("Ciao", days=99, posts=99, past=(past(9, outcome="bad"), past(8, outcome="bad"))))
    assert "history" not in phases(look("Ciao", past=(past(9, outcome="bad"),)))
    many = "parole " * 30
    assert "form" in phases(look("Ciao", typing=Typing(60, trap=True)))
    assert "form" in phases(look(many, typing=Typing(0.4)))
    assert "form" not in phases(look(many, typing=Typing(40))) and "form" not in phases(look(many))


def test_pictures_and_categories() -> None:
    assert "images" in phases(look("x", images={"a": 3})) and "images" not in phases(look("x", images={"a": 40}))
    rules = Rules(first_read=frozenset({4}), modes={"category": "hold"})
    assert look("Ciao", rules=rules, category_id=4, days=99, posts=99).holds
    assert not look("Ciao", rules=rules, category_id=5).holds


def test_the_filter_speaks_when_it_has_learned_enough() -> None:
    text = read("comprate orologi originali scontati subito, spedizione gratuita per tutti", "")
    counts = dict.fromkeys(text.tokens, (14, 0))
    for learned, seen in (((14, 90), False), ((20, 90), True)):
        verdict = look(text.source, tokens=counts, learned=learned)
        assert ("learned" in phases(verdict)) == seen
    assert "learned" not in phases(look(text.source, tokens=dict.fromkeys(text.tokens, (2, 80)), learned=(20, 90)))


def test_bayes_is_sure_only_of_what_many_words_say() -> None:
    words = {number: str(number) for number in range(12)}
    learned = (50, 50)
    assert bayes.score(words, dict.fromkeys(words, (30, 0)), learned)[0] > 0.99
    assert bayes.score(words, dict.fromkeys(words, (0, 30)), learned)[0] < 0.01
    assert bayes.score(words, dict.fromkeys(words, (15, 15)), learned) == (0.5, [])
    mixed = {number: (30, 0) if number % 2 else (0, 30) for number in words}
    assert 0.1 < bayes.score(words, mixed, learned)[0] < 0.9
    assert bayes.probability(0, 0, learned) == bayes.UNKNOWN


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Il mio codice è RSSMRA85T10A562S", ["a codice fiscale"]),
        ("Il mio codice è RSSMRA85T10A562X", []),  # wrong check character
        ("IBAN IT60 X054 2811 1010 0000 0123 456", ["an IBAN"]),
        ("IBAN IT61X0542811101000000123456", []),
        ("chiamami al 333 1234567", ["a telephone number"]),
        ("il +39 02 36618300 risponde", ["a telephone number"]),
        ("telefono: 333 1234567 333 7654321", ["a telephone number"]),
        ("il contatore segna 3331234567", []),
        ("versione 1.2.3.4567890 del 2026-11-21 09:30:00", []),
        ("abita in via Giuseppe Garibaldi, 12", ["a street address"]),
        ("via libera alle 12", []),
        ("at 221 Baker Street since", ["a street address"]),
        ("scrivi a mario.rossi@posta.it", ["an e-mail address"]),
        ("scrivi a info@posta.it o a x@y.example", []),
    ],
)
def test_personal_data_counts_when_it_can_be_real(text: str, kinds: list[str]) -> None:
    assert [words for words, _ in personal.found(text)] == kinds


def test_patterns_that_would_never_end_do() -> None:
    for pattern in (r"(x+x+)+y", r"(a|aa)+b", r"([a-z]+ ?)+$q", r"[a-q][^u-z]{13}x"):
        word = Word(1, pattern, "flag", "pattern")
        assert problem_of(word) is None, pattern
        look("x" * 5000 + " " + "a" * 5000, rules=Rules(words=(word,), modes={"words": "flag"}))
    for pattern in (r"(?=a)b", r"(a)\1", ".*", r"[\pL\pN]{3,90}", "(", "x" * 101):
        assert problem_of(Word(1, pattern, "flag", "pattern")) is not None, pattern


def test_a_form_says_when_it_was_opened() -> None:
    key = stamp(b"secret", NOW)
    assert len(key) <= 64
    assert typing(b"secret", key, "", NOW + timedelta(seconds=9)).seconds == pytest.approx(9, abs=0.01)
    assert typing(b"other", key, "", NOW).seconds is None
    assert typing(b"secret", "anything", " x ", NOW) == Typing(None, trap=True)


def test_what_is_nearly_personal_data_hides_nothing_and_costs_nothing() -> None:
    """A number after the other once took seconds: each of them was the beginning of all that follow."""
    started = thread_time()
    assert personal.found("0 " * 16_000 + "0a") == []
    assert thread_time() - started < 0.1
    for nearly in ("via Roma 1° ", "1 Abc Def Ghi Street_ ", "a@b.it_ ", "IT60X0542811101000000123457, ", "é"):
        text = nearly * 15 + "RSSMRA85T10A562S e via Po 3, 9 Elm Road, x@posta.it"
        assert [words for words, _ in personal.found(text)] == [
            "a codice fiscale",
            "a street address",
            "an e-mail address",
        ]


def test_patterns_that_grow_are_known_by_what_they_take() -> None:
    assert cost(r"casin[oò]|\bscommess\w+") < SLOWEST
    assert cost(r"buy.{0,30}pills") < SLOWEST
    assert cost(r"[a-q]\w{90}x") > SLOWEST


def test_a_list_finds_words_and_patterns_alike() -> None:
    """Patterns run only where the letters stand that they need; those without such letters run always."""
    words = (
        Word(1, "orolog*", "flag"), Word(2, r"\bcasin[oò] (?:on)?line", "hold", "pattern"),
        Word(3, r"[0-9]{4}x", "tag", "pattern"), Word(4, "soldi facili", "block"),
    )  # fmt: skip
    lists = Rules(words=words).lists
    assert [word.id for word in lists.found(read("Soldi, facili! Casinò online: 1234x orologi", ""))] == [4, 2, 1, 3]
    assert lists.found(read("casino, 123x e soldi non facili", "")) == []
    assert Rules().lists.found(read("orologi", "")) == []
