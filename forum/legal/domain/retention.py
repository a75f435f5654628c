"""What is kept how long, in one typed table, and the rounds that purge it.

Nothing goes that is under legal hold, belongs to a case that is not decided, or to an objection that is not answered.
Every round that took something away, or held something back, leaves a line in the ledger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, not_, or_, select, update
from sqlalchemy.orm import Session

from forum.audit.domain import erase_details
from forum.audit.models import AuditDetail, AuditEntry
from forum.db import Database
from forum.kit.i18n import N_
from forum.legal.models import (
    AuthorityOrder,
    LegalHold,
    LegalNotice,
    LegalNoticeItem,
    MisuseMeasure,
    NoticeComplaint,
    Purge,
)
from forum.moderation.models import Appeal, Block, Case, Decision, Note, Report, Statement, Strike

BATCH = 500  # rows of a rule in one transaction: others want to write, too
QUIET = timedelta(hours=20)
"""A rule that only held something back says so once a day."""
YEAR = 365
OBJECTING = 400
"""Days: the six months for objecting, the answer, and time for an out-of-court body."""
CLAIMS = 3 * YEAR
"""Days: as long as claims out of a decision are to be expected (GDPR Art. 17 (3) e)."""


def held(kind: Any, row_id: Any) -> ColumnElement[bool]:
    """SQL: the target is under legal hold."""
    return exists().where(
        LegalHold.released_at.is_(None), LegalHold.target_type == kind, LegalHold.target_id == row_id
    )  # fmt: skip


def _open_case(case_id: Any) -> ColumnElement[bool]:
    """SQL: the case is not decided, or its target is under hold."""
    blocked = or_(Case.state != "resolved", held(Case.target_type, Case.target_id))
    return exists().where(Case.id == case_id, blocked)


def _open_decision(decision_id: Any) -> ColumnElement[bool]:
    """SQL: an objection to the decision waits, its case is open again, or its target is under hold."""
    appealed = exists().where(Appeal.decision_id == decision_id, Appeal.state == "open")
    complained = exists().where(NoticeComplaint.decision_id == decision_id, NoticeComplaint.state == "open")
    about = exists().where(
        Decision.id == decision_id,
        or_(held(Decision.target_type, Decision.target_id), _open_case(Decision.case_id)),
    )
    return or_(appealed, complained, about)


def _open_notice(notice_id: Any) -> ColumnElement[bool]:
    items = exists().where(LegalNoticeItem.notice_id == notice_id, _open_case(LegalNoticeItem.case_id))
    waits = exists().where(NoticeComplaint.notice_id == notice_id, NoticeComplaint.state == "open")
    return or_(items, waits)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the register. `values`: what is blanked; None: the row is deleted."""

    name: str
    table: Any
    days: int
    what: str
    why: str
    due: Callable[[datetime], ColumnElement[bool]]
    """`days` ago → what is old enough and not purged yet."""
    blocked: Callable[[], ColumnElement[bool]]
    values: dict[str, Any] | None = None

    @property
    def table_name(self) -> str:
        """As the database calls it."""
        return str(self.table.__tablename__)


def _never() -> ColumnElement[bool]:
    """Nothing keeps it longer."""
    return false()


