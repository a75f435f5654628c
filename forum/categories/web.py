"""The manager's desk: categories. What an administrator sets stands in `forum.admin.web`."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.categories import domain
from forum.categories.forms import CategoryForm
from forum.categories.models import VISIBILITIES, WHO
from forum.categories.queries import CategoryView, House
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.policy.actors import require_manager
from forum.policy.categories import require_arrange
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/manage/categories"
SEES = {
    "public": (N_("Everybody"), N_("Guests and search engines read here.")),
    "members": (N_("Members"), N_("Only who has signed in reads here.")),
    "staff": (N_("The staff"), N_("Only moderators, managers and administrators read here.")),
}
WRITES = {
    "member": N_("Members"),
    "team": N_("Internal teams and the staff"),
    "staff": N_("The staff"),
    "nobody": N_("Nobody"),
}
LANGUAGES = {"": N_("The site’s"), "it": N_("Italian"), "en": N_("English")}


class Manage(Controller):
    """`/manage`: what a manager can do, and where."""

    @get("/manage", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The desk's table of contents. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            require_manager(actor)
        return ctx.page("manage/show.html", categories=house.categories)


class Arrangement(Controller):
    """`/manage/categories`: make, change, order, remove."""

    path = HERE

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The tree. Raises SignInNeeded, Forbidden."""
        return ctx.page("manage/categories.html", rows=_rows(self._house(ctx)), moved=None)

    @get("/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """An empty form; `?parent=` places it."""
        house = self._house(ctx)
        around = house.by_slug(ctx.query(CategoryForm).parent)
        form = CategoryForm(visibility="public", colour=domain.DEFAULT_COLOUR)
        if around is not None:
            form = CategoryForm(
                parent=around.slug, visibility=around.visibility, colour=around.colour, locale=around.locale,
                who_starts=around.who_starts, who_replies=around.who_replies,
            )  # fmt: skip
        return self._form(ctx, house, None, form, {})

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Add one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(CategoryForm)
        try:
            with ctx.db.write() as session:
                made = domain.create(session, actor=ctx.actor(session), data=_input(form), now=ctx.now)
                name = made.name
        except Invalid as error:
            return self._form(ctx, self._house(ctx), None, form, error.fields, status=422)
        ctx.flash(Text(N_("“%(name)s” stands in the list now."), {"name": name}))
        return ctx.go(HERE)

    @get("/{category_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """The form with what is there. Raises SignInNeeded, Forbidden, NotFound."""
        house = self._house(ctx)
        category = _found(house, category_id)
        around = house.by_id(category.parent_id)
        values = {name: getattr(category, name) for name in CategoryForm.__struct_fields__ if name != "parent"}
        return self._form(ctx, house, category, CategoryForm(**values, parent=around.slug if around else ""), {})

    @post("/{category_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """Change one. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(CategoryForm)
        try:
            with ctx.db.write() as session:
                domain.change(
                    session, actor=ctx.actor(session), category_id=category_id, data=_input(form), now=ctx.now
                )
        except Invalid as error:
            house = self._house(ctx)
            return self._form(ctx, house, _found(house, category_id), form, error.fields, status=422)
        ctx.flash(N_("Saved."))
        return ctx.go(HERE)

    @post("/{category_id:int}/up", sync_to_thread=True)
    def up(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """One place earlier among its siblings."""
        return self._move(ctx, category_id, -1)

    @post("/{category_id:int}/down", sync_to_thread=True)
    def down(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """One place later among its siblings."""
        return self._move(ctx, category_id, +1)

    def _move(self, ctx: Ctx, category_id: int, step: int) -> Html:
        with ctx.db.write() as session:
            domain.move(session, actor=ctx.actor(session), category_id=category_id, step=step, now=ctx.now)
        if not ctx.visit.htmx:
            return ctx.go(f"{HERE}#category-{category_id}")
        house = self._house(ctx)
        return ctx.fragment("manage/_tree.html", rows=_rows(house), moved=_found(house, category_id))

    @get("/{category_id:int}/remove", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """The question before. Raises SignInNeeded, Forbidden, NotFound."""
        return ctx.page("manage/remove.html", category=_found(self._house(ctx), category_id), problem="")

    @post("/{category_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], category_id: FromPath[int]) -> Html:
        """Take an empty one away. Raises SignInNeeded, Forbidden, NotFound."""
        try:
            with ctx.db.write() as session:
                name = domain.remove(session, actor=ctx.actor(session), category_id=category_id, now=ctx.now)
        except Conflict as error:
            category = _found(self._house(ctx), category_id)
            return ctx.page("manage/remove.html", status=409, category=category, problem=ctx.say(error.message))
        ctx.flash(Text(N_("“%(name)s” is gone."), {"name": name}))
        return ctx.go(HERE)

    @staticmethod
    def _house(ctx: Ctx) -> House:
        with ctx.db.read() as session:
            require_arrange(ctx.actor(session))
            return ctx.house(session)

    @staticmethod
    def _form(
        ctx: Ctx, house: House, category: CategoryView | None, form: CategoryForm, fields: dict[str, Message], *,
        status: int = 200,
    ) -> Html:  # fmt: skip
        inside = {one.id for one in house.below(category)} if category else set()
        options: dict[str, Any] = {
            "parents": [(one.slug, "– " * one.depth + one.name) for one in house.categories if one.id not in inside],
            "sees": [(key, ctx.say(SEES[key][0]), ctx.say(SEES[key][1])) for key in VISIBILITIES],
            "writes": [(key, ctx.say(WRITES[key])) for key in WHO],
            "languages": [(key, ctx.say(words)) for key, words in LANGUAGES.items()],
        }
        errors = {name: ctx.say(message) for name, message in fields.items()}
        return ctx.page(
            "manage/category.html", status=status, category=category, values=form, errors=errors, **options
        )  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """A line of the tree. `first`, `last`: among its siblings; `empty`: nothing is seen in it."""

    category: CategoryView
    first: bool
    last: bool
    empty: bool
    sees: str


def _rows(house: House) -> list[Row]:
    siblings: dict[int | None, list[int]] = {}
    for category in house.categories:
        siblings.setdefault(category.parent_id, []).append(category.id)
    return [
        Row(
            category,
            first=siblings[category.parent_id][0] == category.id,
            last=siblings[category.parent_id][-1] == category.id,
            empty=category.thread_count == 0 and category.id not in siblings,
            sees=SEES[category.visibility][0],
        )
        for category in house.categories
    ]


def _input(form: CategoryForm) -> domain.CategoryInput:
    return domain.CategoryInput(**{**msgspec.structs.asdict(form), "slug": form.slug.strip()})


def _found(house: House, category_id: int) -> CategoryView:
    category = house.by_id(category_id)
    if category is None:
        raise NotFound()
    return category


CONTROLLERS = [Manage, Arrangement]
