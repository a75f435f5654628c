"""Signing up: the form, "look into your mail", and the page behind the mail's link."""

from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts import domain, queries
from forum.accounts.domain import LinkSpent
from forum.accounts.forms import SignupForm, VerifyForm
from forum.accounts.passwords import MINIMUM
from forum.accounts.web.shared import (
    Html,
    browser,
    checked,
    enter,
    guest,
    remember_sent,
    say_all,
    sent_to,
    signed_in,
    spent,
    too_many,
    trial_folder,
    watch,
)
from forum.errors import Conflict, Invalid, TooMany
from forum.kit import tokens
from forum.kit.i18n import N_, Message, Text
from forum.web.ctx import Ctx

VERIFY = "verify"  # what the mark of `VerifyForm` is signed for


class Signups(Controller):
    """Becoming a member."""

    include_in_schema = False

    @get("/signup", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form; members are led on."""
        if not guest(ctx):
            return ctx.go(ctx.next())
        return self._form(ctx, SignupForm(next=ctx.next("")), {})

    @post("/signup", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Hold the name and write to the address; whether that has an account already, the answer does not say.

        Everything slow (judging the password, hashing it) happens before anything is looked up.
        """
        form = ctx.form(SignupForm)
        try:
            self._start(ctx, form)
        except Invalid as error:
            return self._form(ctx, form, say_all(ctx, error.fields), status=422)
        except Conflict as error:
            return self._form(ctx, form, {"name": ctx.say(error.message)}, status=409)
        except TooMany as error:
            return too_many(self._form(ctx, form, {"": ctx.say(error.message)}, status=429), error)
        remember_sent(ctx, form.email.strip())
        return ctx.go("/signup/sent")

    def _start(self, ctx: Ctx, form: SignupForm) -> None:
        try:
            person, hashed = checked(ctx, form)
        except Invalid as error:
            raise Invalid({**self._taken(ctx, form, error), **error.fields}) from None
        with ctx.db.write() as session:
            domain.start_signup(
                session, person=person, password_hash=hashed, watch=watch(ctx), locale=ctx.locale,
                next_path=ctx.next(), now=ctx.now,
            )  # fmt: skip

    @staticmethod
    def _taken(ctx: Ctx, form: SignupForm, wrong: Invalid) -> dict[str, Message]:
        """What is to be said of a well-formed name beside other mistakes: nobody should hear of one after the other."""
        if "name" in wrong.fields:
            return {}
        try:
            with ctx.db.read() as session:
                name, own = domain.clean_name(form.name), form.email.strip().lower()
                domain.require_free(session, name, form.display_name, now=ctx.now, email_key=own)
        except Invalid as error:
            return error.fields
        return {}

    @staticmethod
    def _form(ctx: Ctx, form: SignupForm, errors: dict[str, str], *, status: int = 200) -> Html:
        return ctx.page("accounts/signup.html", status=status, form=True, values=form, errors=errors, least=MINIMUM)

    @get("/signup/sent", sync_to_thread=True)
    def sent(self, ctx: NamedDependency[Ctx]) -> Html:
        """Look into your mail."""
        return ctx.page("accounts/signup_sent.html", email=sent_to(ctx), folder=trial_folder(ctx))

    @get("/verify/{token:str}", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Where the mail's link leads: a page with one button. Mail scanners that open it change nothing."""
        try:
            with ctx.db.read() as session:
                found = domain.waiting(session, token, ctx.now)
        except LinkSpent:
            return spent(ctx, "signup")
        mark = tokens.sign(ctx.core.secret, VERIFY, f"{token} {found.email}")
        return ctx.page("accounts/verify.html", form=True, pending=found, token=token, mark=mark, next=ctx.next(""))

    @post("/verify/{token:str}", sync_to_thread=True)
    def confirm(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Make the member, sign them in."""
        try:
            with ctx.db.write() as session:
                opened = domain.confirm(
                    session, token=token, now=ctx.now, browser=browser(ctx), client=ctx.visit.client,
                    old_token=ctx.visit.session_token,
                )  # fmt: skip
        except LinkSpent:
            return self._again(ctx, token)
        except (Invalid, Conflict):
            return spent(ctx, "taken")
        if opened is None:
            return ctx.page("accounts/signup_waits.html")
        welcome = Text(N_("Welcome, %(name)s. Your account is ready."), {"name": opened.display_name})
        return enter(ctx, opened, ctx.next(), welcome)

    @staticmethod
    def _again(ctx: Ctx, token: str) -> Html:
        """The link was used while its page was open: a second click, or a second window. That is no mistake."""
        if signed_in(ctx):
            return ctx.go(ctx.next())
        form = ctx.form(VerifyForm)
        if not tokens.verify(ctx.core.secret, VERIFY, f"{token} {form.email}", form.mark):
            return spent(ctx, "signup")
        with ctx.db.read() as session:
            ready = queries.account_by_email(session, form.email) is not None
            waits = not ready and queries.signup_waits(session, form.email, ctx.now)
        if waits:
            return ctx.page("accounts/signup_waits.html")
        if not ready:
            return spent(ctx, "signup")
        ctx.flash(N_("Your address is confirmed and your account is ready."))
        onward = ctx.next("")
        return ctx.go(f"/login?{urlencode({'next': onward})}" if onward else "/login")
