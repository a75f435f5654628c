"""What happens after an event of moderation: cases for held posts, timers, and who is told."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum.events import (
    AppealDecided,
    AppealFiled,
    CaseUrgent,
    DecisionMade,
    DecisionUndone,
    HiddenPostEdited,
    PostHeld,
    SignupWaits,
    TimerDue,
)
from forum.moderation import mails
from forum.moderation.domain import cases, signups, timers
from forum.moderation.domain.targets import load, reporters
from forum.moderation.models import Appeal, Case, Decision, Report, Statement
from forum.moderation.queries.recipients import impartial
from forum.notifications.domain import About, relist, tell
from forum.notifications.kinds import Subject
from forum.notifications.models import Notice
from forum.threads.models import Post
from forum.worker import Task


def open_case(task: Task, event: PostHeld) -> None:
    """A post that waits for approval stands in the queue."""
    with task.db.write() as session:
        target = load(session, "post", event.post_id)
        if target.post is not None and target.post.state == "held":
            cases.hold(session, target, task.clock())


def look_again(task: Task, event: HiddenPostEdited) -> None:
    """A hidden post that its author has mended stands in the queue again."""
    with task.db.write() as session:
        target = load(session, "post", event.post_id)
        if target.post is not None and target.post.state == "hidden":
            cases.hold(session, target, task.clock())


def open_signup_case(task: Task, event: SignupWaits) -> None:
    """A confirmed sign-up stands in the queue."""
    with task.db.write() as session:
        signups.open_case(session, event.signup_id, task.clock())


def run_timer(task: Task, event: TimerDue) -> None:
    """A thread's timer goes off."""
    with task.db.write() as session:
        timers.run(session, timer_id=event.timer_id, now=task.clock())


def alarm(task: Task, event: CaseUrgent) -> None:
    """Tell the moderators who may act that somebody may be in danger."""
    now = task.clock()
    with task.db.write() as session:
        case = session.get(Case, event.case_id)
        if case is None or not case.threat or case.state == "resolved":
            return
        never, rather_not = {case.subject_id or 0}, set(reporters(session, case.id))
        people = impartial(session, case.category_id, now, never=never, rather_not=rather_not)
        about = About(Subject("case", case.id), None)
        tell(session, about=about, kinds=dict.fromkeys(people, "alarm"), now=now)


def tell_decision(task: Task, event: DecisionMade) -> None:
    """The statement of reasons to the member concerned, the outcome to who reported. Nothing, if it was taken back."""
    subject = Subject("decision", event.decision_id)
    now = task.clock()
    with task.db.write() as session:
        decision = session.get(Decision, event.decision_id)
        if decision is None:
            return
        if decision.undone_at is None:
            owed = session.scalars(select(Statement.member_id).where(Statement.decision_id == decision.id))
            tell(session, about=About(subject, None), kinds=dict.fromkeys(owed, "decision"), now=now)
            about = About(Subject("outcome", decision.id), None)
            tell(session, about=about, kinds=_told_outcome(session, decision), now=now)
            _tell_approved(session, decision, now)
    mails.send_due(task, subject, "moderation/statement", mails.statement)


def _tell_approved(session: Session, decision: Decision, now: datetime) -> None:
    """Posts that had waited and appear now, to their author."""
    appeared = [
        entry[2]
        for entry in decision.effects
        if entry[0] == "set" and entry[1] == "posts" and entry[3].get("state", [""])[-1] == "visible"
    ]
    rows = session.execute(select(Post.id, Post.thread_id, Post.author_id).where(Post.id.in_(appeared))).all()
    for row in rows:
        about = About(Subject("approved", row.id), None, row.thread_id, row.id)
        tell(session, about=about, kinds={row.author_id: "approved"}, now=now)


def _told_outcome(session: Session, decision: Decision) -> dict[int, str]:
    """Who reported what was decided, but for who decided it."""
    rows = session.scalars(select(Report.reporter_id).where(Report.decision_id == decision.id))
    return {member_id: "outcome" for member_id in rows if member_id is not None and member_id != decision.actor_id}


def tell_undone(task: Task, event: DecisionUndone) -> None:
    """A decision was taken back: whoever was told hears it. The answer to an appeal tells its author itself."""
    subject = Subject("undone", event.decision_id)
    now = task.clock()
    with task.db.write() as session:
        decision = session.get(Decision, event.decision_id)
        if decision is None or decision.undone_at is None:
            return
        before = Subject("decision", decision.id), Subject("outcome", decision.id)
        knew = [set(session.scalars(select(Notice.member_id).where(Notice.subject == str(one)))) for one in before]
        relist(session, Notice.subject == str(before[1]), now=now)  # opened again: there is no outcome any more
        if event.reversal:
            again = {one: kind for one, kind in _told_outcome(session, decision).items() if one in knew[1]}
            tell(session, about=About(Subject("changed", decision.id), None), kinds=again, now=now)
        else:
            tell(session, about=About(subject, None), kinds=dict.fromkeys(knew[0], "undone"), now=now)
    mails.send_due(task, subject, "moderation/undone", mails.undone)


def tell_appeal(task: Task, event: AppealFiled) -> None:
    """An appeal waits: whoever may decide it is told; the appellant has a receipt."""
    subject = Subject("receipt", event.appeal_id)
    now = task.clock()
    with task.db.write() as session:
        appeal = session.get(Appeal, event.appeal_id)
        decision = session.get(Decision, appeal.decision_id) if appeal is not None else None
        if appeal is None or decision is None:
            return
        tell(session, about=About(subject, None), kinds={appeal.appellant_id: "receipt"}, now=now)
        own = update(Notice).where(Notice.subject == str(subject), Notice.read_at.is_(None))
        session.execute(own.values(read_at=now))  # they have just written it: nothing new
        if appeal.state == "open":
            barred = {decision.actor_id or 0, *reporters(session, decision.case_id)}
            never = {decision.subject_id or 0, appeal.appellant_id}
            people = impartial(session, decision.category_id, now, never=never, rather_not=barred)
            about = About(Subject("appeal", appeal.id), None)
            tell(session, about=about, kinds=dict.fromkeys(people, "appeal"), now=now)
    mails.send_due(task, subject, "moderation/receipt", mails.receipt)


def tell_outcome(task: Task, event: AppealDecided) -> None:
    """How an appeal was decided, to who filed it; the moderators' notices about it are done with."""
    subject = Subject("answer", event.appeal_id)
    now = task.clock()
    with task.db.write() as session:
        appeal = session.get(Appeal, event.appeal_id)
        if appeal is None or appeal.state == "open":
            return
        tell(session, about=About(subject, None), kinds={appeal.appellant_id: "answer"}, now=now)
        relist(session, Notice.subject == str(Subject("appeal", appeal.id)), now=now)
    mails.send_due(task, subject, "moderation/answer", mails.answer)
