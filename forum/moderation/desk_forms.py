"""What the desk's forms send. Lenient on purpose: the domain says what is wrong, per field."""

from datetime import datetime, timedelta

import msgspec

from forum.errors import Invalid
from forum.kit.dates import zone
from forum.kit.i18n import N_
from forum.moderation.domain.acts import BESIDE, Act
from forum.threads.compose import Draft

SPANS = ("1", "3", "7", "14", "30", "90", "180", "365")
"""Days that a sanction is offered for; "at" with a date says another."""
TIMED = frozenset({"silence", "suspend", "hold"})
SWEEPING = frozenset({"hide", "remove", "silence", "suspend", "ban"})


class DeskQuery(msgspec.Struct):
    """What of the queue is shown, and what the case's form begins with (`do`: an act)."""

    view: str = ""
    category: str = ""
    reason: str = ""
    target: str = ""
    order: str = ""
    after: str = ""
    do: str = ""
    look: str = ""


class DecideForm(msgspec.Struct):
    """A decision on its way. `span`: days, or "at" with `until_at`; `body`: a note; `fill`, `look`: the button.

    `text`: the post with other words, begun from its version `post_version`; `edit_reason`: what was changed.
    """

    action: str = ""
    reason: str = ""
    rule: str = ""
    explanation: str = ""
    to_reporters: str = ""
    span: str = ""
    until_at: str = ""
    sweep: str = ""
    fate: str = ""
    override: str = ""
    version: str = ""
    canned: str = ""
    fill: str = ""
    look: str = ""
    body: str = ""
    text: str = ""
    post_version: str = ""
    edit_reason: str = ""

    @property
    def editing(self) -> bool:
        """Asks for other words in place of the post's."""
        return self.action == "edit"

    @property
    def typed(self) -> bool:
        """Holds words that must not be lost."""
        if self.editing and (self.text.strip() or self.edit_reason.strip()):
            return True
        return bool(self.explanation.strip() or self.to_reporters.strip() or self.body.strip() or self.override.strip())


class BulkForm(msgspec.Struct):
    """Cases chosen in the list, as "12:3" (id and version), and what to do with all of them."""

    case: list[str] = []
    action: str = ""
    reason: str = ""


def number(text: str) -> int:
    """A version or id from a field; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def until(form: DecideForm, timezone: str, now: datetime) -> datetime | None:
    """When a sanction ends; None for acts that have no end, and when nothing was chosen. Raises Invalid(until)."""
    if form.action not in TIMED or not form.span:
        return None
    if form.span in SPANS:
        return now + timedelta(days=int(form.span))
    if not form.until_at.strip():
        return None
    try:
        local = datetime.fromisoformat(form.until_at.strip()).replace(tzinfo=None)
        return local.replace(tzinfo=zone(timezone))
    except (ValueError, OverflowError) as error:
        raise Invalid({"until": N_("Write day and hour, as in 2027-01-31 18:00.")}) from error


def act_of(form: DecideForm, timezone: str, now: datetime, draft: Draft | None = None) -> Act:
    """The act that a form asks for. `draft`: of its `text`, for an edit. Raises Invalid(until)."""
    sweep = form.sweep if form.action in SWEEPING else ""
    return Act(
        action=form.action, reason=form.reason, rule=form.rule, explanation=form.explanation,
        to_reporters=form.to_reporters, until=until(form, timezone, now), override=form.override.strip(), sweep=sweep,
        fate=form.fate if form.action in BESIDE else "",
        draft=draft, edit_reason=form.edit_reason, post_version=number(form.post_version) if form.editing else None,
    )  # fmt: skip
