"""What happens after an event of the law: receipts, decisions by mail, the purge.

A job that runs twice sends the same mail again at the worst, under the same Message-ID: the columns that say what was
told are written after the mail has left.
"""

from typing import Any

import structlog
from sqlalchemy import or_, select, update

from forum.categories.queries import house
from forum.events import (
    ComplaintDecided,
    ComplaintFiled,
    DecisionMade,
    DecisionUndone,
    HousekeepingDue,
    MisuseMeasured,
    NoticeConfirmed,
    NoticeGiven,
)
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.legal.domain import holds, retention, settling
from forum.legal.keys import notice_path
from forum.legal.models import LegalNotice, MisuseMeasure, NoticeComplaint
from forum.legal.queries.notices import notice_view
from forum.legal.queries.settings import contact
from forum.moderation.domain.targets import reporters
from forum.moderation.models import Decision
from forum.moderation.queries.recipients import impartial
from forum.notifications.domain import About, relist, tell
from forum.notifications.kinds import Subject
from forum.notifications.models import Notice
from forum.settings import LOCALES
from forum.worker import Task

TIMEZONE = "Europe/Rome"
NIGHT = 2
"""UTC: the hour of housekeeping in which the purge runs."""
log = structlog.get_logger("forum.legal")


def mail_receipt(task: Task, event: NoticeGiven) -> None:
    """The receipt (Art. 16 (4)), once."""
    notice = _notice(task, event.notice_id)
    if notice is None or notice.receipt_at is not None:
        return
    _send(task, notice, "receipt", f"notice-receipt-{notice.id}")
    with task.db.write() as session:
        own = update(LegalNotice).where(LegalNotice.id == notice.id, LegalNotice.receipt_at.is_(None))
        session.execute(own.values(receipt_at=task.clock()))


def mail_confirmed(task: Task, event: NoticeConfirmed) -> None:
    """It is in hand (Law 71/2017)."""
    notice = _notice(task, event.notice_id)
    if notice is not None and notice.confirmed_at is not None:
        _send(task, notice, "confirmed", f"notice-confirmed-{notice.id}")


def tell_notices(task: Task, event: DecisionMade | DecisionUndone) -> None:
    """A decision judged reports, or was taken back: notices among them have an outcome, or wait again."""
    with task.db.write() as session:
        decision = session.get(Decision, event.decision_id)
        ids = settling.touched(session, decision) if decision is not None else []
        for notice_id in ids:
            found = select(LegalNotice).where(LegalNotice.id == notice_id).with_for_update(key_share=True)
            settling.settle(session, session.scalars(found).one(), task.clock())
    for notice_id in ids:
        tell_outcome(task, event, notice_id)


def tell_outcome(task: Task, event: DecisionMade | DecisionUndone, notice_id: int) -> None:
    """The reasoned decision (Art. 16 (5)), or that it was taken back; nothing when it was told already.

    A decision that an objection reversed is told by the answer to it.
    """
    notice = _notice(task, notice_id)
    if notice is None or notice.told == notice.outcome:
        return
    answered = isinstance(event, DecisionUndone) and event.reversal and not notice.outcome
    if not answered:
        template = "decided" if notice.outcome else "reopened"
        _send(task, notice, template, f"notice-{notice.id}-{event.decision_id}-{template}")
    with task.db.write() as session:
        session.execute(update(LegalNotice).where(LegalNotice.id == notice.id).values(told=notice.outcome))


def mail_complaint(task: Task, event: ComplaintFiled) -> None:
    """A guest objects: those who may decide it are told, the guest gets a receipt."""
    now = task.clock()
    with task.db.write() as session:
        row = session.get(NoticeComplaint, event.complaint_id)
        if row is None or row.state != "open":
            return
        decision = session.get_one(Decision, row.decision_id)
        barred = {decision.actor_id or 0, *reporters(session, decision.case_id)}
        never = {decision.subject_id or 0}
        people = impartial(session, decision.category_id, now, never=never, rather_not=barred)
        about = About(Subject("complaint", row.id), None)
        tell(session, about=about, kinds=dict.fromkeys(people, "appeal"), now=now)
    _tell_complaint(task, event.complaint_id, "complaint")


def mail_complaint_answer(task: Task, event: ComplaintDecided) -> None:
    """The guest reads the answer; the moderators' notices about it are done with."""
    with task.db.write() as session:
        relist(session, Notice.subject == str(Subject("complaint", event.complaint_id)), now=task.clock())
    _tell_complaint(task, event.complaint_id, "complaint_answer")


def _tell_complaint(task: Task, complaint_id: int, template: str) -> None:
    with task.db.read() as session:
        row = session.get(NoticeComplaint, complaint_id)
        notice_id = row.notice_id if row is not None else 0
    notice = _notice(task, notice_id)
    if notice is not None:
        _send(task, notice, template, f"notice-{template}-{complaint_id}")


def mail_measure(task: Task, event: MisuseMeasured) -> None:
    """A warning, or a suspension of notices, to whoever misused them (Art. 23)."""
    with task.db.read() as session:
        measure = session.get(MisuseMeasure, event.measure_id)
        if measure is None or measure.side != "notifier":
            return
        who = [LegalNotice.mail_key == measure.mail_key] if measure.mail_key else []
        if measure.member_id is not None:
            who.append(LegalNotice.member_id == measure.member_id)
        mine = select(LegalNotice).where(or_(*who), LegalNotice.notifier_mail != "").order_by(LegalNotice.id.desc())
        notice = session.scalars(mine.limit(1)).first()
        if notice is None:
            return
        session.expunge(notice)
        session.expunge(measure)
    _send(task, notice, "measure", f"measure-{measure.id}", measure=measure)


def purge(task: Task, event: HousekeepingDue) -> None:
    """What need not be kept any longer goes, by the register of retention: one round a night."""
    now = task.clock()
    holds.tend(task.db, task.settings.data_dir)  # also what a crash between a commit and the disk had left
    if now.hour == NIGHT:
        gone = retention.run(task.db, now)
        if gone:
            log.info("purged", **gone)


def _notice(task: Task, notice_id: int) -> LegalNotice | None:
    with task.db.read() as session:
        notice = session.get(LegalNotice, notice_id)
        if notice is not None:
            session.expunge(notice)
        return notice


def _send(task: Task, notice: LegalNotice, template: str, message_id: str, **more: Any) -> None:
    """One mail to who gave notice, in the language of their form; nothing without an address."""
    if not notice.notifier_mail:
        return
    locale = notice.locale if notice.locale in LOCALES else task.settings.locale
    with task.db.read() as session:
        frame = mail_frame(
            house(session).site, locale=locale, timezone=TIMEZONE, now=task.clock(),
            base_url=task.settings.base_url,
        )  # fmt: skip
        context: dict[str, Any] = {
            "frame": frame, "it": notice_view(session, notice, locale), "contact": contact(session),
            "link": frame.base_url + notice_path(task.settings.secret(), notice.reference), **more,
        }  # fmt: skip
    words = render_mail(task.templates, locale, f"legal/{template}", context)
    task.mailer.send(Mail(notice.notifier_mail, *words, message_id, {}, frame.site.name), now=task.clock())
