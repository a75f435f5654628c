"""Candidates from the index, never more than can be ranked in time, and their ranking.

Ranking costs a look at every post that matches, so a word that three quarters of all posts hold would cost a second.
Which path is taken is decided beforehand, by how many posts hold the rarest word: few enough and all of them are
ranked; otherwise the newest are looked through, and the titles of all threads, and the answer says that it was cut.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    REAL,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    union,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import DBAPIError

from forum.categories.models import Category
from forum.members.models import Member
from forum.search.engines.base import Found, Hit, Order, Scope
from forum.search.engines.postgres.clauses import Clause, condition, either, every, rarity
from forum.search.language import Query
from forum.search.models import SearchDocument as Document
from forum.threads.models import Tag, Thread, ThreadTag

EXACT = 5_000
"""Posts with the rarest word up to which all matches are ranked."""
RANKED = 1_000
"""Matches that are ranked, the newest."""
NEWEST = 4_000
"""Posts that are looked through, the newest, when every word is common."""
CANCELLED = "57014"  # SQLSTATE
TITLES = 500
"""Matching titles that join them."""
FEW = 10
"""With fewer threads than these that have every word, those that lack some are looked at, too."""
CORE = 8
"""Words, the rarest, of which such a post must have two."""


class Weights(msgspec.Struct, frozen=True):
    """What a find counts. Measured with tests/relevance; docs/search.md says what each one brought."""

    title: float = 1.0
    tag: float = 0.6
    text: float = 0.4
    part: float = 0.1
    length: int = 1  # ts_rank's normalisation: divided by 1 + log(length)
    opening: float = 1.5  # an opening post against a reply that matches as well
    near: float = 2.0  # words that stand together
    thread: float = 0.1  # a thread in which many posts match, by the logarithm of how many
    fresh: float = 0.1  # a post of today against a very old one
    year: float = 365.0  # days after which half of that is gone
    share: float = 0.3  # of the rarity of all words, what a post must have where few have all; 1: all of them


WEIGHTS = Weights()


def tsquery(value: str) -> ColumnElement[Any]:
    """A bound tsquery."""
    return cast(literal(value), TSQUERY)


def filters(connection: Connection, query: Query, scope: Scope) -> list[ColumnElement[bool]]:
    """What keeps posts out that the database would leave out afterwards; days are wide by one, zones differ.

    Names are looked up first: only for a number does the planner read the newest posts of somebody from their index.
    """
    found: list[ColumnElement[bool]] = []
    if scope.categories is not None:
        found.append(Document.category_id.in_(sorted(scope.categories)))
    named: tuple[tuple[Any, Any, Any, tuple[str, ...], bool], ...] = (
        (Document.category_id, Category.id, Category.slug, query.categories, True),
        (Document.category_id, Category.id, Category.slug, query.not_categories, False),
        (Document.author_id, Member.id, Member.name_key, query.authors, True),
        (Document.author_id, Member.id, Member.name_key, query.not_authors, False),
    )
    for column, key, name, names, wanted in named:
        if names:
            ids = list(connection.execute(select(key).where(name.in_(names))).scalars())
            one = column == ids[0] if len(ids) == 1 else column.in_(ids)
            found.append(one if wanted else ~one)
    tagged = select(ThreadTag.thread_id).join(Tag, Tag.id == ThreadTag.tag_id)
    found += [Document.thread_id.in_(tagged.where(Tag.name == name)) for name in query.tags]
    found += [~Document.thread_id.in_(tagged.where(Tag.name == name)) for name in query.not_tags]
    if query.before:
        found.append(Document.created_at < _moment(query.before) + timedelta(days=1))
    if query.after:
        found.append(Document.created_at >= _moment(query.after) - timedelta(days=1))
    if query.has:
        found.append(Document.has_image.is_(True))
    if query.is_:
        unanswered = select(Thread.id).where(Thread.post_count <= 1, Thread.locked_at.is_(None))
        found.append(Document.thread_id.in_(unanswered))
    return found


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class Search(msgspec.Struct, frozen=True):
    """One search, ready to be asked. `of`: posts in the index."""

    wanted: tuple[Clause, ...]
    unwanted: tuple[Clause, ...]
    filters: tuple[ColumnElement[bool], ...]
    of: int
    in_title: bool = False
    order: Order = "relevance"
    limit: int = 1_000
    counting: bool = False
    """Only which posts there are, in no order: of many matches none is ranked."""

    @property
    def query(self) -> str:
        """The tsquery of all of it."""
        return condition(self.wanted, self.unwanted)

    @property
    def rarest(self) -> int:
        """About how many posts hold the rarest word."""
        return min((clause.posts for clause in self.wanted), default=self.of)

    @property
    def common(self) -> bool:
        """Every word is in so many posts that only the newest are looked through."""
        return not self.in_title and (not self.wanted or self.rarest > EXACT)

    @property
    def too_many(self) -> bool:
        """The answer will be cut short."""
        return self.common and self.of > NEWEST and bool(self.query)


def find(connection: Connection, search: Search, weights: Weights = WEIGHTS) -> Found:
    """The best matches: in one statement, or in two where hardly any thread has all of the words."""
    if search.counting and search.rarest > RANKED and (many := _many(connection, search)):
        return many
    strict, threads = Found(()), 0
    if all(clause.posts for clause in search.wanted):  # else there is a word that nobody ever wrote
        strict, threads = _strict(connection, search, weights)
    enough = threads >= FEW or strict.cut or search.order == "newest"  # by date there is no place below the others
    loose = "" if enough or weights.share >= 1 else relaxed(search)
    if not loose:
        return strict
    chosen = matching(search, loose).subquery("candidates")
    try:
        rows = connection.execute(_ranked(chosen, _telling(search), weights, share=weights.share)).all()
    except DBAPIError as error:
        if not is_cancelled(error):
            raise
        return Found(strict.hits, cut=True)
    had = {hit.post_id for hit in strict.hits}
    lowest = min((hit.score for hit in strict.hits), default=1.0)
    highest = max((row.score for row in rows), default=1.0) or 1.0
    more = (Hit(row.post_id, row.score / highest * lowest * 0.99) for row in rows if row.post_id not in had)
    return Found((*strict.hits, *more)[: search.limit])


def _telling(search: Search) -> Search:
    """With the rarest `CORE` of its words, and those that nobody ever wrote: each costs a look at every candidate."""
    known = sorted((clause for clause in search.wanted if clause.posts), key=lambda clause: clause.posts)
    unknown = tuple(clause for clause in search.wanted if not clause.posts)
    return msgspec.structs.replace(search, wanted=(*known[:CORE], *unknown))


def _many(connection: Connection, search: Search) -> Found | None:
    """The newest, when there are more than can be ranked. None: there are fewer, and then these are wanted in order."""
    chosen = (_newest(search) if search.common else matching(search, search.query)).subquery("candidates")
    ids = connection.execute(select(chosen.c.post_id)).scalars().all()
    if len(ids) < RANKED and not search.too_many:
        return None
    return Found(tuple(Hit(post_id, 0.0) for post_id in ids[: search.limit]), cut=True)


def is_cancelled(error: DBAPIError) -> bool:
    """The statement met the limit of time, rather than anything that is wrong."""
    return getattr(error.orig, "sqlstate", "") == CANCELLED


def _strict(connection: Connection, search: Search, weights: Weights) -> tuple[Found, int]:
    """What has every word, and in how many threads it stands."""
    chosen = _newest(search) if search.common else matching(search, search.query)
    rows = connection.execute(_ranked(chosen.subquery("candidates"), search, weights)).all()
    cut = (rows[0].looked if rows else 0) >= RANKED or search.too_many
    return Found(tuple(Hit(row.post_id, row.score) for row in rows), cut=cut), len({row.thread_id for row in rows})


def relaxed(search: Search) -> str:
    """Two of the rarest words, which an index can tell; "" for searches of less than three words.

    What is quoted is always there, and counts as one of the two.
    """
    telling = sorted((clause for clause in search.wanted if not clause.empty), key=lambda clause: clause.posts)
    if len(telling) < 3:
        return ""
    refused = [f"!({it.tsquery})" for it in search.unwanted]
    if quoted := [clause for clause in telling if clause.quoted]:
        beside = _beside(quoted, [clause for clause in telling if not clause.quoted])
        return every([*(it.tsquery for it in quoted), *beside, *refused]) if beside is not None else ""
    core: list[Clause] = []
    for clause in telling[:CORE]:
        if clause.posts and sum(it.posts for it in core) + clause.posts <= EXACT:
            core.append(clause)
    rest = [clause for clause in telling if clause.posts and clause not in core] if len(core) == 1 else []
    pairs = [
        f"{first.tsquery} & {either(it.tsquery for it in others)}"
        for at, first in enumerate(core) if (others := core[at + 1 :] + rest)
    ]  # fmt: skip
    return every([either(pairs), *refused]) if pairs else ""


def _beside(quoted: Sequence[Clause], words: Sequence[Clause]) -> list[str] | None:
    """What must be there beside what is quoted; None when no post will do, or too many would be looked at."""
    if not words or not all(clause.posts for clause in quoted):
        return None
    few = quoted[0].posts <= EXACT
    if len(quoted) > 1 and few:
        return []
    one: list[Clause] = []
    for clause in words[:CORE]:
        if clause.posts and (few or sum(it.posts for it in one) + clause.posts <= EXACT):
            one.append(clause)
    return [either(it.tsquery for it in one)] if one else None


def _column(search: Search) -> Any:
    return Document.title if search.in_title else Document.vector


COLUMNS = (Document.post_id, Document.created_at)


def matching(search: Search, query: str) -> Select[Any]:
    """The newest of all that match."""
    return _indexed(_column(search), query, search.filters, RANKED)


def _indexed(column: Any, query: str, keep: Sequence[ColumnElement[bool]], most: int) -> Select[Any]:
    """Through the index of words first, whatever the planner thinks of going through posts by date."""
    match = select(*COLUMNS).where(column.op("@@")(tsquery(query)), *keep)
    inner = match.cte(f"matching_{column.key}").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(inner).order_by(inner.c.created_at.desc()).limit(most)


def _newest(search: Search) -> Select[Any]:
    """What matches among the newest posts, and all titles that match."""
    latest = (
        select(*COLUMNS, Document.vector)
        .where(*search.filters)
        .order_by(Document.created_at.desc())
        .limit(NEWEST if search.query else RANKED)
    ).subquery("latest")
    found = select(latest.c.post_id, latest.c.created_at)
    if search.query:
        found = found.where(latest.c.vector.op("@@")(tsquery(search.query)))
    found = found.limit(RANKED)
    if not search.wanted:
        return found
    titled = _indexed(Document.title, search.query, search.filters, TITLES)
    both = union(select(found.subquery("recent")), select(titled.subquery("titled"))).subquery("both")
    return select(both)


def _ranked(candidates: Subquery, search: Search, weights: Weights, share: float = 0.0) -> Select[int, int, float, int]:
    """`share`: of the rarity of all words, what a post must have."""
    if share:  # whatever has every word was found before, and in what lacks some these do not stand together
        weights = msgspec.structs.replace(weights, near=0.0)
    worth = score(search, weights) if search.wanted and search.order == "relevance" else literal(0.0)
    if weights.thread and search.order == "relevance":
        worth = worth * (1 + weights.thread * func.ln(func.count().over(partition_by=Document.thread_id)))
    query = (
        select(Document.post_id, Document.thread_id, worth.label("score"), func.count().over().label("looked"))
        .join(candidates, candidates.c.post_id == Document.post_id)
        .limit(search.limit)
    )
    if share:
        has = [(clause, rarity(clause.posts, search.of)) for clause in search.wanted]
        covered = sum(
            (case((_column(search).op("@@")(tsquery(it.tsquery)), its), else_=0.0) for it, its in has if it.posts),
            literal(0.0),
        )
        query = query.where(covered >= share * sum(its for _, its in has))
    if search.order == "newest":
        return query.order_by(Document.created_at.desc(), Document.post_id.desc())
    return query.order_by(worth.desc(), Document.created_at.desc(), Document.post_id.desc())


def score(search: Search, weights: Weights = WEIGHTS) -> ColumnElement[float]:
    """Each word's rarity times its rank in the post, more where they stand together, and gently where it is new."""
    vector = _column(search)
    marks = cast(literal([weights.part, weights.text, weights.tag, weights.title], ARRAY(REAL)), ARRAY(REAL))
    words: ColumnElement[float] = literal(0.0)
    for clause in search.wanted:
        if not clause.posts:
            continue
        rank = func.ts_rank(marks, vector, tsquery(clause.tsquery), weights.length)
        words = words + clause.worth * rarity(clause.posts, search.of) * rank
    if len(search.wanted) > 1 and weights.near:
        together = func.ts_rank_cd(marks, vector, tsquery(search.query), 32)
        words = words * (1 + weights.near * together)
    age = extract("epoch", func.now() - Document.created_at) / 86_400
    fresh = 1 + weights.fresh * func.power(0.5, func.greatest(age, 0) / weights.year)
    return words * fresh * case((Document.number == 1, weights.opening), else_=1.0)


def strictest(wanted: Sequence[Clause]) -> tuple[Clause, ...]:
    """The words that must be there: articles only where there is nothing else."""
    telling = tuple(clause for clause in wanted if not clause.empty)
    return telling or tuple(wanted)
