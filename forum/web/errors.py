"""Errors as page, fragment or problem JSON, always in the reader's language, always giving back what was typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.routes import HTTPRoute

from forum.db import met_another, translate_error
from forum.errors import Conflict, Forbidden, ForumError, Invalid, Malformed, NotFound, SignInNeeded, TooLarge
from forum.kit.i18n import N_, Message
from forum.kit.unmarshal import explain
from forum.web import visit as visits
from forum.web.core import Core
from forum.web.visit import Visit

log = structlog.get_logger("forum.web")
HIDDEN = frozenset({"_csrf", "next"})
SECRET = ("password", "token")
TITLES: dict[int, str] = {
    400: N_("We could not read that request"),
    401: N_("Sign in first"),
    403: N_("This is not yours to do"),
    404: N_("There is nothing here"),
    405: N_("This address does not work that way"),
    409: N_("Somebody was faster"),
    413: N_("That is too much at once"),
    415: N_("We do not understand this format"),
    422: N_("Something is missing"),
    429: N_("A little slower, please"),
    500: N_("Something broke on our side"),
    503: N_("We cannot save right now"),
}
MET = N_("Somebody did the same at this very moment.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class NotAllowed(ForumError):
    """405."""

    status = 405
    message = N_("This address exists, but not for this kind of request.")

    def __init__(self, allow: str = "") -> None:
        """`allow`: the methods that do work."""
        super().__init__()
        self.allow = allow


class Kept(msgspec.Struct, frozen=True):
    """A field that was sent, to give back."""

    name: str
    value: str
    multiline: bool


def answer(core: Core, visit: Visit, error: ForumError) -> Answer:
    """`error` for this visitor. Never raises: when even the error page fails, plain words are sent."""
    try:
        return _json(core, visit, error) if visit.api else _html(core, visit, error)
    except Exception:
        log.exception("error page failed", request_id=visit.id)
        words = f"{error.status}. Something went wrong. {visit.id}\n".encode()
        return Answer(error.status, [(b"content-type", b"text/plain; charset=utf-8")], words)


def _extra(error: ForumError) -> list[tuple[bytes, bytes]]:
    headers = []
    if retry := getattr(error, "retry_after", None):
        headers.append((b"retry-after", str(retry).encode()))
    if isinstance(error, NotAllowed) and error.allow:
        headers.append((b"allow", error.allow.encode()))
    return headers


def _json(core: Core, visit: Visit, error: ForumError) -> Answer:
    from forum.web.ctx import Ctx

    ctx = Ctx(core, visit)
    problem: dict[str, Any] = {
        "type": "about:blank", "title": ctx.say(TITLES.get(error.status, TITLES[500])), "status": error.status,
        "detail": ctx.say(error.message), "instance": visit.path, "request_id": visit.id,
    }  # fmt: skip
    if isinstance(error, Invalid):
        problem["errors"] = {field: ctx.say(message) for field, message in error.fields.items()}
    if isinstance(error, Conflict) and error.current is not None:
        problem["current"] = error.current
    headers = [(b"content-type", b"application/problem+json"), *_extra(error)]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return Answer(error.status, headers, msgspec.json.encode(problem))


def _html(core: Core, visit: Visit, error: ForumError) -> Answer:
    from forum.web.ctx import Ctx

    ctx = Ctx(core, visit)
    if isinstance(error, SignInNeeded) and visit.method in {"GET", "HEAD"}:
        return _to_sign_in(ctx)
    visit.shareable = False
    context = {
        "code": error.status, "title": ctx.say(TITLES.get(error.status, TITLES[500])), "text": ctx.say(error.message),
        "fields": {name: ctx.say(message) for name, message in getattr(error, "fields", {}).items()},
        "kept": kept(visit), "request_id": visit.id, "action": visit.here, "sign_in": isinstance(error, SignInNeeded),
    }  # fmt: skip
    template = "errors/_fragment.html" if visit.htmx else "errors/page.html"
    try:
        if visit.method not in {"GET", "HEAD"}:
            ctx.seed()  # the page may hold a form to send again
        frame = ctx.frame()
    except ForumError:  # the database is away, or the token is stale: the page must still come
        visit.actor, visit.session_token = None, visit.session_token
        frame = _frame_without_database(ctx)
    body = ctx.render(template, frame, context)
    return Answer(error.status, [(b"content-type", b"text/html; charset=utf-8"), *_extra(error)], body.encode("utf-8"))


def _to_sign_in(ctx: Any) -> Answer:
    from urllib.parse import quote

    target = f"/login?next={quote(ctx.visit.here, safe='')}".encode()
    if ctx.visit.htmx:
        return Answer(200, [(b"hx-redirect", target)], b"")
    return Answer(303, [(b"location", target)], b"")


def _frame_without_database(ctx: Any) -> Any:
    from forum.categories.queries import SiteView
    from forum.policy.actors import GUEST
    from forum.web.frame import make_frame

    return make_frame(ctx, GUEST, SiteView())


def kept(visit: Visit) -> list[Kept]:
    """What was typed, without secrets and housekeeping fields."""
    return [
        Kept(name, values[-1], "\n" in values[-1] or name in {"body", "about"} or len(values[-1]) > 80)
        for name, values in (visit.kept or {}).items()
        if name not in HIDDEN and not any(word in name for word in SECRET) and values[-1]
    ]


def as_forum_error(error: Exception, *, api: bool) -> ForumError:
    """Litestar's and the database's exceptions in our words; anything unknown is a 500."""
    if isinstance(error, ForumError):
        return error
    translated = Conflict(MET) if met_another(error) else translate_error(error)
    if isinstance(translated, ForumError):
        return translated
    if isinstance(error, ValidationException):
        return _validation(error, api)
    if isinstance(error, NotFoundException):
        return NotFound()
    if isinstance(error, MethodNotAllowedException):
        return NotAllowed()
    if isinstance(error, SerializationException) or (isinstance(error, ClientException) and error.status_code == 400):
        return Malformed()
    if isinstance(error, HTTPException):
        return {401: SignInNeeded(), 403: Forbidden(), 413: TooLarge()}.get(error.status_code, Malformed())
    return ForumError()


def _validation(error: ValidationException, api: bool) -> ForumError:
    extra = error.extra if isinstance(error.extra, list) else []
    sources = {item.get("source") for item in extra if isinstance(item, dict)}
    if "path" in sources or not api:
        return NotFound()
    fields: dict[str, Message] = {
        str(item.get("key") or "query"): explain(str(item.get("message", "")))[1]
        for item in extra
        if isinstance(item, dict)
    }
    return Invalid(fields)


def methods_at(app: Litestar, path: str) -> set[str]:
    """The methods that `path` answers: a 405 names them (RFC 9110 §15.5.6), and Litestar does not."""
    found: set[str] = set()
    for route in app.routes:
        pattern = re.sub(r"\{\w+:int\}", r"\\d+", re.sub(r"\{\w+:str\}", "[^/]+", route.path))
        if isinstance(route, HTTPRoute) and re.fullmatch(pattern, path.rstrip("/") or "/"):
            found |= {str(method) for method in route.methods}
    return found | ({"HEAD"} if "GET" in found else set())


class _Rendered:
    """What Litestar asks an exception handler for; the page is rendered in a thread, not on the event loop."""

    def __init__(self, error: ForumError) -> None:
        self.error = error

    def to_asgi_response(self, **_: Any) -> Callable[..., Any]:
        async def respond(scope: Any, receive: Any, send: Any) -> None:
            import asyncio

            core, visit = scope["litestar_app"].state.core, visits.of(scope)
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(core.executor, answer, core, visit, self.error)
            headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": reply.body})

        return respond


def handle(request: Request[Any, Any, Any], error: Exception) -> Any:
    """The application's only exception handler."""
    visit = visits.of(request.scope)
    known = as_forum_error(error, api=visit.api)
    if isinstance(known, NotAllowed):
        known.allow = ", ".join(sorted(methods_at(request.app, visit.path)))
    if known.status >= 500 or met_another(error):  # a verb that looks first and writes then: to be mended, it works
        log.error("request failed", request_id=visit.id, path=visit.path, exc_info=error)
    return _Rendered(known)
