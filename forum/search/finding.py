"""A search from the question to a page of answers: the engine proposes, the database decides, this puts it together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.policy.actors import Actor
from forum.search import filters, queries
from forum.search.engines.base import CANDIDATES, Engine, Found, IndexUnusable, Order, Scope
from forum.search.excerpts import excerpt, marked, needles
from forum.search.filters import Needs
from forum.search.forms import KINDS, Asked
from forum.search.language import Query
from forum.search.queries import Told
from forum.search.spelling import fewer, suggestion
from forum.search.views import GROUPS, Also, Chip, Facet, Group, Option, Results, Row
from forum.threads.views import post_url

ALSO = 5
"""Further posts of a thread that are named beside its best one."""
OPTIONS = 8
"""Values of a kind of filter that are offered."""
FEW = 3
"""So few results may be a slip of the pen."""
PERIODS = (7, 30, 365)
"""Days back that the filter by time offers."""


class Matched(msgspec.Struct, frozen=True):
    """What the reader may see of what was found, best first. `rows`: those that pass all filters.

    `around`: these, and others that were found for the words alone, for counting what other filters would leave.
    `full`, `hurried`, `shortened`: there are more `rows`; `partial`: more posts around them.
    """

    rows: list[Row]
    scores: dict[int, float]
    around: list[Row]
    full: bool = False
    hurried: bool = False
    shortened: bool = False
    degraded: bool = False
    partial: bool = False


def match(session: Session, engine: Engine, actor: Actor, house: House, asked: Asked) -> Matched:
    """Find, look at what may be seen, filter. Two statements at the most beside the engine's own."""
    query, need = asked.query, filters.needs(asked.query, actor, house)
    scope = filters.scope_of(actor, house)
    if not query.terms:
        return _listed(session, engine, actor, need, filters.nested(query, actor, house), scope)
    try:
        if need.any:
            nested = filters.nested(query, actor, house)
            narrow, wide = engine.find_both(nested, unfiltered(query), scope, order=_order(asked))
        else:
            narrow = wide = engine.find(unfiltered(query), scope, order=_order(asked), limit=CANDIDATES)
    except IndexUnusable:
        around = queries.titled(session, actor, query, images=need.image)
        rows = [row for row in around if need.fits(row)]
        full = len(around) >= queries.TITLES
        return Matched(rows, {}, around, full=full, degraded=True, partial=full)
    return _seen(session, actor, asked, need, wide, narrow)


def _listed(session: Session, engine: Engine, actor: Actor, need: Needs, query: Query, scope: Scope) -> Matched:
    """The newest posts that pass the filters, when there is no word to look for. The index has them in its memory."""
    if not query.filters:
        return Matched([], {}, [])
    try:
        found = engine.find(msgspec.structs.replace(query, in_title=False), scope, order="newest", limit=CANDIDATES)
    except IndexUnusable:
        found = Found((), cut=True)
    if found.cut and not found.hits:  # no index, or no time: the database finds them, however long it takes
        rows = queries.browse(session, actor, need)
        return Matched(rows, {}, rows, full=len(rows) >= CANDIDATES)
    known = queries.survivors(session, actor, [hit.post_id for hit in found.hits], need, images=need.image)
    rows = sorted(
        (row for row in known.values() if need.fits(row)), key=lambda it: (it.created_at, it.post_id), reverse=True
    )
    full = len(found.hits) >= CANDIDATES  # in their order, so there was nothing to weigh
    return Matched(rows, {}, rows, full=full, hurried=found.cut and not full)


def _seen(session: Session, actor: Actor, asked: Asked, need: Needs, wide: Found, narrow: Found) -> Matched:
    ids = dict.fromkeys(hit.post_id for found in (narrow, wide) for hit in found.hits)
    known = queries.survivors(session, actor, list(ids), need, images=need.image)
    rows = [known[hit.post_id] for hit in narrow.hits if hit.post_id in known and need.fits(known[hit.post_id])]
    if asked.order == "newest":
        rows.sort(key=lambda row: (row.created_at, row.post_id), reverse=True)
    others = (known[hit.post_id] for hit in wide.hits if hit.post_id in known)
    # what fits and yet is no result is beyond the results' end: to count it would be to disagree with them
    around = rows + [row for row in others if not need.fits(row)] if need.any else rows
    return Matched(
        rows, {hit.post_id: hit.score for hit in narrow.hits}, around,
        full=len(narrow.hits) >= CANDIDATES, hurried=narrow.cut, shortened=narrow.shortened,
        partial=not wide.complete,
    )  # fmt: skip


