"""Pictures of members: sent, taken away, served."""

import asyncio
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Invalid, WrongType
from forum.kit.i18n import N_
from forum.members import domain, pictures
from forum.members.web.settings import profile_page
from forum.members.web.shared import Html, member, say_all
from forum.web.ctx import Ctx
from forum.web.uploads import serve_picture

HERE = "/settings/profile"


class Avatars(Controller):
    """`/settings/avatar` and `/uploads/avatars/…`."""

    include_in_schema = False

    @post("/settings/avatar")
    async def upload(self, request: Request[Any, Any, State], ctx: NamedDependency[Ctx]) -> Html:
        """A new picture (multipart: the browser's own file field). Decoding happens in a thread."""
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise WrongType()
        form = await request.form()
        ctx.check_token(str(form.get("_csrf") or ""))
        sent = form.get("avatar")
        data = b""
        if isinstance(sent, UploadFile):
            data = await sent.read(pictures.MAX_BYTES + 1)
        return await asyncio.get_running_loop().run_in_executor(ctx.core.executor, self._keep, ctx, data)

    @staticmethod
    def _keep(ctx: Ctx, data: bytes) -> Html:
        actor, folder = member(ctx), ctx.settings.data_dir
        try:
            name = pictures.keep(pictures.make_avatar(data), folder)
        except Invalid as error:
            return profile_page(ctx, status=422, errors=say_all(ctx, error.fields))
        try:
            with ctx.db.write() as session:
                before = domain.set_avatar(session, actor=actor, file_name=name)
        except BaseException:
            pictures.forget(name, folder)  # nobody shows it
            raise
        pictures.forget(before, folder)
        ctx.flash(N_("Your new picture stands beside your posts."))
        return ctx.go(HERE)

    @post("/settings/avatar/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx]) -> Html:
        """Initials again."""
        actor = member(ctx)
        with ctx.db.write() as session:
            before = domain.set_avatar(session, actor=actor, file_name=None)
        pictures.forget(before, ctx.settings.data_dir)
        ctx.flash(N_("Your picture is gone; your initials stand in its place."))
        return ctx.go(HERE)

    @get("/uploads/avatars/{name:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Response[bytes]:
        """One picture. Raises NotFound."""
        return serve_picture(pictures.folder(ctx.settings.data_dir), name)
