"""The words of the log's page: what each action, target and fact is called. What is not listed is shown as its code."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from forum.audit.queries import EntryView
from forum.categories.queries import House
from forum.kit.i18n import N_, Message, Text
from forum.legal.words import CATEGORIES
from forum.moderation.domain.acts import FATES
from forum.moderation.words import ACTS, REASON_WORDS
from forum.policy.actors import Actor
from forum.policy.audit import may_see_details
from forum.prevention.phases import PHASES
from forum.prevention.words import ACTION_WORDS, KIND_WORDS, MODE_WORDS

ACTIONS = {
    "case.claimed": N_("Case taken"),
    "case.released": N_("Case let go"),
    "signup.approved": N_("New account let in"),
    "signup.rejected": N_("New account turned down"),
    "note.added": N_("Private note written"),
    "decision.made": N_("Decision made"),
    "decision.undone": N_("Decision taken back"),
    "appeal.upheld": N_("Appeal decided: the decision stands"),
    "appeal.reversed": N_("Appeal decided: the decision is reversed"),
    "block.added": N_("Blocked: address, mail or domain"),
    "block.removed": N_("Block taken away"),
    "message.added": N_("Canned message written"),
    "message.changed": N_("Canned message changed"),
    "message.removed": N_("Canned message taken away"),
    "notice.confirmed": N_("Request confirmed: it is in hand"),
    "notice.judged": N_("Notice judged: unfounded or not"),
    "complaint.upheld": N_("Guest’s objection decided: the decision stands"),
    "complaint.reversed": N_("Guest’s objection decided: the decision is reversed"),
    "statement.grounded": N_("Ground of a restriction set"),
    "misuse.measured": N_("Measure against misuse"),
    "legal.settings_changed": N_("Legal settings changed"),
    "flagger.added": N_("Trusted flagger added"),
    "flagger.checked": N_("Trusted flagger: status checked"),
    "flagger.ended": N_("Trusted flagger: status ended"),
    "order.registered": N_("Order of an authority registered"),
    "order.advanced": N_("Order of an authority: step noted"),
    "dispute.registered": N_("Out-of-court dispute registered"),
    "dispute.closed": N_("Out-of-court dispute closed"),
    "hold.placed": N_("Legal hold placed"),
    "hold.released": N_("Legal hold released"),
    "hold.evidence_taken": N_("Evidence under legal hold taken"),
    "meetup.announced": N_("Meetup announced"),
    "meetup.changed": N_("Meetup changed: all its coming dates"),
    "meetup.ended": N_("Meetup: no new dates"),
    "meetup.cancelled": N_("Meetup cancelled: all its coming dates"),
    "meetup.message": N_("Meetup: a word to those who come"),
    "meetup.host_added": N_("Meetup: host named"),
    "meetup.host_removed": N_("Meetup: host gone"),
    "date.changed": N_("Meetup: a date changed"),
    "date.cancelled": N_("Meetup: a date cancelled"),
    "date.confirmed": N_("Meetup: a date confirmed"),
    "party.removed": N_("Meetup: somebody taken off the list"),
    "attendees.exported": N_("List of those who come to a meetup exported"),
    "chapter.created": N_("Local chapter made"),
    "chapter.changed": N_("Local chapter changed"),
    "chapter.archived": N_("Local chapter closed"),
    "feedback.created": N_("Feedback collected"),
    "feedback.changed": N_("Feedback changed"),
    "feedback.status": N_("Feedback: status set"),
    "feedback.merged": N_("Feedback put into another"),
    "feedback.unmerged": N_("Feedback taken apart again"),
    "feedback.split": N_("Feedback divided"),
    "feedback.evidence_added": N_("Feedback: words added"),
    "feedback.evidence_removed": N_("Feedback: words taken off"),
    "feedback.team_changed": N_("Team made or changed"),
    "feedback.team_joined": N_("Somebody reads for a team"),
    "feedback.team_left": N_("Somebody reads for a team no more"),
    "feedback.theme_changed": N_("Theme made or changed"),
    "feedback.exported": N_("Feedback exported"),
    "feedback.export_read": N_("A file of feedback handed out"),
    "feedback.theme_merged": N_("Theme put into another"),
    "feedback.terms_changed": N_("Feedback: who may be quoted"),
    "feedback.lexicon_changed": N_("Feedback: lexicon changed"),
    "feedback.polarity_set": N_("Feedback: polarity corrected"),
    "feedback.rule_changed": N_("Feedback: rule made, stopped or started"),
    "delivery.added": N_("Feedback: destination made"),
    "delivery.changed": N_("Feedback: destination changed"),
    "delivery.key_changed": N_("Feedback: new key for a webhook"),
    "delivery.switched_on": N_("Feedback: destination switched on"),
    "delivery.switched_off": N_("Feedback: destination switched off"),
    "delivery.removed": N_("Feedback: destination taken away"),
    "delivery.issue_asked": N_("Feedback: issue asked for"),
    "delivery.sent_again": N_("Feedback: sent once more"),
    "delivery.approved": N_("Feedback: summary approved"),
    "delivery.rejected": N_("Feedback: summary not sent"),
    "schedule.added": N_("Feedback: schedule made"),
    "schedule.changed": N_("Feedback: schedule changed"),
    "schedule.switched_on": N_("Feedback: schedule switched on"),
    "schedule.switched_off": N_("Feedback: schedule switched off"),
    "schedule.removed": N_("Feedback: schedule taken away"),
    "timer.ran": N_("Timer went off"),
    "timer.cancelled": N_("Timer called off"),
    "guidelines.drafted": N_("Guidelines: draft begun"),
    "guidelines.announced": N_("Guidelines: new version announced"),
    "guidelines.withdrawn": N_("Guidelines: announced version withdrawn"),
    "guidelines.discarded": N_("Guidelines: draft thrown away"),
    "role.changed": N_("Role changed"),
    "role.bound": N_("Categories of a moderator changed"),
    "member.created": N_("Member made"),
    "token.created": N_("API token made"),
    "site.changed": N_("Name and look changed"),
    "category.created": N_("Category made"),
    "category.changed": N_("Category changed"),
    "category.moved": N_("Category moved"),
    "category.removed": N_("Category removed"),
    "prevention.changed": N_("Prevention: phases changed"),
    "prevention.words_added": N_("Prevention: words added"),
    "prevention.word_removed": N_("Prevention: word taken off"),
    "search.rebuilt": N_("Search: the index is built anew"),
    "outbox.retried": N_("Outbox: tried again"),
    "outbox.discarded": N_("Outbox: given up for good"),
    "audit.verified": N_("Log checked: it holds"),
    "audit.broken": N_("Log checked: it does not hold"),
    "audit.details_erased": N_("Words in the log erased"),
    "audit.head_accepted": N_("Log resumed after a backup was restored"),
}
"""In the order in which the page offers them as a filter."""

TARGETS = {
    "post": (N_("Post %(n)s"), "/p/{}"),
    "thread": (N_("Thread %(n)s"), "/t/{}"),
    "case": (N_("Case %(n)s"), "/moderation/cases/{}"),
    "decision": (N_("Decision %(n)s"), ""),
    "member": (N_("Member no. %(n)s"), ""),
    "notice": (N_("Notice no. %(n)s"), ""),
    "hold": (N_("Legal hold no. %(n)s"), "/manage/legal/holds"),
    "order": (N_("Order no. %(n)s"), "/manage/legal/orders/{}"),
    "dispute": (N_("Dispute no. %(n)s"), "/manage/legal/disputes"),
    "flagger": (N_("Trusted flagger no. %(n)s"), "/manage/legal/flaggers"),
    "measure": (N_("Measure no. %(n)s"), "/manage/legal/misuse"),
    "signup": (N_("Registration %(n)s"), ""),
    "category": (N_("Category no. %(n)s"), ""),
    "guidelines": (N_("Guidelines, version %(n)s"), ""),
    "outbox": (N_("Outbox row %(n)s"), ""),
    "feedback": (N_("Feedback no. %(n)s"), "/feedback/items/{}"),
    "team": (N_("Team no. %(n)s"), "/feedback/teams"),
    "theme": (N_("Theme no. %(n)s"), "/feedback/themes"),
    "export": (N_("Export no. %(n)s"), "/feedback/exports"),
    "rule": (N_("Rule no. %(n)s"), "/feedback/rules"),
    "destination": (N_("Destination no. %(n)s"), "/feedback/delivery/destinations/{}"),
    "schedule": (N_("Schedule no. %(n)s"), "/feedback/delivery/schedules/{}"),
    "run": (N_("Summary run no. %(n)s"), "/feedback/delivery/runs/{}"),
    "delivery": (N_("Delivery no. %(n)s"), "/feedback/delivery"),
    "site": (N_("The site"), ""),
    "prevention": (N_("Prevention"), "/manage/prevention"),
    "block": (N_("Block %(n)s"), ""),
    "message": (N_("Canned message %(n)s"), ""),
}
"""Kind → words, address."""

BY = {
    "operator": N_("The operator, on the command line"),
    "setup": N_("Whoever set up the site"),
    "": N_("The software"),
}
"""Who it was when it was no member: `data["by"]`."""

LABELS = {
    "act": N_("Act"), "reason": N_("Reason"), "rule": N_("Rule"), "guidelines": N_("Guidelines, version"),
    "until": N_("Until"), "did": N_("Did"), "decision": N_("Decision"), "case": N_("Case"), "appeal": N_("Appeal"),
    "override": N_("Conflict of interest set aside"), "reversal": N_("By an appeal"), "note": N_("Note"),
    "kind": N_("Kind"), "value": N_("What is blocked"), "title": N_("Title"),
    "en": N_("In English"), "it": N_("In Italian"),
    "timer": N_("Timer"), "set_by": N_("Set by member no."),
    "explanation": N_("Explanation"), "reasons": N_("Reasons"), "from": N_("Before"), "to": N_("After"),
    "role": N_("Role"), "scopes": N_("Scopes"), "label": N_("Label"), "changed": N_("Changed"),
    "name": N_("Name"), "slug": N_("Address"), "description": N_("What it is for"), "parent": N_("Stands inside"),
    "visibility": N_("Who reads here"), "who_starts": N_("Who opens threads"), "who_replies": N_("Who answers"),
    "colour": N_("Colour"), "brand_colour": N_("Colour"), "locale": N_("Language"), "brand": N_("Brand"),
    "tagline_en": N_("Tagline, English"), "tagline_it": N_("Tagline, Italian"), "position": N_("Position"),
    "narrowed": N_("Narrowed with it"), "significant": N_("Significant"), "effective_at": N_("In force from"),
    "categories": N_("Categories, by number"),
    "job": N_("Effect"), "event": N_("Event"), "count": N_("How many"), "entries": N_("Entries"),
    "broken": N_("First broken entry"), "why": N_("Why"), "head": N_("Head"), "lost": N_("Lost"),
    "posts": N_("posts"), "threads": N_("threads"), "reports": N_("reports"), "members": N_("members"),
    "edited": N_("posts edited"), "moved": N_("posts moved"), "sanctions": N_("sanctions"), "timers": N_("timers"),
    "cases": N_("cases"), "approved": N_("posts that had waited, approved"),
    "hidden": N_("posts that had waited, hidden"), "first_read": N_("Read before they appear: categories, by number"),
    "fate": N_("The post that waited"),
    "side": N_("Who it is about"), "of": N_("What is kept"), "sealed": N_("Sealed"), "illegal": N_("Against the law"),
    "reference": N_("Reference"), "notice": N_("Notice no."), "unfounded": N_("Manifestly unfounded"),
    "size": N_("Size of the operator"), "article": N_("Article"), "step": N_("Step"), "result": N_("Result"),
    "snapshot": N_("Snapshot"), "format": N_("Kind of file"), "formats": N_("Kinds of file"), "how": N_("Way"),
    "privacy": N_("What leaves the house"), "sha256": N_("SHA-256"), "rows": N_("Rows"), "mailed_to": N_("Mailed to"),
    "delivery": N_("Delivery number"), "destination": N_("Destination number"), "team": N_("Team no."),
    "evidence": N_("Piece of evidence no."), "version": N_("Version"),
    "into": N_("Into no."), "items": N_("entries moved"), "member": N_("Member no."), "action": N_("What a word does"),
    **{phase.name: phase.title for phase in PHASES},
    **{f"{phase.name}.{option.name}": option.label for phase in PHASES for option in phase.options},
}  # fmt: skip
_ROLES = {
    "member": N_("Member"), "team": N_("Internal team"), "moderator": N_("Moderator"),
    "manager": N_("Community manager"), "admin": N_("Administrator"),
}  # fmt: skip
_WHO = {
    "member": N_("Members"), "team": N_("Internal teams and the staff"), "staff": N_("The staff"),
    "nobody": N_("Nobody"),
}  # fmt: skip
VALUES: dict[str, Mapping[str, str]] = {
    "role": _ROLES, "from": _ROLES, "to": _ROLES, "who_starts": _WHO, "who_replies": _WHO,
    "visibility": {"public": N_("Everybody"), "members": N_("Members"), "staff": N_("The staff")},
    "locale": {"": N_("The site’s"), "it": N_("Italian"), "en": N_("English")},
    "act": {action: words.done for action, words in ACTS.items()},
    "reason": {reason: words.label for reason, words in REASON_WORDS.items()},
    "fate": {action: ACTS[action].done for action in FATES},
    "side": {"poster": N_("Somebody who posts"), "notifier": N_("Somebody who gives notice")},
    "kind": {
        "warning": N_("Warning"), "suspension": N_("Suspension"), "address": N_("Network address"),
        "mail": N_("Mail address"), "domain": N_("Mail domain"), **KIND_WORDS,
        **{key: one.label for key, one in CATEGORIES.items()},
    },
    "size": {"small": N_("Micro or small"), "platform": N_("Larger")},
    "step": {
        "acted": N_("Carried out"), "reported": N_("Reported to the authority"), "informed": N_("Member informed"),
    },
    "result": {
        "upheld": N_("Our decision stands"), "reversed": N_("Reversed"), "partly": N_("In part"),
        "withdrawn": N_("Withdrawn"),
    },
    "action": ACTION_WORDS,
    "timed": {action: words.done for action, words in ACTS.items()},
}  # fmt: skip
_SILENT = {"category", "by"}  # shown elsewhere: where it happened, who it was
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")

Say = Callable[[Message], str]


class Fact(msgspec.Struct, frozen=True):
    """One line beside an entry; `at`: a moment instead of words."""

    label: str
    text: str
    at: datetime | None = None


class Line(msgspec.Struct, frozen=True):
    """An entry in the reader's words. `where`: name of the category; `target_url` "": nothing to open.

    `erased`: there were words, which this reader would see.
    """

    entry: EntryView
    action: str
    by: str
    target: str
    target_url: str
    where: str
    facts: list[Fact]
    details: list[Fact]
    erased: bool


def action_words(action: str) -> Message:
    """What an action is called; one that has no words is its code."""
    return ACTIONS.get(action, action)


def line_of(entry: EntryView, house: House, actor: Actor, say: Say) -> Line:
    """`entry` as the page shows it to `actor`."""
    erased = entry.has_details and entry.details is None and may_see_details(actor, entry)
    target, url = _target(entry, house, say)
    category = house.by_id(entry.category_id)
    by = BY.get(str(entry.data.get("by", "")), BY[""]) if entry.actor_id is None else TARGETS["member"][0]
    return Line(
        entry, say(action_words(entry.action)), say(Text(by, {"n": entry.actor_id})), target, url,
        category.name if category and not entry.target.startswith("category:") else "",
        _facts(entry.data, say), _facts(entry.details or {}, say), erased,
    )  # fmt: skip


def _target(entry: EntryView, house: House, say: Say) -> tuple[str, str]:
    kind, _, number = entry.target.partition(":")
    if kind == "member" and entry.subject is not None:
        return entry.subject.display_name, entry.subject.url
    category = house.by_id(int(number)) if kind == "category" and number.isdigit() else None
    if category is not None:
        return category.name, category.url
    words, address = TARGETS.get(kind, ("", ""))
    return (say(Text(words, {"n": number})), address.format(number)) if words else (entry.target, "")


def _facts(values: dict[str, Any], say: Say) -> list[Fact]:
    found = []
    order = list(LABELS)
    for key, value in sorted(values.items(), key=lambda item: order.index(item[0]) if item[0] in LABELS else 999):
        if key in _SILENT or value is None or value is False or value in ("", [], {}):
            continue
        label = say(LABELS.get(key, key))
        if isinstance(value, str) and _STAMP.fullmatch(value):
            found.append(Fact(label, "", datetime.fromisoformat(value).astimezone(UTC)))
        else:
            found.append(Fact(label, _value(key, value, say, pair=_is_pair(key, value, values))))
    return found


def _is_pair(key: str, value: object, values: dict[str, Any]) -> bool:
    """True for [before, after]: what a change holds, beside the list of what it changed."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and key not in {"changed", "scopes", "narrowed", "entries", "categories"}
    )


def _value(key: str, value: object, say: Say, *, pair: bool = False) -> str:
    if value is True:
        return say(N_("yes"))
    if pair and isinstance(value, list):
        before, after = (_value(key, one, say) for one in value)
        return f"{before} → {after}"
    if isinstance(value, list):
        return ", ".join(say(LABELS.get(str(one), str(one))) if key == "changed" else str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(_parts(value, say))
    if isinstance(value, str) and value in VALUES.get(key, {}):
        return say(VALUES[key][value])
    if key == "of":
        kind, _, number = str(value).partition(":")
        return say(Text(TARGETS[kind][0], {"n": number})) if kind in TARGETS else str(value)
    if key == "head":
        return f"{str(value)[:16]}…"
    return say(N_("nothing")) if value in (None, "") else str(value)


def _parts(values: dict[str, Any], say: Say) -> list[str]:
    """Names and what they are now, one by one; of groups, what is in them."""
    found = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _parts(value, say)
        elif value not in (None, "", []):
            mode = MODE_WORDS.get(value) if isinstance(value, str) else None
            found.append(f"{say(LABELS.get(name, name))}: {say(mode) if mode else _value(name, value, say)}")
    return found
