"""A statement of reasons in the Commission's fields (DSA Art. 17 and 24 (5)); pure functions, no database.

Nothing that anybody typed is in a record: it goes to a public database, and words about a case name people. The full
reasons are in the statement that the member concerned has. Texts are English: the database's language.
"""

from datetime import datetime
from typing import Any

import msgspec

from forum.kit.i18n import translate
from forum.legal import words
from forum.moderation.words import reason_label
from forum.policy.actors import FOREVER

VISIBILITY = {
    "hide": "DECISION_VISIBILITY_CONTENT_DISABLED",  # its author still reads and mends it
    "remove": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "edit": "DECISION_VISIBILITY_OTHER",
    "demote": "DECISION_VISIBILITY_CONTENT_DEMOTED",
}
PROVISION = {
    "warn": "DECISION_PROVISION_PARTIAL_SUSPENSION",  # nothing is written until the warning is acknowledged
    "silence": "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "hold": "DECISION_PROVISION_PARTIAL_SUSPENSION",
}
EDITED = "Part of the text was changed by the moderators; the earlier version stays open to its author."
EEA = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
"""Where a restriction applies: everywhere, so in all of them."""
UNNAMED_LAW = "The law named in the notice, as assessed by the moderators"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a record is made from. `source`: article16, flagger, report or own; dates are UTC."""

    puid: str
    action: str
    target_type: str
    reason: str
    rule: str = ""
    rule_title: str = ""
    guidelines: int = 0
    guidelines_url: str = ""
    until: datetime | None = None
    swept: int = 0
    hidden: bool = False
    """With a sanction or a warning the post itself was hidden; its author may mend it."""
    made_at: datetime
    content_at: datetime
    language: str = ""
    has_image: bool = False
    source: str = "own"
    by_timer: bool = False
    detected: bool = False
    """A phase of prevention had flagged or held it."""
    illegal: bool = False
    legal_ground: str = ""
    category: str = ""
    """Key of `words.CATEGORIES`; empty: as the reason says."""
    keyword: str = ""


SOURCES = {
    "article16": "SOURCE_ARTICLE_16", "flagger": "SOURCE_TRUSTED_FLAGGER", "report": "SOURCE_TYPE_OTHER_NOTIFICATION",
    "own": "SOURCE_VOLUNTARY",
}  # fmt: skip


def record(facts: Facts) -> dict[str, Any]:
    """The record, ready to be sent. Raises KeyError for an act that restricts nobody."""
    found = {
        **_restriction(facts), **_ground(facts), **_content(facts),
        "decision_facts": _facts(facts), "application_date": f"{facts.made_at:%Y-%m-%d}",
        "territorial_scope": list(EEA), "source_type": SOURCES[facts.source],
        "automated_detection": "Yes" if facts.detected else "No",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY" if facts.by_timer else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": facts.puid,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _restriction(facts: Facts) -> dict[str, Any]:
    end = f"{facts.until:%Y-%m-%d}" if facts.until and facts.until < FOREVER else None
    visibility = [VISIBILITY[facts.action]] if facts.action in VISIBILITY else []
    if facts.action not in VISIBILITY:  # what went with a sanction
        visibility = [VISIBILITY["remove"]] if facts.swept else []
        visibility += [VISIBILITY["hide"]] if facts.hidden else []
    found: dict[str, Any] = {
        "decision_visibility": visibility,
        "decision_visibility_other": EDITED if facts.action == "edit" else None,
    }
    if facts.action in PROVISION:
        found |= {"decision_provision": PROVISION[facts.action], "end_date_service_restriction": end}
    elif facts.action in ("suspend", "ban"):
        account = "DECISION_ACCOUNT_SUSPENDED" if end else "DECISION_ACCOUNT_TERMINATED"
        found |= {
            "decision_account": account, "end_date_account_restriction": end, "account_type": "ACCOUNT_TYPE_PRIVATE",
        }  # fmt: skip
    elif not visibility:
        raise KeyError(facts.action)
    return found


def category_of(facts: Facts) -> tuple[str, str]:
    """(key of the category, keyword or "")."""
    implied, keyword = words.OF_REASON.get(facts.reason, ("terms", ""))
    if facts.category in words.CATEGORIES:
        return facts.category, facts.keyword or words.CATEGORIES[facts.category].keyword
    return implied, facts.keyword or keyword


def _ground(facts: Facts) -> dict[str, Any]:
    category, keyword = category_of(facts)
    label = translate(words.label(category), "en")
    found: dict[str, Any] = {
        "category": words.code(category), "category_specification": [keyword] if keyword else [],
        "decision_ground_reference_url": facts.guidelines_url,
    }  # fmt: skip
    if facts.illegal:
        ground = (facts.legal_ground or UNNAMED_LAW)[:500]
        return found | {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": ground,
            "illegal_content_explanation": f"The moderators found the content illegal: {label}. Ground: {ground}."[
                :2000
            ],
        }
    rule = f"Rule {facts.rule}, {facts.rule_title}" if facts.rule else "The guidelines"
    reason = translate(reason_label(facts.reason), "en")
    return found | {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"{rule} (guidelines, version {facts.guidelines})"[:500],
        "incompatible_content_explanation": f"The moderators found it incompatible with the guidelines: {reason}.",
        "incompatible_content_illegal": "No",
    }


def _content(facts: Facts) -> dict[str, Any]:
    types = ["CONTENT_TYPE_TEXT", *(["CONTENT_TYPE_IMAGE"] if facts.has_image else [])]
    return {
        "content_type": types, "content_language": facts.language[:2].upper(),
        "content_date": f"{facts.content_at:%Y-%m-%d}",
    }  # fmt: skip


_THINGS = {"post": "A post", "thread": "A thread", "member": "A member's account or profile"}
_LED = {
    "article16": "a notice under Article 16", "flagger": "a notice by a trusted flagger",
    "report": "a report by a member", "own": "the moderators' own initiative",
}  # fmt: skip


def _facts(facts: Facts) -> str:
    """Neutral sentences, from codes alone."""
    told = [
        (
            f"{_THINGS.get(facts.target_type, 'Content')} of {facts.content_at:%Y-%m-%d} was examined"
            f" after {_LED[facts.source]}."
        ),
        f"Reason: {translate(reason_label(facts.reason), 'en')}.",
    ]
    if facts.swept:
        told.append(f"{facts.swept} posts by the same author are out of sight with it.")
    if facts.hidden:
        told.append("The post is hidden from everybody but its author, who may change it.")
    if facts.detected:
        told.append("An automatic check had marked it for a person to look at.")
    told.append("It was carried out by a timer that a person had set." if facts.by_timer else "A person decided.")
    return " ".join(told)[:5000]
