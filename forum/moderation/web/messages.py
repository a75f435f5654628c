"""`/moderation/messages`: canned explanations, the house's and one's own."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_, Message
from forum.moderation import words
from forum.moderation.canned import BUILTIN
from forum.moderation.domain import messages as domain
from forum.moderation.queries import canned as queries
from forum.moderation.web.desk import reason_options
from forum.policy.actors import require_manager
from forum.policy.moderation import require_moderator
from forum.web.ctx import Ctx

HERE = "/moderation/messages"
Html = Response[bytes]


class MessageForm(msgspec.Struct):
    """One explanation in both languages."""

    title: str = ""
    reason: str = ""
    body_en: str = ""
    body_it: str = ""


class Messages(Controller):
    """All of them; managers write."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Own ones first. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            require_moderator(ctx.actor(session))
            ctx.house(session)
            own = queries.own(session)
        return ctx.page("moderation/messages.html", own=own, builtin=BUILTIN, words=words)

    @get("/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """An empty form. Raises SignInNeeded, Forbidden."""
        return _form(ctx, MessageForm(), None)

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Add one. Raises SignInNeeded, Forbidden."""
        return _save(ctx, None)

    @get("/{message_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], message_id: FromPath[int]) -> Html:
        """Its form. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.read() as session:
            require_manager(ctx.actor(session))
            found = {one.key: one for one in queries.own(session)}.get(f"o:{message_id}")
        if found is None:
            raise NotFound()
        return _form(ctx, MessageForm(found.title, found.reason, found.body_en, found.body_it), message_id)

    @post("/{message_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], message_id: FromPath[int]) -> Html:
        """Change it. Raises SignInNeeded, Forbidden, NotFound."""
        return _save(ctx, message_id)

    @post("/{message_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], message_id: FromPath[int]) -> Html:
        """Take it away. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            domain.remove(session, actor=ctx.actor(session), message_id=message_id, now=ctx.now)
        ctx.flash(N_("Taken away. Decisions that used it keep their words."))
        return ctx.go(HERE)


def _save(ctx: Ctx, message_id: int | None) -> Html:
    form = ctx.form(MessageForm)
    try:
        with ctx.db.write() as session:
            domain.save(
                session, actor=ctx.actor(session), message_id=message_id, title=form.title, reason=form.reason,
                body_en=form.body_en, body_it=form.body_it, now=ctx.now,
            )  # fmt: skip
    except Invalid as error:
        return _form(ctx, form, message_id, status=422, errors=error.fields)
    ctx.flash(N_("Saved."))
    return ctx.go(HERE)


def _form(
    ctx: Ctx, form: MessageForm, message_id: int | None, *, status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        require_manager(ctx.actor(session))
        ctx.house(session)
    return ctx.page(
        "moderation/message.html", status=status, values=form, message_id=message_id, reasons=reason_options(ctx),
        errors={name: ctx.say(text) for name, text in (errors or {}).items()},
    )  # fmt: skip


CONTROLLERS = [Messages]
