"""A browser without a window: keeps cookies, finds form tokens in pages, talks to the ASGI app itself."""

import asyncio
import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx

BASE = "http://127.0.0.1:8000"
HTMX = {"HX-Request": "true"}
TOKEN = re.compile(r'name="_csrf" value="([0-9a-f]*)"')
HEADER_TOKEN = re.compile(r"hx-headers='?\"?([^>]*?X-CSRF-Token[^>]*)>")


class Loop:
    """One event loop in a thread, for all clients of a test run."""

    _shared: "Loop | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="test-loop", daemon=True).start()

    @classmethod
    def shared(cls) -> "Loop":
        """The loop of this process."""
        cls._shared = cls._shared or cls()
        return cls._shared

    def run(self, coroutine: Any) -> Any:
        """Wait for `coroutine`, from a plain thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)


class AsgiTransport(httpx.BaseTransport):
    """httpx over an ASGI application, synchronously; `client` is the address that the server sees."""

    def __init__(self, app: Any, client: tuple[str, int] = ("127.0.0.1", 50000)) -> None:
        self.inner = httpx.ASGITransport(app, raise_app_exceptions=True, client=client)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=body)

        async def send() -> tuple[httpx.Response, bytes]:
            response = await self.inner.handle_async_request(copy)
            return response, await response.aread()

        response, content = Loop.shared().run(send())
        headers = [(k, v) for k, v in response.headers.raw if k.lower() != b"content-encoding"]
        if response.headers.get("content-encoding") == "gzip" and request.method != "HEAD":
            import gzip

            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)


class Browser:
    """One person's browser. Forms get the token of the last page seen, as a real form would."""

    def __init__(self, app: Any, *, address: str = "127.0.0.1", language: str = "en") -> None:
        self.http = httpx.Client(
            transport=AsgiTransport(app, (address, 50000)), base_url=BASE, headers={"Accept-Language": language}
        )
        self.token = ""
        self.last: httpx.Response | None = None

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request; redirects are not followed."""
        answer = self.http.request(method, path, **more)
        if "html" in answer.headers.get("content-type", ""):
            head = HEADER_TOKEN.search(answer.text)
            found = TOKEN.search(answer.text) or (re.search(r"([0-9a-f]{32})", unescape(head[1])) if head else None)
            self.token = found[1] if found else self.token
        self.last = answer
        return answer

    def get(self, path: str, *, htmx: bool = False, follow: bool = False, **more: Any) -> httpx.Response:
        """A page."""
        headers = {**(HTMX if htmx else {}), **more.pop("headers", {})}
        answer = self.request("GET", path, headers=headers, **more)
        return self.follow(answer) if follow else answer

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        htmx: bool = False,
        follow: bool = False,
        token: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        """A form. `token`: another one than the last page's ("" for none)."""
        if not self.token and token is None:
            self.get("/login", follow=True)
        headers = {**(HTMX if htmx else {}), **more.pop("headers", {})}
        form = {"_csrf": self.token if token is None else token, **(data or {})}
        answer = self.request("POST", path, data=form, headers=headers, **more)
        return self.follow(answer) if follow else answer

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where a 303 points, a few steps."""
        for _ in range(5):
            if answer.status_code not in {301, 302, 303, 307, 308}:
                break
            answer = self.request("GET", answer.headers["location"])
        return answer


def every(pattern: str, text: str) -> Iterator[str]:
    """All matches of a one-group pattern."""
    return (match[1] for match in re.finditer(pattern, text))
