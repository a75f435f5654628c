"""After rules were announced: every member hears of it, batch by batch; after a withdrawal nobody finds it any more."""

from sqlalchemy import select

from forum.accounts.models import Account
from forum.events import GuidelinesAnnounced, GuidelinesWithdrawn, record
from forum.guidelines.models import GuidelineVersion
from forum.notifications.domain import About, relist, tell
from forum.notifications.kinds import Subject
from forum.notifications.models import Notice
from forum.worker import Task

BATCH = 100
"""Members told in one transaction: a fifth of a second on SQLite, so that people can write in between."""
SORT = "guidelines"


def announce(task: Task, event: GuidelinesAnnounced) -> None:
    """Tell the next members, then hand the rest on to a row of its own. Doing it twice tells nobody twice.

    The version's row is held meanwhile: no notice slips in behind a withdrawal's `relist`.
    """
    now = task.clock()
    with task.db.write() as session:
        row = session.execute(
            select(GuidelineVersion.author_id, GuidelineVersion.announced_at, GuidelineVersion.withdrawn_at)
            .where(GuidelineVersion.number == event.number)
            .with_for_update(read=True)
        ).first()
        if row is None or row.announced_at is None or row.withdrawn_at is not None:
            return
        members = session.scalars(
            select(Account.member_id).where(Account.member_id > event.after_id).order_by(Account.member_id).limit(BATCH)
        ).all()
        about = About(Subject(SORT, event.number), row.author_id)
        tell(session, about=about, kinds=dict.fromkeys(members, SORT), now=now)
        if len(members) == BATCH:
            following = GuidelinesAnnounced(event.number, after_id=members[-1])
            record(session, following, now=now, key=f"guidelines-{event.number}-{members[-1]}")


def withdraw(task: Task, event: GuidelinesWithdrawn) -> None:
    """Take the notices out of lists and counts; mails that have not left stay here."""
    after: int | None = 0
    while after is not None:
        with task.db.write() as session:
            which = Notice.subject == str(Subject(SORT, event.number))
            after = relist(session, which, now=task.clock(), after=after)
