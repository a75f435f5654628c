"""Files that the worker writes, and words that leave them."""

from forum.errors import NotFound
from forum.events import FeedbackExportAsked, HousekeepingDue
from forum.feedback.exports import files
from forum.feedback.exports.models import Export
from forum.worker import Task


def make(task: Task, event: FeedbackExportAsked) -> None:
    """Write the file, unless it is there."""
    with task.db.read() as session:
        export = session.get(Export, event.export_id)
        if export is None or export.state == "ready":
            return
    try:
        files.make(task.db, task.settings, event.export_id, task.clock())
    except NotFound:  # its team is gone
        with task.db.write() as session:
            session.get_one(Export, event.export_id).state = "failed"


def take_out(task: Task, event: HousekeepingDue) -> None:
    """What was withdrawn leaves the snapshots and the files."""
    files.take_out(task.db, task.settings, task.clock())
