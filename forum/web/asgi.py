"""The outer wrapper: everything that must hold for every answer, 404, 405 and 500 included.

Litestar's own middleware never sees what its router refuses, so headers, host check, limits, the form-token check,
the guests' page cache, HEAD and the access log live here, around the application.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog

from forum.errors import Forbidden, ForumError, Malformed, NotFound, TooLarge, WrongType
from forum.kit.i18n import N_, negotiate
from forum.settings import LOCALES, LOOPBACK
from forum.web.core import Core
from forum.web.ctx import check_token, cookie_names
from forum.web.errors import Answer, answer
from forum.web.turns import Turns, width
from forum.web.visit import Form, Visit, read_cookies

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_LIMIT = 512 * 1024  # bytes; 32 kB of Markdown is at most 96 kB percent-encoded
JSON_LIMIT = 1024 * 1024
UPLOAD_LIMIT = 6 * 1024 * 1024
FIELDS_LIMIT = 200
PATH_LIMIT = 2048
TOKENLESS = frozenset({"/language"})  # sets a cookie and nothing else; the origin is still checked
SIGNED = "/unsubscribe/"  # RFC 8058: mail programs post here; the address carries its own signature
SECRET_SEGMENT = re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=/|$)")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"strict-origin-when-cross-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), browsing-topics=()",
    b"x-frame-options": b"DENY",
}
log = structlog.get_logger("forum.access")


class Outer:
    """The ASGI application that the server runs."""

    def __init__(self, app: App, core: Core) -> None:
        """`app`: the Litestar application."""
        self.app, self.core = app, core
        self.turns = Turns(width(core.settings.pool_size, embedded=core.settings.sqlite))
        self.headers = dict(HEADERS)
        if core.settings.secure:
            self.headers[b"strict-transport-security"] = b"max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = self._visit(scope)
        scope["forum"] = visit
        out = _Out(self, visit, send)
        try:
            if await self._served_from_memory(visit, out):
                return
            scope["method"] = "GET" if visit.method == "HEAD" else visit.method
            receive = await self._admit(visit, receive)
            async with self.turns.one():
                await self.app(scope, receive, out.send)
        except ForumError as error:
            await out.answer(await self.refusal(visit, error))
        except Exception:
            log.exception("unhandled", request_id=visit.id)
            if not out.status:
                await out.answer(await self.refusal(visit, ForumError()))
        finally:
            out.log()

    async def refusal(self, visit: Visit, error: ForumError) -> Answer:
        """An error as page, fragment or problem JSON, rendered off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.core.executor, answer, self.core, visit, error)

    # -- before the application ------------------------------------------------------------------------------

    def _visit(self, scope: Scope) -> Visit:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        client = scope["client"][0] if scope.get("client") else ""
        if self.core.settings.proxies:
            client = self._behind_proxies(client, headers)
        cookies = read_cookies(headers["cookie"]) if "cookie" in headers else {}
        visit = Visit(
            id=secrets.token_hex(8), method=scope["method"], path=scope["path"],
            query=scope["query_string"].decode("latin-1"), headers=headers, client=client, cookies=cookies,
        )  # fmt: skip
        visit.session_token = cookies.get(cookie_names(self.core.settings)[0], "")
        return visit

    def _behind_proxies(self, client: str, headers: dict[str, str]) -> str:
        """The last address in X-Forwarded-For that is not one of our proxies."""
        chain = [*(part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()), client]
        for address in reversed(chain):
            try:
                if not any(ip_address(address) in network for network in self.core.settings.proxies):
                    return address
            except ValueError:
                return client
        return chain[0]

    async def _served_from_memory(self, visit: Visit, out: "_Out") -> bool:
        if visit.method not in {"GET", "HEAD"}:
            return False
        if visit.path.startswith("/static/"):
            return await self._static(visit, out)
        if not self._cacheable(visit):
            return False
        out.generation = self.core.db.generation.current()
        out.cache_key = self._cache_key(visit)
        entry = self.core.pages.get(out.cache_key, out.generation)
        if entry is None:
            return False
        packed = "gzip" in visit.headers.get("accept-encoding", "")
        headers = [*entry.headers, *([(b"content-encoding", b"gzip")] if packed else [])]
        out.cache_key = ""
        await out.answer(Answer(200, headers, entry.packed if packed else entry.body))
        return True

    async def _static(self, visit: Visit, out: "_Out") -> bool:
        found = self.core.static.find(visit.path)
        if found is None:
            return False  # the application's 404 says it in words
        body, packed, kind, fresh = found
        headers = [(b"content-type", kind.encode()), (b"vary", b"Accept-Encoding")]
        headers.append((b"cache-control", b"public, max-age=31536000, immutable" if fresh else b"no-cache"))
        if packed is not None and "gzip" in visit.headers.get("accept-encoding", ""):
            body = packed
            headers.append((b"content-encoding", b"gzip"))
        await out.answer(Answer(200, headers, body))
        return True

    def _cacheable(self, visit: Visit) -> bool:
        return (
            self.core.settings.page_cache
            and not visit.session_token
            and "authorization" not in visit.headers
            and "forum-flash" not in visit.cookies
            and not visit.api
            and self._host_is_ours(visit)
        )

    def _cache_key(self, visit: Visit) -> str:
        locale = visit.cookies.get("forum-locale")
        if locale not in LOCALES:
            locale = negotiate(visit.headers.get("accept-language", ""), LOCALES, self.core.settings.locale)
        return f"{locale} {visit.htmx:d} {visit.path}?{visit.query}"

    def _host_is_ours(self, visit: Visit) -> bool:
        host = visit.headers.get("host", "").lower()
        if host == self.core.settings.host:
            return True
        return self.core.settings.loopback and _hostname(host) in LOOPBACK

    async def _admit(self, visit: Visit, receive: Receive) -> Receive:
        """Every check before the application; the body parsed where it is a form. Raises ForumError."""
        if not self._host_is_ours(visit) and not _is_probe(visit):
            raise Malformed(N_("This forum does not live at that address."))
        _check_path(visit)
        if visit.method in SAFE:
            return _limited(receive, JSON_LIMIT)
        self._check_origin(visit)
        return await self._body(visit, receive)

    def _check_origin(self, visit: Visit) -> None:
        if visit.api or visit.path.startswith(SIGNED):
            return
        site, origin = visit.headers.get("sec-fetch-site"), visit.headers.get("origin")
        if site is not None:
            foreign = site not in {"same-origin", "none"}
        elif origin is not None:
            scheme = urlsplit(self.core.settings.base_url).scheme
            foreign = origin.lower() != f"{scheme}://{visit.headers.get('host', '').lower()}"
        else:
            foreign = False  # an old browser or a program: the token alone decides
        if foreign:
            raise Forbidden(N_("That came from another site, so we did nothing."))

    async def _body(self, visit: Visit, receive: Receive) -> Receive:
        kind = visit.headers.get("content-type", "").partition(";")[0].strip().lower()
        length = visit.headers.get("content-length", "0")
        size = int(length) if length.isascii() and length.isdigit() else 0
        chunked = "transfer-encoding" in visit.headers
        if visit.api:
            _refuse_above(size, JSON_LIMIT)
            if (size or chunked) and kind != "application/json":
                raise WrongType(N_("Send JSON, with Content-Type: application/json."))
            return _limited(receive, JSON_LIMIT)
        if kind == "multipart/form-data":
            _refuse_above(size, UPLOAD_LIMIT)
            self._check_token(visit, None)
            return _limited(receive, UPLOAD_LIMIT)
        if kind != "application/x-www-form-urlencoded" and (size or chunked):
            raise WrongType()
        _refuse_above(size, FORM_LIMIT)
        raw = await _read(_limited(receive, FORM_LIMIT))
        visit.form = visit.kept = parse_form(raw)
        self._check_token(visit, visit.form)
        return _replay(raw)

    def _check_token(self, visit: Visit, form: Form | None) -> None:
        """The form token, in the header (htmx) or the form. A multipart form's own token is the handler's to check."""
        if visit.path.startswith(SIGNED) or visit.path in TOKENLESS:
            return
        sent = visit.headers.get("x-csrf-token") or (form or {}).get("_csrf", [""])[-1]
        if form is None and not sent:
            return  # multipart: `Ctx.check_token` looks at the parsed form; an architecture test sees that it is called
        check_token(self.core, visit, sent)


