"""`forum serve` and `forum worker`: what runs until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from types import FrameType

import click
import uvicorn
from sqlalchemy import select
from uvicorn.supervisors import Multiprocess

from forum.console import database, ready_schema, say
from forum.db import Database
from forum.demo import NOTE
from forum.events import HousekeepingDue, IndexStale, RendererChanged, record
from forum.kit.clock import utc_now
from forum.kit.markdown import RENDERER
from forum.kit.walltime import rules_version
from forum.settings import Settings, load
from forum.threads.models import Post
from forum.web import logs

KEEP_ALIVE = 30  # seconds an idle connection stays open: longer than a reader's pause, shorter than a proxy's patience
GRACE = 10  # seconds that requests under way have to finish once the server is told to stop
BACKLOG = 2048  # connections that wait in the kernel while all are busy


class EarlyConfig(uvicorn.Config):
    """Loads the application before the event loop runs: Litestar sizes its thread pool only then."""

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Called by the server just before it starts its loop, in every process."""
        if not self.loaded:
            self.load()
        return super().get_loop_factory()


def place(environ: MutableMapping[str, str], host: str, port: int) -> None:
    """Set FORUM_BASE_URL for a trial at `host`:`port`, unless the operator has set it: links must lead back here.

    A host that means "every address of this machine" is reached as 127.0.0.1.
    """
    if not environ.get("FORUM_BASE_URL"):
        environ["FORUM_BASE_URL"] = f"http://{_shown(host)}:{port}"


def _shown(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, shared by all processes. Raises ClickException when the address cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(BACKLOG)  # from now on whoever comes waits, and is served when the application is loaded
    except OSError as error:
        sock.close()
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    sock.set_inheritable(True)
    return sock


def upkeep(db: Database, now: datetime) -> None:
    """Leave in the outbox what a start brings: a round of cleaning, posts that an older renderer cooked, the index."""
    with db.read() as session:
        stale = session.execute(select(Post.id).where(Post.renderer < RENDERER).limit(1)).first()
    today = f"{now:%Y-%m-%d}"
    with db.write() as session:
        # other zone data since the last start: the dates of meetups are derived anew at once
        record(session, HousekeepingDue(), now=now, key=f"start-{today}-{rules_version()}")
        record(session, IndexStale(), now=now)
        if stale:
            record(session, RendererChanged(RENDERER), now=now, key=f"renderer-{RENDERER}-{today}")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any free one."
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that share the port."
)
@click.option("--migrate", is_flag=True, help="Bring a PostgreSQL schema up to date first (SQLite's always is).")
def serve(*, host: str, port: int, workers: int, migrate: bool) -> None:
    """Run the site.

    The outbox worker (mail, notices) runs inside, unless FORUM_WORKER is off.
    """
    load()  # a bad setting is told before the port is taken
    with listen(host, port) as sock:
        port = sock.getsockname()[1]
        place(os.environ, host, port)
        settings = load()
        logs.configure(settings)
        link = _prepare(settings, may_migrate=migrate)
        _announce(settings, host, port, link)
        config = EarlyConfig(
            "forum.app:from_environment", factory=True, host=host, port=port, workers=workers, backlog=BACKLOG,
            loop="uvloop" if sys.platform != "win32" else "asyncio", http="httptools", ws="none", lifespan="on",
            interface="asgi3", log_config=None, access_log=False, server_header=False, proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=GRACE,
        )  # fmt: skip
        _run(config, sock)


def _prepare(settings: Settings, *, may_migrate: bool) -> str:
    """Schema, upkeep, and the one-time address when there is no administrator yet (else "")."""
    db = Database(settings)
    try:
        ready_schema(settings, db.engine, may_migrate=may_migrate)
        upkeep(db, utc_now())
        return setup_link(db, settings)
    finally:
        db.close()


def setup_link(db: Database, settings: Settings) -> str:
    """The one-time address where the first administrator is made; "" when there is one."""
    from forum.accounts.domain.links import issue_setup

    with db.write() as session:
        token = issue_setup(session, utc_now())
    return f"{settings.base_url.rstrip('/')}/setup/{token}" if token else ""


def _announce(settings: Settings, host: str, port: int, link: str) -> None:
    click.echo(f"Ritrovo serves {settings.base_url}" + ("" if settings.loopback else f" (listening on {host}:{port})"))
    if link:
        click.echo(f"There is no administrator yet. Make one here, once:\n  {link}")
    if settings.loopback and (note := settings.data_dir / NOTE).is_file():
        click.echo(note.read_text("utf-8").rstrip())
    if settings.loopback and _shown(host) != host:
        say(f"Reachable from outside, but links say {settings.base_url}: set FORUM_BASE_URL to the public address.")
    sys.stdout.flush()


def _run(config: uvicorn.Config, sock: socket.socket) -> None:
    if config.workers > 1:
        Multiprocess(config, sockets=[sock]).run()
        return
    signal.signal(signal.SIGTERM, _leave)  # the server passes the signal on when it has stopped: that is no failure
    config.load()
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[sock])
    if not server.started:
        raise click.ClickException("the server did not start: the lines above say why")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@click.command()
def worker() -> None:
    """Run the outbox worker alone: mail and notices.

    For sites whose server processes run with FORUM_WORKER=off. Several may run side by side.
    """
    from forum.app import make_mailer
    from forum.worker import Worker

    settings = load()
    logs.configure(settings)
    with database(settings) as db:
        upkeep(db, utc_now())
        running = Worker(db, settings, make_mailer(settings))
        db.after_commit.append(running.wake)
        _until_told(running.start)
        running.stop()


def _until_told(start: Callable[[], None]) -> None:
    """Start threads that take no SIGINT and no SIGTERM, and wait for one of the two here.

    No handler runs, so none can meet a lock that the interrupted code holds.
    """
    ends = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        start()
        say("Working; Ctrl-C ends it after the current job.")
        signal.sigwait(ends)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
