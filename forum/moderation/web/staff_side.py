"""The pages of the desk, for the list of all controllers."""

from typing import Any

from forum.moderation.web import appeals, blocks, cases, measures, messages, people

CONTROLLERS: list[Any] = [
    *cases.CONTROLLERS, *people.CONTROLLERS, *appeals.CONTROLLERS, *measures.CONTROLLERS, *messages.CONTROLLERS,
    *blocks.CONTROLLERS,
]  # fmt: skip
