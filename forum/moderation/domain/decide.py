"""Deciding, looking first at what it would do, and undoing: the one mechanism that every act goes through."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from forum.audit import domain as audit
from forum.db import MAX_ID, Database
from forum.errors import Conflict, Forbidden, NotFound
from forum.events import AccessChanged, DecisionMade, DecisionUndone, PostCreated, TimerDue, record
from forum.guidelines.queries import in_force
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.moderation.domain import cases, derived
from forum.moderation.domain.acts import RULES, SANCTION_ACTS, UNDO, Act, Rule, check
from forum.moderation.domain.apply import APPLY, Applying, settle
from forum.moderation.domain.journal import revert
from forum.moderation.domain.reports import reference, snapshot
from forum.moderation.domain.targets import Target, load, reporters
from forum.moderation.domain.waiting import check_fate, wait_again
from forum.moderation.models import Case, CategoryModerator, Decision, Report, Statement, Strike, ThreadTimer
from forum.policy.actors import Actor
from forum.policy.moderation import Stakes, require_act, require_case, require_moderator
from forum.threads.compose import compose
from forum.threads.models import Post, ThreadTag

STRIKE_LASTS = timedelta(days=180)


class Outcome(msgspec.Struct, frozen=True):
    """A decision that was made (or would be). `summary`: how many posts, threads, members, reports it touched."""

    id: int
    action: str
    statement: str
    """The statement's reference; empty when nobody is owed one."""
    undo_until: datetime | None
    summary: dict[str, int]


def decide(
    session: Session, *, actor: Actor, act: Act, now: datetime, case_id: int | None = None, target_type: str = "",
    target_id: int = 0, version: int | None = None,
) -> Outcome:  # fmt: skip
    """Do `act` to a case's target, or to a target that has no case. A living case about the target is resolved.

    `version`: of the case, as the caller saw it. Raises SignInNeeded, Forbidden (role, bounds, conflict of interest),
    NotFound, Invalid, Conflict (decided meanwhile, claimed by another, stale).
    """
    require_moderator(actor)
    target, case = _in_hand(session, actor, case_id, target_type, target_id, beside=act.into)
    rule = RULES.get(act.action)
    if case is not None and (case_id is not None or (rule is not None and rule.closes)):
        cases.check_turn(case, actor, version, now)
    stakes = target.stakes(reporters(session, case.id if case else None))
    alone = act.override != "" and is_alone(session, actor, stakes, now)
    require_act(actor, stakes, act.action, override=act.override, alone=alone)
    guidelines = in_force(session, now)
    rule = check(act, target.type, guidelines, now)
    waits = check_fate(act, case if case_id is not None or rule.closes else None, target)
    decision = Decision(
        case_id=case.id if case else None, actor_id=actor.id, action=act.action, target_type=target.type,
        target_id=target.id, category_id=target.category_id, subject_id=target.member.id, reason=act.reason,
        rule=act.rule, guidelines=guidelines.number, explanation=act.explanation.strip(),
        to_reporters=act.to_reporters.strip(), until=act.until, effects=[], summary={}, created_at=now,
        undo_until=now + UNDO if rule.undoable else None, override=act.override.strip()[:200] if alone else "",
    )  # fmt: skip
    session.add(decision)
    session.flush()
    words = snapshot(session, target)
    run = Applying(session, actor, act, target, decision, now, waits=waits)
    settle(run)
    APPLY[act.action](run)
    if rule.strike:
        run.journal.add(
            Strike(
                member_id=target.member.id, decision_id=decision.id, created_at=now, expires_at=now + STRIKE_LASTS
            )
        )  # fmt: skip
    _resolve(run, rule, case, from_case=case_id is not None)
    decision.effects, decision.summary = run.journal.entries, run.summary
    statement = _state(session, run, rule, words, reported=case is not None and cases.was_reported(session, case))
    session.flush()
    _after(session, run, decision, now)
    audit.write(
        session, action="decision.made", actor_id=actor.id, subject_id=target.member.id, target=target.key,
        data={
            "decision": decision.id, "act": act.action, "case": decision.case_id, "reason": act.reason,
            "rule": act.rule, "guidelines": guidelines.number, "category": target.category_id, "until": act.until,
            "override": bool(decision.override), "fate": act.fate if waits else "", "did": run.summary,
        },
        details={"explanation": decision.explanation, "override": decision.override}, now=now,
    )  # fmt: skip
    return Outcome(decision.id, act.action, statement, decision.undo_until, run.summary)


def _in_hand(
    session: Session, actor: Actor, case_id: int | None, target_type: str, target_id: int, *, beside: int = 0
) -> tuple[Target, Case | None]:
    """Target and its living case, locked in the house's order. Raises Forbidden, NotFound."""
    if case_id is not None:
        seen = session.get(Case, case_id) if 0 < case_id <= MAX_ID else None
        require_case(actor, seen)
        assert seen is not None
        target = load(session, seen.target_type, seen.target_id, beside=beside)
        return target, cases.case_for_update(session, actor, case_id)
    target = load(session, target_type, target_id, beside=beside)
    if target.category is not None and not actor.moderates_in(target.category.id):
        raise NotFound() if target.thread is None or target.thread.state != "visible" else Forbidden()
    return target, cases.living(session, target.type, target.id)


