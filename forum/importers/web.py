"""Old addresses lead to new ones, and the pictures that came with an import."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.importers.queries import address_of
from forum.kit.images import FOLDER
from forum.web.ctx import Ctx
from forum.web.uploads import serve_picture


class Imported(Controller):
    """`/import/{source}/{kind}/{foreign id}`: for a web server in front that still gets the old forum's links."""

    include_in_schema = False

    @get("/import/{source:str}/{kind:str}/{foreign:path}", sync_to_thread=True)
    def lead(
        self, ctx: NamedDependency[Ctx], source: FromPath[str], kind: FromPath[str], foreign: FromPath[str]
    ) -> Response[bytes]:
        """301 to the thread, post or member, as far as the reader may see it. Raises NotFound."""
        with ctx.db.read() as session:
            path = address_of(session, ctx.actor(session), source, kind, foreign.removeprefix("/"))
        return Response(b"", status_code=301, headers={"Location": path, "Cache-Control": "no-store"})


class Pictures(Controller):
    """`/uploads/images/…`: pictures in posts."""

    include_in_schema = False

    @get(f"/uploads/{FOLDER}/{{name:str}}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Response[bytes]:
        """One picture. Raises NotFound."""
        return serve_picture(ctx.settings.data_dir / "uploads" / FOLDER, name)


CONTROLLERS = [Imported, Pictures]
