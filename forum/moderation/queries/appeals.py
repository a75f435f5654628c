"""Appeals: those that wait, soonest deadline first, and one with all that it is about."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit import paging
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.moderation.models import Appeal, Decision, Statement
from forum.moderation.queries.case import DecisionView, TargetView, decision_view, target_view
from forum.policy.actors import Actor
from forum.policy.moderation import visible_decisions

PAGE = 30
_Answerer = aliased(Member)


class AppealView(msgspec.Struct, frozen=True):
    """An objection. `side`: subject (the member concerned) or reporter; `answered_by`: "" while it waits."""

    id: int
    decision_id: int
    side: str
    body: str
    state: str
    created_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: str
    override: str
    action: str
    reason: str
    case_id: int | None
    actor_id: int | None
    answered_by: str
    appellant: MemberCard

    def late(self, now: datetime) -> bool:
        """Past its day, and unanswered."""
        return self.state == "open" and now > self.due_at


class StatementText(msgspec.Struct, frozen=True):
    """What the member was told: the restricted text as it stood."""

    reference: str
    title: str
    content: str


class AppealPage(msgspec.Struct, frozen=True):
    """An appeal with the decision it is against."""

    appeal: AppealView
    decision: DecisionView
    statement: StatementText | None
    target: TargetView | None


_COLUMNS: tuple[Any, ...] = (
    Appeal.id, Appeal.decision_id, Appeal.side, Appeal.body, Appeal.state, Appeal.created_at, Appeal.due_at,
    Appeal.decided_at, Appeal.reasons, Appeal.override, Decision.action, Decision.reason, Decision.case_id,
    Decision.actor_id, _Answerer.display_name,
)  # fmt: skip
_APPEALS = (
    select(*_COLUMNS, *CARD)
    .join(Decision, Decision.id == Appeal.decision_id)
    .join(Member, Member.id == Appeal.appellant_id)
    .outerjoin(_Answerer, _Answerer.id == Appeal.decided_by_id)
)


def _view(row: Any) -> AppealView:
    values = (*row[: len(_COLUMNS) - 1], row[len(_COLUMNS) - 1] or "", card_of(row[len(_COLUMNS) :]))
    return AppealView(**dict(zip(AppealView.__struct_fields__, values, strict=True)))


def appeals(session: Session, actor: Actor, *, waiting: bool, after: str = "") -> tuple[list[AppealView], str | None]:
    """A page of them: the soonest due first, or, of those that are answered, the newest. One statement."""
    query = _APPEALS.where(visible_decisions(actor), Appeal.appellant_id != actor.id)
    found = paging.decode(after, int)
    if waiting:
        query = query.where(Appeal.state == "open", *([Appeal.id > found[0]] if found else [])).order_by(Appeal.id)
    else:
        query = query.where(Appeal.state != "open", *([Appeal.id < found[0]] if found else []))
        query = query.order_by(Appeal.id.desc())
    rows = session.execute(query.limit(PAGE + 1)).all()
    views = [_view(row) for row in rows[:PAGE]]
    return views, paging.encode(views[-1].id) if len(rows) > PAGE else None


def appeal_page(session: Session, actor: Actor, appeal_id: int) -> AppealPage:
    """One appeal. Four statements. Raises NotFound: also for one that `actor` made, or that concerns them."""
    row = None
    if 0 < appeal_id <= MAX_ID:
        mine = _APPEALS.where(Appeal.id == appeal_id, visible_decisions(actor), Appeal.appellant_id != actor.id)
        row = session.execute(mine).first()
    if row is None:
        raise NotFound()
    view = _view(row)
    decision = decision_view(session, actor, view.decision_id)
    told = session.execute(
        select(Statement.reference, Statement.title, Statement.content).where(Statement.decision_id == decision.id)
    ).first()
    target = target_view(session, decision.target_type, decision.target_id)
    return AppealPage(view, decision, StatementText(*told) if told else None, target)
