"""Feedback in HTML: the board, an item, the inbox, capture from a post, themes, teams, rules."""

from typing import Any

from forum.feedback.web import board, mine

CONTROLLERS: list[Any] = [*board.CONTROLLERS, *mine.CONTROLLERS]
