"""Settings, API tokens."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts import domain, queries
from forum.accounts.forms import TokenForm
from forum.accounts.web.shared import Html, member, say_all, too_many, watch
from forum.errors import Invalid, TooMany
from forum.kit.i18n import N_
from forum.policy.actors import SCOPES, SCOPES_OF, Actor
from forum.web.ctx import Ctx

HERE = "/settings/tokens"
MEANINGS = {
    "read": N_("Read what you may read"),
    "write": N_("Start threads, reply, edit in your name"),
    "moderate": N_("Moderate"),
    "manage": N_("Manage the community"),
    "team": N_("Read the feedback for the team"),
    "admin": N_("Administer the site"),
}


class Tokens(Controller):
    """Keys for programs that act in one's name."""

    include_in_schema = False

    @get("/settings/tokens", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The living ones, and a form for another."""
        return self._page(ctx, member(ctx), TokenForm(scopes=["read"]))

    @staticmethod
    def _page(
        ctx: Ctx,
        actor: Actor,
        form: TokenForm,
        *,
        status: int = 200,
        errors: dict[str, str] | None = None,
        secret: str = "",
    ) -> Html:
        with ctx.db.read() as session:
            living = queries.tokens_of(session, actor)
        offered = [(scope, ctx.say(MEANINGS[scope])) for scope in SCOPES if scope in SCOPES_OF[actor.role]]
        return ctx.page(
            "accounts/tokens.html", status=status, tokens=living, offered=offered, values=form, errors=errors or {},
            secret=secret,
        )  # fmt: skip

    @post("/settings/tokens", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Make one. It is shown on this answer and never again: only its digest is kept."""
        actor, form = member(ctx), ctx.form(TokenForm)
        try:
            domain.prove(ctx.db, actor=actor, password=form.current_password, watch=watch(ctx), now=ctx.now)
            with ctx.db.write() as session:
                secret = domain.issue_token(session, actor=actor, label=form.label, scopes=form.scopes, now=ctx.now)
        except Invalid as error:
            return self._page(ctx, actor, form, status=422, errors=say_all(ctx, error.fields))
        except TooMany as error:
            errors = {"current_password": ctx.say(error.message)}
            return too_many(self._page(ctx, actor, form, status=429, errors=errors), error)
        return self._page(ctx, actor, TokenForm(scopes=["read"]), status=201, secret=secret)

    @post("/settings/tokens/{token_id:int}/revoke", sync_to_thread=True)
    def revoke(self, ctx: NamedDependency[Ctx], token_id: FromPath[int]) -> Html:
        """It works no more."""
        actor = member(ctx)
        with ctx.db.write() as session:
            domain.revoke_token(session, actor=actor, token_id=token_id, now=ctx.now)
        ctx.flash(N_("The token is revoked."))
        return ctx.go(HERE)
