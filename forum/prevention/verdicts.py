"""What phases say, and what follows: the vocabulary of the whole package. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from forum.kit.i18n import Message, Text

if TYPE_CHECKING:
    from forum.prevention.facts import Facts
    from forum.prevention.reading import Reading
    from forum.prevention.rules import Rules

MODES = ("off", "observe", "flag", "hold", "block")
"""What a phase may do at the most: nothing, be written down, tell the moderators, keep back, refuse."""
RANK = {mode: rank for rank, mode in enumerate(MODES)}


class Seen(msgspec.Struct, frozen=True):
    """What a phase noticed. `says`: to the moderator. `asks`: to the author, when it refuses; "" the phase's own.

    `most`: the mode that what it met asks for by itself (a watched word has its own); "": as the phase is set.
    """

    says: Text
    reason: str = ""
    asks: Message = ""
    most: str = ""


class Finding(msgspec.Struct, frozen=True):
    """What one phase saw in one text, as it is kept. `mode`: what it asked for, off excluded."""

    phase: str
    mode: str
    msgid: str
    params: dict[str, Any] = {}
    plural: str | None = None
    reason: str = ""

    @property
    def says(self) -> Text:
        """In words, for the moderator."""
        return Text(self.msgid, {name: _nested(value) for name, value in self.params.items()}, self.plural)


def _nested(value: Any) -> Any:
    """A message within a message, as it comes back from JSON."""
    if isinstance(value, dict) and "msgid" in value:
        params = {name: _nested(inner) for name, inner in (value.get("params") or {}).items()}
        return Text(value["msgid"], params, value.get("plural"))
    return value


class Verdict(msgspec.Struct, frozen=True):
    """What happens to a text. `outcome`: observe, flag, hold or block; "" when no phase saw anything.

    `phase`: the first that held or blocked, else the first that flagged. `message`: to the author, of a block.
    `censored`, `censored_title`: with watched words struck out; None: as they were. `tags`: for the thread.
    """

    outcome: str = ""
    phase: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    message: Message = ""
    censored: str | None = None
    censored_title: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """It waits for a moderator."""
        return self.outcome == "hold"


class Option(msgspec.Struct, frozen=True):
    """A number that managers may set. `label`: its words, with the unit."""

    name: str
    label: str
    default: int
    low: int
    high: int


Look = Callable[["Reading", "Facts", "Rules"], "Seen | None"]


class Phase(msgspec.Struct, frozen=True):
    """One look at a text. `mode`: how it starts. `asks`: what an author whose text is refused is told to change."""

    name: str
    title: str
    about: str
    asks: str
    look: Look
    mode: str = "flag"
    reason: str = "spam"
    options: tuple[Option, ...] = ()


class Past(msgspec.Struct, frozen=True):
    """An earlier text of the same author. `outcome`: "", good or bad, as moderators judged it."""

    at: datetime
    outcome: str
    digest: int
    mentions: int
    kind: str
    link: int = 0


class Alike(msgspec.Struct, frozen=True):
    """An earlier text that shares `shared` of `of` marks with this one."""

    author_id: int
    post_id: int | None
    outcome: str
    at: datetime
    shared: int


Counts = Mapping[int, tuple[int, int]]
"""Token → (texts judged bad, texts judged good) that held it."""