class _Out:
    """The way out: security headers, cookies, HEAD, the page cache, the access log."""

    def __init__(self, outer: Outer, visit: Visit, send: Send) -> None:
        self.outer, self.visit, self._send = outer, visit, send
        self.status = 0
        self.cache_key = ""
        self.generation = b""
        self._kept: list[tuple[bytes, bytes]] | None = None

    async def answer(self, reply: Answer) -> None:
        """Send a whole answer."""
        headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
        await self.send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": reply.body})

    async def send(self, message: Message) -> None:
        """Pass a message on, amended."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(list(message["headers"]))}
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            if self._kept is not None and not message.get("more_body", False):
                self.outer.core.pages.put(self.cache_key, self.generation, self._kept, body)
                self._kept = None
            if self.visit.method == "HEAD":
                message = {**message, "body": b""}
        await self._send(message)

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in headers}
        visit = self.visit
        html = b"vary" not in names
        if html:
            headers.append((b"vary", b"HX-Request, Cookie, Accept-Language"))
        if b"cache-control" not in names:
            signed_in = visit.session_token or visit.set_cookies or "authorization" in visit.headers
            headers.append((b"cache-control", b"no-store" if signed_in else b"private, no-cache"))
        storable = self.cache_key and visit.shareable and self.status == 200 and not visit.set_cookies
        if storable and b"set-cookie" not in names:
            self._kept = [item for item in headers if item[0].lower() not in {b"content-length", b"set-cookie"}]
        headers += [(name, value) for name, value in self.outer.headers.items() if name not in names]
        headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in visit.set_cookies]
        headers.append((b"x-request-id", visit.id.encode()))
        return headers

    def log(self) -> None:
        """One line for each request; secrets in paths are cut out."""
        visit = self.visit
        if visit.path.startswith("/static/") and self.status == 200:
            return
        seconds = time.perf_counter() - visit.started
        self.outer.core.tally.count(self.status, seconds)
        log.info(
            "request", request_id=visit.id, method=visit.method, path=SECRET_SEGMENT.sub("…", visit.path),
            status=self.status, ms=round(seconds * 1000, 1),
            member=visit.actor.id if visit.actor else 0,
        )  # fmt: skip


# -- bodies ----------------------------------------------------------------------------------------------------


def parse_form(raw: bytes) -> Form:
    """Field → values. NUL becomes U+FFFD: no database takes it. Raises TooLarge above `FIELDS_LIMIT` fields."""
    try:
        pairs = parse_qsl(
            raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS_LIMIT
        )
    except ValueError:
        raise TooLarge() from None
    form: Form = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value.replace("\0", "\ufffd"))
    return form


def _hostname(host: str) -> str | None:
    """The name in a Host header; None for one that is no host at all."""
    if not re.fullmatch(r"[a-z0-9.\-]+(:\d{1,5})?|\[[0-9a-f:]+\](:\d{1,5})?", host):
        return None
    return urlsplit(f"//{host}").hostname


def _is_probe(visit: Visit) -> bool:
    """Supervisors ask by address, not by name. `/metrics` needs its token then."""
    return visit.path in {"/healthz", "/readyz"} or (visit.path == "/metrics" and "authorization" in visit.headers)


def _check_path(visit: Visit) -> None:
    """Refuses what no address of ours has: control characters, digits of other scripts, endless paths."""
    if len(visit.path) > PATH_LIMIT or not visit.path.isprintable():
        raise NotFound()
    for segment in visit.path.split("/"):
        if segment.isdigit() and not segment.isascii():
            raise NotFound()
    if "%00" in visit.query:
        raise Malformed()


def _refuse_above(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge()


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive` that raises TooLarge once more than `limit` bytes have come, whatever Content-Length said."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        _refuse_above(seen, limit)
        return message

    return counted


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(raw: bytes) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": raw, "more_body": False}

    return again
