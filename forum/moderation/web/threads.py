"""`/moderation/threads/{id}`: the tools of a thread. Each says first what it would do, and can be taken back."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.categories.queries import CategoryView, House
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.kit.i18n import N_, NN_, Message, Text
from forum.moderation.domain import Act, Outcome, decide, preview, timers
from forum.moderation.models import ThreadTimer
from forum.moderation.queries import threads as queries
from forum.moderation.queries.threads import Ref, Tooled
from forum.moderation.thread_forms import PAUSES, SPANS, TIMED, TOOLS, ToolForm, ToolQuery, act_of, chosen, whole
from forum.moderation.words import ACTS
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

Html = Response[bytes]
DONE: dict[str, Message] = {
    "lock": N_("Locked."), "unlock": N_("Open for answers again."), "pin": N_("Pinned."), "unpin": N_("Unpinned."),
    "move": N_("Moved."), "split": N_("Split: the posts stand in a thread of their own now."),
    "merge": N_("Merged: every old address leads to where the posts are now."), "slow": N_("Saved."),
    "timer": N_("The timer is set."),
}  # fmt: skip
FIRST = {
    "lock": N_("The thread can be read, but only moderators answer in it."),
    "unlock": N_("Members answer in the thread again."),
    "pin": N_("The thread stands at the top of its category and of the front page."),
    "unpin": N_("The thread goes back to its place in the lists."),
}
READERS = {
    "members": N_("Guests cannot read it there: “%(category)s” is for members."),
    "staff": N_("Members cannot read it there: “%(category)s” is for the staff."),
}


class Tools(Controller):
    """Lock, pin, move, split, merge, slow mode, timers."""

    path = "/moderation/threads/{thread_id:int}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """All tools of the thread, what was decided about it, and how to take it back."""
        return _page(ctx, thread_id, ToolForm())

    @get("/split", sync_to_thread=True)
    def choose(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """The posts to choose from, page by page."""
        return _split(ctx, thread_id, ToolForm())

    @post("/split", sync_to_thread=True)
    def split(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """Split; with `page`, go on choosing on another page, keeping what was chosen on this one."""
        if ctx.query(ToolQuery).page:
            return _split(ctx, thread_id, ctx.form(ToolForm))
        return self.do(ctx, thread_id, "split")

    @post("/{act:str}", sync_to_thread=True)
    def other(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int], act: FromPath[str]) -> Html:
        """Any other tool. Raises NotFound for an unknown one."""
        return self.do(ctx, thread_id, act)

    @staticmethod
    def do(ctx: Ctx, thread_id: int, act: str) -> Html:
        """Use a tool; with `look`, only say what that would do."""
        form, query = ctx.form(ToolForm), ctx.query(ToolQuery)
        if act not in TOOLS:
            raise NotFound()
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            thread = queries.tooled(session, actor, ctx.house(session), thread_id)
        if thread.refusal:
            raise Forbidden(thread.refusal)
        try:
            wanted = act_of(act, form, actor.timezone, ctx.now)
            what: dict[str, Any] = {
                "actor": actor, "act": wanted, "target_type": "thread", "target_id": thread_id, "now": ctx.now,
            }  # fmt: skip
            if query.look:
                return _confirm(ctx, thread, wanted, form, preview(ctx.db, **what))
            with ctx.db.write() as session:
                decide(session, **what)
        except Invalid as error:
            again = _split if act == "split" else _page
            fields = {"span" if name == "until" else name: words for name, words in error.fields.items()}
            return again(ctx, thread_id, form, status=422, errors=fields)
        except Conflict as error:
            return _page(ctx, thread_id, form, status=409, stale=error.message)
        ctx.flash(DONE[act])
        return ctx.go(thread.here)


class Timers(Controller):
    """`/moderation/timers`: what happens to threads by itself."""

    path = "/moderation/timers/{timer_id:int}"
    include_in_schema = False

    @post("/cancel", sync_to_thread=True)
    def cancel(self, ctx: NamedDependency[Ctx], timer_id: FromPath[int]) -> Html:
        """Call a timer off. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        with ctx.db.write() as session:
            timers.cancel(session, actor=ctx.actor(session), timer_id=timer_id, now=ctx.now)
            row = session.get_one(ThreadTimer, timer_id)
        ctx.flash(N_("The timer is off."))
        return ctx.go(f"/moderation/threads/{row.thread_id}")


# -- pages -----------------------------------------------------------------------------------------------------------


