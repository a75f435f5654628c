"""What staff can do, and what each act asks for. `RULES` is the whole table: read it to know what an act does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from forum.errors import Invalid
from forum.guidelines.views import Guidelines
from forum.kit.i18n import N_, Message, Text
from forum.moderation.models import REASONS
from forum.threads.compose import Draft

LONGEST_EXPLANATION = 2000  # characters, as in the Commission's field for it
LONGEST_SANCTION = timedelta(days=366)
UNDO = timedelta(days=1)
"""How long a decision can be taken back by staff on their own. Later an appeal reverses it, or a new decision does."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One act. `on`: what it can be done to; a member act on a post or thread concerns its author."""

    on: tuple[str, ...]
    restricts: bool = False
    """The member concerned gets a statement of reasons; a reason and an explanation are needed."""
    strike: bool = False
    upholds: bool = True
    """Reports of the case were right."""
    ends: bool | None = None
    """Needs an end (True), may have one (None with `restricts` on members), has none (False)."""
    undoable: bool = True

    @property
    def closes(self) -> bool:
        """A living case about the target is decided by it, even when it is done from elsewhere."""
        return self.restricts or not self.upholds


RULES: dict[str, Rule] = {
    "dismiss": Rule(("post", "thread", "member"), upholds=False, ends=False),
    "approve": Rule(("post", "thread"), upholds=False, ends=False),
    "hide": Rule(("post", "thread"), restricts=True, ends=False),
    "remove": Rule(("post", "thread"), restricts=True, strike=True, ends=False),
    "edit": Rule(("post",), restricts=True, ends=False),
    "warn": Rule(("post", "thread", "member"), restricts=True, strike=True, ends=False),
    "silence": Rule(("post", "thread", "member"), restricts=True, strike=True, ends=True),
    "suspend": Rule(("post", "thread", "member"), restricts=True, strike=True, ends=True),
    "ban": Rule(("post", "thread", "member"), restricts=True, strike=True),
    "hold": Rule(("post", "thread", "member"), restricts=True, ends=True),
    "lift": Rule(("member",), ends=False),
    "demote": Rule(("thread",), restricts=True, ends=False),
    "promote": Rule(("thread",), ends=False),
    "lock": Rule(("thread",), ends=False),
    "unlock": Rule(("thread",), ends=False),
    "pin": Rule(("thread",), ends=False),
    "unpin": Rule(("thread",), ends=False),
    "move": Rule(("thread",), ends=False),
    "split": Rule(("thread",), ends=False),
    "merge": Rule(("thread",), ends=False),
    "slow": Rule(("thread",), ends=False),
    "timer": Rule(("thread",), ends=False),
}
SANCTION_ACTS = frozenset({"silence", "suspend", "ban", "hold"})
SWEEPS = ("", "target", "thread", "day")
"""What else of the member's goes: nothing, the reported post, all they wrote in that thread, or in the last day."""
FATES = ("approve", "hide", "remove")
"""What can become of a post that waits for a moderator: a case about one is not closed without one of these."""
BESIDE = frozenset({"warn", "silence", "suspend", "ban", "hold"})
"""Acts about the author, which say nothing of the post: where it waits, `Act.fate` does."""
TIMED = ("lock", "unlock", "unpin")
SLOWEST = 86_400  # seconds


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do. Fields an action has no use for are left alone."""

    action: str
    reason: str = ""
    rule: str = ""
    """Number of the guideline, as in the version in force."""
    explanation: str = ""
    to_reporters: str = ""
    until: datetime | None = None
    override: str = ""
    sweep: str = ""
    fate: str = ""
    """warn, silence, suspend, ban, hold on the case of a post that waits: what becomes of the post (`FATES`)."""
    category: str = ""
    """move, split: slug of where to."""
    title: str = ""
    """split: of the new thread."""
    posts: tuple[int, ...] = ()
    """split: ids."""
    into: int = 0
    """merge: id of the thread that stays."""
    seconds: int = 0
    """slow: between two replies of one member; 0 switches it off."""
    timed: str = ""
    """timer: what happens at `until`."""
    draft: Draft | None = None
    """edit: the new text."""
    edit_reason: str = ""
    """edit: what was changed, in a few words; everybody who sees the history reads it."""
    post_version: int | None = None
    """edit: of the post, as the editor saw it; None: whichever stands now."""


def check(act: Act, target_type: str, guidelines: Guidelines, now: datetime) -> Rule:
    """The act's rule. Raises Invalid(action, reason, explanation, rule, until …)."""
    rule = RULES.get(act.action)
    if rule is None or target_type not in rule.on:
        raise Invalid({"action": N_("Choose what to do.")})
    problems: dict[str, Message] = {}
    if act.reason not in ("", *REASONS) or (rule.restricts and not act.reason):
        problems["reason"] = N_("Choose a reason.")
    if rule.restricts and not act.explanation.strip():
        problems["explanation"] = N_("Write a sentence to the member: what was wrong, and what they can do.")
    for name, text in (("explanation", act.explanation), ("to_reporters", act.to_reporters)):
        if len(text) > LONGEST_EXPLANATION:
            problems[name] = Text(N_("At most %(n)s characters."), {"n": LONGEST_EXPLANATION})
    if act.rule and act.rule not in {number for number, *_ in guidelines.rules}:
        problems["rule"] = N_("The guidelines in force have no such rule.")
    if act.sweep not in SWEEPS:
        problems["sweep"] = N_("Choose from the list.")
    problems |= _end_problems(act, rule, now)
    if problems:
        raise Invalid(problems)
    return rule


def _end_problems(act: Act, rule: Rule, now: datetime) -> dict[str, Message]:
    if act.action == "timer":
        if act.timed not in TIMED:
            return {"timed": N_("Choose what happens then.")}
        return {} if act.until and act.until > now else {"until": N_("Choose a time in the future.")}
    if act.action == "slow" and not 0 <= act.seconds <= SLOWEST:
        return {"seconds": N_("Choose between one second and one day, or zero for off.")}
    if rule.ends is False:
        return {}
    if act.until is None:
        return {"until": N_("Choose until when.")} if rule.ends else {}
    if act.until <= now:
        return {"until": N_("Choose a time in the future.")}
    if act.until > now + LONGEST_SANCTION:
        return {"until": N_("At most a year. For longer, ban.")}
    return {}
