"""The filters of a search, resolved for who asks: ids instead of slugs, moments instead of days.

Other features may bring filters of their own (`register`).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time

import msgspec
from sqlalchemy import ColumnElement

from forum.categories.queries import House
from forum.kit.dates import zone
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.search import language
from forum.search.engines.base import Scope
from forum.search.language import Query
from forum.search.views import Row

ANY_DAY = date(2026, 1, 1)
"""For reading a query whose days are of no interest."""


class Needs(msgspec.Struct, frozen=True):
    """The filters of a search, resolved: ids instead of slugs, moments instead of days. None: whatever."""

    categories: frozenset[int] | None = None
    not_categories: frozenset[int] = frozenset()
    authors: frozenset[str] = frozenset()
    not_authors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    not_tags: frozenset[str] = frozenset()
    before: datetime | None = None
    after: datetime | None = None
    image: bool = False
    unanswered: bool = False
    extra: tuple[tuple[str, str], ...] = ()  # of the filters that other features brought (`register`)

    @property
    def any(self) -> bool:
        """True when something is filtered."""
        return self != Needs()

    def fits(self, row: Row, *, but: str = "") -> bool:
        """Does a post pass? `but`: a kind of filter that is left out, for counting what else one could choose.

        `extra` was asked for in the database.
        """
        return (
            (but == "category" or self.categories is None or row.category_id in self.categories)
            and row.category_id not in self.not_categories
            and (but == "author" or not self.authors or row.author in self.authors)
            and row.author not in self.not_authors
            and self.tags.issubset(row.tags)
            and self.not_tags.isdisjoint(row.tags)
            and (self.before is None or row.created_at < self.before)
            and (but == "time" or self.after is None or row.created_at >= self.after)
            and (row.has_image or not self.image)
            and (row.unanswered or not self.unanswered)
        )


_BROUGHT: dict[str, Callable[[str], ColumnElement[bool]]] = {}


def register(
    kind: str, names: tuple[str, ...], read: Callable[[str], str | None], where: Callable[[str], ColumnElement[bool]]
) -> None:
    """A filter of another feature. `kind`, `names`, `read`: as in `language.register`.

    `where`: the value as `read` keeps it → what a post must be, as a condition on Post, Thread, Category or Member.
    Raises ValueError if a name is taken.
    """
    language.register(kind, names, read)
    _BROUGHT[kind] = where


def brought(extra: Sequence[tuple[str, str]]) -> Iterator[ColumnElement[bool]]:
    """The conditions of `Needs.extra`."""
    return (_BROUGHT[kind](value) for kind, value in extra)


def moment(day: date | None, actor: Actor) -> datetime | None:
    """When a day begins for `actor`, UTC."""
    return None if day is None else datetime.combine(day, time(), zone(actor.timezone)).astimezone(UTC)


def today(actor: Actor, now: datetime) -> date:
    """The day that it is for `actor`."""
    return now.astimezone(zone(actor.timezone)).date()


def needs(query: Query, actor: Actor, house: House) -> Needs:
    """The filters of `query` for `actor`: a category stands for all that is nested in it."""
    return Needs(
        categories=_inside(query.categories, actor, house) if query.categories else None,
        not_categories=_inside(query.not_categories, actor, house),
        authors=frozenset(query.authors), not_authors=frozenset(query.not_authors),
        tags=frozenset(query.tags), not_tags=frozenset(query.not_tags),
        before=moment(query.before, actor), after=moment(query.after, actor),
        image="image" in query.has, unanswered="unanswered" in query.is_, extra=query.extra,
    )  # fmt: skip


def _inside(slugs: Sequence[str], actor: Actor, house: House) -> frozenset[int]:
    found: set[int] = set()
    for slug in slugs:
        place = house.by_slug(slug)
        if place is not None and may_see(actor, place):
            found |= {it.id for it in house.below(place) if may_see(actor, it)}
    return frozenset(found)


def nested(query: Query, actor: Actor, house: House) -> Query:
    """`query` with the categories inside those that it names, as an engine needs them."""
    if not query.categories and not query.not_categories:
        return query

    def slugs(names: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        ids = _inside(names, actor, house)
        return tuple(it.slug for it in house.categories if it.id in ids) or default

    return msgspec.structs.replace(
        query, categories=slugs(query.categories, query.categories), not_categories=slugs(query.not_categories, ())
    )


def scope_of(actor: Actor, house: House) -> Scope:
    """The categories that `actor` may see; None when that is all of them."""
    seen = house.visible_to(actor)
    return Scope() if len(seen) == len(house.categories) else Scope(frozenset(it.id for it in seen))
