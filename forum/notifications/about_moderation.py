"""Notices of moderation: to the member concerned, to who reported, to who objected, to the moderators.

What they show names nobody: `by` is None, which reads as "the moderation team".
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy import case as choose
from sqlalchemy.orm import Session

from forum.kit.i18n import translate
from forum.kit.markdown import cook, plain
from forum.members.models import Member
from forum.moderation.models import Appeal, Case, Decision, Report, Statement
from forum.moderation.words import ACTS, APPEAL_STATES, REPORT_STATES, TARGETS, reason_label, told
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.moderation import visible_cases, visible_decisions
from forum.policy.statements import visible_appeals, visible_reports, visible_statements
from forum.threads.models import Thread


def decisions_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Statements of reasons about the reader. Title: what happened; text: why."""
    return _statements(session, reader, ids, undone=False)


def undone_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Decisions about the reader that were taken back."""
    return _statements(session, reader, ids, undone=True)


def _statements(session: Session, reader: Actor, ids: Sequence[int], *, undone: bool) -> dict[int, Shown]:
    query = (
        select(Decision.id, Decision.action, Decision.target_type, Decision.explanation)
        .join(Statement, Statement.decision_id == Decision.id)
        .where(Decision.id.in_(ids), visible_statements(reader))
    )
    if undone:
        query = query.where(Decision.undone_at.is_not(None))
    return {
        row.id: Shown(
            url=f"/decisions/{row.id}", title=translate(told(row.action, row.target_type), reader.locale),
            text="" if undone else plain(cook(row.explanation).html), by=None,
        )
        for row in session.execute(query)
    }  # fmt: skip


def outcomes_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """By the decision's id: what came of the reader's reports. Title: the outcome; text: a word from the moderators."""
    query = (
        select(Decision.id, Decision.to_reporters, Report.reference, Report.state)
        .join(Report, Report.decision_id == Decision.id)
        .where(Decision.id.in_(ids), Report.state != "open", visible_reports(reader))
        .order_by(Report.id)
    )
    return {
        row.id: Shown(
            url=f"/reports/{row.reference}", title=translate(REPORT_STATES[row.state], reader.locale),
            text=row.to_reporters, by=None,
        )
        for row in session.execute(query)
    }  # fmt: skip


def receipts_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Objections that the reader filed. Text: their own words."""
    return _appeals(session, reader, ids, answered=False)


def answers_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Answers to the reader's objections. Title: the outcome; text: its reasons."""
    return _appeals(session, reader, ids, answered=True)


def _appeals(session: Session, reader: Actor, ids: Sequence[int], *, answered: bool) -> dict[int, Shown]:
    query = (
        select(Appeal, Report.reference)
        .join(Decision, Decision.id == Appeal.decision_id)
        .outerjoin(Report, and_(Report.case_id == Decision.case_id, visible_reports(reader)))
        .where(Appeal.id.in_(ids), visible_appeals(reader))
    )
    if answered:
        query = query.where(Appeal.state != "open")
    found: dict[int, Shown] = {}
    for appeal, report in session.execute(query):
        url = f"/reports/{report}" if appeal.side == "reporter" and report else f"/decisions/{appeal.decision_id}"
        state = translate(APPEAL_STATES[appeal.state], reader.locale)
        found[appeal.id] = Shown(url=url, title=state, text=appeal.reasons if answered else appeal.body, by=None)
    return found


def cases_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """To moderators: cases in which somebody may be in danger, until they are decided. Never who reported them."""
    title = choose((Case.thread_id.is_not(None), Thread.title), else_=Member.display_name)
    rows: Sequence[Any] = session.execute(
        select(Case.id, Case.target_type, Case.reason, title.label("title"))
        .outerjoin(Thread, Thread.id == Case.thread_id)
        .outerjoin(Member, Member.id == Case.subject_id)
        .where(Case.id.in_(ids), Case.threat, Case.state != "resolved", visible_cases(reader))
    ).all()
    return {
        row.id: Shown(
            url=f"/moderation/cases/{row.id}", title=row.title or "",
            text=f"{translate(TARGETS[row.target_type], reader.locale)}: "
            f"{translate(reason_label(row.reason), reader.locale)}",
            by=None,
        )
        for row in rows
    }  # fmt: skip


def objections_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """To moderators: objections that wait for an answer. Title: what was decided."""
    query = (
        select(Appeal.id, Decision.action, Decision.target_type)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Appeal.id.in_(ids), Appeal.state == "open", Appeal.appellant_id != reader.id, visible_decisions(reader))
    )
    found: dict[int, Shown] = {}
    for row in session.execute(query):
        what = translate(ACTS[row.action].done, reader.locale) if row.action in ACTS else row.action
        kind = translate(TARGETS[row.target_type], reader.locale)
        found[row.id] = Shown(url=f"/moderation/appeals/{row.id}", title=f"{kind}: {what}", text="", by=None)
    return found
