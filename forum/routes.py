"""Every controller of the site, HTML and JSON: the one list to read for "what answers where"."""

from typing import Any

from litestar.openapi import OpenAPIConfig

from forum.health.web import Health, Theme
from forum.importers import web as importers
from forum.threads import web as threads

PAGES: list[Any] = [Health, Theme, *threads.CONTROLLERS, *importers.CONTROLLERS]
API: list[Any] = []
ROUTES: list[Any] = [*PAGES, *API]


def openapi() -> OpenAPIConfig | None:
    """The description of `/api/v1`; HTML routes are left out of it."""
    return None
