"""Whose words may be shown now, and under which pseudonym (`masking.py` has what is masked)."""

from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from forum.feedback.exports.counting import with_posts
from forum.feedback.exports.models import Shown
from forum.feedback.models import Evidence
from forum.kit import tokens
from forum.policy.feedback import quotable, quotable_survey
from forum.threads.models import Post

LONGEST: Final = 240
"""Characters of a quote on the page."""


def may_quote() -> ColumnElement[bool]:
    """SQL on Evidence, joined with its post (`counting.with_posts`): its words may be quoted now.

    Staff's are not: they are nobody's voice. What may be quoted counts, too (`counting.public_evidence`).
    """
    return and_(
        Evidence.redacted_at.is_(None), Evidence.author_id.is_not(None), Evidence.by_staff.is_(False),
        or_(and_(Evidence.post_id.is_not(None), quotable(Post.author_id)), quotable_survey()),
    )  # fmt: skip


def gone(snapshot_id: str) -> Select[int]:
    """The evidence that a snapshot quotes and may not quote any more."""
    return select(Shown.evidence_id).where(Shown.snapshot_id == snapshot_id, _withdrawn())


def touched() -> Select[str]:
    """The snapshots that quote such evidence."""
    return select(Shown.snapshot_id).where(_withdrawn()).distinct()


def _withdrawn() -> ColumnElement[bool]:
    still = exists(with_posts(select(Evidence.id)).where(Evidence.id == Shown.evidence_id, may_quote()))
    return and_(Shown.redacted_at.is_(None), ~still)


class Aliases:
    """Pseudonyms within one export. The key is the site's secret, in a file of its own: no database holds it."""

    def __init__(self, secret: bytes, snapshot_id: str) -> None:
        """Another snapshot, other names."""
        self.secret, self.purpose = secret, f"feedback-alias {snapshot_id}"
        self.known: dict[int, str] = {}

    def of(self, member_id: int) -> str:
        """As in "M-5f1d7a84"."""
        if member_id not in self.known:
            self.known[member_id] = "M-" + tokens.sign(self.secret, self.purpose, str(member_id))[:8]
        return self.known[member_id]


def cut(text: str, longest: int = LONGEST) -> str:
    """At most so many characters, whole words, on one line."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return line[: line.rfind(" ", 0, longest) if " " in line[:longest] else longest].rstrip(" ,;:") + " …"
