"""What the controllers of accounts share."""

import base64
from collections.abc import Mapping
from datetime import timedelta

from litestar import Response

from forum.accounts import queries
from forum.accounts.domain import LinkSpent, Opened, Person, Watch, check_person, device_mark
from forum.accounts.forms import SignupForm
from forum.accounts.passwords import check_password, hash_password
from forum.errors import Invalid, TooMany
from forum.kit import tokens
from forum.kit.i18n import Message
from forum.policy.actors import Actor, require_member
from forum.web.ctx import Ctx

Html = Response[bytes]
DEVICE, SENT = "forum-device", "forum-sent"
DEVICE_LIFE = timedelta(days=365)


def say_all(ctx: Ctx, fields: Mapping[str, Message]) -> dict[str, str]:
    """Field errors in the reader's language."""
    return {name: ctx.say(message) for name, message in fields.items()}


def device_cookie(ctx: Ctx) -> str:
    """The cookie's name; with the prefix that keeps subdomains out on https."""
    return f"__Host-{DEVICE}" if ctx.settings.secure else DEVICE


def watch(ctx: Ctx) -> Watch:
    """Who asks, for counting."""
    return Watch(ctx.core.secret, ctx.visit.client, ctx.visit.cookies.get(device_cookie(ctx), ""))


def browser(ctx: Ctx) -> str:
    """What the browser calls itself."""
    return ctx.visit.headers.get("user-agent", "")


def enter(ctx: Ctx, opened: Opened, path: str, flash: Message | None = None) -> Html:
    """Go on to `path` with the new session's cookie; the browser will be known the next time."""
    ctx.sign_in(opened.token, lifetime=opened.lifetime)
    if not watch(ctx).knows(opened.member_id):
        mark = device_mark(ctx.core.secret, opened.member_id)
        ctx.set_cookie(device_cookie(ctx), mark, max_age=int(DEVICE_LIFE.total_seconds()))
    if flash is not None:
        ctx.flash(flash)
    return ctx.go(path)


def site_names(ctx: Ctx) -> tuple[str, ...]:
    """What the site and the brand behind it are called."""
    with ctx.db.read() as session:
        site = ctx.house(session).site
    return (site.name, site.brand) if site.brand else (site.name,)


def checked(ctx: Ctx, form: SignupForm, *, operator: bool = False) -> tuple[Person, str]:
    """Who a form says somebody is, and their password's hash: all that is slow, before anything is looked up.

    `operator`: the first administrator, who may take a reserved name and needs a longer password.
    Raises Invalid with a message for each field that is wrong, Busy.
    """
    names = site_names(ctx)
    wrong: dict[str, Message] = {}
    person = None
    try:
        person = check_person(form.name, form.display_name, form.email, site_names=None if operator else names)
    except Invalid as error:
        wrong.update(error.fields)
    about = (form.name, form.display_name, form.email, *names)
    try:
        check_password(form.password, staff=operator, about=about)
    except Invalid as error:
        wrong.update(error.fields)
    if person is None or wrong:
        raise Invalid(wrong)
    return person, hash_password(form.password)


def member(ctx: Ctx) -> Actor:
    """The signed-in member. Raises SignInNeeded."""
    with ctx.db.read() as session:
        actor = ctx.actor(session)
    require_member(actor)
    return actor


def guest(ctx: Ctx) -> bool:
    """True when nobody is signed in."""
    with ctx.db.read() as session:
        return ctx.actor(session).is_guest


def signed_in(ctx: Ctx) -> bool:
    """True when the browser's session lives, whatever token its form carries: for a second click on what worked."""
    with ctx.db.read() as session:
        return queries.signed_in(session, tokens.digest(ctx.visit.session_token), ctx.now) is not None


def spent(ctx: Ctx, kind: str) -> Html:
    """410, and what to do next. `kind`: signup, reset, welcome, email or setup."""
    return ctx.page("accounts/link_spent.html", status=LinkSpent.status, kind=kind)


def too_many(answer: Html, error: TooMany) -> Html:
    """`answer` with Retry-After."""
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


# -- the address a mail went to, for the page that says so ------------------------------------------------------------


def remember_sent(ctx: Ctx, email: str) -> None:
    """Keep the address for ten minutes in a signed cookie: in the page's own address it would stay in the history."""
    packed = base64.urlsafe_b64encode(email.encode("utf-8", "replace")).decode("ascii").rstrip("=")
    ctx.set_cookie(SENT, f"{packed}.{tokens.sign(ctx.core.secret, 'sent', packed)}", max_age=600)


def sent_to(ctx: Ctx) -> str:
    """The address of `remember_sent`; empty when there is none."""
    packed, _, signature = ctx.visit.cookies.get(SENT, "").partition(".")
    if not packed or not tokens.verify(ctx.core.secret, "sent", packed, signature):
        return ""
    return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8", "replace")


def trial_folder(ctx: Ctx) -> str:
    """Where the mails lie on a trial site; empty on any other."""
    return str((ctx.settings.data_dir / "mail").resolve()) if ctx.settings.trial else ""
