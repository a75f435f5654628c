"""`create_app(settings)`: the only wiring."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from forum.db import Database
from forum.kit.clock import Clock, utc_now
from forum.kit.jinja import Templates
from forum.kit.mail import FileMailer, Mailer, SmtpMailer
from forum.routes import ROUTES, openapi
from forum.settings import Settings, load
from forum.web import logs
from forum.web.asgi import Outer
from forum.web.core import Core
from forum.web.ctx import provide_ctx
from forum.web.errors import handle
from forum.web.pagecache import PageCache
from forum.web.static import Static
from forum.worker import Worker


def make_mailer(settings: Settings, site_name: str = "") -> Mailer:
    """SMTP when it is set, else files in `mail/` of the data folder."""
    domain = urlsplit(settings.base_url).hostname or "localhost"
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, sender=settings.sender, sender_name=site_name, domain=domain)
    return FileMailer(settings.data_dir / "mail", sender=settings.sender, sender_name=site_name, domain=domain)


def make_core(
    settings: Settings, *, clock: Clock = utc_now, mailer: Mailer | None = None, like: Core | None = None
) -> Core:
    """Everything a process holds, before any request. `like`: another one, whose files and templates will do."""
    db = Database(settings)
    static = like.static if like else Static(reload=settings.reload)
    core = Core(
        settings=settings,
        db=db,
        templates=like.templates if like else Templates(static=static.address, reload=settings.reload),
        static=static,
        pages=PageCache(),
        executor=ThreadPoolExecutor(settings.pool_size, thread_name_prefix="forum"),
        secret=settings.secret(),
        clock=clock,
    )
    # what a job did and a power cut undid is done again: the worker need not wait for the disk at each step
    background = Database(replace(settings, pool_size=2), durable=False)
    mails = like.worker.templates if like and like.worker else None
    core.worker = Worker(background, settings, mailer or make_mailer(settings), clock=clock, templates=mails)
    db.after_commit.append(core.worker.wake)
    return core


def create_app(settings: Settings, *, core: Core | None = None) -> Outer:
    """The ASGI application. `core`: what to serve from (tests bring their own clock and mailbox)."""
    core = core or make_core(settings)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        # Litestar runs threaded handlers in the loop's own executor when it was given none
        asyncio.get_running_loop().set_default_executor(core.executor)
        if settings.worker and core.worker:
            core.worker.start()
        try:
            yield
        finally:
            if settings.worker and core.worker:
                core.worker.stop()
            core.close()

    handlers: dict[int | type[Exception], Callable[..., Any]] = {Exception: handle}
    app = Litestar(
        route_handlers=ROUTES,
        dependencies={"ctx": Provide(provide_ctx, sync_to_thread=False)},
        exception_handlers=handlers,
        openapi_config=openapi(),
        state=State({"core": core}),
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
        request_max_body_size=8 * 1024 * 1024,
        multipart_form_part_limit=20,
    )
    outer = Outer(app, core)
    if core.worker:
        core.worker.crowded = outer.turns.crowded
    return outer


def from_environment() -> Outer:
    """The application as the server starts it in each process."""
    settings = load()
    logs.configure(settings)
    app = create_app(settings)
    settle()
    return app


FULL = 2
"""The generation that a full collection looks through."""
SELDOM = 50
"""Collections of the middle generation before a full one (Python's own: 10)."""
SETTLING = 20
"""Full collections whose survivors are taken for settled. Not all: of each a page's worth is never given back."""


def settle() -> None:
    """What a process is made of (modules, tables, routes) is never garbage, so it is looked through no more.

    Python stops everything for that: 300,000 objects took a tenth of a second, in the middle of somebody's page. What
    comes to stay later, statements and templates above all, would be 100,000 more: so what outlives one of the first
    few full collections is taken for settled, too, and these come seldom.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, SELDOM)
    left = iter(range(SETTLING))

    def outlived(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == FULL and next(left, None) is not None:
            gc.freeze()

    gc.callbacks.append(outlived)
