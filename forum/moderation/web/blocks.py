"""`/moderation/blocks`: networks, mails and domains that open no account."""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, Message
from forum.moderation.domain.blocks import KINDS, block, unblock
from forum.moderation.queries import blocks as queries
from forum.policy.actors import require_manager
from forum.web.ctx import Ctx

HERE = "/moderation/blocks"
Html = Response[bytes]
SPANS = ("30", "90", "365", "")
WORDS = {"address": N_("Network"), "mail": N_("Mail address"), "domain": N_("Mail domain")}


class BlocksQuery(msgspec.Struct):
    """What is looked for."""

    kind: str = ""
    q: str = ""
    after: str = ""


class BlockForm(msgspec.Struct):
    """A block on its way. `span`: days, "" for good."""

    kind: str = "mail"
    value: str = ""
    note: str = ""
    span: str = ""


class Blocks(Controller):
    """The list, and one form above it."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The newest first. Raises SignInNeeded, Forbidden (managers only: it names addresses)."""
        return _page(ctx, BlockForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Add one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(BlockForm)
        days = int(form.span) if form.span in SPANS and form.span else 0
        try:
            with ctx.db.write() as session:
                block(
                    session, actor=ctx.actor(session), kind=form.kind, value=form.value, note=form.note, now=ctx.now,
                    until=ctx.now + timedelta(days=days) if days else None, client=ctx.visit.client,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, form, status=422, errors=error.fields)
        except Conflict as error:
            return _page(ctx, form, status=409, errors={"value": error.message})
        ctx.flash(N_("Blocked."))
        return ctx.go(HERE)

    @post("/{block_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], block_id: FromPath[int]) -> Html:
        """Take one away. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            unblock(session, actor=ctx.actor(session), block_id=block_id, now=ctx.now)
        ctx.flash(N_("No longer blocked."))
        return ctx.go(HERE)


def _page(ctx: Ctx, form: BlockForm, *, status: int = 200, errors: dict[str, Message] | None = None) -> Html:
    query = ctx.query(BlocksQuery)
    with ctx.db.read() as session:
        require_manager(ctx.actor(session))
        ctx.house(session)
        kind = query.kind if query.kind in KINDS else ""
        found, older = queries.blocks(session, kind=kind, wanted=query.q, after=query.after)
    asked = {name: value for name, value in (("kind", kind), ("q", query.q)) if value}
    return ctx.page(
        "moderation/blocks.html", status=status, blocks=found, values=form, asked=query,
        kinds=[(one, ctx.say(WORDS[one])) for one in KINDS], filtered=bool(asked),
        older=f"{HERE}?{urlencode({**asked, 'after': older})}" if older else None,
        errors={name: ctx.say(text) for name, text in (errors or {}).items()},
    )  # fmt: skip


CONTROLLERS = [Blocks]
