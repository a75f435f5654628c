"""`Ctx`: the one thing injected into every handler: database, actor, clock, forms, and ways to answer."""

import base64
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from markupsafe import Markup
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from forum.accounts.models import ApiToken, SignIn
from forum.accounts.queries import TOUCH, signed_in, token_actor
from forum.categories.queries import House
from forum.db import Database
from forum.errors import Forbidden, SignInNeeded
from forum.feedback.queries import waiting as pointed_out
from forum.guidelines.queries import must_ask
from forum.guidelines.views import Announcement
from forum.kit import tokens
from forum.kit.i18n import N_, Message, Text, negotiate, translate
from forum.moderation.queries.desk import waiting
from forum.moderation.queries.standing import Standing, restricted, standing
from forum.policy.actors import GUEST, Actor
from forum.policy.feedback import may_collect
from forum.settings import LOCALES, Settings
from forum.web import parts
from forum.web import visit as visits
from forum.web.core import Core
from forum.web.frame import Flash, Frame, make_frame
from forum.web.visit import Visit

HTML = "text/html"  # Litestar adds the charset to every text type
Around = Frame | SimpleNamespace
F = TypeVar("F", bound=msgspec.Struct)
YEAR = 365 * 86400


class Ctx:
    """One request's view of the house."""

    __slots__ = ("_frame", "_house", "core", "visit")

    def __init__(self, core: Core, visit: Visit) -> None:
        """Costs nothing: everything is looked up when asked for."""
        self.core, self.visit = core, visit
        self._house: House | None = None
        self._frame: Frame | None = None

    # -- what there is ---------------------------------------------------------------------------------------

    @property
    def db(self) -> Database:
        """The two doors to the database."""
        return self.core.db

    @property
    def settings(self) -> Settings:
        """The operator's settings."""
        return self.core.settings

    @property
    def now(self) -> datetime:
        """This moment, UTC."""
        return self.core.clock()

    def house(self, session: Session) -> House:
        """The site and its categories."""
        if self._house is None:
            self._house = self.core.house(session)
        return self._house

    def actor(self, session: Session) -> Actor:
        """Whoever asks. Raises SignInNeeded for a bad API token, Forbidden for a stale form token."""
        if self.visit.actor is None:
            self.visit.actor = self._by_token(session) if self.visit.api else self._by_cookie(session)
        return self.visit.actor

    def _by_cookie(self, session: Session) -> Actor:
        token = self.visit.session_token
        if not token:
            return GUEST
        found = signed_in(session, tokens.digest(token), self.now)
        if found is None:
            self.visit.session_token = ""
            self.drop_cookie(cookie_names(self.settings)[0])
            return GUEST
        actor, seen = found
        if self.visit.token_checked and self.visit.form_bound_to != "session":
            raise Forbidden(N_("This form was made before you signed in. Send it again."))
        if self.now - seen > TOUCH:
            self.core.later(lambda: self._touch(SignIn, actor.session_id))
        return actor

    def _by_token(self, session: Session) -> Actor:
        header = self.visit.headers.get("authorization", "")
        if not header:
            return GUEST
        scheme, _, token = header.partition(" ")
        found = token_actor(session, tokens.digest(token.strip()), self.now) if scheme.lower() == "bearer" else None
        if found is None:
            raise SignInNeeded(N_("This token is unknown or was revoked."))
        actor, token_id, used = found
        if used is None or self.now - used > TOUCH:
            self.core.later(lambda: self._touch(ApiToken, token_id))
        return actor

    def _touch(self, table: type[SignIn] | type[ApiToken], row_id: int) -> None:
        """Only ever forward: marks are made after answers, and one that comes late must not undo a later one."""
        now, column = self.now, SignIn.seen_at if table is SignIn else ApiToken.used_at
        with self.db.write() as session:
            earlier = or_(column.is_(None), column < now)
            session.execute(update(table).where(table.id == row_id, earlier).values({column.key: now}))

    @property
    def locale(self) -> str:
        """Member's choice, else cookie, else Accept-Language, else FORUM_LOCALE."""
        actor = self.visit.actor
        if actor is not None and actor.locale in LOCALES:
            return actor.locale
        if self.visit.cookies.get("forum-locale") in LOCALES:
            return self.visit.cookies["forum-locale"]
        return negotiate(self.visit.headers.get("accept-language", ""), LOCALES, self.settings.locale)

    def say(self, message: Message) -> str:
        """`message` in the reader's language."""
        return translate(message, self.locale)

    # -- what was sent ---------------------------------------------------------------------------------------

    def form(self, kind: type[F]) -> F:
        """The form as `kind`, whose fields are str (default "") or list[str]; what is unknown is left out."""
        return self._fill(kind, self.visit.form or {})

    def query(self, kind: type[F]) -> F:
        """The query string as `kind`, by the same rules."""
        fields: visits.Form = {}
        for name, value in parse_qsl(self.visit.query[:8192], keep_blank_values=True, errors="replace"):
            fields.setdefault(name, []).append(value.replace("\0", "\ufffd"))
        return self._fill(kind, fields)

    @staticmethod
    def _fill(kind: type[F], fields: visits.Form) -> F:
        values: dict[str, Any] = {}
        for item in msgspec.structs.fields(kind):
            sent = fields.get(item.encode_name)
            if sent:
                values[item.name] = sent if item.type == list[str] else sent[-1].replace("\r\n", "\n")
        return kind(**values)

    # -- ways to answer --------------------------------------------------------------------------------------

    def frame(self) -> Frame:
        """What every template gets; made once a request."""
        if self._frame is None:
            self._frame = self._make_frame()
        return self._frame

    def _make_frame(self) -> Frame:
        if self.visit.actor is None or self._house is None:
            with self.db.read() as session:
                self.actor(session)
                self.house(session)
        assert self._house is not None and self.visit.actor is not None
        actor, house = self.visit.actor, self._house
        return make_frame(
            self, actor, house.site, self._to_read(actor, house), self._standing(actor), *self._waiting(actor)
        )

    def _waiting(self, actor: Actor) -> tuple[int, int]:
        """Cases and feedback that wait, for the staff's masthead: a bounded statement each, none for anybody else."""
        if not actor.is_staff or self.visit.htmx:
            return 0, 0
        with self.db.read() as session:
            return waiting(session, actor), pointed_out(session, actor) if may_collect(actor) else 0

    def _standing(self, actor: Actor) -> Standing | None:
        """What restricts this member now: a statement, but none for those whom nothing restricts."""
        if self.visit.htmx or not restricted(actor):
            return None
        with self.db.read() as session:
            return standing(session, actor, self.now)

    def _to_read(self, actor: Actor, house: House) -> Announcement | None:
        """New guidelines that this member has still to read. A statement only while they may have to be asked."""
        rules = house.rules
        if rules is None or actor.is_guest or self.visit.htmx or not rules.asks(self.now):
            return None
        if self.core.unasked.knows(rules.number, actor.id):
            return None
        with self.db.read() as session:
            if must_ask(session, actor.id, rules):
                return rules
        self.core.unasked.add(rules.number, actor.id)
        return None

    def page(
        self, template: str, *, status: int = 200, shared: bool = False, form: bool = False, **context: Any
    ) -> Response[bytes]:
        """A whole page. `shared`: the same for every guest. `form`: a guest gets a form token (and its cookie)."""
        if form:
            self.seed()
            self._frame = None
        frame = self.frame()
        self.visit.shareable = shared and frame.viewer is None and not frame.csrf and frame.flash is None
        body = self.render(template, frame, context)
        return Response(body.encode("utf-8"), status_code=status, media_type=HTML)

    def fragment(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response[bytes]:
        """A piece of a page, for htmx."""
        body = self.render(template, self.frame(), context)
        return Response(body.encode("utf-8"), status_code=status, media_type=HTML, headers=headers)

    def part(
        self, template: str, key: Hashable, *, shared: bool, holes: Mapping[str, str] | None = None, **context: Any
    ) -> Markup:
        """A piece of a page. `shared`: it shows nothing but `key`, and may be kept (web/parts.py).

        `holes`: name → this reader's value, for what `context` holds as `parts.hole(name)`.
        """
        frame = self.frame()
        if not shared:
            return Markup(self.render(template, frame, context))  # noqa: S704  a template's
        return self._kept(frame, template, key, context, holes or {})

    def render(self, template: str, frame: Around, context: Mapping[str, Any]) -> str:
        """`template` within `frame`. In it `piece(template, name=value, …)` shows nothing else and is kept."""

        def piece(name: str, **shown: Any) -> Markup:
            return self._kept(frame, name, tuple(shown.values()), shown, {})

        return self.core.templates.render(frame.locale, template, {"frame": frame, "piece": piece, **context})

    def _kept(
        self, frame: Around, template: str, key: Hashable, context: Mapping[str, Any], holes: Mapping[str, str]
    ) -> Markup:
        def make() -> Markup:
            return Markup(self.render(template, parts.bare(frame), context))  # noqa: S704  a template's

        whole = (template, key, parts.key_of(frame))
        piece = make() if self.settings.reload else self.core.parts.get(whole, make)
        return parts.filled(piece, {"csrf": frame.csrf, "here": frame.here, **holes})

    def go(self, path: str) -> Response[bytes]:
        """On to a page of ours, after a form: 303, or HX-Redirect for htmx. Raises ValueError for a foreign one."""
        if not safe_path(path):
            raise ValueError(f"not a path of ours: {path!r}")
        target = quote(path, safe="/?&=#%:@!$'()*+,;~-._")
        if self.visit.htmx:
            return Response(b"", status_code=200, headers={"HX-Redirect": target}, media_type=HTML)
        return Response(b"", status_code=303, headers={"Location": target}, media_type=HTML)

    def next(self, default: str = "/") -> str:
        """Where the form wants to go on to (`next`), if that is a path of ours."""
        sent = (self.visit.form or {}).get("next") or [v for k, v in parse_qsl(self.visit.query[:8192]) if k == "next"]
        return sent[-1] if sent and safe_path(sent[-1]) else default

    def flash(self, message: Message, kind: str = "good") -> None:
        """Say something on the next page."""
        text = message if isinstance(message, Text) else Text(message)
        packed = base64.urlsafe_b64encode(msgspec.json.encode((kind, text))).decode("ascii").rstrip("=")
        self.set_cookie("forum-flash", f"{packed}.{tokens.sign(self.core.secret, 'flash', packed)}", max_age=60)

    def take_flash(self) -> Flash | None:
        """What the page before wanted to say; it is said once."""
        packed, _, signature = self.visit.cookies.get("forum-flash", "").partition(".")
        if not packed:
            return None
        self.visit.cookies.pop("forum-flash")
        self.drop_cookie("forum-flash")
        if not tokens.verify(self.core.secret, "flash", packed, signature):
            return None
        kind, text = msgspec.json.decode(
            base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), type=tuple[str, Text]
        )
        return Flash(kind, self.say(text))

    # -- cookies and form tokens -----------------------------------------------------------------------------

    def csrf(self) -> str:
        """The form token: bound to the session, or to the guest's seed cookie; empty when there is neither."""
        if self.visit.session_token:
            return tokens.sign(self.core.secret, "csrf", self.visit.session_token)
        seed = self.visit.cookies.get(cookie_names(self.settings)[1], "")
        return tokens.sign(self.core.secret, "csrf-guest", seed) if seed else ""

    def check_token(self, value: str) -> None:
        """The form token of a multipart form, which the outer wrapper could not see. Before anything else is done.

        A token in the header (htmx) was checked there; then `value` is not looked at. Raises Forbidden.
        """
        if not self.visit.token_checked:
            check_token(self.core, self.visit, value)

    def seed(self) -> None:
        """Give a guest something to bind form tokens to."""
        name = cookie_names(self.settings)[1]
        if self.visit.session_token and self.visit.actor is None:
            with self.db.read() as session:
                self.actor(session)  # the cookie of a session that is over makes nobody a member: they need a seed too
        if not self.visit.session_token and not self.visit.cookies.get(name):
            value = tokens.new_token()
            self.visit.cookies[name] = value
            self.set_cookie(name, value, max_age=86400)

    def sign_in(self, token: str, *, lifetime: timedelta) -> None:
        """Send the session cookie for a session that was just made."""
        self.visit.session_token = token
        self.forget()
        self.set_cookie(cookie_names(self.settings)[0], token, max_age=int(lifetime.total_seconds()))

    def forget(self) -> None:
        """Look again at who asks and what there is: something was committed in between."""
        self.visit.actor, self._house, self._frame = None, None, None

    def sign_out(self) -> None:
        """Take the session cookie away."""
        self.visit.session_token = ""
        self.visit.actor, self._frame = GUEST, None
        self.drop_cookie(cookie_names(self.settings)[0])

    def set_cookie(self, name: str, value: str, *, max_age: int = YEAR) -> None:
        """HttpOnly, SameSite=Lax, Secure on https, for the whole site."""
        jar = SimpleCookie()
        jar[name] = value
        settings = {"path": "/", "max-age": str(max_age), "httponly": "1", "samesite": "Lax"}
        jar[name].update({**settings, "secure": "1"} if self.settings.secure else settings)
        self.visit.set_cookies.append(jar[name].OutputString())

    def drop_cookie(self, name: str) -> None:
        """Take a cookie away."""
        self.set_cookie(name, "", max_age=0)


