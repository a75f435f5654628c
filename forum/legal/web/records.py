"""`/moderation/decisions/12/record`: a restriction in the Commission's fields, and its legal ground."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Invalid
from forum.kit.i18n import N_, Message
from forum.legal import words
from forum.legal.domain.grounds import set_ground
from forum.legal.forms import GroundForm
from forum.legal.queries.records import record_view
from forum.legal.records import record
from forum.web.ctx import Ctx

Html = Response[bytes]


class Records(Controller):
    """The record of one decision."""

    path = "/moderation/decisions/{decision_id:int}/record"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """What would be sent. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, decision_id)

    @post("/", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """Set the ground. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(GroundForm)
        try:
            with ctx.db.write() as session:
                set_ground(
                    session, actor=ctx.actor(session), decision_id=decision_id, illegal=form.illegal == "1",
                    legal_ground=form.legal_ground, category=form.category, keyword=form.keyword, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, decision_id, form, error.fields, 422)
        ctx.flash(N_("Saved. The record says so."))
        return ctx.go(f"/moderation/decisions/{decision_id}/record")


def _page(
    ctx: Ctx, decision_id: int, form: GroundForm | None = None, errors: dict[str, Message] | None = None,
    status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        it = record_view(session, ctx.actor(session), decision_id, ctx.settings.base_url)
        ctx.house(session)
    made = record(it.facts)
    values = form or GroundForm("1" if it.illegal else "0", it.legal_ground, it.category, it.keyword)
    shown = [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in made.items()]
    return ctx.page(
        "legal/record.html", status=status, it=it, values=values, fields=shown,
        source=msgspec.json.format(msgspec.json.encode(made), indent=2).decode(),
        categories=[(key, ctx.say(words.label(key))) for key in words.CATEGORIES],
        keywords=[(one, one.removeprefix("KEYWORD_").replace("_", " ").lower()) for one in words.KEYWORDS],
        errors={name: ctx.say(text) for name, text in (errors or {}).items()},
    )  # fmt: skip


CONTROLLERS = [Records]
