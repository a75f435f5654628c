"""What happens after feedback was answered, and after somebody wrote what a rule is waiting for."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from forum.events import FeedbackAnswered
from forum.feedback.models import Change, Evidence, Told, Voice
from forum.worker import Task

MORNING = time(9)
"""Answers of a day leave together, the next morning."""
SITE_ZONE = ZoneInfo("Europe/Rome")


def tell(task: Task, event: FeedbackAnswered) -> None:
    """Note who is to hear of an answer: everybody whose words or "me too" the item rests on; each of them once."""
    now = task.clock()
    with task.db.write() as session:
        change = session.get(Change, event.change_id)
        if change is None:
            return
        due = next_morning(now)
        people = _concerned(session, change.item_id) - {change.by_id}
        for member_id in sorted(people):
            _note(session, change.id, member_id, due)


def next_morning(now: datetime) -> datetime:
    """When what was said today is told."""
    local = now.astimezone(SITE_ZONE)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, SITE_ZONE).astimezone(now.tzinfo)


def _concerned(session: Session, item_id: int) -> set[int]:
    wrote = select(Evidence.author_id).where(Evidence.item_id == item_id, Evidence.author_id.is_not(None))
    agreed = select(Voice.member_id).where(Voice.item_id == item_id)
    return {*(it for it in session.scalars(wrote) if it), *session.scalars(agreed)}


def _note(session: Session, change_id: int, member_id: int, due: datetime) -> None:
    values = {"change_id": change_id, "member_id": member_id, "due_at": due}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sqlite.insert(Told).values(values).on_conflict_do_nothing())
    else:
        session.execute(postgresql.insert(Told).values(values).on_conflict_do_nothing())
