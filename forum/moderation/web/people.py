"""`/moderation/members/{name}`: a member's file, and what can be decided about them without a case."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Forbidden, Invalid
from forum.kit.i18n import N_, Message
from forum.moderation.desk_forms import DecideForm, DeskQuery, act_of
from forum.moderation.domain import Act, Outcome, add_note, decide, preview
from forum.moderation.queries import canned as canned_queries
from forum.moderation.queries.people import FileView, file_of, member_id
from forum.moderation.web.desk import deciding_member, form_words
from forum.policy.actors import Actor
from forum.policy.moderation import require_moderator
from forum.web.ctx import Ctx

Html = Response[bytes]
PAST = 50  # decisions shown


class People(Controller):
    """One member, as the staff knows them."""

    path = "/moderation/members/{name:str}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """Decisions, strikes, sanctions, notes. Raises SignInNeeded, Forbidden, NotFound (oneself, too)."""
        return _page(ctx, name, DecideForm(span="3"))

    @post("/notes", sync_to_thread=True)
    def note(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """A note that only the staff reads."""
        form = ctx.form(DecideForm)
        with ctx.db.read() as session:
            _, file = _open(ctx, session, name)
        try:
            with ctx.db.write() as session:
                add_note(session, actor=ctx.actor(session), body=form.body, member_id=file.card.id, now=ctx.now)
        except Invalid as error:
            return _page(ctx, name, form, status=422, errors=error.fields)
        ctx.flash(N_("Noted."))
        return ctx.go(f"/moderation/members/{file.card.name}")

    @post("/lift", sync_to_thread=True)
    def lift(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """End every restriction that runs."""
        with ctx.db.read() as session:
            actor, file = _open(ctx, session, name)
        try:
            with ctx.db.write() as session:
                decide(
                    session, actor=actor, act=Act(action="lift"), target_type="member", target_id=file.card.id,
                    now=ctx.now,
                )  # fmt: skip
        except Conflict as error:
            return _page(ctx, name, DecideForm(span="3"), status=409, stale=error.message)
        ctx.flash(N_("Lifted. They can write and read as before."))
        return ctx.go(f"/moderation/members/{file.card.name}")

    @post("/decide", sync_to_thread=True)
    def decide(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """Warn, silence, suspend, ban, hold; `look` shows first what that would do."""
        form, query = ctx.form(DecideForm), ctx.query(DeskQuery)
        with ctx.db.read() as session:
            actor, file = _open(ctx, session, name)
            if form.fill:
                found = {one.key: one for one in canned_queries.offered(session, "")}.get(form.canned)
                text = found.body(file.locale or ctx.settings.locale) if found else ""
                if text and text not in form.explanation:
                    form.explanation = f"{form.explanation.rstrip()}\n\n{text}".strip()
        if form.fill:
            return _page(ctx, name, form, filled=True)
        try:
            what: dict[str, Any] = {
                "actor": actor, "act": act_of(form, actor.timezone, ctx.now), "target_type": "member",
                "target_id": file.card.id, "now": ctx.now,
            }  # fmt: skip
            if form.look or query.look:
                return _page(ctx, name, form, dry=preview(ctx.db, **what), until=what["act"].until)
            with ctx.db.write() as session:
                decide(session, **what)
        except Invalid as error:
            return _page(ctx, name, form, status=422, errors=error.fields)
        except Conflict as error:
            return _page(ctx, name, form, status=409, stale=error.message)
        except Forbidden as error:
            if type(error) is not Forbidden:
                raise
            return _page(ctx, name, form, status=403, stale=error.message)
        ctx.flash(N_("Decided."))
        return ctx.go(f"/moderation/members/{file.card.name}")


def _open(ctx: Ctx, session: Session, name: str) -> tuple[Actor, FileView]:
    actor = ctx.actor(session)
    require_moderator(actor)
    ctx.house(session)
    return actor, file_of(session, actor, member_id(session, name), ctx.now, past=PAST)


def _page(
    ctx: Ctx, name: str, form: DecideForm, *, status: int = 200, errors: dict[str, Message] | None = None,
    stale: Message = "", dry: Outcome | None = None, **more: Any,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor, file = _open(ctx, session, name)
        made = deciding_member(session, ctx, actor, file)
    return ctx.page(
        "moderation/member.html", status=status, file=file, deciding=made, values=form, dry=dry, stale=ctx.say(stale),
        errors={field: ctx.say(text) for field, text in (errors or {}).items()},
        row={"subject_display": file.card.display_name, "target_type": "member"},
        here=f"/moderation/members/{file.card.name}", **{"until": None, **form_words(ctx), **more},
    )  # fmt: skip


CONTROLLERS = [People]
