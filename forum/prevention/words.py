"""The words that the pages of prevention use for modes, actions and levels."""

from typing import Any

from forum.kit.i18n import N_
from forum.prevention.phases import PHASES

MODE_WORDS = {
    "off": N_("Off"),
    "observe": N_("Observe"),
    "flag": N_("Flag"),
    "hold": N_("Hold"),
    "block": N_("Refuse"),
}
MODE_MEANINGS = {
    "off": N_("It does not look."),
    "observe": N_("What it sees is written down and stands beside the post, for the moderators. Nothing else happens."),
    "flag": N_("The post appears, and stands in the queue with what was seen."),
    "hold": N_("The post waits for a moderator. Its author sees it and knows that it waits."),
    "block": N_("The post is not taken. Its author reads what to change, and keeps what they wrote."),
}
OUTCOMES = {
    "observe": N_("Noticed"),
    "flag": N_("Flagged"),
    "hold": N_("Held"),
    "block": N_("Refused"),
}
ACTION_WORDS = {
    "flag": N_("Flag the post"),
    "hold": N_("Hold the post"),
    "block": N_("Refuse the post"),
    "censor": N_("Strike the word out"),
    "tag": N_("Tag the thread"),
}
KIND_WORDS = {"word": N_("Plain words"), "pattern": N_("Patterns (RE2)")}
LEVEL_WORDS = (N_("newcomer"), N_("known here"), N_("regular"))
KINDS = {"thread": N_("New thread"), "reply": N_("A reply"), "edit": N_("Edit")}


def seen_words() -> dict[str, Any]:
    """What `prevention/_findings.html` needs besides the checks."""
    return {
        "phase_titles": {phase.name: phase.title for phase in PHASES}, "outcome_words": OUTCOMES,
        "level_words": LEVEL_WORDS, "kind_words": KINDS,
    }  # fmt: skip
