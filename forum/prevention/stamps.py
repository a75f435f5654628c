"""When a form was given out: signed into the key by which a double click posts once. Pure."""

import secrets
from datetime import datetime

from forum.kit import tokens
from forum.prevention.facts import Typing

PURPOSE = "form"


def stamp(secret: bytes, now: datetime) -> str:
    """A form's key of 58 characters or so: milliseconds, randomness, our signature."""
    core = f"{int(now.timestamp() * 1000):x}.{secrets.token_urlsafe(9)}"
    return f"{core}.{tokens.sign(secret, PURPOSE, core)}"


def typing(secret: bytes, key: str, trap: str, now: datetime) -> Typing:
    """How a form came back. A key that is not ours says nothing about the time: old pages, other programs."""
    core, _, signature = key.rpartition(".")
    seconds = None
    if core and tokens.verify(secret, PURPOSE, core, signature):
        seconds = max(0.0, now.timestamp() - int(core.partition(".")[0], 16) / 1000)
    return Typing(seconds, bool(trap.strip()))
