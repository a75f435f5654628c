"""When a search finds nothing, or hardly anything: another spelling, and the search with fewer words."""

from collections.abc import Sequence
from itertools import islice

import msgspec
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.kit.markdown import plain
from forum.policy.actors import Actor
from forum.search import filters, language, queries
from forum.search.analysis import fold, tokens
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.forms import Asked
from forum.search.language import Placed, Query, Term
from forum.search.stopwords import EMPTY
from forum.search.views import Piece, Suggestion

LOOKED_AT = 5
"""Posts in which a suggested word is looked up before it is suggested."""
FEWER = 4


def suggestion(session: Session, engine: Engine, actor: Actor, house: House, asked: Asked) -> Suggestion | None:
    """A better spelling, if one finds something that `actor` may see and that holds the very words suggested.

    An engine knows words of posts that were hidden a moment ago: without this look a suggestion would spell them out.
    """
    words = [word for term in asked.query.wanted for word in term.words]
    try:
        better = {old: new for old, new in engine.suggest(words, filters.scope_of(actor, house)).items() if old != new}
        if not better:
            return None
        query = Query(terms=tuple(_with(term, better) for term in asked.query.terms), in_title=asked.query.in_title)
        hits = engine.find(query, filters.scope_of(actor, house)).hits
    except IndexUnusable:
        return None
    posts = queries.told(session, actor, [hit.post_id for hit in islice(hits, LOOKED_AT * 4)])
    said = set(better.values())
    for post in list(posts.values())[:LOOKED_AT]:
        text = f"{post.thread.title} {plain(post.html)}"
        there = {token.text for token in tokens(text[:20_000], "")}
        said -= {word for word in said if {token.text for token in tokens(word, "")} <= there}
    if said:
        return None
    return Suggestion(_pieces(asked.q, better), asked.href(_spelt(asked.q, better)))


def _with(term: Term, better: dict[str, str]) -> Term:
    if term.negative:
        return term
    return msgspec.structs.replace(term, words=tuple(better.get(word, word) for word in term.words))


def _spelt(q: str, better: dict[str, str]) -> str:
    return "".join(piece.text for piece in _pieces(q, better))


def _pieces(q: str, better: dict[str, str]) -> tuple[Piece, ...]:
    """`q` with the better words in place of the others, and everything else as it was typed."""
    pieces: list[Piece] = []
    text, at = language.clean(q), 0
    terms = [it for it in language.placed(q, today=filters.ANY_DAY) if not it.term.negative]
    words = (pair for it in terms for pair in zip(it.words, it.term.words, strict=True))
    for (start, end), word in words:
        if word in better:
            pieces += [Piece(text[at:start]), Piece(better[word], hit=True)]
            at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)


def fewer(asked: Asked) -> tuple[tuple[str, str], ...]:
    """(a word that is left out, the search without it), for a search of several words that found nothing.

    An article or the like is not offered: a search does without it by itself.
    """
    terms = [it for it in language.placed(asked.q, today=filters.ANY_DAY) if not it.term.negative]
    telling = list(dict.fromkeys(it.term for it in terms if not _is_empty(it.term)))
    if len(telling) < 2:
        return ()
    return tuple(
        (" ".join(term.words), asked.href(_without(asked.q, [it for it in terms if it.term == term])))
        for term in telling[:FEWER]
    )


def _is_empty(term: Term) -> bool:
    return len(term.words) == 1 and not term.prefix and fold(term.words[0]) in EMPTY


def _without(q: str, terms: Sequence[Placed]) -> str:
    text = language.clean(q)
    for it in reversed(terms):
        text = f"{text[: it.start]} {text[it.end :]}"
    return " ".join(text.split())
