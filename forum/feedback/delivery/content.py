"""What is said, made at the moment it is sent: what was erased or withdrawn since is not in it."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from forum.feedback.delivery.models import Run
from forum.feedback.delivery.senders.base import Issue
from forum.feedback.exports import phrases
from forum.feedback.exports.shapes import Document
from forum.feedback.exports.views import Said
from forum.feedback.masking import Mask, names_of_members
from forum.feedback.models import Item, Theme
from forum.feedback.views import FEW
from forum.feedback.words import KINDS, PAIN
from forum.kit.i18n import N_, Text, translate
from forum.webhooks.signing import slack

SUMMARY = "feedback.summary"
TEST = "feedback.test"


def is_empty(page: Document) -> bool:
    """Nobody was heard, nothing is new, and nothing is asked for or promised."""
    return page.heard.now == 0 and not (page.new or page.asks or page.promises)


def summary_path(page: Document) -> str:
    """Where a reader finds the same period on the site."""
    team = page.team.slug if page.team else ""
    return f"/feedback/summary?team={team}&from={page.starts.isoformat()}&to={page.last.isoformat()}"


def event(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """A webhook's body: type, timestamp (when it happened, not when it is sent) and data, as the standard has it."""
    return msgspec.json.encode({"type": kind, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": data})


def summary_event(page: Document, run: Run, base_url: str) -> bytes:
    """The summary for programs: the JSON of the export without its evidence."""
    found = msgspec.to_builtins(page)
    found.pop("evidence", None)
    return event(SUMMARY, run.due_at, {"url": base_url.rstrip("/") + summary_path(page), "summary": found})


def summary_text(page: Document, base_url: str) -> str:
    """The summary in some lines of Slack's format: figures, titles and the way to the page; nobody's words."""
    said, locale = Said(page), page.locale
    team = page.team.name if page.team else translate(N_("all teams"), locale)
    head = translate(Text(N_("Community feedback · %(team)s"), {"team": team}), locale)
    heard = translate(
        Text(N_("Heard: %(people)s people (before: %(before)s) · items: %(items)s · new: %(new)s"), {
            "people": said.people(page.heard.now), "before": said.people(page.heard.before),
            "items": page.items, "new": page.new,
        }), locale,
    )  # fmt: skip
    lines = [f"*{slack(head)}* · {slack(said.period)}", slack(page.headline), slack(heard)]
    for number, top in enumerate(page.top, 1):
        line = page.line(top.item)
        lines.append(slack(f"{number}. {said.title(line)} · {said.people(line.people.now)} · {said.status(line)}"))
    lines += [slack(f"→ {ask.text}") for ask in page.asks if ask.text]
    more = translate(N_("Read the summary"), locale)
    lines.append(f"<{slack(base_url.rstrip('/') + summary_path(page))}|{slack(more)}>")
    return "\n".join(line for line in lines if line)


def test_text(site: str, locale: str) -> str:
    """A try, in Slack's format."""
    return slack(
        translate(Text(N_("%(site)s can reach this place. Nothing else has happened."), {"site": site}), locale)
    )


def marker(secret: bytes, item_id: int) -> str:
    """One word for this item of this site. Who has read another item's, in a public tracker, cannot make this one."""
    mark = hmac.new(secret, b"feedback-marker %d" % item_id, hashlib.sha256).hexdigest()[:16]
    return f"ritrovo-{mark}-{item_id}"


def older_marker(secret: bytes, item_id: int) -> str:
    """As it was at first, with the same word for all items of a site: issues of that time still have it."""
    mark = hmac.new(secret, b"feedback-marker", hashlib.sha256).hexdigest()[:8]
    return f"ritrovo-{mark}-{item_id}"


def issue_of(
    session: Session, item: Item, *, secret: bytes, site: str, base_url: str, locale: str, since: datetime,
    known: str = "",
) -> Issue:  # fmt: skip
    """The item for a tracker: what the staff wrote, masked as in files, and figures: no name, no small number.

    `known`: the key of the issue that it has there, as far as we know.
    """
    mask = Mask(names_of_members(session))
    theme = session.get(Theme, item.theme_id) if item.theme_id else None
    people = phrases.people(item.members if item.members == 0 or item.members >= FEW else None, locale)
    facts = (
        (N_("Kind"), translate(KINDS[item.kind], locale)),
        (N_("Theme"), theme.name if theme else ""),
        (N_("Area"), mask(item.area)),
        (N_("Pain"), f"{item.pain}/3 · {translate(PAIN[item.pain], locale)}"),
        (N_("People heard"), people),
        (N_("Asked of you"), mask(item.ask)),
    )
    return Issue(
        marker=marker(secret, item.id), title=mask(item.title),
        intro=translate(Text(N_("Feedback of the community %(site)s, item no. %(n)s."), {"site": site, "n": item.id}),
                        locale),
        facts=tuple((translate(label, locale), value) for label, value in facts if value),
        url=f"{base_url.rstrip('/')}/feedback/items/{item.id}",
        link_words=translate(N_("What was said, and where"), locale), since=since, known=known,
        older=older_marker(secret, item.id),
    )  # fmt: skip