REGISTER: tuple[Rule, ...] = (
    Rule(
        "notices", LegalNotice, OBJECTING, N_("Who gave notice, and their words"), N_("Objecting is over"),
        lambda before: and_(LegalNotice.decided_at < before, LegalNotice.erased_at.is_(None)),
        lambda: _open_notice(LegalNotice.id),
        {"notifier_name": "", "notifier_mail": "", "mail_key": "", "member_id": None, "explanation": "", "law": ""},
    ),
    Rule(
        "complaints", NoticeComplaint, OBJECTING, N_("Guests’ objections and their answers"), N_("Objecting is over"),
        lambda before: and_(NoticeComplaint.decided_at < before, NoticeComplaint.body != ""),
        lambda: _open_decision(NoticeComplaint.decision_id), {"body": "", "reasons": ""},
    ),
    Rule(
        "reports", Report, OBJECTING, N_("What members reported, and the text as it stood"), N_("Objecting is over"),
        lambda before: and_(Report.decided_at < before, or_(Report.detail != "", Report.snapshot != "")),
        lambda: or_(_open_case(Report.case_id), _open_decision(Report.decision_id)),
        {"detail": "", "snapshot": "", "snapshot_title": ""},
    ),
    Rule(
        "reporters", Report, 2 * YEAR, N_("Who reported"), N_("How right somebody’s reports were no longer matters"),
        lambda before: and_(Report.decided_at < before, Report.reporter_id.is_not(None)),
        lambda: or_(_open_case(Report.case_id), _open_decision(Report.decision_id)), {"reporter_id": None},
    ),
    Rule(
        "case_notes", Note, OBJECTING, N_("Private notes on cases"), N_("The case is decided and objecting is over"),
        lambda before: and_(Note.case_id.is_not(None), Note.created_at < before), lambda: _open_case(Note.case_id),
    ),
    Rule(
        "member_notes", Note, 2 * YEAR, N_("Private notes on members"), N_("What is older says little of them"),
        lambda before: and_(Note.member_id.is_not(None), Note.created_at < before),
        lambda: or_(
            held("member", Note.member_id),
            exists().where(Case.subject_id == Note.member_id, Case.state != "resolved"),
        ),
    ),
    Rule(
        "strikes", Strike, YEAR, N_("Strikes that have run out"), N_("They count no more"),
        lambda before: Strike.expires_at < before, lambda: _open_decision(Strike.decision_id),
    ),
    Rule(
        "statements", Statement, CLAIMS, N_("The text that a statement of reasons quotes"), N_("Claims have lapsed"),
        lambda before: and_(Statement.created_at < before, or_(Statement.content != "", Statement.title != "")),
        lambda: _open_decision(Statement.decision_id), {"content": "", "title": ""},
    ),
    Rule(
        "appeals", Appeal, CLAIMS, N_("Members’ objections and their answers"), N_("Claims have lapsed"),
        lambda before: and_(Appeal.decided_at < before, Appeal.body != ""),
        lambda: _open_decision(Appeal.decision_id), {"body": "", "reasons": "", "override": ""},
    ),
    Rule(
        "explanations", Decision, CLAIMS, N_("Explanations of decisions"), N_("Claims have lapsed"),
        lambda before: and_(Decision.created_at < before, or_(Decision.explanation != "", Decision.to_reporters != "")),
        lambda: _open_decision(Decision.id), {"explanation": "", "to_reporters": "", "override": ""},
    ),
    Rule(
        "blocks", Block, 30, N_("Blocked addresses after their end"), N_("They block nobody any more"),
        lambda before: Block.until < before, _never,
    ),
    Rule(
        "measures", MisuseMeasure, 2 * YEAR, N_("Measures against misuse"), N_("Only the last year is weighed"),
        lambda before: MisuseMeasure.at < before, lambda: _open_decision(MisuseMeasure.decision_id),
    ),
    Rule(
        "orders", AuthorityOrder, 5 * YEAR, N_("Orders of authorities"), N_("Reports on them are long published"),
        lambda before: and_(AuthorityOrder.received_at < before, AuthorityOrder.reported_at.is_not(None)), _never,
    ),
)  # fmt: skip
LOG_DAYS, LOG = CLAIMS, "log_words"
LOG_WHAT, LOG_WHY = (
    N_("Words about people in the log of the staff"),
    N_("Claims have lapsed; the entries themselves stay"),
)
"""The log's own rule: its words go through the log's own verb, so that the chain stays whole."""


def run(db: Database, now: datetime) -> dict[str, int]:
    """One round: rows purged, by rule. Each rule in a transaction of its own."""
    gone: dict[str, int] = {}
    for rule in REGISTER:
        with db.write() as session:
            gone[rule.name] = _apply(session, rule, now)
    with db.write() as session:
        gone[LOG] = _erase_log(session, now)
    return {name: rows for name, rows in gone.items() if rows}


def _apply(session: Session, rule: Rule, now: datetime) -> int:
    due, blocked = rule.due(now - timedelta(days=rule.days)), rule.blocked()
    ids = list(session.scalars(select(rule.table.id).where(due, not_(blocked)).order_by(rule.table.id).limit(BATCH)))
    kept = session.scalar(select(func.count()).select_from(rule.table).where(due, blocked)) or 0
    if ids and rule.values is not None:
        values = rule.values | ({"erased_at": now} if rule.table is LegalNotice else {})
        session.execute(update(rule.table).where(rule.table.id.in_(ids)).values(values))
    elif ids:
        session.execute(delete(rule.table).where(rule.table.id.in_(ids)))
    _note(session, rule.name, rule.table_name, rule.days, len(ids), kept, now)
    return len(ids)


def _erase_log(session: Session, now: datetime) -> int:
    before = now - timedelta(days=LOG_DAYS)
    old = select(AuditEntry.id).join(AuditDetail, AuditDetail.entry_id == AuditEntry.id).where(AuditEntry.at < before)
    holds = [f"{kind}:{row_id}" for kind, row_id in _held_targets(session)]
    ids = list(session.scalars(old.where(AuditEntry.target.not_in(holds)).order_by(AuditEntry.id).limit(BATCH)))
    kept = len(list(session.scalars(old.where(AuditEntry.target.in_(holds))))) if holds else 0
    _note(session, LOG, "audit_details", LOG_DAYS, len(ids), kept, now)
    erase_details(session, entry_ids=ids, actor_id=None, now=now)
    return len(ids)


def _held_targets(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(select(LegalHold.target_type, LegalHold.target_id).where(LegalHold.released_at.is_(None)))
    return [(row.target_type, row.target_id) for row in rows]


def _note(session: Session, rule: str, table: str, days: int, rows: int, kept: int, now: datetime) -> None:
    """A line in the ledger; one that only held something back at most once a day."""
    said = select(Purge.id).where(Purge.rule == rule, Purge.kept == kept, Purge.at > now - QUIET)
    if not rows and (not kept or session.execute(said).first()):
        return
    session.add(Purge(at=now, rule=rule, table_name=table, days=days, rows=rows, kept=kept))
    session.flush()