def unfiltered(query: Query) -> Query:
    """The words alone, in the title or anywhere."""
    return Query(
        terms=query.terms, in_title=query.in_title, filters=tuple(it for it in query.filters if it.kind == "in")
    )


def _order(asked: Asked) -> Order:
    return "newest" if asked.order == "newest" else "relevance"


# -- the page ------------------------------------------------------------------------------------------------------


def results(session: Session, engine: Engine, actor: Actor, house: House, asked: Asked, *, now: datetime) -> Results:
    """One page of results, whatever was asked. At most four statements beside the engine's own; six where nothing
    holds the last word.
    """
    asked, found, begun = _matched(session, engine, actor, house, asked)
    threads: dict[int, list[Row]] = {}
    for row in found.rows:
        threads.setdefault(row.thread_id, []).append(row)
    pages = max(1, -(-len(threads) // GROUPS))
    page = min(asked.page, pages)
    shown = list(threads.values())[(page - 1) * GROUPS : page * GROUPS]
    few = len(found.rows) < FEW and bool(asked.query.wanted) and not found.degraded
    return Results(
        groups=groups(session, actor, house, asked.query, shown, found.scores),
        posts=len(found.rows), threads=len(threads), page=page, pages=pages,
        facets=facets(asked, actor, house, found, now), chips=chips(asked),
        suggestion=suggestion(session, engine, actor, house, asked) if few else None,
        fewer=fewer(asked) if not found.rows else (),
        more_exist=found.full, hurried=found.hurried, shortened=found.shortened, begun=begun, degraded=found.degraded,
        rebuilding=_rebuilding(engine, found),
    )  # fmt: skip


def _matched(session: Session, engine: Engine, actor: Actor, house: House, asked: Asked) -> tuple[Asked, Matched, str]:
    """What was found, and for which search. Where nothing holds the last word, and it is not said whether it ends
    there, it is taken for a beginning: then that word, too.
    """
    found = match(session, engine, actor, house, asked)
    if found.rows or found.degraded or asked.begun == asked.query:
        return asked, found, ""
    longer = msgspec.structs.replace(asked, query=asked.begun)
    more = match(session, engine, actor, house, longer)
    return (longer, more, asked.begun.terms[-1].words[0]) if more.rows else (asked, found, "")


class Slice(msgspec.Struct, frozen=True):
    """Some of the posts that were found, best first, each by itself. `total`: how many there are in all.

    `hurried`, `shortened`, `degraded`, `rebuilding`: as in `Results`.
    """

    items: tuple[Group, ...]
    total: int
    hurried: bool = False
    shortened: bool = False
    degraded: bool = False
    rebuilding: bool = False


def posts(
    session: Session, engine: Engine, actor: Actor, house: House, asked: Asked, *, start: int, limit: int
) -> Slice:
    """Posts `start` … `start + limit` of the ranking. At most four statements beside the engine's own."""
    found = match(session, engine, actor, house, asked)
    shown = [[row] for row in found.rows[start : start + limit]]
    return Slice(
        groups(session, actor, house, asked.query, shown, found.scores), len(found.rows),
        hurried=found.hurried, shortened=found.shortened, degraded=found.degraded,
        rebuilding=_rebuilding(engine, found),
    )  # fmt: skip


def _rebuilding(engine: Engine, found: Matched) -> bool:
    return not found.degraded and not engine.state().complete


def groups(
    session: Session, actor: Actor, house: House, query: Query, shown: Sequence[list[Row]], scores: dict[int, float]
) -> tuple[Group, ...]:
    """Threads as results show them, each by the first of its posts. One statement."""
    known = queries.told(session, actor, [rows[0].post_id for rows in shown])
    wanted = needles(query)
    found = []
    for rows in shown:
        post, category = known.get(rows[0].post_id), house.by_id(rows[0].category_id)
        if post is None or category is None:  # hidden at this very moment
            continue
        locale = post.thread.locale or category.locale or "en"
        found.append(
            Group(
                thread=post.thread, category=category.label, post_id=rows[0].post_id, number=post.number,
                author=post.author, created_at=post.created_at, has_image=queries.IMAGE in post.html,
                title=marked(post.thread.title, locale, wanted), excerpt=excerpt(post.html, locale, wanted),
                score=scores.get(rows[0].post_id, 0.0), also=_also(post, rows), more=len(rows) - 1,
            )
        )  # fmt: skip
    return tuple(found)


def _also(post: Told, rows: Sequence[Row]) -> tuple[Also, ...]:
    return tuple(
        Also(row.number, row.author_shown, row.created_at, post_url(post.thread.id, post.thread.slug, row.number))
        for row in rows[1 : 1 + ALSO]
    )


# -- narrowing it ---------------------------------------------------------------------------------------------------


def facets(asked: Asked, actor: Actor, house: House, found: Matched, now: datetime) -> tuple[Facet, ...]:
    """What one could narrow the search by, with how many posts each would leave: counted from what may be seen."""
    need = filters.needs(asked.query, actor, house)

    def but(kind: str, asked_for: object) -> Sequence[Row]:
        return [row for row in found.around if need.fits(row, but=kind)] if asked_for else found.rows

    made = (
        _categories(asked, house, but("category", need.categories is not None)),
        _tags(asked, found.rows),
        _authors(asked, but("author", need.authors)),
        _times(asked, actor, but("time", need.after), now),
    )
    return tuple(_measured(facet, found) for facet in made if facet.options)


def _measured(facet: Facet, found: Matched) -> Facet:
    """With those counts marked that are of a part: of the results, or (other values of a filter) of what is around."""
    short = found.full or found.hurried or found.shortened
    others = found.partial if facet.chosen and facet.kind != "tag" else short
    if not short and not others:
        return facet
    options = (msgspec.structs.replace(it, more=short if it.chosen else others) for it in facet.options)
    return msgspec.structs.replace(facet, options=tuple(options))


def _categories(asked: Asked, house: House, rows: Iterable[Row]) -> Facet:
    own = Counter(row.category_id for row in rows)
    chosen, q = asked.chosen("category"), asked.words_without("category")
    counts = {it.slug: sum(own[below.id] for below in house.below(it)) for it in house.categories}
    best = {slug for slug, count in Counter(counts).most_common(OPTIONS) if count}
    options = tuple(
        Option(
            it.name, counts[it.slug], asked.href(q, category="" if it.slug in chosen else it.slug), it.slug in chosen,
            it.depth, it.locale,
        )
        for it in house.categories if it.slug in best or (it.slug in chosen and counts[it.slug])
    )  # fmt: skip
    return Facet("category", options, asked.href(q, category=""), bool(chosen))


def _tags(asked: Asked, rows: Iterable[Row]) -> Facet:
    """Tags are all of them asked for, so a further one narrows what is there."""
    counts = Counter(tag for row in rows for tag in row.tags)
    chosen, q = asked.chosen("tag"), asked.words_without("tag")
    names = dict.fromkeys([*(tag for tag in chosen if counts[tag]), *(tag for tag, _ in counts.most_common(OPTIONS))])
    options = []
    for name in list(names)[:OPTIONS]:
        rest = [tag for tag in chosen if tag != name]
        others = " ".join([q, *(f"tag:{tag}" for tag in rest)]).strip()
        options.append(
            Option(name, counts[name], asked.href(others, tag="" if name in chosen else name), name in chosen)
        )
    return Facet("tag", tuple(options), asked.href(q, tag=""), bool(chosen))


def _authors(asked: Asked, rows: Iterable[Row]) -> Facet:
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for row in rows:
        counts[row.author] += 1
        shown[row.author] = row.author_shown
    chosen, q = asked.chosen("author"), asked.words_without("author")
    names = dict.fromkeys([*(it for it in chosen if counts[it]), *(it for it, _ in counts.most_common(OPTIONS))])
    options = tuple(
        Option(shown[it], counts[it], asked.href(q, author="" if it in chosen else it), it in chosen)
        for it in list(names)[:OPTIONS]
    )
    return Facet("author", options, asked.href(q, author=""), bool(chosen))


def _times(asked: Asked, actor: Actor, rows: Sequence[Row], now: datetime) -> Facet:
    """The label is the number of days: the template has the words."""
    today, q = filters.today(actor, now), asked.words_without("after")
    options = []
    for days in PERIODS:
        first: date = today - timedelta(days=days)
        since = filters.moment(first, actor)
        count = sum(row.created_at >= since for row in rows if since)
        chosen = asked.query.after == first
        if count and (count < len(rows) or chosen):
            href = asked.href(q, after_date="" if chosen else first.isoformat())
            options.append(Option(str(days), count, href, chosen))
    return Facet("time", tuple(options), asked.href(q, after_date=""), asked.query.after is not None)


def chips(asked: Asked) -> tuple[Chip, ...]:
    """Every filter that counts now, from the fields and from the words, with the way to take it off."""
    ours = [
        Chip(KINDS.get(name, name), value, False, asked.without_field(name)) for name, value in asked.fields.items()
    ]
    typed = [Chip(it.kind, it.value, it.negative, asked.without(it)) for it in asked.typed.filters]
    return (*ours, *typed)
