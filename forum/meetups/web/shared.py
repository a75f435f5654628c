"""What the controllers of meetups share."""

from collections.abc import Callable
from typing import Any

from litestar import Response

from forum.kit.i18n import Message
from forum.meetups import words
from forum.meetups.words import Timed, When
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

Html = Response[bytes]


def sayer(ctx: Ctx, actor: Actor) -> Callable[[Timed], When]:
    """A function for templates: a date in the reader's words. What a guest's clocks show, nobody knows."""
    return words.sayer(ctx.locale, ctx.now, "" if actor.is_guest else actor.timezone)


def say_all(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    """Field errors in the reader's language."""
    return {name: ctx.say(message) for name, message in fields.items()}


def fields_of(ctx: Ctx) -> dict[str, list[str]]:
    """All that was sent, by name."""
    return dict(ctx.visit.form or {})


def last(ctx: Ctx, name: str, default: str = "") -> str:
    """The last value that was sent under `name`."""
    return ((ctx.visit.form or {}).get(name) or [default])[-1]


def number(text: str, default: int = 0, *, most: int = 2**31 - 1) -> int:
    """A whole number that somebody typed; `default` for anything else."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return default
    return min(int(text), most)


Context = dict[str, Any]
