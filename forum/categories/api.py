"""Categories as JSON."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import RawBody
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.schema import about
from forum.api.shared import (
    PUBLIC,
    WRITING,
    After,
    Key,
    Limit,
    answer,
    check_limit,
    cursor,
    needs,
    problems,
    reader,
    sent,
    takes,
)  # fmt: skip
from forum.categories import domain
from forum.categories.models import VISIBILITIES, WHO
from forum.categories.queries import CategoryView, House, view_of
from forum.kit import paging
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.categories import require_arrange
from forum.settings import LOCALES
from forum.web.ctx import Ctx

SLUG = {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": domain.MAX_SLUG}
Slug = Annotated[
    str, about(N_("Its name in addresses: small letters, digits and hyphens."), "officina", schema=SLUG, min_length=1)
]
Name = Annotated[
    str,
    about(N_("One line of up to 60 characters."), "Officina", schema={"minLength": 1, "maxLength": domain.MAX_NAME}),
]
Description = Annotated[
    str,
    about(
        N_("What the category is for, in a sentence."),
        "Repairs, noises, spare parts.",
        schema={"maxLength": domain.MAX_DESCRIPTION},
    ),
]
Colour = Annotated[
    str, about(N_("Its colour in lists, as # and six digits."), "#5a6b7a", schema={"pattern": "^#[0-9a-fA-F]{6}$"})
]
Locale = Annotated[
    str, about(N_("The language of its name and threads; empty: the site’s."), "it", schema={"enum": ["", *LOCALES]})
]
Visibility = Annotated[
    str, about(N_("Who reads it: everybody, members, or the staff."), "public", schema={"enum": list(VISIBILITIES)})
]
WhoStarts = Annotated[str, about(N_("Who opens threads in it."), "member", schema={"enum": list(WHO)})]
WhoReplies = Annotated[str, about(N_("Who answers in it."), "member", schema={"enum": list(WHO)})]
Parent = Annotated[str | None, about(N_("The category around it, by its slug; null at the top."), None)]


class Category(msgspec.Struct):
    """A category that the caller may see."""

    slug: Slug
    name: Name
    description: Description
    parent: Parent
    visibility: Visibility
    colour: Colour
    locale: Locale
    who_starts: WhoStarts
    who_replies: WhoReplies
    thread_count: Annotated[int, about(N_("Visible threads in it."), 12)]
    post_count: Annotated[int, about(N_("Visible posts in it, opening ones included."), 96)]
    url: Annotated[str, about(N_("Its page."), "https://forum.example/c/officina")]


class CategoryList(msgspec.Struct):
    """Categories in reading order: each one before those inside it."""

    items: list[Category]
    next: Annotated[str | None, about(N_("Cursor of the next piece, for after; null at the end."), None)]


class NewCategory(msgspec.Struct, forbid_unknown_fields=True):
    """A category to add."""

    slug: Slug
    name: Name
    description: Description = ""
    parent: Parent = None
    visibility: Annotated[
        str | None,
        about(
            N_("Who reads it, never more people than the category around it. Left out: the same people."),
            "members",
            schema={"enum": [*VISIBILITIES, None]},
        ),
    ] = None
    colour: Colour = domain.DEFAULT_COLOUR
    locale: Locale = ""
    who_starts: WhoStarts = "member"
    who_replies: WhoReplies = "member"


SCHEMAS = (Category, CategoryList, NewCategory)


class Categories(Controller):
    """`/api/v1/categories`."""

    path = "/api/v1/categories"
    tags = ("Categories",)

    @get(
        "/", operation_id="listCategories", summary=N_("The categories"), sync_to_thread=True, security=PUBLIC,
        description=N_("What the caller may see of them, in reading order."),
        responses=problems(401, 403, 422),
    )  # fmt: skip
    def index(self, ctx: NamedDependency[Ctx], limit: Limit = paging.PAGE, after: After = "") -> Response[CategoryList]:
        """A piece of the list. Raises Invalid."""
        check_limit(limit)
        start = cursor(after, int, int)
        with ctx.db.read() as session:
            actor, house = reader(ctx, session), ctx.house(session)
        seen = house.visible_to(actor)
        first = _after(seen, *start) if start else 0
        piece = seen[first : first + limit]
        more = paging.encode(piece[-1].id, first + limit) if first + limit < len(seen) else None
        return answer(CategoryList([_answer(ctx, category, house) for category in piece], more))

    @post(
        "/", operation_id="createCategory", summary=N_("Add a category"), sync_to_thread=True, security=needs("manage"),
        description=N_("Adds a category after its siblings."), operation_class=takes(NewCategory),
        responses=problems(*(status for status in WRITING if status != 404)),
    )  # fmt: skip
    def create(self, ctx: NamedDependency[Ctx], body: RawBody, idempotency_key: Key = None) -> Response[Category]:
        """201 and the category. Raises Malformed, SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            require_arrange(ctx.actor(session))
        data = sent(NewCategory, body)
        values = {**msgspec.structs.asdict(data), "parent": data.parent or "", "visibility": data.visibility or ""}

        def make(session: Session, actor: Actor) -> tuple[Category, str]:
            made = domain.create(session, actor=actor, data=domain.CategoryInput(**values), now=ctx.now)
            return _make(ctx, view_of(made), data.parent or None), f"/c/{made.slug}"

        return once(ctx, idempotency_key, data, make)


def _after(seen: tuple[CategoryView, ...], category_id: int, place: int) -> int:
    """Where to go on: after the category that came last, or at its old place when it is gone."""
    return next((index + 1 for index, category in enumerate(seen) if category.id == category_id), max(0, place))


def _answer(ctx: Ctx, category: CategoryView, house: House) -> Category:
    around = house.by_id(category.parent_id)
    return _make(ctx, category, around.slug if around else None)


def _make(ctx: Ctx, category: CategoryView, parent: str | None) -> Category:
    return Category(
        slug=category.slug, name=category.name, description=category.description, parent=parent,
        visibility=category.visibility, colour=category.colour, locale=category.locale, who_starts=category.who_starts,
        who_replies=category.who_replies, thread_count=category.thread_count, post_count=category.post_count,
        url=ctx.settings.base_url.rstrip("/") + category.url,
    )  # fmt: skip


CONTROLLERS = [Categories]
