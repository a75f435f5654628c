"""A notice's outcome follows from its reports, which decisions judge; nothing here decides."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.legal.models import LegalNotice, LegalNoticeItem
from forum.moderation.models import Decision, Report


def outcome_of(states: list[str]) -> str:
    """upheld, partly, rejected, or "" while something is open."""
    if not states or "open" in states:
        return ""
    return states[0] if len(set(states)) == 1 else "partly"


def settle(session: Session, notice: LegalNotice, now: datetime) -> None:
    """Read the outcome off the reports. A notice whose case was opened again waits again."""
    rows = session.execute(
        select(Report.state, Report.decided_at)
        .join(LegalNoticeItem, LegalNoticeItem.report_id == Report.id)
        .where(LegalNoticeItem.notice_id == notice.id)
    ).all()
    notice.outcome = outcome_of([row.state for row in rows])
    if notice.outcome:
        notice.decided_at = max((row.decided_at for row in rows if row.decided_at), default=now)
    else:
        notice.decided_at = None
    session.flush()


def touched(session: Session, decision: Decision) -> list[int]:
    """Ids of the notices with a report that `decision` judges, or judged before it was taken back."""
    reports = [entry[2] for entry in decision.effects if entry[0] == "set" and entry[1] == "reports"]
    if not reports:
        return []
    query = select(LegalNoticeItem.notice_id).where(LegalNoticeItem.report_id.in_(reports)).distinct()
    return sorted(session.scalars(query))
