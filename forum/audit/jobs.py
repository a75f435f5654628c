"""What happens after an event: a long log is checked in the background."""

from forum.audit.check import check as check_now
from forum.events import AuditCheckAsked
from forum.worker import Task


def check(task: Task, event: AuditCheckAsked) -> None:
    """Check the chain. A second run leaves a second entry, which is true too."""
    check_now(task.db, actor_id=event.actor_id, now=task.clock())
