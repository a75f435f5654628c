"""Reading ahead: what the lexicon finds in each piece of evidence is kept, so that summaries are quick."""

from sqlalchemy import delete, insert

from forum.events import HousekeepingDue, LexiconChanged
from forum.feedback.polarity import queries
from forum.feedback.polarity.models import Value
from forum.worker import Task

BATCH = 500  # pieces a transaction
ROUNDS = 200  # of a run: what is left waits for the next housekeeping


def read_ahead(task: Task, event: LexiconChanged | HousekeepingDue) -> None:
    """Read what this version of the lexicon has not read yet. Doing it again changes nothing."""
    for _ in range(ROUNDS):
        with task.db.read() as session:
            lexicon = queries.current(session)
            found = queries.unread(session, lexicon, BATCH)
        if not found:
            return
        with task.db.write() as session:
            session.execute(delete(Value).where(Value.evidence_id.in_(found)))
            session.execute(
                insert(Value),
                [{"evidence_id": key, "version": lexicon.version, "value": value} for key, value in found.items()],
            )
