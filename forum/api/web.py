"""The documentation page of the API."""

from typing import Any

from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from forum.api.openapi import Document
from forum.web.ctx import Ctx


class Docs(Controller):
    """What programs can do here, for who writes them."""

    include_in_schema = False

    @get("/api", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """To the documentation."""
        return ctx.go("/api/docs")

    @get("/api/docs", sync_to_thread=True)
    def show(self, request: Request[Any, Any, State], ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """Every call, from the OpenAPI document: nothing here is written twice."""
        config = request.app.openapi_config
        assert config is not None
        document = next(plugin for plugin in config.render_plugins if isinstance(plugin, Document))
        it = document.shown(request.app.openapi_schema.to_schema(), ctx.settings.base_url.rstrip("/"))
        return ctx.page("api/docs.html", shared=True, it=it)


CONTROLLERS = [Docs]
