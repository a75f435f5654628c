"""From the terms of a query to tsqueries, with how rare each one is.

What people typed reaches PostgreSQL only through `search_it` and `search_en`, as bound values; what comes back are
lexemes, and of these alone, quoted, tsqueries are made.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, text

from forum.search.analysis import fold, tokens
from forum.search.engines.postgres.texts import plain
from forum.search.language import Term
from forum.search.stopwords import EMPTY

EXPANSIONS = 20
"""So many words that begin alike are looked for, the most used ones …"""
PLENTY = 30_000
"""… or fewer, when these are in so many posts already."""

_LEXEMES = text(
    """
    SELECT w.word, c.locale, u.lexeme,
           (SELECT coalesce(sum(s.posts), 0) FROM search_words s WHERE s.lexeme = u.lexeme AND s.locale = c.locale)
      FROM unnest(CAST(:words AS text[])) AS w(word)
     CROSS JOIN (VALUES ('it', 'search_it'::regconfig), ('en', 'search_en'::regconfig)) AS c(locale, config)
     CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector(c.config, w.word))) AS u(lexeme)
    """
)
_BEGINNING = text(
    """
    SELECT b.beginning, w.lexeme, w.posts
      FROM unnest(CAST(:beginnings AS text[])) AS b(beginning)
     CROSS JOIN LATERAL (SELECT lexeme, sum(posts) AS posts FROM search_words
                          WHERE word LIKE b.beginning || '%' GROUP BY lexeme
                          ORDER BY posts DESC, lexeme LIMIT :most) AS w
    """
)


class Clause(msgspec.Struct, frozen=True):
    """A term as PostgreSQL looks for it. `tsquery`: its text; `posts`: about how many hold it, for the rarest word."""

    tsquery: str
    posts: int
    words: tuple[str, ...]
    negative: bool = False
    empty: bool = False  # an article or the like, which a search does without as long as there are others
    quoted: bool = False  # in quotation marks: a post never lacks it
    worth: float = 1.0  # for the ranking, beside its rarity
    shortened: bool = False  # a beginning, of more words than are looked for


class Lexicon:
    """What the words of one query are in the index: asked once, for all of them."""

    def __init__(self, connection: Connection, words: Iterable[str], beginnings: Iterable[str] = ()) -> None:
        """`words`, `beginnings`: as `texts.plain` makes them."""
        self._lexemes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._posts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._beginnings: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        wanted = sorted(set(words))
        for word, locale, lexeme, posts in connection.execute(_LEXEMES, {"words": wanted}) if wanted else ():
            self._lexemes[word, locale].append(lexeme)
            self._posts[word, locale] = max(self._posts[word, locale], int(posts))
        some = sorted(set(beginnings))
        values = {"beginnings": some, "most": EXPANSIONS + 1}
        for beginning, lexeme, posts in connection.execute(_BEGINNING, values) if some else ():
            self._beginnings[beginning].append((lexeme, int(posts)))

    def posts(self, word: str) -> int:
        """About how many posts hold this word in one of its forms."""
        return self._posts[word, "it"] + self._posts[word, "en"]

    def phrase(self, words: Sequence[str], *, begun: str = "") -> str:
        """Words in their order, in each language; "" when they hold nothing to look for.

        `begun`: the beginning of one more word after them.
        """
        readings = []
        for locale in ("it", "en"):
            lexemes = [quoted(lexeme) for word in words for lexeme in self._lexemes[word, locale]]
            readings.append(" <-> ".join([*lexemes, *([f"{quoted(begun)}:*"] if begun else [])]))
        return either(readings)

    def beginning(self, word: str) -> tuple[str, int, bool]:
        """The words that begin so, about how many posts hold one, and whether there are more such words."""
        lexemes, together, known = [], 0, self._beginnings[word]
        for lexeme, posts in known[:EXPANSIONS]:
            lexemes.append(quoted(lexeme))
            together += posts
            if together > PLENTY:
                break
        return either(lexemes), together, len(lexemes) < len(known)


def quoted(lexeme: str) -> str:
    """A lexeme inside a tsquery, whatever it holds."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def either(tsqueries: Iterable[str]) -> str:
    """One of them."""
    different = [it for it in dict.fromkeys(tsqueries) if it]
    return f"({' | '.join(f'({it})' for it in different)})" if different else ""


def every(tsqueries: Iterable[str]) -> str:
    """All of them."""
    return " & ".join(tsqueries)


def clauses(connection: Connection, terms: Sequence[Term]) -> list[Clause]:
    """The terms that hold something to look for, in their order. Two statements at the most."""
    read = [(term, _words(term)) for term in terms]
    lexicon = Lexicon(
        connection,
        (word for term, words in read for word in (*words, *_joined(term))),
        (words[-1] for term, words in read if term.prefix and words),
    )
    made = (_clause(term, words, lexicon) for term, words in read if words)
    return list({(it.tsquery, it.quoted): it for it in made}.values())


def _words(term: Term) -> list[str]:
    found = [plain(token.text) for token in tokens(" ".join(term.words), "en") if not token.part]
    return [word for word in found if word]


def _joined(term: Term) -> list[str]:
    """["ebike"] for e-bike: one typed word of several, as it is written in one."""
    found = tokens(term.words[0], "en") if len(term.words) == 1 else []
    own = [it for it in found if not it.part]
    if len(own) < 2 or term.prefix:
        return []
    return [plain(it.text) for it in found if it.part and (it.start, it.end) == (own[0].start, own[-1].end)][:1]


def _clause(term: Term, words: Sequence[str], lexicon: Lexicon) -> Clause:
    tsquery, posts, shortened = lexicon.phrase(words), min(lexicon.posts(word) for word in words), False
    if term.prefix and len(words) == 1:
        begun, more, shortened = lexicon.beginning(words[0])
        tsquery, posts = either([tsquery, begun]), posts + more
    elif term.prefix:
        tsquery = either([tsquery, lexicon.phrase(words[:-1], begun=words[-1])])
        posts = min(lexicon.posts(word) for word in words[:-1])
    for word in _joined(term):
        tsquery, posts = either([tsquery, lexicon.phrase([word])]), posts + lexicon.posts(word)
    return Clause(
        tsquery, posts, tuple(words), term.negative,
        empty=len(words) == 1 and not term.quoted and fold(words[0]) in EMPTY, quoted=term.quoted, shortened=shortened,
    )  # fmt: skip


def rarity(posts: int, of: int) -> float:
    """How much a find tells: the idf of BM25, above 0."""
    return math.log(1 + (max(of, posts) - posts + 0.5) / (posts + 0.5))


def condition(wanted: Sequence[Clause], unwanted: Sequence[Clause]) -> str:
    """All of the wanted, none of the unwanted."""
    return every([*(it.tsquery for it in wanted), *(f"!({it.tsquery})" for it in unwanted)])


def parameters(queries: Sequence[str]) -> Mapping[str, str]:
    """Names for bound tsqueries: q0, q1 …"""
    return {f"q{number}": query for number, query in enumerate(queries)}
