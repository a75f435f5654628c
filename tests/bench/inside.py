"""Where the time of a page goes, without a network: `python -m tests.bench.inside FOLDER [DATABASE_URL] [--profile]`."""

import cProfile
import pstats
import sys
import time
from pathlib import Path

import structlog

from forum.app import create_app, make_core
from forum.settings import load
from tests.bench.seed import TOKEN
from tests.support.web import Browser


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    """Print milliseconds a page, in the handler, by path."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    arguments = [a for a in sys.argv[1:] if a != "--profile"]
    settings = load({}, data_dir=Path(arguments[0]), database_url=arguments[1] if len(arguments) > 1 else "", page_cache=False, pool_size=1)
    core = make_core(settings)
    app = create_app(settings, core=core)
    for name, signed_in in (("guest", False), ("member", True)):
        browser = Browser(app)
        if signed_in:
            browser.http.cookies.set("forum-session", TOKEN, domain="127.0.0.1")
        for path in ("/latest", "/t/2", "/t/1", "/t/1/x?page=5"):
            url = path
            answer = browser.get(path)
            while answer.status_code in {301, 303}:
                url = answer.headers["location"]
                answer = browser.get(url)
            assert answer.status_code == 200, (url, answer.status_code)
            times = []
            for _ in range(100):
                start = time.perf_counter()
                browser.get(url)
                times.append(time.perf_counter() - start)
            times.sort()
            print(f"{name:7} {path:16} {times[50] * 1000:6.2f} ms median, {len(answer.content) // 1024} kB")
    if "--profile" in sys.argv:
        profile = cProfile.Profile()
        import threading

        threading.setprofile(None)
        url = "/t/2"
        from forum.web.visit import Visit
        from forum.web.ctx import Ctx
        from forum.threads import queries
        from forum.threads.web.shared import page_context

        def once():
            visit = Visit(id="x", method="GET", path="/t/2/x", query="", headers={}, client="", cookies={})
            visit.session_token = TOKEN
            ctx = Ctx(core, visit)
            with ctx.db.read() as session:
                actor, house = ctx.actor(session), ctx.house(session)
                found = queries.thread_page(session, actor, house, 2, 1)
            return ctx.page("threads/show.html", shared=True, **page_context(ctx, found))

        once()
        start = time.perf_counter()
        for _ in range(300):
            once()
        print(f"handler alone {(time.perf_counter() - start) / 300 * 1000:.2f} ms")
        profile.enable()
        for _ in range(300):
            once()
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
