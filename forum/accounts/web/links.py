"""One-time links: a forgotten password, a first one, the first administrator."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts import domain
from forum.accounts.domain import LinkSpent
from forum.accounts.forms import AddressForm, PasswordForm, SignupForm
from forum.accounts.passwords import MINIMUM, STAFF_MINIMUM, check_password, hash_password
from forum.accounts.queries import LinkView
from forum.accounts.web.shared import (
    Html,
    browser,
    checked,
    enter,
    remember_sent,
    say_all,
    sent_to,
    site_names,
    spent,
    too_many,
    trial_folder,
    watch,
)
from forum.errors import Conflict, Invalid, TooMany
from forum.kit.i18n import N_, Message, Text
from forum.policy.actors import STAFF
from forum.web.ctx import Ctx


class ForgottenPassword(Controller):
    """Asking for a way back in."""

    include_in_schema = False

    @get("/password/forgot", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form."""
        return self._form(ctx, AddressForm(), {})

    @post("/password/forgot", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Write to the address; the answer is the same whether or not it has an account."""
        form = ctx.form(AddressForm)
        try:
            with ctx.db.write() as session:
                domain.ask_reset(session, email=form.email, watch=watch(ctx), locale=ctx.locale, now=ctx.now)
        except Invalid as error:
            return self._form(ctx, form, say_all(ctx, error.fields), status=422)
        except TooMany as error:
            return too_many(self._form(ctx, form, {"": ctx.say(error.message)}, status=429), error)
        remember_sent(ctx, form.email.strip())
        return ctx.go("/password/sent")

    @staticmethod
    def _form(ctx: Ctx, form: AddressForm, errors: dict[str, str], *, status: int = 200) -> Html:
        return ctx.page("accounts/forgot.html", status=status, form=True, values=form, errors=errors)

    @get("/password/sent", sync_to_thread=True)
    def sent(self, ctx: NamedDependency[Ctx]) -> Html:
        """Look into your mail."""
        return ctx.page("accounts/forgot_sent.html", email=sent_to(ctx), folder=trial_folder(ctx))


class Links(Controller):
    """A password by a one-time link: forgotten, or the first one."""

    include_in_schema = False

    @get("/password/reset/{token:str}", sync_to_thread=True)
    def reset(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """The form for a new password."""
        return self._show(ctx, token, "reset")

    @post("/password/reset/{token:str}", sync_to_thread=True)
    def set_again(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Set it; everything of before ends, and a session begins."""
        return self._set(ctx, token, "reset")

    @get("/link/{token:str}", sync_to_thread=True)
    def welcome(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """The form for a first password, for a member whom the operator made."""
        return self._show(ctx, token, "welcome")

    @post("/link/{token:str}", sync_to_thread=True)
    def set_first(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Set it, and begin a session."""
        return self._set(ctx, token, "welcome")

    def _show(self, ctx: Ctx, token: str, purpose: str) -> Html:
        try:
            return self._form(ctx, self._look(ctx, token, purpose), {})
        except LinkSpent:
            return spent(ctx, purpose)

    @staticmethod
    def _look(ctx: Ctx, token: str, purpose: str) -> LinkView:
        with ctx.db.read() as session:
            return domain.look(session, token, purpose, ctx.now)

    def _set(self, ctx: Ctx, token: str, purpose: str) -> Html:
        try:
            link = self._look(ctx, token, purpose)
        except LinkSpent:
            return spent(ctx, purpose)
        password = ctx.form(PasswordForm).password
        about = (link.name, link.display_name, *site_names(ctx))
        try:
            check_password(password, staff=link.role in STAFF, about=about)
            hashed = hash_password(password)
            with ctx.db.write() as session:
                opened = domain.set_password_by_link(
                    session, token=token, purpose=purpose, password_hash=hashed, now=ctx.now, browser=browser(ctx),
                    client=ctx.visit.client, old_token=ctx.visit.session_token,
                )  # fmt: skip
        except LinkSpent:
            return spent(ctx, purpose)
        except Invalid as error:
            return self._form(ctx, link, say_all(ctx, error.fields), status=422)
        words: Message = N_("Your new password counts from now on. All other browsers were signed out.")
        if purpose == "welcome":
            words = Text(N_("Welcome, %(name)s. Your account is ready."), {"name": opened.display_name})
        return enter(ctx, opened, "/", words)

    @staticmethod
    def _form(ctx: Ctx, link: LinkView, errors: dict[str, str], *, status: int = 200) -> Html:
        least = STAFF_MINIMUM if link.role in STAFF else MINIMUM
        return ctx.page("accounts/new_password.html", status=status, form=True, link=link, errors=errors, least=least)


class Setup(Controller):
    """The first administrator, while there is none."""

    include_in_schema = False

    @get("/setup/{token:str}", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """The form behind the address that the server printed."""
        try:
            with ctx.db.read() as session:
                domain.look(session, token, "setup", ctx.now)
        except LinkSpent:
            return spent(ctx, "setup")
        return self._form(ctx, SignupForm(), {})

    @post("/setup/{token:str}", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Make the administrator, and begin a session."""
        form = ctx.form(SignupForm)
        try:
            with ctx.db.read() as session:
                domain.look(session, token, "setup", ctx.now)  # before the slow part: only a living link may ask for it
            person, hashed = checked(ctx, form, operator=True)
            with ctx.db.write() as session:
                opened = domain.set_up(
                    session, token=token, person=person, password_hash=hashed, locale=ctx.locale, now=ctx.now,
                    browser=browser(ctx), old_token=ctx.visit.session_token,
                )  # fmt: skip
        except LinkSpent:
            return spent(ctx, "setup")
        except Invalid as error:
            return self._form(ctx, form, say_all(ctx, error.fields), status=422)
        except Conflict as error:
            return self._form(ctx, form, {"name": ctx.say(error.message)}, status=409)
        ready = Text(N_("Welcome, %(name)s. You run this place now."), {"name": opened.display_name})
        return enter(ctx, opened, "/", ready)

    @staticmethod
    def _form(ctx: Ctx, form: SignupForm, errors: dict[str, str], *, status: int = 200) -> Html:
        return ctx.page(
            "accounts/setup.html", status=status, form=True, values=form, errors=errors, least=STAFF_MINIMUM
        )
