"""One case, with all that helps to decide it.

Statements are counted, lists are capped: a case with 500 reports costs what one with five costs, and a bit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from forum.accounts.models import Signup
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit.markdown import shorten
from forum.kit.worddiff import Piece, diff
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.moderation.domain.acts import RULES
from forum.moderation.domain.waiting import waits
from forum.moderation.models import Appeal, Decision, Note, Report, Statement
from forum.moderation.queries.desk import QueueRow, case_row
from forum.policy.actors import Actor
from forum.policy.moderation import visible_decisions
from forum.threads.models import Post, Thread
from forum.threads.views import post_url, thread_url

REPORTS, NOTES, PAST, SIMILAR = 50, 50, 8, 6
"""How many of each a case shows."""
_Decider = aliased(Member)


class TargetView(msgspec.Struct, frozen=True):
    """What a case is about, as it stands now. `source`: the words that a report's snapshot is compared with."""

    type: str
    id: int
    url: str
    title: str
    source: str
    html: str
    state: str
    created_at: datetime
    edited_at: datetime | None
    locale: str = ""
    number: int = 0
    thread_id: int | None = None
    thread_state: str = ""
    version: int = 0
    """Of the post; 0 for what is none."""


class Judged(msgspec.Struct, frozen=True):
    """How often somebody's reports were right."""

    upheld: int = 0
    all: int = 0


class ReportView(msgspec.Struct, frozen=True):
    """One report. `reporter` None: a guest."""

    id: int
    reference: str
    reason: str
    detail: str
    threat: bool
    state: str
    created_at: datetime
    reporter: MemberCard | None
    judged: Judged


class SnapshotView(msgspec.Struct, frozen=True):
    """The text as some reported it. `pieces`: how it differs from what stands there now; empty when it does not."""

    taken_at: datetime
    title: str
    source: str
    count: int
    pieces: list[Piece]


class NoteView(msgspec.Struct, frozen=True):
    """A note among staff."""

    id: int
    author: MemberCard
    body: str
    created_at: datetime


class DecisionView(msgspec.Struct, frozen=True):
    """A decision in a list. `actor` None: a timer. `appeal`: state of the appeal against it, "" without one."""

    id: int
    case_id: int | None
    action: str
    target_type: str
    target_id: int
    reason: str
    rule: str
    guidelines: int
    explanation: str
    until: datetime | None
    summary: dict[str, int]
    created_at: datetime
    undo_until: datetime | None
    undone_at: datetime | None
    override: str
    actor_id: int | None
    actor: str
    appeal: str = ""
    appeal_id: int | None = None
    statement: str = ""

    def undoable(self, now: datetime) -> bool:
        """Can it be taken back still?"""
        return self.undone_at is None and self.undo_until is not None and now <= self.undo_until

    def time_left(self, now: datetime) -> timedelta:
        """Until it cannot."""
        return (self.undo_until or now) - now


class CaseView(msgspec.Struct, frozen=True):
    """A case with what it is about, who reported it and what was said. `subject` None: nobody in particular."""

    row: QueueRow
    target: TargetView | None
    subject: MemberCard | None
    reports: list[ReportView]
    snapshots: list[SnapshotView]
    notes: list[NoteView]
    decisions: list[DecisionView]

    @property
    def conceals(self) -> bool:
        """The target is out of sight already."""
        return self.target is not None and self.target.state in {"held", "hidden", "removed"}

    @property
    def waits(self) -> bool:
        """A post that waits for a moderator: held, or hidden and mended by its author."""
        return self.row.target_type == "post" and self.target is not None and waits(self.row.held, self.target.state)


def case_view(session: Session, actor: Actor, case_id: int) -> CaseView:
    """The case. At most seven statements. Raises NotFound."""
    row = case_row(session, actor, case_id)
    if row is None:
        raise NotFound()
    target = target_view(session, row.target_type, row.target_id)
    reports, snapshots = _reports(session, row, target)
    subject = None
    if row.subject_id is not None:
        found = session.execute(select(*CARD).where(Member.id == row.subject_id)).first()
        subject = card_of(found) if found else None
    notes = notes_of(session, Note.case_id == row.id)
    decisions = decision_list(session, actor, Decision.case_id == row.id, limit=NOTES)
    return CaseView(row, target, subject, reports, snapshots, notes, decisions)


