"""What happens after an event of moderation: cases for held posts, timers, and who is told."""

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
from forum.moderation.domain import cases, signups, timers
from forum.moderation.domain.targets import load
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
    """Tell the moderators that somebody may be in danger."""


def tell_decision(task: Task, event: DecisionMade) -> None:
    """The statement of reasons to the member concerned, the outcome to who reported."""


def tell_undone(task: Task, event: DecisionUndone) -> None:
    """A decision was taken back."""


def tell_appeal(task: Task, event: AppealFiled) -> None:
    """An appeal waits; the appellant has a receipt."""


def tell_outcome(task: Task, event: AppealDecided) -> None:
    """How an appeal was decided."""
