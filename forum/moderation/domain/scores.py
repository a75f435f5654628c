"""How much a report weighs, in hundredths, and what a case is worth: the sum of its open reports.

A report is 1, plus 5 from staff or up to 1 for who has long written here, plus what it is about, plus how often the
reporter was right: nothing before six judged reports, then around a pivot of 70 %, growing with the logarithm of how
many there were (the rule of Discourse's review queue). Who is mostly wrong ends at a tenth of a plain report.
"""

from math import log10

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.moderation.models import Report
from forum.policy.actors import Actor

PLAIN, STAFF_BONUS, LEAST = 100, 500, 10
SEVERITY = {
    "spam": 100, "harassment": 200, "hate": 250, "violence": 300, "sexual": 250, "personal_data": 250, "illegal": 400,
    "off_topic": 0, "other": 0,
}  # fmt: skip
THREAT = 2000
"""Somebody's life or safety: before everything else."""
HELD = 150
"""A post that waits for approval."""
JUDGED_ENOUGH, PIVOT = 6, 0.7


def accuracy(session: Session, member_id: int) -> tuple[int, int]:
    """(reports that were upheld, all that were judged) of a member."""
    rows = session.execute(
        select(Report.state, func.count())
        .where(Report.reporter_id == member_id, Report.state.in_(("upheld", "rejected")))
        .group_by(Report.state)
    )
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return found.get("upheld", 0), sum(found.values())


def weight(actor: Actor, *, reason: str, threat: bool, posts: int, upheld: int, judged: int) -> int:
    """What a report adds to its case, in hundredths; at least `LEAST`. `posts`: how many the reporter wrote."""
    base = PLAIN + (STAFF_BONUS if actor.is_staff else min(posts, PLAIN))
    if judged >= JUDGED_ENOUGH:
        base += round((upheld / judged - PIVOT) * 200 * log10(judged))
    severity = THREAT if threat else SEVERITY[reason]
    if judged >= JUDGED_ENOUGH and upheld / judged < 0.3:
        severity //= 4
    return max(base, LEAST) + severity
