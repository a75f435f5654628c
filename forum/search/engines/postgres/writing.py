"""Putting documents into PostgreSQL's index, taking them out, and keeping the list of words.

A word that no post holds any more leaves the list with its last post: it may have been a name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from forum.search.engines.base import Document
from forum.search.engines.postgres.texts import Words, read

RARE = 5
"""So few posts, as counted: then it is looked whether there is one at all."""

# to_tsvector numbers the words of each piece; || lets the numbers go on. A post that is gone meanwhile is left out.
UPSERT = text(
    """
    INSERT INTO search_documents AS d (post_id, thread_id, category_id, author_id, number, locale, has_image,
                                       created_at, indexed_at, vector, title)
    SELECT n.post_id, n.thread_id, n.category_id, n.author_id, n.number, n.locale, n.has_image,
           n.created_at, clock_timestamp(),
           setweight(to_tsvector(n.config, n.title), 'A') || setweight(to_tsvector(n.config, n.tags), 'B')
             || setweight(to_tsvector(n.config, n.text), 'C') || setweight(to_tsvector(n.config, n.parts), 'D'),
           CASE WHEN n.number = 1 THEN to_tsvector(n.config, n.title) END
      FROM (SELECT *, ('search_' || it.locale)::regconfig AS config
              FROM unnest(CAST(:post_id AS bigint[]), CAST(:thread_id AS bigint[]), CAST(:category_id AS bigint[]),
                          CAST(:author_id AS bigint[]), CAST(:number AS integer[]), CAST(:locale AS text[]),
                          CAST(:has_image AS boolean[]), CAST(:created_at AS timestamptz[]), CAST(:title AS text[]),
                          CAST(:tags AS text[]), CAST(:text AS text[]), CAST(:parts AS text[]))
                   AS it(post_id, thread_id, category_id, author_id, number, locale, has_image, created_at,
                         title, tags, text, parts)) AS n
      JOIN (SELECT id FROM posts WHERE id = ANY(CAST(:post_id AS bigint[])) FOR KEY SHARE) AS p ON p.id = n.post_id
     ORDER BY n.post_id
        ON CONFLICT (post_id) DO UPDATE
       SET thread_id = excluded.thread_id, category_id = excluded.category_id, author_id = excluded.author_id,
           number = excluded.number, locale = excluded.locale, has_image = excluded.has_image,
           created_at = excluded.created_at, indexed_at = excluded.indexed_at,
           vector = excluded.vector, title = excluded.title
    """
)
_COUNT = """
    INSERT INTO search_words AS w (word, locale, shown, lexeme, posts, counted)
    SELECT n.word, n.locale, n.shown,
           coalesce(left((tsvector_to_array(to_tsvector(('search_' || n.locale)::regconfig, n.word)))[1], 40), n.word),
           {posts}, {counted}
      FROM unnest(CAST(:words AS text[]), CAST(:locales AS text[]), CAST(:shown AS text[]), CAST(:posts AS integer[]))
           AS n(word, locale, shown, posts)
     ORDER BY n.word, n.locale
        ON CONFLICT (word, locale) DO UPDATE
       SET {add},
           shown = CASE WHEN excluded.shown <> excluded.word THEN excluded.shown ELSE w.shown END
"""
COUNT = text(
    _COUNT.format(
        posts="n.posts", counted="n.posts",
        add="posts = w.posts + :by * excluded.posts, counted = w.counted + excluded.posts",
    )
)  # fmt: skip
"""Add to `posts`. `by`: 0 for words of posts that were counted before. To `counted` too: a count may be under way."""
RECOUNT = text(_COUNT.format(posts="n.posts", counted="n.posts", add="counted = w.counted + excluded.posts"))
"""Add to `counted`, for a count of everything."""
LEXEMES = text(
    "SELECT DISTINCT u.lexeme FROM search_documents d CROSS JOIN LATERAL unnest(d.vector) AS u(lexeme, at, weights)"
    " WHERE d.post_id = ANY(CAST(:ids AS bigint[]))"
)
FORGET = text(
    """
    DELETE FROM search_words w
     WHERE w.lexeme = ANY(CAST(:lexemes AS text[])) AND w.posts <= :rare
       AND NOT EXISTS (SELECT 1 FROM search_documents d WHERE d.vector @@ plainto_tsquery('simple', w.lexeme))
    """
)


SETTLE = (
    text("SELECT gin_clean_pending_list('ix_search_documents_vector')"),
    text("SELECT gin_clean_pending_list('ix_search_documents_title')"),
)
"""After many writes: what is new waits in a list that each search reads from end to end."""
SHORT = text("SET LOCAL gin_pending_list_limit = 64")
"""Kilobytes of that list: who writes puts it in order, lest every search be slower."""


def put(session: Session, documents: Sequence[Document], gone: Iterable[int]) -> None:
    """Put documents in place of older ones, take others out, keep the list of words."""
    session.execute(SHORT)
    out = sorted(set(gone))
    ids = [document.post_id for document in documents]
    known = set(
        session.scalars(
            text("SELECT post_id FROM search_documents WHERE post_id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids}
        )
    )
    lexemes = list(session.scalars(LEXEMES, {"ids": [*known, *out]}))
    if out:
        session.execute(text("DELETE FROM search_documents WHERE post_id = ANY(CAST(:ids AS bigint[]))"), {"ids": out})
    fresh, again = Words(), Words()
    upsert(session, [read(it, again if it.post_id in known else fresh) for it in documents])
    count(session, fresh, by=1)
    count(session, again, by=0)
    if lexemes:
        session.execute(FORGET, {"lexemes": lexemes, "rare": RARE})


def upsert(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write rows of `texts.read`; of several with one post_id the last counts."""
    rows = list({row["post_id"]: row for row in rows}.values())
    if rows:
        session.execute(UPSERT, {key: [row[key] for row in rows] for key in rows[0]})


def count(session: Session, words: Words, *, by: int = 1, anew: bool = False) -> None:
    """Write what `words` has counted and empty it. `anew`: into `counted`."""
    keys = sorted(words.posts)
    for start in range(0, len(keys), 10_000):
        some = keys[start : start + 10_000]
        values: dict[str, object] = {
            "words": [word for word, _ in some], "locales": [locale for _, locale in some],
            "shown": [words.shown.get(key, key[0]) for key in some], "posts": [words.posts[key] for key in some],
        }  # fmt: skip
        session.execute(RECOUNT if anew else COUNT, values if anew else {**values, "by": by})
    words.posts.clear()
    words.shown.clear()


def begin_count(session: Session) -> datetime:
    """Forget an unfinished count; the moment from which documents are new."""
    session.execute(text("UPDATE search_words SET counted = 0 WHERE counted <> 0"))
    began: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return began


def finish_count(session: Session, began: datetime) -> None:
    """The new count in place of the old one, and away with what was not written anew."""
    session.execute(text("DELETE FROM search_documents WHERE indexed_at < :began"), {"began": began})
    session.execute(text("DELETE FROM search_words WHERE counted = 0"))
    session.execute(text("UPDATE search_words SET posts = counted, counted = 0"))
    for statement in SETTLE:
        session.execute(statement)
