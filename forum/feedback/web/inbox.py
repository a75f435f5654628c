"""`/feedback/inbox`: what members, rules and surveys pointed at, one after the other."""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Invalid, NotFound
from forum.feedback import desk, domain, queries, words
from forum.feedback.desk import EntryView
from forum.feedback.domain import NewItem
from forum.feedback.similar import About
from forum.feedback.web.shared import (
    HERE,
    Html,
    ItemForm,
    alike,
    collector,
    item_choices,
    known,
    new_item,
    number,
    say,
    with_chosen,
)  # fmt: skip
from forum.kit.i18n import N_, Message
from forum.kit.markdown.plain import plain
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

INBOX = f"{HERE}/inbox"


class InboxQuery(msgspec.Struct):
    """Where the list goes on; `view`: "aside" for what was dismissed; `undo`: an entry that just was."""

    after: str = ""
    view: str = ""
    undo: str = ""


class Inbox(Controller):
    """The queue at the left, one entry at the right."""

    path = INBOX
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What waits, the newest first. Raises SignInNeeded, Forbidden."""
        return _page(ctx)

    @get("/{entry_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], entry_id: FromPath[int]) -> Html:
        """One entry, with what helps to decide. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, entry_id)

    @post("/{entry_id:int}/accept", sync_to_thread=True)
    def accept(self, ctx: NamedDependency[Ctx], entry_id: FromPath[int]) -> Html:
        """Into an item that is there, or a new one. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ItemForm)
        if form.look:
            return _page(ctx, entry_id, form)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                desk.entry(session, actor, known(entry_id))
                into = number(form.into) or None
                made: NewItem | None = None
                if into is None:
                    form.post = ""  # the entry's own post is what it rests on
                    made = new_item(form, ctx.locale)
                domain.accept(
                    session, actor=actor, entry_id=entry_id, now=ctx.now, item_id=into, item=made, quote=form.quote
                )
                goes_on = desk.next_entry(session, actor, entry_id)
        except Invalid as error:
            return _page(ctx, entry_id, form, errors=say(ctx, error.fields), status=422)
        except Conflict as error:
            return _page(ctx, entry_id, form, stale=error.message, status=409)
        ctx.flash(N_("Attached to the item.") if into else N_("A new item. It stands on the board."))
        return ctx.go(f"{INBOX}/{goes_on}" if goes_on else INBOX)

    @post("/{entry_id:int}/dismiss", sync_to_thread=True)
    def dismiss(self, ctx: NamedDependency[Ctx], entry_id: FromPath[int]) -> Html:
        """It is no feedback; can be put back. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ItemForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                desk.entry(session, actor, known(entry_id))
                if not form.reason.strip():
                    raise Invalid({"reason": N_("Say in a few words why: the next one who asks will want to know.")})
                domain.dismiss(session, actor=actor, entry_id=entry_id, reason=form.reason, now=ctx.now)
                goes_on = desk.next_entry(session, actor, entry_id)
        except Invalid as error:
            return _page(ctx, entry_id, form, errors=say(ctx, error.fields), status=422)
        except Conflict as error:
            return _page(ctx, entry_id, form, stale=error.message, status=409)
        return ctx.go(f"{INBOX}{f'/{goes_on}' if goes_on else ''}?undo={entry_id}")

    @post("/{entry_id:int}/back", sync_to_thread=True)
    def back(self, ctx: NamedDependency[Ctx], entry_id: FromPath[int]) -> Html:
        """Take a dismissal back. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            actor = collector(ctx, session)
            desk.entry(session, actor, known(entry_id))
            domain.put_back(session, actor=actor, entry_id=entry_id)
        ctx.flash(N_("It waits in the inbox again."))
        return ctx.go(f"{INBOX}/{entry_id}")


def _page(
    ctx: Ctx, entry_id: int = 0, form: ItemForm | None = None, *, errors: dict[str, str] | None = None,
    stale: Message = "", status: int = 200,
) -> Html:  # fmt: skip
    query = ctx.query(InboxQuery)
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        rows, older = queries.inbox(session, actor, after=query.after)
        context: dict[str, Any] = {"entry": None}
        if entry_id:
            context = _entry(ctx, session, actor, desk.entry(session, actor, known(entry_id)), form)
        context |= {
            "queue": rows, "older": f"{INBOX}?after={older}" if older else None,
            "aside": desk.aside(session, actor) if query.view == "aside" else None,
            "undo": _dismissed(session, actor, number(query.undo)),
        }  # fmt: skip
        ctx.house(session)
    return ctx.page(
        "feedback/inbox.html", status=status, chosen=entry_id, words=words, errors=errors or {},
        stale=ctx.say(stale), newest=INBOX if query.after else None, **context,
    )  # fmt: skip


def _entry(ctx: Ctx, session: Session, actor: Actor, entry: EntryView, form: ItemForm | None) -> dict[str, Any]:
    """What `feedback/_entry.html` needs."""
    said = plain(entry.html) if entry.html else " ".join(entry.survey[1:]) if entry.survey else entry.note
    values = form or ItemForm(kind=entry.kind or "")
    found = []
    if entry.state == "waiting":
        about = About(title=values.find or entry.thread_title, text=said, post_id=entry.post_id or 0)
        found = with_chosen(session, actor, alike(ctx, session, actor, about), number(values.into))
    return {"entry": entry, "values": values, "similar": found, **item_choices(session, ctx, actor)}


def _dismissed(session: Session, actor: Actor, entry_id: int) -> EntryView | None:
    """The entry that was just dismissed, to be put back with one press."""
    if not entry_id:
        return None
    try:
        found = desk.entry(session, actor, entry_id)
    except NotFound:
        return None
    return found if found.state == "dismissed" else None


CONTROLLERS = [Inbox]
