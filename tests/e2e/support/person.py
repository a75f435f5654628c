"""A person at a browser of their own, watched: whatever the page complains of fails the test."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from forum.kit.i18n import Text, translate
from forum.policy.actors import Actor
from tests.e2e.support.house import House
from tests.e2e.support.stage import PATIENCE, Stage

PHONE, DESK = 360, 1280
GLANCE = ((PHONE, "dark"), (DESK, "light"))
THOROUGH = ((PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark"))
Views = Sequence[tuple[int, str]]
HEIGHTS = {PHONE: 740, DESK: 860}
SHOTS = Path("var/shots")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STEADY = 0.05  # cumulative layout shift above which a page jumps
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
OFFLINE = re.compile(r"net::ERR_|htmx:sendError|htmx:afterRequest")
HERE = Path(__file__).parent
SPY = (HERE / "spy.js").read_text("utf-8")
AXE_RUN = (HERE / "axe.js").read_text("utf-8")
INKS = (HERE / "inks.js").read_text("utf-8")
JUDGED: dict[tuple[int, str], set[int]] = {}
"""(width, scheme) → the inks whose contrast was good there, on any page of this process. Three quarters of what axe
costs is contrast, and every page has the same banner, rows and buttons. What failed or is undecided is not in it."""


class Watch:
    """Notes every complaint of one page."""

    def __init__(self, page: Page, origin: str, *, scripts: bool) -> None:
        """`origin`: the only place the page may talk to. `scripts`: whether the page can be asked."""
        self.page, self.origin, self.scripts = page, origin, scripts
        self.problems: list[str] = []
        self.expected: set[int] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._note(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("crash", lambda _: self._note("the page crashed"))

    def _note(self, what: str) -> None:
        self.problems.append(f"{self.page.url}: {what}")

    def _console(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if refused and int(refused[1]) in self.expected:
            return
        if 0 in self.expected and OFFLINE.search(message.text):
            return
        if message.type in {"error", "warning", "assert"}:
            self._note(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self._note(f"asked somebody else: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure == "net::ERR_ABORTED" and request.resource_type != "document":
            return  # a newer request, or the next page, took its place
        if 0 not in self.expected:
            self._note(f"request failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self._note(f"answered {response.status}: {response.request.method} {response.url}")

    def forgive(self, status: int) -> None:
        """Forget that an answer had `status`."""
        self.problems = [problem for problem in self.problems if str(status) not in problem]

    def read(self) -> None:
        """Fetch what the page itself noticed."""
        if self.scripts and not self.page.is_closed():
            for violation in self.page.evaluate("(window.__violations || []).splice(0)"):
                self._note(f"CSP violation: {violation}")


class Person:
    """Somebody with a browser. `page` is Playwright's own; what is here adds the house's habits."""

    def __init__(
        self, stage: Stage, house: House, *, name: str, scripts: bool, language: str, width: int, views: Views = ()
    ) -> None:
        """A fresh profile at the front door, not signed in.

        `views`: the (width, scheme) pairs in which `check` looks at a page; none: one at a time, in turn.
        """
        self.stage, self.house, self.name, self.scripts, self.views = stage, house, name, scripts, views
        self._glances = cycle(GLANCE)
        self.locale = language[:2]
        self.context = stage.context(
            base_url=house.url, java_script_enabled=scripts, locale=language, timezone_id="Europe/Rome",
            color_scheme="light", reduced_motion="reduce", viewport={"width": width, "height": HEIGHTS[width]},
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE)
        if scripts:
            self.context.add_init_script(SPY)
        self.page: Page = self.context.new_page()
        self.watch = Watch(self.page, house.url, scripts=scripts)
        self.scheme = "light"
        self._lens: Page | None = None

    def close(self) -> list[str]:
        """Leave; what the pages complained of."""
        self.watch.read()
        if self._lens:
            self._lens.context.close()
        self.context.close()
        return [f"{self.name}: {problem}" for problem in self.watch.problems]

    def say(self, message: str, **params: str) -> str:
        """What the page calls `message` (as the source spells it) in this person's language."""
        return translate(Text(message, params), self.locale)

    # -- going about -----------------------------------------------------------------------------------------

    def sign_in_as(self, actor: Actor) -> "Person":
        """Put a living session into this browser, as if signed in before."""
        self.context.add_cookies(
            [{"name": "forum-session", "value": self.house.make.session(actor), "url": self.house.url}]
        )
        return self

    def goto(self, path: str, *, status: int = 200) -> "Person":
        """Open a page of the house; its answer must be `status`."""
        self.watch.read()
        with self.allowing(*([status] if status >= 400 else [])):
            answer = self.page.goto(path) or self.page.reload()  # None: only the fragment differed
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        return self

    def told(self) -> None:
        """The page that came back says that it worked."""
        expect(self.page.locator(".flash-said .notice--good")).to_be_visible()

    @contextmanager
    def allowing(self, *statuses: int) -> Iterator[None]:
        """Answers with these statuses are part of the plan; 0 stands for "no answer at all"."""
        before = set(self.watch.expected)
        self.watch.expected |= set(statuses)
        try:
            yield
            if self.scripts:
                self.page.evaluate("0")  # events that are under way arrive before this answer does
        finally:
            self.watch.expected = before

    def button(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        """A button by its name."""
        return (within or self.page).get_by_role("button", name=name, exact=isinstance(name, str))

    def link(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        """A link by its name."""
        return (within or self.page).get_by_role("link", name=name, exact=isinstance(name, str))

    def box(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        """A text box by its name."""
        return (within or self.page).get_by_role("textbox", name=name, exact=isinstance(name, str))

    def post(self, number: int) -> Locator:
        """Post `number` on the page that is open."""
        return self.page.locator(f"#post-{number}")

    def main(self) -> Locator:
        """The page's main part."""
        return self.page.locator("main")

    @property
    def path(self) -> str:
        """Path and query of the page that is open."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    # -- looking at it ---------------------------------------------------------------------------------------

    def check(self, part: str = "") -> None:
        """The open page has no axe violation and no sideways scroll, narrow and wide, light and dark.

        At all four together only where it is worth the time (an axe run takes half a second): see `views`. All rules
        at each width; in the other scheme of a width, which moves nothing, those of colour.
        `part`: a selector, to look at that alone: what an open menu covers for a moment is too small to press.
        """
        before = self.page.viewport_size
        assert before is not None
        self.watch.read()
        page = self.page if self.scripts else self._through_lens()
        measured = set[int]()
        for width, scheme in self.views or [next(self._glances)]:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self._no_sideways_scroll(page, width)
            self._no_double_ids(page)
            self._axe(page, part, (width, scheme), whole=width not in measured)
            measured.add(width)
        page.set_viewport_size(before)
        page.emulate_media(color_scheme=self.scheme)  # type: ignore[arg-type]

    def _through_lens(self) -> Page:
        """The page as it stands, in a browser with scripts (axe is one), its own scripts kept from running."""
        if self._lens is None:
            context = self.stage.context(base_url=self.house.url, reduced_motion="reduce", timezone_id="Europe/Rome")
            self._lens = context.new_page()
        html, url = self.page.content(), self.page.url.partition("#")[0]
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": "script-src 'none'"}
        self._lens.route(url, lambda route: route.fulfill(body=html, headers=headers))
        self._lens.goto(url)
        self._lens.unroute(url)
        return self._lens

    def _axe(self, page: Page, part: str, view: tuple[int, str], *, whole: bool) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        judged = JUDGED.setdefault(view, set())
        fresh = [ink for ink in page.evaluate(INKS, part) if ink not in judged]
        found, undecided = page.evaluate(AXE_RUN, [part, AXE_TAGS, fresh, whole])
        where = f"{self.path} at {view[0]} px, {view[1]}"
        assert not found, f"axe, {where}:\n" + "\n".join(map(_violation, found))
        judged.update(set(fresh) - set(undecided))

    def _no_sideways_scroll(self, page: Page, width: int) -> None:
        """Nor in a moment: what is still being laid out after the window changed has a second to settle."""
        wide = page.evaluate(
            """async () => { const root = document.documentElement, until = performance.now() + 1000;
            const frame = () => new Promise(requestAnimationFrame);
            while (root.scrollWidth > root.clientWidth && performance.now() < until) await frame();
            if (root.scrollWidth <= root.clientWidth) return null;
            const kept = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
              if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
            return [...document.querySelectorAll("body *")]
              .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !kept(e))
              .slice(0, 5).map(e => e.outerHTML.slice(0, 120)); }"""
        )
        assert wide is None, f"{self.path} scrolls sideways at {width} px: {wide}"

    def _no_double_ids(self, page: Page) -> None:
        """A label names the first element with its id: with two of them, the control may have no name."""
        double = page.evaluate(
            """() => { const seen = new Set();
            const all = [...document.querySelectorAll("[id]")].map(e => e.id);
            return all.filter(id => seen.size === seen.add(id).size); }"""
        )
        assert not double, f"{self.path} has ids twice: {double}"

    def check_steady(self) -> None:
        """The page, freshly loaded, did not jump while it loaded (cumulative layout shift)."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shift, moved = self.page.evaluate("[window.__shift, window.__shifted]")
        assert shift < STEADY, f"{self.path} shifts by {shift:.3f} while it loads: " + "\n  ".join(moved[:8])

    def look(self, scheme: str, width: int | None = None) -> None:
        """Change the system's colours, and perhaps the window's width."""
        self.scheme = scheme
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if width:
            self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def shot(self, name: str, *, full: bool = True) -> Path:
        """A picture of the page in var/shots/, for people to look at."""
        path = SHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=full)
        return path

    # -- what the page says ----------------------------------------------------------------------------------

    def expect_focus(self, element: Locator) -> None:
        """`element` has the focus."""
        expect(element).to_be_focused()

    def heard(self, words: str) -> None:
        """Screen readers were told `words`."""
        expect(self.page.locator("#announcer")).to_have_text(words)

    def mark(self) -> None:
        """Put a sign on this document, so that `same_document` can tell whether the page was loaded anew."""
        self.page.evaluate("window.__mark = true")

    def same_document(self) -> bool:
        """True while nothing was loaded anew since `mark`."""
        return bool(self.page.evaluate("window.__mark === true"))

    def storage(self) -> dict[str, Any]:
        """What the page keeps on this device."""
        return dict(self.page.evaluate("({...localStorage})"))


def _violation(found: dict[str, Any]) -> str:
    nodes = "\n".join(f"    {n['target']}\n      {n['html']}\n      {n['why']}" for n in found["nodes"][:6])
    return f"  {found['id']} ({found['impact']}): {found['help']}\n{nodes}"
