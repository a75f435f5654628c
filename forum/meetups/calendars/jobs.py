"""Mails to whoever took a seat or gave one back: their calendar hears of it."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.categories.queries import house
from forum.kit import dates
from forum.kit.i18n import N_, Text, translate
from forum.kit.ical import Method
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.meetups.calendars.invitations import enclose, invitation
from forum.meetups.codes import answer_path
from forum.meetups.events import SeatChanged
from forum.meetups.models import SEATED, Occurrence, Rsvp
from forum.meetups.views import OccurrenceRow
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.notifications.models import NoticeChoice
from forum.notifications.unsubscribe import unsubscribe_path
from forum.worker import Task

KIND = "meetup_seat"
"""The switch in the settings that this mail goes by."""


def mail_seat(task: Task, event: SeatChanged) -> None:
    """Entries to who has a seat now, their end to who has none any more: one mail for all that one tap changed.

    What was overtaken is left out; where nothing remains, nothing is sent. A repeated run sends the same mail under
    the same Message-ID.
    """
    now, settings = task.clock(), task.settings
    with task.db.read() as session:
        rows = _rows(session, event)
        found = None if not rows else session.execute(
            select(*READER, Member.locale, Member.timezone, Account.email)
            .join(Account, Account.member_id == Member.id)
            .where(Member.id == rows[0].member_id, Account.verified_at.is_not(None))
        ).first()  # fmt: skip
        if found is None:
            return
        choice = session.get(NoticeChoice, (rows[0].member_id, KIND))
        if choice is not None and not choice.mail:
            return
        reader = msgspec.structs.replace(reader_of(found, now), locale=found.locale, timezone=found.timezone)
        here = house(session)
        method: Method = "REQUEST" if rows[0].state in SEATED else "CANCEL"
        made = invitation(session, reader, here, rows, found.email, method, settings)
    if made is None:
        return
    locale = reader.locale or settings.locale
    frame = mail_frame(here.site, locale=locale, timezone=reader.timezone, now=now, base_url=settings.base_url)
    stop = frame.base_url + unsubscribe_path(settings.secret(), reader.id, KIND)
    first = made.rows[0].row
    context: dict[str, Any] = {
        "frame": frame, "dates": [(one.row, _when(one.row, locale), one.place) for one in made.rows],
        "answer": rows[0].answer, "passed": event.passed, "guests": rows[0].guests,
        "link": frame.base_url + first.url, "stop": stop,
        "change": frame.base_url + answer_path(settings.secret(), reader.id, first.occurrence.id),
        "why": translate(Text(N_("We write because you answered on %(site)s."), {"site": here.site.name}), locale),
    }  # fmt: skip
    subject, text, html = render_mail(task.templates, locale, "meetups/seat", context)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message_id = f"seat-{event.rsvp_id}-{event.version}"
    mail = Mail(found.email, subject, text, html, message_id, headers, here.site.name)
    task.mailer.send(enclose(mail, made), now=now)


def _rows(session: Session, event: SeatChanged) -> list[Rsvp]:
    """The answers that are still as the event knows them, all with a seat or all without, in the order of time."""
    versions = dict(((event.rsvp_id, event.version), *event.others))
    query = select(Rsvp).join(Occurrence, Occurrence.id == Rsvp.occurrence_id).where(Rsvp.id.in_(versions))
    rows = [
        row for row in session.scalars(query.order_by(Occurrence.starts_at, Rsvp.id)) if row.version == versions[row.id]
    ]
    return [row for row in rows if (row.state in SEATED) == (rows[0].state in SEATED)]


def _when(row: OccurrenceRow, locale: str) -> str:
    """The wall time of the place, with its zone: whoever reads may live in another one."""
    date = row.occurrence
    return f"{dates.full(date.starts_at, locale=locale, timezone=date.timezone)} ({date.timezone})"
