"""The words of moderation, once: reasons, acts, states. All are message ids; whoever knows the reader translates.

Staff lists say `ACTS[action].do` on buttons and `.done` in histories; the member concerned reads `told(…)`; the public
log says `logged(…)`, which names nobody.
"""

from dataclasses import dataclass

from forum.kit.i18n import N_

TEAM = N_("the moderation team")
"""Who acted, to anybody who is not staff: members never read a moderator's name."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is reported or restricted."""

    label: str
    line: str
    """One plain line, beside the choice in the form."""


REASON_WORDS: dict[str, Reason] = {
    "spam": Reason(N_("Spam or advertising"), N_("It wants to sell, or to draw clicks, and has nothing to do here.")),
    "harassment": Reason(N_("Attacks on a person"), N_("Insults, mockery, threats, or following somebody around.")),
    "hate": Reason(N_("Hate"), N_("It degrades people for what they are: origin, faith, sex, disability, love.")),
    "violence": Reason(N_("Violence"), N_("It threatens, praises violence, or shows it for effect.")),
    "sexual": Reason(N_("Sexual content"), N_("Explicit, or unwanted; anything at all about minors.")),
    "personal_data": Reason(
        N_("Somebody’s private data"), N_("An address, a number, a photo or papers that were not theirs to publish.")
    ),
    "illegal": Reason(N_("Against the law"), N_("Fraud, stolen goods, copied works. Say which law, if you know.")),
    "off_topic": Reason(N_("In the wrong place"), N_("Fine as it is, but not in this thread or category.")),
    "other": Reason(N_("Something else"), N_("Say in your own words what is wrong.")),
}
NO_REASON = N_("No reason given")


@dataclass(frozen=True, slots=True)
class ActWords:
    """One act in its forms."""

    do: str
    """On a button: an imperative."""
    done: str
    """In a history, after the fact."""


ACTS: dict[str, ActWords] = {
    "dismiss": ActWords(N_("Nothing to object to"), N_("Report dismissed")),
    "approve": ActWords(N_("Approve"), N_("Approved")),
    "hide": ActWords(N_("Hide"), N_("Hidden")),
    "remove": ActWords(N_("Remove"), N_("Removed")),
    "edit": ActWords(N_("Edit the text"), N_("Text edited")),
    "warn": ActWords(N_("Warn"), N_("Warned")),
    "silence": ActWords(N_("Silence"), N_("Silenced")),
    "suspend": ActWords(N_("Suspend"), N_("Suspended")),
    "ban": ActWords(N_("Ban"), N_("Banned")),
    "hold": ActWords(N_("Approve posts beforehand"), N_("Posts approved beforehand")),
    "lift": ActWords(N_("Lift the restrictions"), N_("Restrictions lifted")),
    "demote": ActWords(N_("Show in fewer lists"), N_("Shown in fewer lists")),
    "promote": ActWords(N_("Show in all lists"), N_("Shown in all lists again")),
    "lock": ActWords(N_("Lock"), N_("Locked")),
    "unlock": ActWords(N_("Unlock"), N_("Unlocked")),
    "pin": ActWords(N_("Pin"), N_("Pinned")),
    "unpin": ActWords(N_("Unpin"), N_("Unpinned")),
    "move": ActWords(N_("Move"), N_("Moved")),
    "split": ActWords(N_("Split"), N_("Split in two")),
    "merge": ActWords(N_("Merge"), N_("Merged")),
    "slow": ActWords(N_("Slow mode"), N_("Slow mode changed")),
    "timer": ActWords(N_("Set a timer"), N_("Timer set")),
}
"""As in `domain.acts.RULES`."""

CASE_STATES = {"open": N_("Open"), "claimed": N_("Claimed"), "resolved": N_("Resolved")}
REPORT_STATES = {
    "open": N_("Waiting"),
    "upheld": N_("We agreed"),
    "rejected": N_("We saw it differently"),
}
"""A report's outcome, to staff and to who reported."""
APPEAL_STATES = {
    "open": N_("Waiting for an answer"),
    "upheld": N_("The decision stands"),
    "reversed": N_("The decision was reversed"),
}
SANCTIONS = {
    "silence": N_("Cannot write"),
    "suspend": N_("Suspended"),
    "ban": N_("Banned"),
    "hold": N_("Posts are approved beforehand"),
}
TARGETS = {"post": N_("Post"), "thread": N_("Thread"), "member": N_("Profile"), "signup": N_("Sign-up")}

_TOLD: dict[tuple[str, str], str] = {
    ("hide", "post"): N_("We hid a post of yours"),
    ("hide", "thread"): N_("We hid a thread of yours"),
    ("remove", "post"): N_("We removed a post of yours"),
    ("remove", "thread"): N_("We removed a thread of yours"),
    ("edit", "post"): N_("We changed the text of a post of yours"),
    ("demote", "thread"): N_("A thread of yours is shown in fewer lists"),
    ("warn", ""): N_("A warning from the moderators"),
    ("silence", ""): N_("You cannot write for a while"),
    ("suspend", ""): N_("Your account is suspended for a while"),
    ("ban", ""): N_("Your account is closed"),
    ("hold", ""): N_("For a while your posts wait for approval"),
}
_LOGGED: dict[tuple[str, str], str] = {
    ("dismiss", "post"): N_("A report about a post was dismissed"),
    ("dismiss", "thread"): N_("A report about a thread was dismissed"),
    ("dismiss", "member"): N_("A report about a profile was dismissed"),
    ("approve", "post"): N_("A post was approved"),
    ("approve", "thread"): N_("A thread was approved"),
    ("hide", "post"): N_("A post was hidden"),
    ("hide", "thread"): N_("A thread was hidden"),
    ("remove", "post"): N_("A post was removed"),
    ("remove", "thread"): N_("A thread was removed"),
    ("edit", "post"): N_("The text of a post was changed"),
    ("warn", ""): N_("A member was warned"),
    ("silence", ""): N_("A member was silenced"),
    ("suspend", ""): N_("A member was suspended"),
    ("ban", ""): N_("A member was banned"),
    ("hold", ""): N_("A member’s posts now wait for approval"),
    ("lift", ""): N_("A member’s restrictions were lifted"),
    ("demote", ""): N_("A thread was taken out of the general lists"),
    ("promote", ""): N_("A thread was brought back into the general lists"),
    ("lock", ""): N_("A thread was locked"),
    ("unlock", ""): N_("A thread was unlocked"),
    ("pin", ""): N_("A thread was pinned"),
    ("unpin", ""): N_("A thread was unpinned"),
    ("move", ""): N_("A thread was moved"),
    ("split", ""): N_("A thread was split"),
    ("merge", ""): N_("Two threads were merged"),
    ("slow", ""): N_("Slow mode was changed in a thread"),
    ("timer", ""): N_("A timer was set on a thread"),
}


def told(action: str, target_type: str) -> str:
    """The heading of a statement: what happened, to the member concerned. Raises KeyError for what restricts nobody."""
    return _TOLD.get((action, target_type)) or _TOLD[action, ""]


def logged(action: str, target_type: str) -> str:
    """A line of the public log: what was done, naming nobody."""
    return _LOGGED.get((action, target_type)) or _LOGGED.get((action, "")) or N_("Something was decided")


def reason_label(reason: str) -> str:
    """The reason in two words."""
    return REASON_WORDS[reason].label if reason in REASON_WORDS else NO_REASON
