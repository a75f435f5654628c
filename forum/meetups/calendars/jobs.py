"""Mails to whoever took a seat or gave one back: their calendar hears of it."""

from typing import Any

import msgspec
from sqlalchemy import select

from forum.accounts.models import Account
from forum.categories.queries import house
from forum.events import SeatChanged
from forum.kit import dates
from forum.kit.i18n import N_, Text, translate
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.meetups.calendars.invitations import invitation
from forum.meetups.codes import answer_path
from forum.meetups.models import SEATED, Rsvp
from forum.meetups.views import OccurrenceRow
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.notifications.models import NoticeChoice
from forum.notifications.unsubscribe import unsubscribe_path
from forum.worker import Task

KIND = "meetup_seat"
"""The switch in the settings that this mail goes by."""


def mail_seat(task: Task, event: SeatChanged) -> None:
    """REQUEST to who has a seat now, CANCEL to who has none any more. What was overtaken sends nothing.

    A repeated run sends the same mail under the same Message-ID.
    """
    now, settings = task.clock(), task.settings
    with task.db.read() as session:
        row = session.get(Rsvp, event.rsvp_id)
        found = None if row is None else session.execute(
            select(*READER, Member.locale, Member.timezone, Account.email)
            .join(Account, Account.member_id == Member.id)
            .where(Member.id == row.member_id, Account.verified_at.is_not(None))
        ).first()  # fmt: skip
        if row is None or row.version != event.version or found is None:
            return
        choice = session.get(NoticeChoice, (row.member_id, KIND))
        if choice is not None and not choice.mail:
            return
        reader = msgspec.structs.replace(reader_of(found, now), locale=found.locale, timezone=found.timezone)
        here = house(session)
        seated = row.state in SEATED
        made = invitation(session, reader, here, row, found.email, "REQUEST" if seated else "CANCEL", settings)
    if made is None:
        return
    locale = reader.locale or settings.locale
    frame = mail_frame(here.site, locale=locale, timezone=reader.timezone, now=now, base_url=settings.base_url)
    stop = frame.base_url + unsubscribe_path(settings.secret(), reader.id, KIND)
    context: dict[str, Any] = {
        "frame": frame, "row": made.found.row, "when": _when(made.found.row, locale), "place": made.found.place,
        "seated": seated, "guests": row.guests, "link": frame.base_url + made.found.row.url, "stop": stop,
        "answer": frame.base_url + answer_path(settings.secret(), reader.id, row.occurrence_id),
        "why": translate(Text(N_("We write because you answered on %(site)s."), {"site": here.site.name}), locale),
    }  # fmt: skip
    subject, text, html = render_mail(task.templates, locale, "meetups/seat", context)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    task.mailer.send(
        Mail(
            found.email, subject, text, html, f"seat-{row.id}-{row.version}", headers, here.site.name,
            calendar=made.data, method=made.method,
        ),
        now=now,
    )  # fmt: skip


def _when(row: OccurrenceRow, locale: str) -> str:
    """The wall time of the place, with its zone: whoever reads may live in another one."""
    date = row.occurrence
    return f"{dates.full(date.starts_at, locale=locale, timezone=date.timezone)} ({date.timezone})"
