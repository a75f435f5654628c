"""Is it alive, is it ready, how is it doing; and the generated sheet with the brand colour."""

import hmac
import re
from ipaddress import ip_address

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text

from forum.errors import NotFound
from forum.health.metrics import exposition
from forum.web.ctx import Ctx

PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Health(Controller):
    """Probes for a supervisor; they say nothing about anybody."""

    @get("/healthz", sync_to_thread=False, media_type="text/plain")
    def alive(self) -> str:
        """The process answers."""
        return "ok\n"

    @get("/readyz", sync_to_thread=True, media_type="text/plain")
    def ready(self, ctx: NamedDependency[Ctx]) -> str:
        """The database answers. Raises Unavailable."""
        with ctx.db.read() as session:
            session.execute(text("SELECT 1"))
        return "ok\n"


class Metrics(Controller):
    """`/metrics` for Prometheus, behind its own gate."""

    @get("/metrics", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """The figures, for the bearer of FORUM_METRICS_TOKEN and for this very machine; for others there is nothing."""
        if not _may_measure(ctx):
            raise NotFound()
        body = exposition(ctx.db, ctx.core.tally, ctx.now)
        kind = CONTENT_TYPE_PLAIN_0_0_4.removesuffix("; charset=utf-8")  # Litestar adds it to every text type
        return Response(body, media_type=kind, headers={"Cache-Control": "no-store"})


def _may_measure(ctx: Ctx) -> bool:
    """A request that a proxy passed on is not from this machine, even when we were not told of the proxy."""
    sent, wanted = ctx.visit.headers.get("authorization", ""), ctx.settings.metrics_token
    if wanted and hmac.compare_digest(sent.encode(), f"Bearer {wanted}".encode()):
        return True
    if sent or any(name in ctx.visit.headers for name in PASSED_ON):
        return False
    try:
        return ip_address(ctx.visit.client).is_loopback
    except ValueError:
        return False


class Theme(Controller):
    """`/theme.css`: the one line that an administrator's colour changes."""

    @get("/theme.css", sync_to_thread=True)
    def sheet(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """`:root { --brand: #rrggbb }`, checked against a pattern before it is written."""
        with ctx.db.read() as session:
            colour = ctx.house(session).site.brand_colour
        line = f"@layer tokens {{ :root {{ --brand: {colour}; }} }}\n" if COLOUR.fullmatch(colour) else ""
        return Response(
            line.encode("ascii"), media_type="text/css",
            headers={"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
        )  # fmt: skip