def _resolve(run: Applying, rule: Rule, case: Case | None, *, from_case: bool) -> None:
    """Close the case and its reports, and those about whatever else the act took away."""
    if case is not None and (from_case or rule.closes):
        _close(run, [case], "upheld" if rule.upholds else "rejected")
    changed = [entry[2] for entry in run.journal.entries if entry[0] == "set" and entry[1] == "posts"]
    if not changed or not (rule.restricts or run.act.action == "approve"):
        return
    others = select(Case).where(Case.target_type == "post", Case.target_id.in_(changed), Case.state != "resolved")
    if not rule.restricts:
        others = others.where(Case.held)  # approved with its thread: nothing waits there any more
    found = run.session.scalars(others.order_by(Case.id)).all()
    _close(run, found, "upheld" if rule.restricts else "rejected")


def _close(run: Applying, closing: Sequence[Case], verdict: str) -> None:
    """Two statements for all reports; one for each case."""
    if not closing:
        return
    open_there = (Report.case_id.in_([case.id for case in closing]), Report.state == "open")
    reports = run.session.scalars(select(Report).where(*open_there).order_by(Report.id)).all()
    if run.journal.set_all(reports, state=verdict, decided_at=run.now, decision_id=run.decision.id):
        run.count("reports", len(reports))
    for case in closing:
        case.version += 1
        run.journal.set(
            case, state="resolved", resolved_at=run.now, first_look_at=case.first_look_at or run.now,
            claimed_by_id=run.actor.id, claimed_at=case.claimed_at or run.now, held=False,
        )  # fmt: skip
        run.count("cases")


def _state(session: Session, run: Applying, rule: Rule, words: tuple[str, str, int], *, reported: bool) -> str:
    """The statement of reasons that the member concerned is owed; its reference."""
    if not rule.restricts:
        return ""
    target, act = run.target, run.act
    row = Statement(
        reference=reference("S"), decision_id=run.decision.id, member_id=target.member.id,
        locale=target.member.locale or (target.category.locale if target.category else ""), title=words[0],
        content="" if target.type == "member" else words[1],
        content_at=target.post.created_at if target.post else target.thread.created_at if target.thread else None,
        after_report=reported, created_at=run.now, must_acknowledge=act.action == "warn",
    )  # fmt: skip
    session.add(row)
    session.flush()
    derived.added(session, row)
    return row.reference


def _after(session: Session, run: Applying, decision: Decision, now: datetime) -> None:
    """What the worker does next."""
    for thread_id in sorted(run.touched):
        record(session, AccessChanged(thread_id=thread_id), now=now)
    if run.act.action in SANCTION_ACTS | {"lift"}:
        record(session, AccessChanged(member_id=run.target.member.id), now=now)
    for post_id in run.approved:
        post = session.get_one(Post, post_id)
        draft = compose(session, post.source)
        record(session, PostCreated(post.id, post.thread_id, draft.mentions, draft.quotes), now=now)
    for timer_id in run.timers:
        record(session, TimerDue(timer_id), now=now, run_at=run.act.until)
    record(session, DecisionMade(decision.id), now=now)


class _Enough(Exception):
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def preview(db: Database, **what: Any) -> Outcome:
    """What `decide` would do, by doing it in a transaction that is not committed. Raises whatever `decide` raises."""
    try:
        with db.write() as session:
            raise _Enough(decide(session, **what))
    except _Enough as enough:
        return enough.outcome


def undo(session: Session, *, actor: Actor, decision_id: int, now: datetime, reversal: bool = False) -> Decision:
    """Take a decision back: everything stands as before, the case is open again.

    `reversal`: by an appeal (`appeals` has asked who may): whenever, and the case is not decided a second time.
    Raises SignInNeeded, Forbidden, NotFound, Conflict (too late, undone before, something later rests on it).
    """
    decision = lock_decision(session, actor, decision_id, reversal=reversal)
    if decision.undone_at is not None:
        raise Conflict(N_("This decision has been taken back already."))
    if not reversal and (decision.undo_until is None or now > decision.undo_until):
        raise Conflict(N_("It is too late to take this back. Decide anew, or wait for an appeal."))
    entries = _going_back(session, decision, reversal=reversal)
    _unpin_timers(session, entries)
    for entry in entries:
        if entry[0] == "add" and entry[1] == "threads":
            session.execute(delete(ThreadTag).where(ThreadTag.thread_id == entry[2][0]))
    revert(session, entries)
    wait_again(session, decision.effects, now)
    decision.undone_at, decision.undone_by_id = now, actor.id
    _silence_statement(session, decision)
    if reversal and decision.action != "dismiss":
        verdict = update(Report).where(Report.decision_id == decision.id, Report.state == "upheld")
        session.execute(verdict.values(state="rejected").execution_options(synchronize_session=False))
    session.flush()
    for thread_id in sorted(_threads(decision)):
        record(session, AccessChanged(thread_id=thread_id), now=now)
    if decision.subject_id is not None and decision.action in SANCTION_ACTS | {"lift"}:
        record(session, AccessChanged(member_id=decision.subject_id), now=now)
    record(session, DecisionUndone(decision.id, reversal), now=now)
    audit.write(
        session, action="decision.undone", actor_id=actor.id, subject_id=decision.subject_id,
        target=f"{decision.target_type}:{decision.target_id}",
        data={"decision": decision.id, "reversal": reversal, "category": decision.category_id}, now=now,
    )  # fmt: skip
    return decision


