"""Settings, account and security: password, address, the browsers that are signed in."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts import domain, queries
from forum.accounts.domain import LinkSpent
from forum.accounts.forms import ChangeEmailForm, ChangePasswordForm
from forum.accounts.passwords import MINIMUM, STAFF_MINIMUM, check_password, hash_password
from forum.accounts.web.shared import Html, browser, enter, member, say_all, site_names, spent, too_many, watch
from forum.errors import Invalid, NotFound, TooMany
from forum.kit.i18n import N_, Text
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

HERE = "/settings/account"


class Security(Controller):
    """Account and security, for oneself."""

    include_in_schema = False

    @get("/settings/account", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Everything on one page."""
        return self._page(ctx, member(ctx))

    @staticmethod
    def _page(
        ctx: Ctx,
        actor: Actor,
        *,
        status: int = 200,
        which: str = "",
        errors: dict[str, str] | None = None,
        email: str = "",
    ) -> Html:
        """`which`: the form that came back (password or email), so that each shows its own errors."""
        with ctx.db.read() as session:
            account = queries.account_of(session, actor.id)
            sessions = queries.sessions_of(session, actor, ctx.now)
        return ctx.page(
            "accounts/account.html", status=status, address=account.email if account else "", sessions=sessions,
            least=STAFF_MINIMUM if actor.is_staff else MINIMUM, which=which, errors=errors or {}, email=email,
        )  # fmt: skip

    @post("/settings/account/password", sync_to_thread=True)
    def change_password(self, ctx: NamedDependency[Ctx]) -> Html:
        """Another password; all other browsers are signed out."""
        actor, form = member(ctx), ctx.form(ChangePasswordForm)
        try:
            domain.prove(ctx.db, actor=actor, password=form.current_password, watch=watch(ctx), now=ctx.now)
            about = (actor.name, actor.display_name, *site_names(ctx))
            check_password(form.password, staff=actor.is_staff, about=about)
            hashed = hash_password(form.password)
            with ctx.db.write() as session:
                opened = domain.change_password(
                    session, actor=actor, password_hash=hashed, now=ctx.now, browser=browser(ctx),
                    old_token=ctx.visit.session_token,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, actor, status=422, which="password", errors=say_all(ctx, error.fields))
        except TooMany as error:
            errors = {"current_password": ctx.say(error.message)}
            return too_many(self._page(ctx, actor, status=429, which="password", errors=errors), error)
        return enter(ctx, opened, HERE, N_("Your new password counts from now on. All other browsers were signed out."))

    @post("/settings/account/email", sync_to_thread=True)
    def change_email(self, ctx: NamedDependency[Ctx]) -> Html:
        """Ask the new address for its consent."""
        actor, form = member(ctx), ctx.form(ChangeEmailForm)
        try:
            domain.clean_email(form.email)
            domain.prove(ctx.db, actor=actor, password=form.current_password, watch=watch(ctx), now=ctx.now)
            with ctx.db.write() as session:
                email = domain.ask_email_change(session, actor=actor, email=form.email, watch=watch(ctx), now=ctx.now)
        except Invalid as error:
            errors = say_all(ctx, error.fields)
            return self._page(ctx, actor, status=422, which="email", errors=errors, email=form.email)
        except TooMany as error:
            errors = {"current_password": ctx.say(error.message)}
            return too_many(self._page(ctx, actor, status=429, which="email", errors=errors, email=form.email), error)
        ctx.flash(
            Text(N_("We wrote to %(email)s. The new address counts once you open the link there."), {"email": email})
        )
        return ctx.go(HERE)

    @get("/settings/email/{token:str}", sync_to_thread=True)
    def ask_email(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Where the link to the new address leads: one button. Nobody has to be signed in for it."""
        try:
            with ctx.db.read() as session:
                link = domain.look(session, token, "email", ctx.now)
        except LinkSpent:
            return spent(ctx, "email")
        return ctx.page("accounts/confirm_email.html", form=True, link=link)

    @post("/settings/email/{token:str}", sync_to_thread=True)
    def confirm_email(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """From now on mail goes there."""
        try:
            with ctx.db.write() as session:
                link = domain.confirm_email_change(session, token=token, now=ctx.now)
                here = ctx.actor(session).id == link.member_id
        except LinkSpent:
            return spent(ctx, "email")
        ctx.flash(Text(N_("From now on we write to %(email)s."), {"email": link.email}))
        return ctx.go(HERE if here else "/")

    @post("/settings/account/sessions/{session_id:int}/revoke", sync_to_thread=True)
    def revoke(self, ctx: NamedDependency[Ctx], session_id: FromPath[int]) -> Html:
        """Sign one browser out; this one too, if it is this one."""
        actor = member(ctx)
        with ctx.db.write() as session:
            if not domain.end_session(session, actor.id, session_id):
                raise NotFound()
        if session_id == actor.session_id:
            ctx.sign_out()
            ctx.flash(N_("You have signed out."))
            return ctx.go("/")
        ctx.flash(N_("That browser is signed out."))
        return ctx.go(f"{HERE}#sessions")

    @post("/settings/account/sessions/revoke-others", sync_to_thread=True)
    def revoke_others(self, ctx: NamedDependency[Ctx]) -> Html:
        """Sign all other browsers out."""
        actor = member(ctx)
        with ctx.db.write() as session:
            domain.end_sessions(session, actor.id, but=actor.session_id)
        ctx.flash(N_("All other browsers are signed out."))
        return ctx.go(f"{HERE}#sessions")
