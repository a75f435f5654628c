"""What the tools of a thread send. Lenient on purpose: the domain says what is wrong, per field."""

import re
from datetime import datetime, timedelta

import msgspec

from forum.errors import Invalid
from forum.kit.dates import zone
from forum.kit.i18n import N_
from forum.moderation.domain.acts import Act

TOOLS = ("lock", "unlock", "pin", "unpin", "move", "split", "merge", "slow", "timer")
TIMED = ("lock", "unlock", "unpin")
"""What a timer does; hiding waits for somebody who gives reasons."""
SPANS = (1, 6, 24, 72, 168, 720)  # hours
PAUSES = (0, 30, 60, 300, 900, 3600, 21_600, 86_400)  # seconds; 0: slow mode is off
_THREAD = re.compile(r"(?:/t/|^#?)(\d{1,18})(?:[/?#]|$)")


class ToolForm(msgspec.Struct):
    """One tool. `span`: hours from now; `at`: a moment of one's own, which wins. `kept`: posts of other pages."""

    title: str = ""
    category: str = ""
    into: str = ""
    seconds: str = ""
    timed: str = ""
    span: str = ""
    at: str = ""
    posts: list[str] = []
    kept: list[str] = []


class ToolQuery(msgspec.Struct):
    """`look`: only say what it would do. `page`: of the posts to choose from."""

    look: str = ""
    page: str = ""


def whole(text: str, default: int = 0) -> int:
    """A whole number from a field; `default` for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def thread_named(text: str) -> int:
    """The thread that a number or a pasted address names; 0 for none."""
    found = _THREAD.search(text.strip())
    return int(found[1]) if found else 0


def chosen(form: ToolForm) -> tuple[int, ...]:
    """The posts chosen on all pages, each once."""
    return tuple(sorted({whole(one) for one in (*form.kept, *form.posts)} - {0}))


def act_of(action: str, form: ToolForm, timezone: str, now: datetime) -> Act:
    """The act that a form asks for. Raises Invalid(timed, until, seconds)."""
    if action == "timer" and form.timed not in TIMED:
        raise Invalid({"timed": N_("Choose what happens then.")})
    return Act(
        action=action,
        category=form.category if action in {"move", "split"} else "",
        title=form.title,
        posts=chosen(form) if action == "split" else (),
        into=thread_named(form.into) if action == "merge" else 0,
        seconds=whole(form.seconds, -1) if action == "slow" else 0,
        timed=form.timed if action == "timer" else "",
        until=_until(form, timezone, now) if action == "timer" else None,
    )


def _until(form: ToolForm, timezone: str, now: datetime) -> datetime | None:
    if not form.at.strip():
        hours = whole(form.span)
        return now + timedelta(hours=hours) if hours in SPANS else None
    try:
        return datetime.fromisoformat(form.at.strip()).replace(tzinfo=zone(timezone))
    except (ValueError, OverflowError) as error:
        raise Invalid({"span": N_("Write day and hour, as in 2027-01-31 18:00.")}) from error