def lock_decision(session: Session, actor: Actor, decision_id: int, *, reversal: bool = False) -> Decision:
    """The decision, with the rows it is about locked first. Raises SignInNeeded, Forbidden, NotFound."""
    require_moderator(actor)
    seen = session.get(Decision, decision_id) if 0 < decision_id <= MAX_ID else None
    if seen is None:
        raise NotFound()
    target = load(session, seen.target_type, seen.target_id)
    stakes = Stakes(seen.subject_id, target.member.role, target.category_id)
    if not actor.moderates_in(target.category_id) or seen.subject_id == actor.id:
        raise NotFound()
    if not reversal:
        require_act(actor, stakes, seen.action)
    query = select(Decision).where(Decision.id == decision_id).with_for_update(key_share=True)
    decision = session.scalar(query.execution_options(populate_existing=True))
    assert decision is not None
    return decision


def _going_back(session: Session, decision: Decision, *, reversal: bool) -> list[list[Any]]:
    """What is taken back: all but cases and reports that an appeal ended, and cases (with their reports) whose target
    has a new one by now. Three statements at most.
    """
    entries: list[list[Any]] = decision.effects
    judged = [entry for entry in entries if entry[1] in {"cases", "reports"}]
    if not judged:
        return entries
    rest = [entry for entry in entries if entry[1] not in {"cases", "reports"}]
    if reversal and decision.action != "dismiss":
        return rest
    of_report: dict[int, int] = {}
    reports = [entry[2] for entry in judged if entry[1] == "reports"]
    if reports:
        rows = session.execute(select(Report.id, Report.case_id).where(Report.id.in_(reports)))
        of_report = {row.id: row.case_id for row in rows}
    ids = {entry[2] for entry in judged if entry[1] == "cases"} | set(of_report.values())
    newer = aliased(Case)
    same = and_(newer.target_type == Case.target_type, newer.target_id == Case.target_id, newer.id != Case.id)
    replaced = set(
        session.scalars(select(Case.id).join(newer, and_(same, newer.state != "resolved")).where(Case.id.in_(ids)))
    )
    return [
        entry
        for entry in entries
        if entry[1] not in {"cases", "reports"}
        or (entry[2] if entry[1] == "cases" else of_report[entry[2]]) not in replaced
    ]


def _unpin_timers(session: Session, entries: list[list[Any]]) -> None:
    """A timer that went off cannot be taken back; its own decision can. Raises Conflict."""
    for entry in entries:
        if entry[0] == "add" and entry[1] == "thread_timers":
            timer = session.get(ThreadTimer, entry[2][0])
            if timer is None or timer.done_at is not None:
                raise Conflict(N_("The timer has gone off already."))


def _silence_statement(session: Session, decision: Decision) -> None:
    """Nobody must acknowledge what was taken back."""
    row = session.scalar(select(Statement).where(Statement.decision_id == decision.id))
    if row is not None and row.must_acknowledge:
        row.must_acknowledge = False
        session.flush()
        derived.warn(session, row.member_id)


def _threads(decision: Decision) -> set[int]:
    found = {entry[2] for entry in decision.effects if entry[0] == "set" and entry[1] == "threads"}
    for entry in decision.effects:
        if entry[0] == "move":
            found |= {entry[1], entry[2]}
    if decision.target_type == "thread":
        found.add(decision.target_id)
    return found


def is_alone(session: Session, actor: Actor, stakes: Stakes, now: datetime) -> bool:
    """True when nobody else of the staff could decide this: not suspended, not concerned, not a reporter, in bounds."""
    here = and_(CategoryModerator.member_id == Member.id, CategoryModerator.category_id == (stakes.category_id or 0))
    bound_here = select(CategoryModerator.member_id).where(here).exists()
    others = (
        select(func.count())
        .select_from(Member)
        .where(
            Member.role.in_(("moderator", "manager", "admin")),
            Member.id != actor.id,
            Member.id.not_in([stakes.subject_id or 0, *stakes.reporters]),
            or_(Member.suspended_until.is_(None), Member.suspended_until <= now),
            or_(~Member.bound, Member.role != "moderator", bound_here),
        )
    )
    return not session.scalar(others)
