"""Categories and the site's row, as read structs."""

import msgspec
from sqlalchemy import literal, select, true
from sqlalchemy.orm import Session

from forum.categories.models import Category, Site
from forum.guidelines.queries import LATEST
from forum.guidelines.views import Announcement
from forum.policy.actors import Actor
from forum.policy.categories import may_see


class SiteView(msgspec.Struct, frozen=True):
    """The site's name and colours."""

    name: str = "Ritrovo"
    tagline_en: str = ""
    tagline_it: str = ""
    brand: str = ""
    brand_colour: str = "#1d5c70"
    approve_signups: bool = False

    def tagline(self, locale: str) -> str:
        """The tagline in `locale`, or in the other language when there is none."""
        return (self.tagline_it or self.tagline_en) if locale == "it" else (self.tagline_en or self.tagline_it)

    @property
    def seal(self) -> str:
        """What the staff seal says: the brand behind the site."""
        return self.brand or self.name


class CategoryLabel(msgspec.Struct, frozen=True):
    """A category as it is named beside a thread: nothing that changes with every post."""

    url: str
    name: str
    colour: str
    locale: str


class CategoryView(msgspec.Struct, frozen=True):
    """A category as templates and the API see it. `depth`: 0 at the top."""

    id: int
    slug: str
    name: str
    description: str
    colour: str
    locale: str
    parent_id: int | None
    position: int
    visibility: str
    who_starts: str
    who_replies: str
    thread_count: int
    post_count: int
    depth: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"/c/{self.slug}"

    @property
    def label(self) -> CategoryLabel:
        """For pieces that are kept: counters in their key would make another piece of each with every post."""
        return CategoryLabel(self.url, self.name, self.colour, self.locale)


class House(msgspec.Struct, frozen=True):
    """The site and all its categories in reading order (a parent, then its children).

    `rules`: the newest guidelines that members are (or were, see `Announcement.asks`) asked to read.
    """

    site: SiteView
    categories: tuple[CategoryView, ...]
    rules: Announcement | None = None

    def by_id(self, category_id: int | None) -> CategoryView | None:
        """The category with that id, visible or not."""
        return next((category for category in self.categories if category.id == category_id), None)

    def by_slug(self, slug: str) -> CategoryView | None:
        """The category with that slug, visible or not."""
        return next((category for category in self.categories if category.slug == slug), None)

    def visible_to(self, actor: Actor) -> tuple[CategoryView, ...]:
        """What `actor` may see of them."""
        return tuple(category for category in self.categories if may_see(actor, category))

    def path(self, category: CategoryView) -> tuple[CategoryView, ...]:
        """From the top down to `category` itself."""
        found, steps = self.by_id(category.parent_id), 0
        above: list[CategoryView] = []
        while found is not None and steps < 10:
            above.insert(0, found)
            found, steps = self.by_id(found.parent_id), steps + 1
        return (*above, category)

    def below(self, category: CategoryView) -> tuple[CategoryView, ...]:
        """`category` and everything nested in it."""
        inside = {category.id}
        for other in self.categories:  # parents stand before their children
            if other.parent_id in inside:
                inside.add(other.id)
        return tuple(other for other in self.categories if other.id in inside)


def view_of(category: Category) -> CategoryView:
    """The struct of a row in hand; counters that were never read are 0."""
    values = {name: getattr(category, name) for name in CategoryView.__struct_fields__ if name != "depth"}
    counts = {name: values[name] or 0 for name in ("thread_count", "post_count")}
    return CategoryView(**{**values, **counts})


_LATEST = LATEST.subquery()
_SITE = (Site.name, Site.tagline_en, Site.tagline_it, Site.brand, Site.brand_colour)
_FRAME = (
    select(*_SITE, *_LATEST.c)
    .select_from(select(literal(1).label("one")).subquery())  # a row in any case: neither of the two must be there
    .outerjoin(Site, true())
    .outerjoin(_LATEST, true())
)


def house(session: Session) -> House:
    """Two statements: the site and what is announced, the categories."""
    facts = session.execute(_FRAME).one()
    site, rules = facts[: len(_SITE)], facts[len(_SITE) :]
    columns = [getattr(Category, name) for name in CategoryView.__struct_fields__ if name != "depth"]
    rows = session.execute(select(*columns).order_by(Category.position, Category.id)).all()
    children: dict[int | None, list[CategoryView]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(CategoryView(*row))
    ordered: list[CategoryView] = []

    def walk(parent: int | None, depth: int) -> None:
        for view in children.get(parent, []):
            ordered.append(msgspec.structs.replace(view, depth=depth))
            walk(view.id, depth + 1)

    walk(None, 0)
    return House(
        SiteView(*site) if site[0] is not None else SiteView(), tuple(ordered),
        Announcement(*rules) if rules[0] is not None else None,
    )  # fmt: skip
