"""The pages of the desk, for the list of all controllers."""

from typing import Any

from forum.moderation.web import appeals, cases, people

CONTROLLERS: list[Any] = [
    *cases.CONTROLLERS, *people.CONTROLLERS, *appeals.CONTROLLERS,
]  # fmt: skip
