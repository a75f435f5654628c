"""Better spellings: words of the list that share trigrams, then as few slips as possible, then the most used.

A word is only suggested when a post holds it that lists show, in a category that the reader may see. It is looked up
in the tables themselves: what was hidden a moment ago is known there already.
"""

from collections.abc import Sequence

from rapidfuzz.distance import OSA
from sqlalchemy import Connection, text

from forum.search.analysis import tokens
from forum.search.engines.base import Scope
from forum.search.engines.postgres.clauses import Lexicon
from forum.search.engines.postgres.texts import MAX_WORD, plain

NEARLY_NOTHING = 2
"""A word that so few posts hold may be a slip; a better one is in `OFTENER` times as many."""
OFTENER = 10
SHORTEST = 4
ASKED = 4
"""Words of a search that are looked at."""
LOOKED_UP = 5
"""Candidates for one word that are looked up in posts."""

_ALIKE = text(
    """
    SELECT word, max(shown) AS shown, sum(posts) AS posts

      FROM search_words
     WHERE word % :word AND length(word) BETWEEN :shortest AND :longest
     GROUP BY word ORDER BY max(similarity(word, :word)) DESC, sum(posts) DESC LIMIT 40
    """
)
_SEEN = text(
    """
    SELECT EXISTS (
        SELECT 1 FROM search_documents d
          JOIN posts p ON p.id = d.post_id AND p.state = 'visible'
          JOIN threads t ON t.id = p.thread_id AND t.state = 'visible'
         WHERE d.vector @@ (plainto_tsquery('search_it', :word) || plainto_tsquery('search_en', :word))
           AND (CAST(:categories AS bigint[]) IS NULL OR t.category_id = ANY(CAST(:categories AS bigint[]))))
    """
)


def suggest(connection: Connection, words: Sequence[str], scope: Scope) -> dict[str, str]:
    """Word as typed → a better one, for those that find (nearly) nothing."""
    read: dict[str, str] = {}
    for word in words:
        found = [token for token in tokens(word, "") if not token.part]
        if len(found) == 1 and found[0].text.isalpha() and SHORTEST <= len(found[0].text) <= MAX_WORD:
            read[word] = plain(found[0].text)
    lexicon = Lexicon(connection, read.values())
    doubtful = [(word, sought) for word, sought in read.items() if lexicon.posts(sought) <= NEARLY_NOTHING]
    better = {}
    for word, sought in doubtful[:ASKED]:
        if found_one := _better(connection, sought, lexicon.posts(sought), scope):
            better[word] = found_one
    return better


def _better(connection: Connection, sought: str, posts: int, scope: Scope) -> str | None:
    slips = 1 if len(sought) < 6 else 2
    values = {"word": sought, "shortest": len(sought) - slips, "longest": len(sought) + slips}
    near = [
        (OSA.distance(sought, row.word), -int(row.posts), row.word, row.shown)
        for row in connection.execute(_ALIKE, values)
        if row.word != sought and row.posts >= max(1, posts * OFTENER)
    ]
    for _, _, word, shown in sorted(it for it in near if it[0] <= slips)[:LOOKED_UP]:
        if _is_seen(connection, word, scope):
            return str(shown)
    return None


def _is_seen(connection: Connection, word: str, scope: Scope) -> bool:
    categories = None if scope.categories is None else sorted(scope.categories)
    return bool(connection.execute(_SEEN, {"word": word, "categories": categories}).scalar_one())