def cookie_names(settings: Settings) -> tuple[str, str]:
    """(session, guest's seed): with the __Host- prefix on https, which keeps subdomains from planting them."""
    prefix = "__Host-" if settings.secure else ""
    return f"{prefix}forum-session", f"{prefix}forum-seed"


def check_token(core: Core, visit: Visit, sent: str) -> None:
    """Is `sent` a form token of this session, or of this guest's seed? Notes which in `visit`. Raises Forbidden."""
    seed = visit.cookies.get(cookie_names(core.settings)[1], "")
    if visit.session_token and tokens.verify(core.secret, "csrf", visit.session_token, sent):
        visit.form_bound_to = "session"
    elif seed and tokens.verify(core.secret, "csrf-guest", seed, sent):
        visit.form_bound_to = "guest"
    else:
        raise Forbidden(N_("This form has expired. What you wrote is below: send it again."))
    visit.token_checked = True


def safe_path(path: str) -> bool:
    """True for a path on this site: no scheme, no host, no backslash, no control character."""
    return path.isprintable() and len(path) < 2000 and path[:1] == "/" != path[1:2] and "\\" not in path


def provide_ctx(request: Request[Any, Any, State]) -> Ctx:
    """The dependency `ctx`."""
    return Ctx(request.app.state.core, visits.of(request.scope))
