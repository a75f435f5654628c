"""Signing in and out."""

from litestar import Controller, get, post
from litestar.di import NamedDependency

from forum.accounts import domain
from forum.accounts.forms import LoginForm
from forum.accounts.web.shared import Html, browser, enter, guest, say_all, too_many, watch
from forum.errors import Invalid, TooMany
from forum.kit.i18n import N_
from forum.web.ctx import Ctx


class Sessions(Controller):
    """Sessions begin and end here."""

    include_in_schema = False

    @get("/login", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form; whoever is signed in is led on."""
        if not guest(ctx):
            return ctx.go(ctx.next())
        return self._form(ctx, LoginForm(next=ctx.next("")), {})

    @post("/login", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Sign in. A wrong password and an unknown name answer alike, in words and in time."""
        form = ctx.form(LoginForm)
        try:
            opened = domain.sign_in(
                ctx.db, login=form.who, password=form.password, watch=watch(ctx), browser=browser(ctx), now=ctx.now,
                old_token=ctx.visit.session_token,
            )  # fmt: skip
        except Invalid as error:
            return self._form(ctx, form, say_all(ctx, error.fields), status=422)
        except TooMany as error:
            return too_many(self._form(ctx, form, {}, status=429, wait=error.retry_after), error)
        return enter(ctx, opened, ctx.next())

    @staticmethod
    def _form(ctx: Ctx, form: LoginForm, errors: dict[str, str], *, status: int = 200, wait: int = 0) -> Html:
        return ctx.page("accounts/login.html", status=status, form=True, values=form, errors=errors, wait=wait)

    @get("/logout", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx]) -> Html:
        """Signing out needs a form: this page has one, for whoever types the address."""
        if guest(ctx):
            return ctx.go("/")
        return ctx.page("accounts/logout.html")

    @post("/logout", sync_to_thread=True)
    def delete(self, ctx: NamedDependency[Ctx]) -> Html:
        """End this browser's session."""
        if ctx.visit.session_token:
            with ctx.db.write() as session:
                domain.close_session(session, ctx.visit.session_token)
            ctx.sign_out()
            ctx.flash(N_("You have signed out."))
        return ctx.go("/")