def target_waits(session: Session, row: QueueRow) -> bool:
    """The same as `CaseView.waits` for a row in hand. One statement at most."""
    if row.target_type != "post" or not row.held:
        return False
    return waits(row.held, session.execute(select(Post.state).where(Post.id == row.target_id)).scalar() or "")


def target_view(session: Session, kind: str, row_id: int) -> TargetView | None:
    """What stands there now; None when nothing does. One statement."""
    if kind == "member":
        row = session.execute(
            select(
                Member.name, Member.display_name, Member.about, Member.place, Member.links, Member.joined_at
            ).where(Member.id == row_id)
        ).first()  # fmt: skip
        if row is None:
            return None
        words = "\n\n".join([row.about, row.place, *row.links]).strip()  # as domain.reports.snapshot has it
        return TargetView(kind, row_id, f"/u/{row.name}", row.display_name, words, "", "visible", row.joined_at, None)
    if kind == "signup":
        waits = session.execute(
            select(Signup.name, Signup.display_name, Signup.email, Signup.created_at, Signup.locale).where(
                Signup.id == row_id
            )
        ).first()
        if waits is None:
            return None
        words = f"{waits.display_name} (@{waits.name})\n{waits.email}"
        return TargetView(kind, row_id, "", waits.display_name, words, "", "held", waits.created_at, None, waits.locale)
    post = Post.id == row_id if kind == "post" else (Post.thread_id == row_id) & (Post.number == 1)
    found = session.execute(
        select(
            Thread.id, Thread.title, Thread.slug, Thread.state, Thread.locale, Thread.created_at, Post.source,
            Post.html, Post.state, Post.created_at, Post.edited_at, Post.number, Post.version,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(post)
    ).first()  # fmt: skip
    if found is None:
        return None
    thread_id, title, slug, thread_state, locale, opened, source, html, state, written, edited, number, version = found
    if kind == "thread":
        url = thread_url(thread_id, slug)
        return TargetView(
            kind, row_id, url, title, source, html, thread_state, opened, edited, locale, 1, thread_id, thread_state
        )
    url = post_url(thread_id, slug, number)
    return TargetView(
        kind, row_id, url, title, source, html, state, written, edited, locale, number, thread_id, thread_state, version
    )


def _reports(
    session: Session, case: QueueRow, target: TargetView | None
) -> tuple[list[ReportView], list[SnapshotView]]:
    rows = session.execute(
        select(
            Report.id, Report.reference, Report.reason, Report.detail, Report.threat, Report.state, Report.created_at,
            Report.snapshot_title, Report.snapshot, Report.reporter_id, *CARD,
        )
        .outerjoin(Member, Member.id == Report.reporter_id)
        .where(Report.case_id == case.id)
        .order_by((Report.state == "open").desc(), Report.id.desc())
        .limit(REPORTS)
    ).all()  # fmt: skip
    judged = judgements(session, [row.reporter_id for row in rows if row.reporter_id])
    views = [_report(row, judged) for row in reversed(rows)]
    return views, _snapshots(list(reversed(rows)), target)


def _report(row: Any, judged: dict[int, Judged]) -> ReportView:
    reporter = card_of(row[10:]) if row.reporter_id else None
    values = (*row[:7], reporter, judged.get(row.reporter_id or 0, Judged()))
    return ReportView(**dict(zip(ReportView.__struct_fields__, values, strict=True)))


def _snapshots(rows: Sequence[Any], target: TargetView | None) -> list[SnapshotView]:
    """Each text that was reported, once, the oldest first."""
    texts: dict[tuple[str, str], list[datetime]] = {}
    for row in rows:
        texts.setdefault((row.snapshot_title, row.snapshot), []).append(row.created_at)
    now = (target.title, target.source) if target else ("", "")
    found = []
    for (title, source), times in texts.items():
        changed = source != now[1] and target is not None
        found.append(SnapshotView(min(times), title, source, len(times), diff(source, now[1]) if changed else []))
    return found


def judgements(session: Session, member_ids: Sequence[int]) -> dict[int, Judged]:
    """How the reports of these members were judged so far. One statement, none for nobody."""
    if not member_ids:
        return {}
    rows: Any = session.execute(
        select(Report.reporter_id, Report.state, func.count())
        .where(Report.reporter_id.in_(set(member_ids)), Report.state.in_(("upheld", "rejected")))
        .group_by(Report.reporter_id, Report.state)
    )
    found: dict[int, dict[str, int]] = {}
    for reporter, state, many in rows:
        found.setdefault(reporter, {})[state] = many
    return {one: Judged(states.get("upheld", 0), sum(states.values())) for one, states in found.items()}


def notes_of(session: Session, condition: Any, limit: int = NOTES) -> list[NoteView]:
    """The newest notes, the oldest of them first. One statement."""
    rows = session.execute(
        select(*CARD, Note.id.label("note_id"), Note.body, Note.created_at)
        .join(Member, Member.id == Note.author_id)
        .where(condition)
        .order_by(Note.id.desc())
        .limit(limit)
    ).all()
    return [NoteView(row.note_id, card_of(row), row.body, row.created_at) for row in reversed(rows)]


_DECISION: tuple[Any, ...] = (
    Decision.id, Decision.case_id, Decision.action, Decision.target_type, Decision.target_id, Decision.reason,
    Decision.rule, Decision.guidelines, Decision.explanation, Decision.until, Decision.summary, Decision.created_at,
    Decision.undo_until, Decision.undone_at, Decision.override, Decision.actor_id,
)  # fmt: skip


def decision_list(session: Session, actor: Actor, *conditions: Any, limit: int = PAST) -> list[DecisionView]:
    """Decisions that `actor` may see, the newest first. One statement."""
    rows = session.execute(
        select(*_DECISION, _Decider.display_name, Appeal.state, Appeal.id, Statement.reference)
        .outerjoin(_Decider, _Decider.id == Decision.actor_id)
        .outerjoin(Appeal, (Appeal.decision_id == Decision.id) & (Appeal.side == "subject"))
        .outerjoin(Statement, Statement.decision_id == Decision.id)
        .where(visible_decisions(actor), *conditions)
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return [_decision(row) for row in rows]


def _decision(row: Any) -> DecisionView:
    facts = dict(zip(DecisionView.__struct_fields__, row, strict=True))
    for name in ("actor", "appeal", "statement"):
        facts[name] = facts[name] or ""
    return DecisionView(**facts)


JUDGED = Decision.action.in_([name for name, rule in RULES.items() if rule.closes])
"""Decisions about what somebody wrote or is; not the arranging of threads."""


def similar(session: Session, actor: Actor, case: QueueRow) -> list[DecisionView]:
    """How the same reason was decided in the same category, about others. One statement."""
    place = Decision.category_id.is_(None) if case.category_id is None else Decision.category_id == case.category_id
    return decision_list(
        session, actor, place, Decision.reason == case.reason, Decision.undone_at.is_(None), JUDGED,
        Decision.subject_id.is_distinct_from(case.subject_id), Decision.case_id.is_distinct_from(case.id),
        limit=SIMILAR,
    )  # fmt: skip


def decision_view(session: Session, actor: Actor, decision_id: int) -> DecisionView:
    """One decision. Raises NotFound."""
    found = decision_list(session, actor, Decision.id == decision_id, limit=1) if 0 < decision_id <= MAX_ID else []
    if not found:
        raise NotFound()
    return found[0]


def headline(text: str, limit: int = 140) -> str:
    """The beginning of an explanation, on one line."""
    return shorten(text, limit)
