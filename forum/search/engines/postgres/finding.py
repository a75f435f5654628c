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
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    union,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import TSQUERY

from forum.categories.models import Category
from forum.members.models import Member
from forum.search.engines.base import Found, Hit, Order, Scope
from forum.search.engines.postgres.clauses import Clause, condition, rarity
from forum.search.language import Query
from forum.search.models import SearchDocument as Document
from forum.threads.models import Tag, Thread, ThreadTag

EXACT = 8_000
"""Posts with the rarest word up to which all matches are ranked."""
RANKED = 2_500
"""Matches that are ranked, the newest."""
NEWEST = 12_000
"""Posts that are looked through, the newest, when every word is common."""
TITLES = 500
"""Matching titles that join them."""


class Weights(msgspec.Struct, frozen=True):
    """What a find counts. Measured with tests/relevance; docs/search.md says what each one brought."""

    title: float = 1.0
    tag: float = 0.6
    text: float = 0.25
    part: float = 0.1
    length: int = 1  # ts_rank's normalisation: divided by 1 + log(length)
    opening: float = 1.3  # an opening post against a reply that matches as well
    near: float = 0.5  # words that stand together
    fresh: float = 0.1  # a post of today against a very old one
    year: float = 365.0  # days after which half of that is gone


WEIGHTS = Weights()


def tsquery(value: str) -> ColumnElement[Any]:
    """A bound tsquery."""
    return cast(literal(value), TSQUERY)


def filters(query: Query, scope: Scope) -> list[ColumnElement[bool]]:
    """What keeps posts out that the database would leave out afterwards; days are wide by one, zones differ."""
    found: list[ColumnElement[bool]] = []
    if scope.categories is not None:
        found.append(Document.category_id.in_(sorted(scope.categories)))
    for names, wanted in ((query.categories, True), (query.not_categories, False)):
        if names:
            inside = Document.category_id.in_(select(Category.id).where(Category.slug.in_(names)))
            found.append(inside if wanted else ~inside)
    for names, wanted in ((query.authors, True), (query.not_authors, False)):
        if names:
            theirs = Document.author_id.in_(select(Member.id).where(Member.name_key.in_(names)))
            found.append(theirs if wanted else ~theirs)
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
        found.append(Document.thread_id.in_(select(Thread.id).where(Thread.post_count <= 1)))
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

    @property
    def query(self) -> str:
        """The tsquery of all of it."""
        return condition(self.wanted, self.unwanted)

    @property
    def rarest(self) -> int:
        """About how many posts hold the rarest word."""
        return min((clause.posts for clause in self.wanted), default=self.of)


def find(connection: Connection, search: Search, weights: Weights = WEIGHTS) -> Found:
    """The best matches, in one statement."""
    if search.in_title:
        chosen = _matching(search, Document.title, RANKED)
    elif search.wanted and search.rarest <= EXACT:
        chosen = _matching(search, Document.vector, RANKED)
    else:
        chosen = _newest(search)
    candidates = chosen.subquery("candidates")
    rows = connection.execute(_ranked(candidates, search, weights)).all()
    common = not search.in_title and not (search.wanted and search.rarest <= EXACT)
    looked = rows[0].looked if rows else 0
    cut = looked >= (RANKED if not common else min(RANKED, NEWEST)) or (common and search.of > NEWEST)
    return Found(tuple(Hit(row.post_id, row.score) for row in rows), cut=cut)


COLUMNS = (Document.post_id, Document.created_at)


def _matching(search: Search, column: Any, most: int) -> Select[Any]:
    """The newest of all that match: the index of words first, whatever the planner thinks of sorting."""
    match = select(*COLUMNS).where(column.op("@@")(tsquery(search.query)), *search.filters)
    inner = match.cte("matching").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(inner).order_by(inner.c.created_at.desc()).limit(most)


def _newest(search: Search) -> Select[Any]:
    """What matches among the newest posts, and all titles that match."""
    latest = (
        select(*COLUMNS, Document.vector).where(*search.filters).order_by(Document.created_at.desc()).limit(NEWEST)
    ).subquery("latest")
    found = select(latest.c.post_id, latest.c.created_at)
    if search.query:
        found = found.where(latest.c.vector.op("@@")(tsquery(search.query)))
    found = found.limit(RANKED)
    if not search.wanted:
        return found
    titled = (
        select(*COLUMNS).where(Document.title.op("@@")(tsquery(search.query)), *search.filters)
        .order_by(Document.created_at.desc()).limit(TITLES)
    )  # fmt: skip
    both = union(select(found.subquery("recent")), select(titled.subquery("titled"))).subquery("both")
    return select(both)


def _ranked(candidates: Subquery, search: Search, weights: Weights) -> Select[int, float, int]:
    score = _score(search, weights) if search.wanted and search.order == "relevance" else literal(0.0)
    best = Document.created_at.desc() if search.order == "newest" else score.desc()
    return (
        select(Document.post_id, score.label("score"), func.count().over().label("looked"))
        .join(candidates, candidates.c.post_id == Document.post_id)
        .order_by(best, Document.created_at.desc(), Document.post_id.desc())
        .limit(search.limit)
    )


def _score(search: Search, weights: Weights) -> ColumnElement[float]:
    """Each word's rarity times its rank in the post, more where they stand together, and gently where it is new."""
    vector = Document.title if search.in_title else Document.vector
    marks = cast(literal([weights.part, weights.text, weights.tag, weights.title], ARRAY(REAL)), ARRAY(REAL))
    words: ColumnElement[float] = literal(0.0)
    for clause in search.wanted:
        rank = func.ts_rank(marks, vector, tsquery(clause.tsquery), weights.length)
        words = words + rarity(clause.posts, search.of) * rank
    if len(search.wanted) > 1 and weights.near:
        together = func.ts_rank_cd(marks, vector, tsquery(search.query), 32)
        words = words * (1 + weights.near * together)
    age = extract("epoch", func.now() - Document.created_at) / 86_400
    fresh = 1 + weights.fresh * func.power(0.5, func.greatest(age, 0) / weights.year)
    return words * fresh * case((Document.number == 1, weights.opening), else_=1.0)


def filtered(search: Search) -> ColumnElement[bool]:
    """The filters as one condition."""
    return and_(*search.filters) if search.filters else literal(True)


def strictest(wanted: Sequence[Clause]) -> tuple[Clause, ...]:
    """The words that must be there: articles only where there is nothing else."""
    telling = tuple(clause for clause in wanted if not clause.empty)
    return telling or tuple(wanted)
