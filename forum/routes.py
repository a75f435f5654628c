"""Every controller of the site, HTML and JSON: the one list to read for "what answers where"."""

from typing import Any

from litestar import Router
from litestar.openapi import OpenAPIConfig

from forum.accounts import api as accounts_api
from forum.accounts import web as accounts
from forum.admin import web as admin
from forum.api import openapi as document
from forum.api import web as api_web
from forum.audit import web as audit
from forum.categories import api as categories_api
from forum.categories import web as categories
from forum.feedback import api as feedback_api
from forum.feedback import web as feedback
from forum.feedback.delivery import api as delivery_api
from forum.feedback.delivery import web as delivery
from forum.feedback.exports import api as exports_api
from forum.feedback.exports import web as exports
from forum.feedback.polarity import web as polarity
from forum.guidelines import web as guidelines
from forum.health.web import Health, Metrics, Theme
from forum.importers import web as importers
from forum.legal import web as legal
from forum.meetups import api as meetups_api
from forum.meetups import web as meetups
from forum.members import api as members_api
from forum.members import web as members
from forum.moderation import api as moderation_api
from forum.moderation.web import member_side, staff_side
from forum.moderation.web import threads as thread_tools
from forum.notifications import web as notifications
from forum.prevention import web as prevention
from forum.search import api as search_api
from forum.search import web as search
from forum.threads import api as threads_api
from forum.threads import web as threads

PAGES: list[Any] = [
    Health, Metrics, Theme, *guidelines.CONTROLLERS, *threads.CONTROLLERS,
    *accounts.CONTROLLERS, *importers.CONTROLLERS, *members.CONTROLLERS, *notifications.CONTROLLERS,
    *api_web.CONTROLLERS, *categories.CONTROLLERS, *admin.CONTROLLERS, *audit.CONTROLLERS,
    *member_side.CONTROLLERS, *staff_side.CONTROLLERS, *legal.CONTROLLERS, *thread_tools.CONTROLLERS,
    *prevention.CONTROLLERS, *meetups.CONTROLLERS, *search.CONTROLLERS, *feedback.CONTROLLERS,
    *delivery.CONTROLLERS, *polarity.CONTROLLERS,
    *exports.CONTROLLERS,
]  # fmt: skip
APIS = (
    accounts_api, categories_api, threads_api, members_api, moderation_api, feedback_api, exports_api, delivery_api,
    search_api, meetups_api,
)  # fmt: skip
API: list[Any] = [controller for module in APIS for controller in module.CONTROLLERS]
ROUTES: list[Any] = [Router("/", route_handlers=PAGES, include_in_schema=False), *API]


def openapi() -> OpenAPIConfig | None:
    """The description of `/api/v1`; HTML routes are left out of it."""
    return document.config([struct for module in APIS for struct in module.SCHEMAS])
