"""Lists of threads: the front page, the views of it, a category, a tag."""

from typing import Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.categories.queries import CategoryView, House
from forum.errors import NotFound
from forum.kit.i18n import N_
from forum.meetups.queries import agenda
from forum.meetups.views import OccurrenceRow
from forum.meetups.words import When, sayer
from forum.policy.actors import Actor
from forum.policy.categories import may_start, require_see
from forum.threads import queries
from forum.threads.forms import ListQuery
from forum.threads.web.shared import Html
from forum.web.ctx import Ctx

BESIDE = 3  # meetups beside a list of threads
VIEWS = {
    "latest": N_("Latest"), "new": N_("New"), "top": N_("Most answered"), "unanswered": N_("Unanswered"),
    "unread": N_("Unread"),
}  # fmt: skip


def tabs(ctx: Ctx, actor: Actor, current: str, base: str = "") -> list[tuple[str, str, bool]]:
    """The views of one list as links. `base`: a category's address; empty: the whole forum's."""
    views = [view for view in VIEWS if view != "unread" or not actor.is_guest]
    if base:
        return [(base if v == "latest" else f"{base}?order={v}", ctx.say(VIEWS[v]), v == current) for v in views]
    return [("/" if v == "latest" else f"/{v}", ctx.say(VIEWS[v]), v == current) for v in views]


class Lists(Controller):
    """Where people look around."""

    include_in_schema = False

    @get("/", sync_to_thread=True)
    def home(self, ctx: NamedDependency[Ctx]) -> Html:
        """The front page: what is pinned, what is new, what waits, where everything is."""
        return self._front(ctx, "latest")

    @get("/latest", sync_to_thread=True)
    def latest(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest answer first."""
        return self._front(ctx, "latest")

    @get("/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest thread first."""
        return self._front(ctx, "new")

    @get("/top", sync_to_thread=True)
    def top(self, ctx: NamedDependency[Ctx]) -> Html:
        """Most answered first."""
        return self._front(ctx, "top")

    @get("/unanswered", sync_to_thread=True)
    def unanswered(self, ctx: NamedDependency[Ctx]) -> Html:
        """What nobody has answered yet."""
        return self._front(ctx, "unanswered")

    @get("/unread", sync_to_thread=True)
    def unread(self, ctx: NamedDependency[Ctx]) -> Html:
        """What the reader has begun and not finished."""
        return self._front(ctx, "unread")

    def _front(self, ctx: Ctx, order: str) -> Html:
        after = ctx.query(ListQuery).after
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            first = order == "latest" and not after
            pinned = queries.thread_list(session, actor, house, pinned=True, limit=5).rows if first else []
            page = queries.thread_list(session, actor, house, order=order, after=after, pinned=False if first else None)
            lead = queries.lead(session, pinned) if ctx.visit.path == "/" and first else None
            waiting = queries.waiting(session, actor, house) if order != "unanswered" else []
            dates = agenda(session, actor, house, now=ctx.now, limit=BESIDE).rows if first else []
        rest = [row for row in pinned if lead is None or row.thread.id != lead.row.thread.id]
        return self._answer(
            ctx, "threads/front.html", rows=[*rest, *page.rows], order=order, tabs=tabs(ctx, actor, order), lead=lead,
            waiting=waiting, older=_older(f"/{order}", page.older), coming=_coming(ctx, actor, dates),
            **_index(actor, house),
        )  # fmt: skip

    @get("/c/{slug:str}", sync_to_thread=True)
    def category(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Html:
        """The threads of a category and of those nested in it."""
        query = ctx.query(ListQuery)
        order = query.order if query.order in VIEWS else "latest"
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            found = house.by_slug(slug)
            require_see(actor, found)
            assert found is not None
            seen = {category.id for category in house.visible_to(actor)}
            inside = tuple(category for category in house.below(found) if category.id in seen)
            first = order == "latest" and not query.after
            pinned = (
                queries.thread_list(session, actor, house, categories=inside, pinned=True, limit=5).rows
                if first
                else []
            )
            page = queries.thread_list(
                session,
                actor,
                house,
                order=order,
                after=query.after,
                categories=inside,
                pinned=False if first else None,
            )
            dates = agenda(session, actor, house, now=ctx.now, limit=BESIDE, categories=inside).rows if first else []
        base = found.url if order == "latest" else f"{found.url}?order={order}"
        return self._answer(
            ctx, "threads/category.html", category=found, path=house.path(found)[:-1], inside=inside[1:],
            rows=[*pinned, *page.rows], order=order, tabs=tabs(ctx, actor, order, found.url),
            older=_older(base, page.older), coming=_coming(ctx, actor, dates),
            may_start=may_start(actor, found) or actor.is_guest,
        )  # fmt: skip

    @get("/tag/{name:str}", sync_to_thread=True)
    def tag(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """The threads that carry a tag."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            page = queries.thread_list(session, actor, house, tag=name[:30], after=ctx.query(ListQuery).after)
        if not page.rows and not ctx.query(ListQuery).after:
            raise NotFound()  # a tag that only hidden threads carry looks like one that nobody uses
        return self._answer(ctx, "threads/tag.html", tag=name, rows=page.rows, older=_older(f"/tag/{name}", page.older))

    @staticmethod
    def _answer(ctx: Ctx, template: str, **context: Any) -> Html:
        """The page, or only its list when htmx asks for the next piece of it."""
        if ctx.visit.htmx and ctx.query(ListQuery).after:
            return ctx.fragment("threads/_list.html", **context)
        return ctx.page(template, shared=True, **context)


def _older(base: str, cursor: str | None) -> str | None:
    return f"{base}{'&' if '?' in base else '?'}after={cursor}" if cursor else None


def _coming(ctx: Ctx, actor: Actor, dates: list[OccurrenceRow]) -> tuple[tuple[OccurrenceRow, When], ...]:
    """The next meetups with their dates in words."""
    when = sayer(ctx.locale, ctx.now, "" if actor.is_guest else actor.timezone)
    return tuple((row, when(row.occurrence)) for row in dates)


def _index(actor: Actor, house: House) -> dict[str, tuple[CategoryView, ...]]:
    categories = house.visible_to(actor)
    return {"categories": categories, "tops": tuple(category for category in categories if category.depth == 0)}
