"""A statement of reasons in sentences: what changes for the member, and the facts behind it (DSA Art. 17 (3)).

Pairs of message ids, so that the page and both halves of the mail say the same.
"""

from datetime import datetime
from typing import Protocol

from forum.kit import dates
from forum.kit.i18n import N_, NN_, Message, Text
from forum.moderation.queries.statements import StatementView

Pair = tuple[Message, Message]


class Reader(Protocol):
    """Whoever reads: a page's frame or a mail's."""

    @property
    def locale(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def now(self) -> datetime: ...


_THING = {"post": N_("The post"), "thread": N_("The thread")}
_ACCOUNT = N_("Your account")
_SENTENCES: dict[tuple[str, str], str] = {
    ("hide", "post"): N_(
        "Hidden from everybody but you and the moderators. It is not deleted: mend it, and we look at it again."
    ),
    ("hide", "thread"): N_(
        "Hidden from everybody but you and the moderators, with all that stands in it. It is not deleted."
    ),
    ("remove", "post"): N_("Out of sight, for you too. We keep it, so that it can come back."),
    ("remove", "thread"): N_("Out of sight, for you too. We keep it, so that it can come back."),
    ("demote", "thread"): N_("It stands and can be answered. Its category lists it; the general lists leave it out."),
    ("edit", "post"): N_("It stands, with a text that we changed. Your own words stay in its earlier versions."),
}
_SANCTIONS: dict[str, str] = {
    "silence": N_("You cannot write until %(moment)s. You can read, report and object."),
    "hold": N_("Until %(moment)s a moderator reads every new post of yours before it appears."),
    "suspend": N_(
        "Until %(moment)s you see what guests see, and the pages about you; you cannot write, but you can object."
    ),
}
_SANCTIONS["ban"] = _SANCTIONS["suspend"]
_WARNED = N_("Nothing is taken from you. Before you write again we ask you to read this and to say so.")
_CLOSED = N_(
    "It is closed, without an end. Signed in, you see what guests see, and the pages about you; you can object."
)
_SWEPT = NN_(
    "%(n)s post of yours is out of sight. We keep it, so that it can come back.",
    "%(n)s posts of yours are out of sight. We keep them, so that they can come back.",
)
_MORE = NN_("%(n)s further post of yours went with it.", "%(n)s further posts of yours went with it.")


def effects(it: StatementView, reader: Reader) -> list[Pair]:
    """What changes for the member, line by line, with moments in the reader's words."""

    def day(at: datetime) -> str:
        return dates.weekday(at, now=reader.now, locale=reader.locale, timezone=reader.timezone)

    found = _first(it, reader)
    if it.ended_at is not None:
        found.append((N_("Lifted"), Text(N_("It was lifted before its end, on %(day)s."), {"day": day(it.ended_at)})))
    elif it.until is not None and it.until <= reader.now:
        found.append((N_("Over"), Text(N_("It ended on %(day)s."), {"day": day(it.until)})))
    if it.waited == "approved":
        found.append((_THING["post"], N_("It waited for a moderator. It appears now, as you wrote it.")))
    elif it.waited == "hidden":
        found.append((_THING["post"], _SENTENCES["hide", "post"]))
    conceals = it.action in {"hide", "remove"}
    further = it.swept - 1 if conceals and it.target_type == "post" else it.swept
    if further > 0:
        one, many = _MORE if conceals else _SWEPT
        found.append((N_("Your posts"), Text(one, {"n": further}, many)))
    if it.strike_until is not None:
        kept = N_("A point in your history, which only you and the moderators see. It fades on %(day)s.")
        found.append((N_("What remains"), Text(kept, {"day": day(it.strike_until)})))
    return found


def _first(it: StatementView, reader: Reader) -> list[Pair]:
    """The act itself."""
    if (it.action, it.target_type) in _SENTENCES:
        return [(_THING[it.target_type], _SENTENCES[it.action, it.target_type])]
    if it.action == "warn":
        return [(_ACCOUNT, _WARNED)]
    if it.action == "ban" and (it.until is None or it.forever):
        return [(_ACCOUNT, _CLOSED)]
    if it.action in _SANCTIONS and it.until is not None:
        until = dates.full(it.until, locale=reader.locale, timezone=reader.timezone)
        return [(_ACCOUNT, Text(_SANCTIONS[it.action], {"moment": until}))]
    return []


def _origin(it: StatementView) -> str:
    """How the moderators came to look at it."""
    if it.after_report and it.detected:
        return N_("Somebody reported it, and an automatic check had marked it.")
    if it.detected:
        return N_("An automatic check had marked it; nobody reported it.")
    return N_("Somebody reported it.") if it.after_report else N_("We came across it ourselves; nobody reported it.")


def facts(it: StatementView, site: str) -> list[Pair]:
    """What the law wants said besides the reasons themselves; `site`: its name."""
    illegal = it.reason == "illegal"
    return [
        (
            N_("Ground"),
            N_("We consider it to be against the law, for the reasons above.")
            if illegal
            else N_("It is against the guidelines. We do not say that it is against the law."),
        ),
        (
            N_("How it came up"),
            _origin(it),
        ),
        (
            N_("Who decided"),
            N_("A timer that a moderator had set.")
            if it.by_timer
            else N_("A moderator, after reading. A program had only pointed at it.")
            if it.detected
            else N_("A moderator, after reading. No program had a part in it."),
        ),
        (N_("Where it holds"), Text(N_("Here on %(site)s, in every country."), {"site": site})),
    ]
