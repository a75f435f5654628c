"""A notice, as who gave it reads it. No moderator is in it, and nothing that was decided about a person."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.guidelines import queries as guidelines
from forum.kit.i18n import Message
from forum.legal import words
from forum.legal.models import LegalNotice, LegalNoticeItem, NoticeComplaint, StatementGround
from forum.moderation.domain.appeals import WINDOW
from forum.moderation.models import Decision, Report
from forum.moderation.words import reason_label


class ItemView(msgspec.Struct, frozen=True):
    """One address and what came of it. `acted`: what was done, "" for nothing; `answer`: a word to the notifier."""

    url: str
    type: str
    state: str
    decided_at: datetime | None
    decision_id: int | None
    acted: Message
    why: Message
    rule: str
    """Number and title of the guideline, in the reader's language; empty when none was named."""
    rule_url: str
    law: str
    """The legal ground that the moderators relied on; empty when they relied on the guidelines."""
    answer: str


class ComplaintView(msgspec.Struct, frozen=True):
    """An objection to the answer, and its own answer."""

    state: str
    body: str
    created_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: str


class NoticeView(msgspec.Struct, frozen=True):
    """A notice, whole. `has_mail`: mails go out about it. `erased`: its words are gone, by the rules of retention."""

    id: int
    reference: str
    kind: str
    category: str
    law: str
    explanation: str
    has_mail: bool
    created_at: datetime
    confirm_by: datetime | None
    act_by: datetime | None
    confirmed_at: datetime | None
    decided_at: datetime | None
    outcome: str
    erased: bool
    locale: str
    member_id: int | None
    items: list[ItemView]
    complaint: ComplaintView | None

    @property
    def label(self) -> Message:
        """What it is about."""
        return words.label(self.category)

    @property
    def outcome_words(self) -> Message:
        """What came of it."""
        return words.OUTCOMES[self.outcome]

    @property
    def complaint_until(self) -> datetime | None:
        """Until when the answer can be objected to (Art. 20: six months)."""
        return self.decided_at + WINDOW if self.decided_at else None

    def may_complain(self, now: datetime) -> bool:
        """Rejected in whole or part, and the six months last. Once."""
        rejected = any(item.state == "rejected" and item.decision_id for item in self.items)
        return rejected and self.complaint is None and bool(self.complaint_until and now <= self.complaint_until)


def notice_by_reference(session: Session, reference: str) -> LegalNotice | None:
    """The row. One statement."""
    return session.scalar(select(LegalNotice).where(LegalNotice.reference == reference[:16]))


def notice_view(session: Session, notice: LegalNotice | None, locale: str) -> NoticeView:
    """The notice in `locale`. At most three statements, and one for each version of the rules. Raises NotFound."""
    if notice is None:
        raise NotFound()
    rows = session.execute(
        select(
            LegalNoticeItem.url, LegalNoticeItem.target_type, Report.state, Report.decided_at, Report.decision_id,
            Decision.action, Decision.reason, Decision.rule, Decision.guidelines, Decision.to_reporters,
            StatementGround.legal_ground, StatementGround.illegal,
        )
        .join(Report, Report.id == LegalNoticeItem.report_id)
        .outerjoin(Decision, Decision.id == Report.decision_id)
        .outerjoin(StatementGround, StatementGround.decision_id == Decision.id)
        .where(LegalNoticeItem.notice_id == notice.id)
        .order_by(LegalNoticeItem.id)
    ).all()  # fmt: skip
    complaint = session.scalar(
        select(NoticeComplaint).where(NoticeComplaint.notice_id == notice.id).order_by(NoticeComplaint.id.desc())
    )
    return NoticeView(
        id=notice.id, reference=notice.reference, kind=notice.kind, category=notice.category, law=notice.law,
        explanation=notice.explanation, has_mail=bool(notice.notifier_mail), created_at=notice.created_at,
        confirm_by=notice.confirm_by, act_by=notice.act_by, confirmed_at=notice.confirmed_at,
        decided_at=notice.decided_at, outcome=notice.outcome, erased=notice.erased_at is not None,
        locale=notice.locale, member_id=notice.member_id,
        items=[_item(session, row, notice, locale) for row in rows], complaint=_complaint(complaint),
    )  # fmt: skip


def _complaint(row: NoticeComplaint | None) -> ComplaintView | None:
    if row is None:
        return None
    return ComplaintView(row.state, row.body, row.created_at, row.due_at, row.decided_at, row.reasons)


def _item(session: Session, row: Any, notice: LegalNotice, locale: str) -> ItemView:
    upheld = row.state == "upheld" and row.action
    rule, rule_url = "", ""
    if upheld and row.rule and row.guidelines:
        title = guidelines.rule_title(guidelines.version(session, row.guidelines), row.rule, locale)
        rule, rule_url = f"{row.rule}. {title}", f"/guidelines/{row.guidelines}#rule-{row.rule}"
    law = (row.legal_ground or "") if row.illegal else ""
    if upheld and not law and row.reason == "illegal":
        law = notice.law
    return ItemView(
        url=row.url, type=row.target_type, state=row.state, decided_at=row.decided_at, decision_id=row.decision_id,
        acted=words.ACTED.get(row.action, words.ACTED_OTHERWISE) if upheld else "",
        why=reason_label(row.reason) if upheld else "", rule=rule, rule_url=rule_url, law=law if upheld else "",
        answer=row.to_reporters or "" if row.state != "open" else "",
    )  # fmt: skip
