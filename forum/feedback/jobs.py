"""What happens after feedback was answered, and after somebody wrote what a rule is waiting for."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import house
from forum.db import upsert
from forum.errors import Forbidden, NotFound
from forum.events import AnswersDue, FeedbackAnswered, HousekeepingDue, PostCreated, record
from forum.feedback import letters, watching
from forum.feedback.concerned import concerned
from forum.feedback.letters import SITE_ZONE, next_morning
from forum.feedback.models import Change, Told
from forum.meetups.events import SurveyAnswered
from forum.members.models import Member
from forum.notifications.domain import About
from forum.notifications.domain import tell as give_notice
from forum.notifications.kinds import Subject
from forum.threads.compose import compose
from forum.threads.domain import reply
from forum.worker import Task

BATCH = 500
FORGOTTEN = timedelta(hours=2)
"""So long after its hour an answer that nobody was mailed is looked for again."""


def tell(task: Task, event: FeedbackAnswered) -> None:
    """Note who is to hear of an answer: everybody whom the item concerns (`concerned`); each of them once.

    The notice on the site comes at once, the mail with the others of the day, on the member's next morning.
    """
    now = task.clock()
    with task.db.write() as session:
        change = session.get(Change, event.change_id)
        if change is None:
            return
        zones = _concerned(session, change.item_id)
        zones.pop(change.by_id or 0, None)
        for member_id, zone in sorted(zones.items()):
            due = next_morning(now, zone)
            _note(session, change.id, member_id, due)
            record(session, AnswersDue(member_id), now=now, key=f"{member_id}:{due:%Y-%m-%dT%H:%M}", run_at=due)
        about = About(Subject("heard", change.id), change.by_id)
        give_notice(session, about=about, kinds=dict.fromkeys(zones, letters.KIND), now=now)


def _concerned(session: Session, item_id: int) -> dict[int, str]:
    """Member → their time zone."""
    rows = session.execute(select(Member.id, Member.timezone).where(Member.id.in_(concerned(item_id))))
    return {row[0]: row[1] for row in rows}


def _note(session: Session, change_id: int, member_id: int, due: datetime) -> None:
    values = {"change_id": change_id, "member_id": member_id, "due_at": due}
    session.execute(upsert(session, Told).values(values).on_conflict_do_nothing())


def mail_answers(task: Task, event: AnswersDue) -> None:
    """One member's mail of the morning, with all answers that are due.

    First they are taken under this row's id, then the mail leaves, then they are noted as told. Killed in between, it
    is the same mail with the same Message-ID again: programs and the mail folder keep one. What is told stays told.
    """
    now = task.clock()
    with task.db.write() as session:
        if not letters.take(session, event.member_id, task.id, now):
            return
    with task.db.read() as session:
        mail = letters.write(task, session, house(session), event.member_id, now)
    if mail is not None:
        task.mailer.send(mail, now=now)
    with task.db.write() as session:
        letters.done(session, event.member_id, task.id, now, sent=mail is not None)


def look_for_forgotten(task: Task, event: HousekeepingDue) -> None:
    """Answers that missed their mail (noted while it left, or its job was given up) go with another one."""
    now = task.clock()
    left = select(Told.member_id).distinct().where(Told.sent_at.is_(None), Told.due_at < now - FORGOTTEN).limit(BATCH)
    with task.db.write() as session:
        for member_id in session.scalars(left).all():
            record(session, AnswersDue(member_id), now=now, key=f"{member_id}:again:{now:%Y-%m-%d}")


def post_reply(task: Task, event: FeedbackAnswered) -> None:
    """Post the words of a public answer in the threads they spoke in, signed; once in each, however often it runs.

    A thread in which who answered may not write (locked, of others) is left out.
    """
    now = task.clock()
    with task.db.read() as session:
        said = letters.public_reply(session, event.change_id, now)
        if said is None:
            return
        draft = compose(session, said.text)
    for thread_id, post_id in said.places:
        try:
            with task.db.write() as session:
                reply(
                    session, actor=said.actor, thread_id=thread_id, draft=draft, reply_to=post_id, now=now,
                    submission=f"feedback-{event.change_id}-{thread_id}",
                    examine=False,  # the same words in several threads are meant
                )  # fmt: skip
        except (Forbidden, NotFound):
            continue


def look(task: Task, event: PostCreated) -> None:
    """Put a post into the inbox when a rule waits for it; of the staff and the teams none."""
    with task.db.read() as session:
        found = watching.rules_for(session, event.post_id)
    if found:
        with task.db.write() as session:
            watching.point_at(session, event.post_id, found, now=task.clock())


def look_at_survey(task: Task, event: SurveyAnswered) -> None:
    """The same for a low mark of a meetup; an answer that is changed later is looked at anew, and pointed at once."""
    with task.db.write() as session:
        watching.point_at_survey(session, event.survey_id, now=task.clock())


__all__ = [
    "SITE_ZONE", "look", "look_at_survey", "look_for_forgotten", "mail_answers", "next_morning", "post_reply",
    "tell",
]  # fmt: skip
