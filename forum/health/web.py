"""Is it alive, is it ready, how is it doing; and the generated sheet with the brand colour."""

import re

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlalchemy import text

from forum.web.ctx import Ctx

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


class Theme(Controller):
    """`/theme.css`: the one line that an administrator's colour changes."""

    @get("/theme.css", sync_to_thread=True)
    def sheet(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """`:root { --brand: #rrggbb }`, checked against a pattern before it is written."""
        with ctx.db.read() as session:
            colour = ctx.house(session).site.brand_colour
        line = f"@layer tokens {{ :root {{ --brand: {colour}; }} }}\n" if COLOUR.fullmatch(colour) else ""
        return Response(
            line.encode("ascii"), media_type="text/css; charset=utf-8",
            headers={"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
        )  # fmt: skip
