"""`/feedback/delivery`: what waits for a look, what is planned, where it goes, what became of it."""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict
from forum.feedback.delivery import destinations, queries, words
from forum.feedback.delivery.web.shared import HERE, Html
from forum.feedback.web.shared import collector, known, number
from forum.kit.i18n import N_
from forum.web.ctx import Ctx

LOG = f"{HERE}/log"


class LogQuery(msgspec.Struct):
    """Which deliveries. `to`: of one destination."""

    state: str = ""
    to: str = ""
    after: str = ""


class IssueForm(msgspec.Struct):
    """An issue is wanted."""

    destination: str = ""
    next: str = ""


class Overview(Controller):
    """The room's first page, and the list of all that was sent."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """All at a glance. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            collector(ctx, session)
            context: dict[str, Any] = {
                "waiting": queries.runs(session, state="waiting"), "schedules": queries.schedules(session),
                "destinations": queries.destinations(session), "latest": queries.deliveries(session)[0][:6],
            }  # fmt: skip
            ctx.house(session)
        return ctx.page("feedback/delivery.html", words=words, days=dict(words.weekdays(ctx.locale)), **context)

    @get("/log", sync_to_thread=True)
    def log(self, ctx: NamedDependency[Ctx]) -> Html:
        """Who got what, when, and what did not arrive. Raises SignInNeeded, Forbidden."""
        asked = ctx.query(LogQuery)
        state = asked.state if asked.state in words.DELIVERIES else ""
        to = number(asked.to) or None
        with ctx.db.read() as session:
            collector(ctx, session)
            rows, older = queries.deliveries(session, after=asked.after, state=state, destination_id=to)
            ctx.house(session)
        only = f"&to={to}" if to else ""
        tabs = [(f"{LOG}?state={only}", ctx.say(N_("All")), not state)]
        tabs += [(f"{LOG}?state={it}{only}", ctx.say(words.DELIVERIES[it]), it == state) for it in words.DELIVERIES]
        more = f"{LOG}?state={state}{only}&after={older}" if older else None
        return ctx.page("feedback/delivery_log.html", rows=rows, tabs=tabs, older=more, words=words)

    @post("/log/{delivery_id:int}/again", sync_to_thread=True)
    def again(self, ctx: NamedDependency[Ctx], delivery_id: FromPath[int]) -> Html:
        """Send it once more. Raises SignInNeeded, Forbidden, NotFound."""
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                destinations.redeliver(session, actor=actor, delivery_id=known(delivery_id), now=ctx.now)
            ctx.flash(N_("It is sent once more."))
        except Conflict as error:
            ctx.flash(error.message, "warn")
        return ctx.go(ctx.next(LOG))

    @post("/items/{item_id:int}/issues", sync_to_thread=True)
    def issue(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Have an issue made of an item. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(IssueForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                destinations.open_issue(
                    session, actor=actor, item_id=known(item_id), destination_id=known(number(form.destination)),
                    now=ctx.now,
                )  # fmt: skip
            ctx.flash(N_("The issue is being opened. Its number stands here when the tracker has answered."))
        except Conflict as error:
            ctx.flash(error.message, "warn")
        return ctx.go(ctx.next(f"/feedback/items/{item_id}"))
