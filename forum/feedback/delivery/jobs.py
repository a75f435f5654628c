"""What the worker does: schedules fire, summaries are made, and what is due is sent."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select

from forum.accounts.models import Account
from forum.categories.queries import house
from forum.events import DeliveryDue, DestinationFailed, HousekeepingDue, ScheduleDue, SummaryDue, SummaryWaits, record
from forum.feedback.delivery import queries, queue, runs
from forum.feedback.delivery.dispatch import dispatch
from forum.feedback.delivery.models import Delivery, Destination, Run, Schedule
from forum.feedback.exports import phrases
from forum.feedback.models import Team
from forum.kit.i18n import translate
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.members.models import Member
from forum.outbox import Event
from forum.worker import Task

TURN = 10
"""Deliveries to one destination until other jobs have their turn."""
KEPT = timedelta(days=180)
"""How long the list remembers what arrived."""


def fire(task: Task, event: Event) -> None:
    """A schedule is due; whether it still is, its own row says."""
    assert isinstance(event, ScheduleDue)
    with task.db.write() as session:
        runs.fire(session, event.schedule_id, task.clock())


def make(task: Task, event: Event) -> None:
    """The summary of a run: counted while others write, then kept at once, if it is still what is wanted."""
    assert isinstance(event, SummaryDue)
    made = False
    while not made:
        with task.db.read() as session:
            counted = runs.count(session, event.run_id, secret=task.settings.secret(), now=task.clock())
        if counted is None:
            return
        with task.db.write() as session:
            made = runs.make(session, event.run_id, counted, task.clock())


def deliver(task: Task, event: Event) -> None:
    """Send what is due to a destination, in order, or one mail."""
    assert isinstance(event, DeliveryDue)
    for _ in range(TURN):
        now = task.clock()
        try:
            with task.db.write() as session:
                taken = (
                    queue.claim(session, event.destination_id, now) if event.destination_id
                    else queue.claim_mail(session, event.delivery_id, now)
                )  # fmt: skip
        except queue.Held as held:
            with task.db.write() as session:
                record(session, event, now=now, key=f"held:{task.id}:{task.attempt}", run_at=held.until)
            return
        if taken is None:
            return
        dispatch(task, taken)
    with task.db.write() as session:
        record(session, event, now=task.clock(), key=f"more:{task.id}")


def look_after(task: Task, event: Event) -> None:
    """Whatever was due and has not been looked at, because a row of the outbox got lost; and old rows go."""
    assert isinstance(event, HousekeepingDue)
    now = task.clock()
    with task.db.write() as session:
        for schedule_id in session.scalars(select(Schedule.id).where(Schedule.next_at <= now)):
            runs.fire(session, schedule_id, now)
        for one in queue.overdue(session, now):
            record(session, one, now=now, key=f"overdue:{one.destination_id}:{one.delivery_id}:{now.isoformat()}")
        session.execute(delete(Delivery).where(Delivery.state != "waiting", Delivery.created_at < now - KEPT))


def mail_preview(task: Task, event: Event) -> None:
    """Tell the managers that a summary waits for their look."""
    assert isinstance(event, SummaryWaits)
    with task.db.read() as session:
        run = session.get(Run, event.run_id)
        if run is None or run.state != "waiting":
            return
        schedule = session.get_one(Schedule, run.schedule_id)
        team_id = runs.team_of(session, run)
        team = session.get(Team, team_id) if team_id else None
    last = run.ends - timedelta(days=1)

    def context(locale: str) -> dict[str, object]:
        period = phrases.period(run.starts, last, locale)
        return {"team": team.name if team else "", "run_id": run.id, "period": period}

    _tell_managers(
        task, "feedback/delivery_waits", f"summary-waits-{run.id}-{run.snapshot_id}", schedule.created_by_id, context
    )


def mail_failed(task: Task, event: Event) -> None:
    """Tell the managers that a destination was switched off, or that nobody's mail server took a summary."""
    assert isinstance(event, DestinationFailed)
    if not event.destination_id:
        _mails_failed(task, event.delivery_id)
        return
    with task.db.read() as session:
        destination = session.get(Destination, event.destination_id)
        if destination is None or destination.disabled_at is None:
            return

    def context(locale: str) -> dict[str, object]:
        return {
            "name": destination.name, "shown": destination.shown,
            "why": translate(destination.disabled_why, locale),
            "since": destination.failing_since or destination.disabled_at,
        }  # fmt: skip

    name = f"destination-failed-{destination.id}-{event.delivery_id}"
    _tell_managers(task, "feedback/delivery_failed", name, destination.created_by_id, context)


def _mails_failed(task: Task, delivery_id: int) -> None:
    """Which mails of a summary were given up. None by now, because somebody sent them once more: nothing is said."""
    with task.db.read() as session:
        row = session.get(Delivery, delivery_id)
        run = session.get(Run, row.run_id) if row else None
        lost = queries.given_up(session, run.id) if run else []
        if run is None or not lost:
            return
        schedule = session.get_one(Schedule, run.schedule_id)
        team_id = runs.team_of(session, run)
        team = session.get(Team, team_id) if team_id else None

    def context(locale: str) -> dict[str, object]:
        period = phrases.period(run.starts, run.ends - timedelta(days=1), locale)
        told = [(address, translate(why, locale)) for address, why in lost]
        return {"team": team.name if team else "", "run_id": run.id, "period": period, "lost": told}

    name = f"summary-lost-{run.id}-{delivery_id}"
    _tell_managers(task, "feedback/delivery_lost", name, schedule.created_by_id, context)


def _tell_managers(
    task: Task, template: str, name: str, first: int | None, context: Callable[[str], dict[str, object]]
) -> None:
    """Whoever set it up, if they still manage; otherwise all who do. `context`: by language."""
    with task.db.read() as session:
        site = house(session).site
        rows = session.execute(
            select(Member.id, Member.locale, Member.timezone, Account.email)
            .join(Account, Account.member_id == Member.id)
            .where(Member.role.in_(("manager", "admin")), Account.verified_at.is_not(None))
            .order_by(Member.id)
        ).all()  # fmt: skip
    for row in [it for it in rows if it.id == first] or rows:
        locale = row.locale or task.settings.locale
        frame = mail_frame(
            site, locale=locale, timezone=row.timezone, now=task.clock(), base_url=task.settings.base_url
        )
        subject, text, html = render_mail(task.templates, locale, template, {"frame": frame, **context(locale)})
        mail = Mail(row.email, subject, text, html, f"{name}-{row.id}", sender_name=site.name)
        task.mailer.send(mail, now=task.clock())
