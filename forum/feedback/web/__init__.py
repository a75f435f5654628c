"""Feedback in HTML: the board, an item, the inbox, capture from a post, themes, teams, rules."""

from typing import Any

from forum.feedback.web import board, capture, inbox, items, mine, rules, teams, themes

MODULES = (board, items, inbox, capture, themes, teams, rules, mine)
CONTROLLERS: list[Any] = [controller for module in MODULES for controller in module.CONTROLLERS]
