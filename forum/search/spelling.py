"""When a search finds nothing, or hardly anything: another spelling, and the search with fewer words."""

from itertools import islice

import msgspec
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.kit.markdown import plain
from forum.policy.actors import Actor
from forum.search import language, queries
from forum.search.analysis import tokens
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.forms import Asked
from forum.search.language import Query, Term
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
        better = {old: new for old, new in engine.suggest(words, queries.scope_of(actor, house)).items() if old != new}
        if not better:
            return None
        query = Query(terms=tuple(_with(term, better) for term in asked.query.terms), in_title=asked.query.in_title)
        hits = engine.find(query, queries.scope_of(actor, house)).hits
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
    return msgspec.structs.replace(term, words=tuple(better.get(word, word) for word in term.words))


def _spelt(q: str, better: dict[str, str]) -> str:
    return "".join(piece.text for piece in _pieces(q, better))


def _pieces(q: str, better: dict[str, str]) -> tuple[Piece, ...]:
    """`q` with the better words in place of the others, and everything else as it was typed."""
    pieces: list[Piece] = []
    rest = language.clean(q)
    while rest:
        found = min(((at, old) for old in better if (at := rest.find(old)) >= 0), default=None)
        if found is None:
            pieces.append(Piece(rest))
            break
        at, old = found
        if at:
            pieces.append(Piece(rest[:at]))
        pieces.append(Piece(better[old], hit=True))
        rest = rest[at + len(old) :]
    return tuple(pieces)


def fewer(asked: Asked) -> tuple[tuple[str, str], ...]:
    """(a word that is left out, the search without it), for a search of several words that found nothing."""
    terms = asked.typed.wanted
    if len(terms) < 2:
        return ()
    found = []
    for term in terms[:FEWER]:
        words = " ".join(term.words)
        spoken = f'"{words}"' if len(term.words) > 1 else words
        q = language.clean(asked.q)
        at = q.find(spoken)
        if at >= 0:
            found.append((words, asked.href(" ".join((q[:at] + " " + q[at + len(spoken) :]).split()))))
    return tuple(found)
