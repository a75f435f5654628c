"""The verbs of moderation. Each runs inside the caller's write transaction and never commits.

Locks are taken in the order member, thread, post, case, decision, and last the head of the audit log.
"""

from forum.moderation.domain.acts import RULES, Act
from forum.moderation.domain.appeals import appeal, decide_appeal
from forum.moderation.domain.cases import add_note, claim, release
from forum.moderation.domain.decide import Outcome, decide, preview, undo
from forum.moderation.domain.reports import ReportRef, report

__all__ = [
    "RULES", "Act", "Outcome", "ReportRef", "add_note", "appeal", "claim", "decide", "decide_appeal", "preview",
    "release", "report", "undo",
]  # fmt: skip
