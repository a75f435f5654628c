"""Posts about the same as a text: by its most telling words, of which they must have two."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from forum.search.analysis import tokens
from forum.search.engines.base import Hit, Scope
from forum.search.engines.postgres import finding
from forum.search.engines.postgres.clauses import Clause, Lexicon, either, rarity
from forum.search.engines.postgres.texts import plain
from forum.search.language import Query
from forum.search.models import SearchDocument as Document
from forum.search.stopwords import EMPTY

READ = 80
"""Different words of the text that are looked up."""
TELLING = 8
"""Of these, those that are searched for."""
TITLE = 3.0
"""How much more a word of the title tells than one of the text."""
COMMON = 4_000
"""A word that more posts hold tells nothing."""


def similar(connection: Connection, title: str, text: str, scope: Scope, of: int, limit: int) -> Sequence[Hit]:
    """The best post of each thread. Two statements."""
    worth = dict.fromkeys(_telling(text), 1.0) | dict.fromkeys(_telling(title), TITLE)
    first = sorted(worth, key=lambda word: worth[word], reverse=True)[:READ]
    lexicon = Lexicon(connection, first)
    most = max(20, min(COMMON, of // 4))
    known = [word for word in first if 0 < lexicon.posts(word) <= most]
    known.sort(key=lambda word: worth[word] * rarity(lexicon.posts(word), of), reverse=True)
    made = (Clause(lexicon.phrase([word]), lexicon.posts(word), (word,), worth=worth[word]) for word in known)
    chosen = list({clause.tsquery: clause for clause in made}.values())[:TELLING]
    if not chosen:
        return ()
    search = finding.Search(tuple(chosen), (), tuple(finding.filters(connection, Query(), scope)), of, limit=limit)
    query = finding.relaxed(search) or either(clause.tsquery for clause in chosen)
    rows = connection.execute(_best(search, query, limit))
    return tuple(Hit(row.post_id, row.score) for row in rows)


def _best(search: finding.Search, query: str, limit: int) -> Any:
    """One post a thread."""
    candidates = finding.matching(search, query).subquery("candidates")
    score = finding.score(search)
    ranked = (
        select(Document.post_id, Document.thread_id, score.label("score"))
        .join(candidates, candidates.c.post_id == Document.post_id)
    ).subquery("ranked")  # fmt: skip
    each = (
        select(ranked).ext(distinct_on(ranked.c.thread_id))
        .order_by(ranked.c.thread_id, ranked.c.score.desc(), ranked.c.post_id)
    ).subquery("each")  # fmt: skip
    return select(each).order_by(each.c.score.desc(), each.c.post_id.desc()).limit(limit)


def _telling(text: str) -> Iterator[str]:
    for token in tokens(text, ""):
        if not token.part and token.text not in EMPTY and len(token.text) > 1 and (word := plain(token.text)):
            yield word
