"""What the outer wrapper learns of a request before any handler runs; it travels as `scope["forum"]`."""

import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forum.policy.actors import Actor

Form = dict[str, list[str]]


@dataclass(slots=True)
class Visit:
    """One request, as the house sees it."""

    id: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    client: str
    """The visitor's address; the proxy's word counts only when the proxy is trusted."""
    cookies: dict[str, str]
    started: float = field(default_factory=time.perf_counter)
    form: Form | None = None
    """The URL-encoded body, parsed and capped; None for other kinds."""
    form_bound_to: str = ""
    """What its token is bound to: session or guest; empty: not checked."""
    token_checked: bool = False
    set_cookies: list[str] = field(default_factory=list)
    actor: "Actor | None" = None
    session_token: str = ""
    shareable: bool = False
    """The page holds nothing of one person: it may go to the guests' page cache."""
    kept: Form | None = None
    """What was typed, for an error page to give back."""

    @property
    def htmx(self) -> bool:
        """A fragment is wanted, not a page (a history restore wants the page)."""
        return "hx-request" in self.headers and "hx-history-restore-request" not in self.headers

    @property
    def api(self) -> bool:
        """The JSON API: bearer tokens, no cookies, problem details. Its documentation is a page like any other."""
        return (self.path == "/api" or self.path.startswith("/api/")) and self.path != "/api/docs"

    @property
    def here(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


def of(scope: Any) -> Visit:
    """The visit that the outer wrapper put into `scope`."""
    visit: Visit = scope["forum"]
    return visit


def read_cookies(header: str) -> dict[str, str]:
    """Cookie name → value; an unreadable header is no cookie at all."""
    jar = SimpleCookie()
    try:
        jar.load(header[:8192])
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}
