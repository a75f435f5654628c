"""The facts that records are made from: decisions with their statements, where they came from, what the law says."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.guidelines import queries as guidelines
from forum.legal.models import LegalNotice, LegalNoticeItem, StatementGround
from forum.legal.records import Facts, category_of
from forum.moderation.models import Case, Decision, Report, Sanction, Statement
from forum.policy.actors import Actor
from forum.policy.legal import require_desk
from forum.policy.moderation import visible_decisions
from forum.prevention.models import Check
from forum.threads.models import Post, Thread

_ITEM_OF = and_(LegalNoticeItem.case_id == Decision.case_id, LegalNoticeItem.case_id.is_not(None))
_NOTICED = select(func.count()).select_from(LegalNoticeItem).where(_ITEM_OF).correlate(Decision).scalar_subquery()
_FLAGGED = (
    select(func.count())
    .select_from(LegalNoticeItem)
    .join(LegalNotice, LegalNotice.id == LegalNoticeItem.notice_id)
    .where(_ITEM_OF, LegalNotice.flagger_id.is_not(None))
    .correlate(Decision)
    .scalar_subquery()
)
_LAW = (
    select(func.max(LegalNotice.law))
    .join(LegalNoticeItem, LegalNoticeItem.notice_id == LegalNotice.id)
    .where(_ITEM_OF)
    .correlate(Decision)
    .scalar_subquery()
)
_KIND = (
    select(func.min(LegalNotice.category))
    .join(LegalNoticeItem, LegalNoticeItem.notice_id == LegalNotice.id)
    .where(_ITEM_OF)
    .correlate(Decision)
    .scalar_subquery()
)
_DETECTED = (
    select(func.count())
    .select_from(Check)
    .where(Check.post_id == Decision.target_id, Check.outcome.in_(("flag", "hold", "block")))
    .correlate(Decision)
    .scalar_subquery()
)
_UNTIL = (
    select(func.max(Sanction.until)).where(Sanction.decision_id == Decision.id).correlate(Decision).scalar_subquery()
)
_THREAD_ITSELF = and_(Thread.id == Decision.target_id, Decision.target_type == "thread")
_ROWS = (
    select(
        Decision, Statement, StatementGround, func.coalesce(Thread.locale, ""), func.coalesce(Category.locale, ""),
        _NOTICED.label("noticed"), _FLAGGED.label("flagged"), _LAW.label("law"), _KIND.label("kind"),
        _DETECTED.label("detected"), _UNTIL.label("until"), Case.opened_at,
    )
    .join(Statement, Statement.decision_id == Decision.id)
    .outerjoin(StatementGround, StatementGround.decision_id == Decision.id)
    .outerjoin(Case, Case.id == Decision.case_id)
    .outerjoin(Post, and_(Post.id == Decision.target_id, Decision.target_type == "post"))
    .outerjoin(Thread, or_(Thread.id == Post.thread_id, _THREAD_ITSELF))
    .outerjoin(Category, Category.id == Decision.category_id)
)  # fmt: skip


class RecordView(msgspec.Struct, frozen=True):
    """A record at the desk, with what a moderator may say about its ground."""

    decision_id: int
    reference: str
    case_id: int | None
    facts: Facts
    illegal: bool
    legal_ground: str
    category: str
    keyword: str


class Line(msgspec.Struct, frozen=True):
    """A restriction in the yearly figures. `hours`: from the case's opening to the decision, None without a case."""

    facts: Facts
    hours: float | None
    undone: bool


def lines(session: Session, since: datetime, until: datetime, base_url: str) -> Iterator[Line]:
    """Restrictions decided in [since, until), the oldest first, a few at a time."""
    query = _ROWS.where(Decision.created_at >= since, Decision.created_at < until).order_by(Decision.id)
    for row in session.execute(query.execution_options(yield_per=500)):
        decision = row[0]
        hours = (decision.created_at - row.opened_at).total_seconds() / 3600 if row.opened_at else None
        yield Line(_facts(session, row, base_url), hours, decision.undone_at is not None)


def record_view(session: Session, actor: Actor, decision_id: int, base_url: str) -> RecordView:
    """The record of one decision. Two statements, and the rules'. Raises SignInNeeded, Forbidden, NotFound."""
    require_desk(actor)
    row: Any = None
    if 0 < decision_id <= MAX_ID:
        row = session.execute(_ROWS.where(Decision.id == decision_id, visible_decisions(actor))).first()
    if row is None:
        raise NotFound()
    facts = _facts(session, row, base_url)
    category, keyword = category_of(facts)
    return RecordView(
        decision_id, facts.puid, row[0].case_id, facts, facts.illegal, facts.legal_ground, category, keyword
    )


def _facts(session: Session, row: Any, base_url: str) -> Facts:
    decision, statement, ground, thread_locale, category_locale = row[:5]
    noticed = int(row.noticed)
    source = "flagger" if row.flagged else "article16" if noticed else "report" if statement.after_report else "own"
    illegal = ground.illegal if ground is not None else decision.reason == "illegal"
    return Facts(
        puid=statement.reference, action=decision.action, target_type=decision.target_type, reason=decision.reason,
        rule=decision.rule, rule_title=_title(session, decision), guidelines=decision.guidelines,
        guidelines_url=f"{base_url.rstrip('/')}/guidelines/{decision.guidelines or 1}", until=row.until,
        swept=0 if decision.action in ("hide", "remove") else int(decision.summary.get("posts", 0)),
        hidden="hidden" in decision.summary, made_at=decision.created_at,
        content_at=statement.content_at or decision.created_at,
        language=thread_locale or category_locale or statement.locale,
        has_image="![" in statement.content, source=source, by_timer=decision.actor_id is None,
        detected=decision.target_type == "post" and bool(row.detected), illegal=illegal,
        legal_ground=(ground.legal_ground if ground is not None else "") or (row.law or "" if illegal else ""),
        category=(ground.category if ground is not None else "") or (row.kind or "" if illegal and noticed else ""),
        keyword=ground.keyword if ground is not None else "",
    )  # fmt: skip


def _title(session: Session, decision: Decision) -> str:
    if not decision.rule or not decision.guidelines:
        return ""
    return guidelines.rule_title(guidelines.version(session, decision.guidelines), decision.rule, "en")


def of_notices(session: Session, *conditions: ColumnElement[bool]) -> list[Any]:
    """(category, flagger_id, created_at, decided_at, outcome, locale, items) of notices. One statement."""
    items = select(func.count()).select_from(LegalNoticeItem).where(LegalNoticeItem.notice_id == LegalNotice.id)
    lawful = (
        select(func.count())
        .select_from(LegalNoticeItem)
        .join(Report, Report.id == LegalNoticeItem.report_id)
        .join(Decision, Decision.id == Report.decision_id)
        .outerjoin(StatementGround, StatementGround.decision_id == Decision.id)
        .where(LegalNoticeItem.notice_id == LegalNotice.id, Report.state == "upheld")
    )
    by_law = lawful.where(func.coalesce(StatementGround.illegal, Decision.reason == "illegal"))
    query = select(
        LegalNotice.category, LegalNotice.flagger_id, LegalNotice.created_at, LegalNotice.decided_at,
        LegalNotice.outcome, LegalNotice.locale, items.correlate(LegalNotice).scalar_subquery().label("items"),
        lawful.correlate(LegalNotice).scalar_subquery().label("acted"),
        by_law.correlate(LegalNotice).scalar_subquery().label("by_law"),
    ).where(*conditions)  # fmt: skip
    return list(session.execute(query.order_by(LegalNotice.id)))
