"""What members see of moderation: reporting, decisions about them, objections, the public log."""

from typing import Any

from forum.moderation.web import decisions, public, reports

CONTROLLERS: list[Any] = [*reports.CONTROLLERS, *decisions.CONTROLLERS, *public.CONTROLLERS]
