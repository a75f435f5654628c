"""Feedback in HTML: the board, an item, the inbox, capture from a post, themes, teams, rules."""

from typing import Any

from forum.feedback.web import board, capture, inbox, items, mine

CONTROLLERS: list[Any] = [
    *board.CONTROLLERS,
    *items.CONTROLLERS,
    *inbox.CONTROLLERS,
    *capture.CONTROLLERS,
    *mine.CONTROLLERS,
]
