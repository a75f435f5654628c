"""What hosts ask those who come."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.meetups.domain.plan import NewQuestion
from forum.meetups.models import Question


def set_questions(session: Session, meetup_id: int, questions: tuple[NewQuestion, ...]) -> None:
    """Make the questions these. One that keeps its id keeps its answers; one that is gone takes them with it."""
    rows = {row.id: row for row in session.scalars(select(Question).where(Question.meetup_id == meetup_id))}
    for row in rows.values():
        row.position += 100  # out of the way: positions are unique
    session.flush()
    for gone in rows.keys() - {question.id for question in questions}:
        session.delete(rows[gone])
    session.flush()
    for position, new in enumerate(questions, 1):
        row = rows.get(new.id) or Question(meetup_id=meetup_id)
        row.position, row.kind, row.prompt = position, new.kind, new.prompt
        row.choices, row.required = list(new.choices), new.required
        session.add(row)
    session.flush()
