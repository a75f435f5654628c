"""The pages of the desk, for the list of all controllers."""

from typing import Any

from forum.moderation.web import cases

CONTROLLERS: list[Any] = [*cases.CONTROLLERS]
