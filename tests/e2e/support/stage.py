"""The browser, and the thread it lives in.

Playwright's synchronous API keeps an event loop "running" in the thread that started it, and any test of the same
process that wants a loop of its own would then fail. So browser tests run in one thread of their own.
"""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A full Chromium draws a window for every context, also when nobody sees it, and in each window it loads the pages
# of its own address bar in processes of their own: five times as dear as the page that we want to see. Without these:
UNSEEN = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "InitialWebUI", "WebUIReloadButton", "WebUIToolbar",
    "PreloadTopChromeWebUI",
)  # fmt: skip
# Playwright's own list, which ours replaces: of two such switches Chromium takes the last.
ALSO = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying",
    "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    f"--disable-features={','.join((*UNSEEN, *ALSO))}",
)  # fmt: skip
PATIENCE = 10_000  # milliseconds until something expected must be there; a busy machine is no defect
T = TypeVar("T")


def chromium() -> str | None:
    """The browser's path: CHROMIUM, else the first of `NAMES` on PATH; None when there is none."""
    named = os.environ.get("CHROMIUM", "")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


class Stage:
    """One browser of one test process. Everything that touches it goes through `run`."""

    def __init__(self, executable: str) -> None:
        """Nothing starts before the first test that needs it."""
        self.executable = executable
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def run(self, work: Callable[[], T]) -> T:
        """Do `work` in the browser's thread and wait for it; what it raises is raised here."""
        return self._thread.submit(work).result()

    @property
    def browser(self) -> Browser:
        """The browser; only in its own thread."""
        if self._browser is None:
            expect.set_options(timeout=PATIENCE)
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=self.executable, args=list(FLAGS))
        return self._browser

    def context(self, **more: Any) -> Any:
        """A fresh profile: no cookies, no storage."""
        return self.browser.new_context(**more)

    def close(self) -> None:
        """End the browser and the thread."""

        def end() -> None:
            if self._browser:
                self._browser.close()
            if self._playwright:
                self._playwright.stop()

        self.run(end)
        self._thread.shutdown()
