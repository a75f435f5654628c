"""`/feedback`: what was collected, the weightiest first; everything for managers, for a team what was sent to it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency

from forum.errors import Invalid
from forum.feedback import desk, domain, queries, words
from forum.feedback.models import KINDS, STATUSES
from forum.feedback.queries import GROUPS, ORDERS, Filters
from forum.feedback.web.shared import (
    HERE,
    Html,
    ItemForm,
    collector,
    item_choices,
    labels,
    new_item,
    reader,
    say,
    team_choices,
    theme_choices,
)  # fmt: skip
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import SENT, may_collect
from forum.web.ctx import Ctx

LATELY = timedelta(days=30)
"""Within which whoever speaks up for the first time is counted beside the figure."""
TABS = {
    "open": N_("Open now"), "look": N_("Being looked at"), "team": N_("With the teams"),
    "answered": N_("With an answer"), "all": N_("Everything"),
}  # fmt: skip
TEAM_TABS = {
    "open": N_("Open now"), "sent": N_("To read"), "acknowledged": N_("In hand"), "answered": N_("With an answer"),
    "all": N_("Everything"),
}  # fmt: skip
"""A team does not see what nobody has sent it yet."""


class BoardQuery(msgspec.Struct):
    """What of the board is shown."""

    view: str = ""
    team: str = ""
    theme: str = ""
    kind: str = ""
    status: str = ""
    order: str = ""
    mine: str = ""
    after: str = ""


class Board(Controller):
    """The list."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """A piece of it. Raises SignInNeeded, Forbidden."""
        query = ctx.query(BoardQuery)
        with ctx.db.read() as session:
            actor = reader(ctx, session)
            collects = may_collect(actor)
            found = queries.items(session, actor, _filters(query, actor, collects=collects), after=query.after)
            counts = queries.columns(session, actor)
            teams, themes = queries.teams(session, actor), queries.themes(session, actor)
            grown = desk.grown(session, [it.id for it in found.rows], ctx.now - LATELY)
            if not collects:
                grown = desk.grown_for_team(found.rows, grown)
            ctx.house(session)
        return ctx.page(
            "feedback/board.html", items=found.rows, asked=query, collects=collects, grown=grown, counts=counts,
            tabs=_tabs(ctx, query, counts, collects=collects), teams=team_choices(teams), themes=theme_choices(themes),
            kinds=labels(ctx, words.KINDS, KINDS), statuses=_statuses(ctx, collects=collects), orders=_orders(ctx),
            filtered=_filtered(query), words=words,
            clear=HERE + address(query, team="", theme="", kind="", status="", mine="", order=""),
            older=HERE + address(query, after=found.next) if found.next else None,
            newest=HERE + address(query) if query.after else None,
        )  # fmt: skip

    @get("/items/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form for an item that rests on no post yet. Raises SignInNeeded, Forbidden."""
        return _form(ctx, ctx.query(ItemForm))

    @post("/items", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Make it. Raises SignInNeeded, Forbidden."""
        form = ctx.form(ItemForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                item_id = domain.create(session, actor=actor, item=new_item(form, ctx.locale), now=ctx.now)
        except Invalid as error:
            return _form(ctx, form, error)
        ctx.flash(N_("Made. Now it wants words of members to rest on."))
        return ctx.go(f"{HERE}/items/{item_id}")


def address(query: BoardQuery, **more: str) -> str:
    """The filters as a query string, with "?" before it, or "". `more` sets or takes away."""
    names = ("view", "team", "theme", "kind", "status", "order", "mine")
    fields = {**{name: getattr(query, name) for name in names}, **more}
    chosen = {name: value for name, value in fields.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""


def _view(query: BoardQuery, *, collects: bool) -> str:
    return query.view if query.view in (TABS if collects else TEAM_TABS) else "open"


def _filters(query: BoardQuery, actor: Actor, *, collects: bool) -> Filters:
    view = _view(query, collects=collects)
    return Filters(
        team=query.team, theme=query.theme, kind=query.kind if query.kind in KINDS else "",
        state=query.status if query.status in STATUSES else "" if view == "all" else view,
        order=query.order if query.order in ORDERS else ORDERS[0], owner=actor.id if query.mine else 0,
    )  # fmt: skip


def _filtered(query: BoardQuery) -> bool:
    return bool(query.team or query.theme or query.kind or query.status or query.mine)


def _among(view: str) -> tuple[str, ...]:
    if view == "all":
        return tuple(it for it in STATUSES if it != "duplicate")
    return GROUPS.get(view, (view,))


def _tabs(ctx: Ctx, query: BoardQuery, counts: dict[str, int], *, collects: bool) -> list[tuple[str, str, int, bool]]:
    """(address, words, how many, current) of each."""
    current = _view(query, collects=collects)
    return [
        (
            HERE + address(query, view="" if view == "open" else view, status=""), ctx.say(said),
            sum(counts.get(it, 0) for it in _among(view)), view == current,
        )
        for view, said in (TABS if collects else TEAM_TABS).items()
    ]  # fmt: skip


def _statuses(ctx: Ctx, *, collects: bool) -> list[tuple[str, str]]:
    return labels(ctx, words.STATUSES, STATUSES if collects else SENT)


def _orders(ctx: Ctx) -> list[tuple[str, str]]:
    said = {
        "": N_("Weightiest first"), "members": N_("Most people first"), "newest": N_("Newest first"),
        "waiting": N_("Last touched first"),
    }  # fmt: skip
    return [(value, ctx.say(text)) for value, text in said.items()]


def _form(ctx: Ctx, form: ItemForm, error: Invalid | None = None) -> Html:
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        choices: dict[str, Any] = item_choices(session, ctx, actor)
        ctx.house(session)
    return ctx.page(
        "feedback/new.html", status=422 if error else 200, values=form,
        errors=say(ctx, error.fields) if error else {}, **choices,
    )  # fmt: skip


CONTROLLERS = [Board]