def _said(ctx: Ctx, errors: dict[str, Message] | None) -> dict[str, str]:
    return {name: ctx.say(message) for name, message in (errors or {}).items()}


def _places(actor: Actor, house: House) -> list[CategoryView]:
    return [category for category in house.visible_to(actor) if actor.moderates_in(category.id)]


def _page(
    ctx: Ctx, thread_id: int, form: ToolForm, *, status: int = 200, errors: dict[str, Message] | None = None,
    stale: Message = "",
) -> Html:  # fmt: skip
    ctx.forget()
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        thread = queries.tooled(session, actor, house, thread_id)
        past = queries.past(session, actor, thread, ctx.now)
        waiting = queries.timers(session, thread_id)
        merged = queries.merged_here(session, actor, thread_id)
    return ctx.page(
        "moderation/threads.html", status=status, it=thread, past=past, timers=waiting, merged=merged, values=form,
        errors=_said(ctx, errors), stale=ctx.say(stale), words=ACTS, places=_places(actor, house), spans=SPANS,
        pauses=PAUSES, timed=TIMED,
    )  # fmt: skip


def _split(
    ctx: Ctx, thread_id: int, form: ToolForm, *, status: int = 200, errors: dict[str, Message] | None = None
) -> Html:
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        thread = queries.tooled(session, actor, house, thread_id)
        page = min(max(whole(ctx.query(ToolQuery).page, 1), 1), thread.pages)
        choices = queries.choices(session, thread, page)
    if thread.refusal or thread.state == "merged":
        return ctx.go(thread.here)
    here = {choice.id for choice in choices}
    ids = chosen(form)
    return ctx.page(
        "moderation/threads_split.html", status=status, it=thread, choices=choices, page=page, values=form,
        errors=_said(ctx, errors), places=_places(actor, house), picked=set(ids),
        kept=[one for one in ids if one not in here],
    )  # fmt: skip


def _confirm(ctx: Ctx, thread: Tooled, act: Act, form: ToolForm, outcome: Outcome) -> Html:
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        into = queries.ref(session, actor, act.into) if act.action == "merge" else None
    sentences = [ctx.say(one) for one in _sentences(house, thread, act, outcome, into)]
    fields = [
        (name, value)
        for name, value in msgspec.structs.asdict(form).items()
        if isinstance(value, str) and value
    ] + [("posts", str(one)) for one in act.posts]  # fmt: skip
    return ctx.page(
        "moderation/threads_confirm.html", it=thread, act=act, word=ACTS[act.action], sentences=sentences,
        fields=fields, until=outcome.undo_until, slow=act.seconds if act.action == "slow" else None,
        timed=ACTS[act.timed] if act.timed else None,
    )  # fmt: skip


def _sentences(house: House, thread: Tooled, act: Act, outcome: Outcome, into: Ref | None) -> list[Message]:
    """What would happen, one sentence each; slow mode and timers are said by the page, which knows hours and zones."""
    place = (house.by_id(into.category_id) if into else house.by_slug(act.category)) or thread.category
    params: dict[str, Any] = {"category": place.name, "title": into.title if into else act.title.strip()}
    n = {"n": outcome.summary.get("posts", outcome.summary.get("moved", 0)), **params}
    found: list[Message] = []
    if act.action in FIRST:
        found.append(FIRST[act.action])
    if act.action == "move":
        one, many = NN_("The thread goes to “%(category)s” with its %(n)s post.", "The thread goes to “%(category)s” with its %(n)s posts.")  # fmt: skip  # noqa: E501
        found.append(Text(one, n, many))
    if act.action == "split":
        one, many = NN_("%(n)s post goes to a new thread, “%(title)s”, in “%(category)s”.", "%(n)s posts go to a new thread, “%(title)s”, in “%(category)s”.")  # fmt: skip  # noqa: E501
        found += [Text(one, n, many), N_("Every old address leads after them.")]
    if act.action == "merge":
        one, many = NN_("%(n)s post goes to the end of “%(title)s”.", "%(n)s posts go to the end of “%(title)s”.")
        found += [Text(one, n, many), N_("This thread remains as an address that leads there.")]
    narrower = ("public", "members", "staff")
    wider = narrower.index(place.visibility) <= narrower.index(thread.category.visibility)
    if act.action in {"move", "split", "merge"} and not wider:
        found.append(Text(READERS[place.visibility], params))
    return found


CONTROLLERS = [Tools, Timers]
