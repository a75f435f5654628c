"""The mails that nobody can switch off: statements of reasons, what was taken back, receipts, answers.

Each belongs to a notice of a `fixed` kind, whose row says whether it is still due; so a repeated run sends nothing,
and a run that was killed between sending and marking sends the same mail again, under the same Message-ID. Permission
is asked again when a mail leaves: what its reader may no longer read is not in it. No moderator and no reporter is.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.categories.queries import house
from forum.errors import NotFound
from forum.kit.mail import Mail
from forum.kit.mailing import MailFrame, mail_frame, render_mail
from forum.kit.markdown import cook, plain, shorten
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.moderation.effects import effects, facts
from forum.moderation.models import Appeal, Statement
from forum.moderation.queries.reports import my_appeal
from forum.moderation.queries.statements import my_statement
from forum.notifications.kinds import Subject, shown
from forum.notifications.models import Notice
from forum.policy.actors import Actor
from forum.settings import LOCALES
from forum.worker import Task

TEXT = 1500  # characters of a post or an explanation in a mail


class Letter(msgspec.Struct, frozen=True):
    """To whom, about what. `reader`: with the language and zone of their mail."""

    notice_id: int
    subject: Subject
    reader: Actor
    email: str
    frame: MailFrame


Context = dict[str, Any]
Write = Callable[[Session, Letter], Context | None]
"""What a template needs beyond `frame`, `link` and `why`; None: nothing is left to be told."""


def send_due(task: Task, subject: Subject, template: str, write: Write) -> None:
    """Send what is due about `subject`, to everybody who has a notice of it and a verified address."""
    now = task.clock()
    for notice_id in _due(task, subject):
        with task.db.read() as session:
            letter = _letter(task, session, notice_id, now)
            context = write(session, letter) if letter is not None else None
            about = shown(session, letter.reader, [subject]).get(subject) if letter is not None else None
        sent = letter is not None and context is not None and about is not None
        if sent:
            assert letter is not None and context is not None and about is not None
            base = {"frame": letter.frame, "link": letter.frame.base_url + about.url}
            words = render_mail(task.templates, letter.frame.locale, template, {**base, **context})
            task.mailer.send(
                Mail(letter.email, *words, f"notice-{notice_id}", {}, letter.frame.site.name), now=now
            )  # fmt: skip
        with task.db.write() as session:
            marked = update(Notice).where(Notice.id == notice_id, Notice.mail == "due")
            session.execute(marked.values(mail="sent" if sent else "dropped", mailed_at=now if sent else None))
            if sent and subject.of == "decision":
                told = update(Statement).where(Statement.decision_id == subject.id, Statement.delivered_at.is_(None))
                session.execute(told.values(delivered_at=now))


def _due(task: Task, subject: Subject) -> list[int]:
    with task.db.read() as session:
        query = select(Notice.id).where(Notice.subject == str(subject), Notice.mail == "due").order_by(Notice.id)
        return [*session.scalars(query)]


def _letter(task: Task, session: Session, notice_id: int, now: datetime) -> Letter | None:
    """The notice's member with a verified address; None when there is none (any more)."""
    row: Any = session.execute(
        select(*READER, Notice.subject, Member.locale, Member.timezone, Account.email)
        .join(Member, Member.id == Notice.member_id)
        .join(Account, Account.member_id == Member.id)
        .where(Notice.id == notice_id, Notice.mail == "due", Account.verified_at.is_not(None))
    ).first()
    if row is None:
        return None
    locale = row.locale if row.locale in LOCALES else task.settings.locale
    reader = msgspec.structs.replace(reader_of(row, now), locale=locale, timezone=row.timezone)
    frame = mail_frame(
        house(session).site, locale=locale, timezone=row.timezone, now=now, base_url=task.settings.base_url
    )
    return Letter(notice_id, Subject.parse(row.subject), reader, row.email, frame)


def paragraphs(text: str, room: int = TEXT) -> list[str]:
    """The first paragraphs of plain words, whole lines while they fit, the last one cut between words."""
    found: list[str] = []
    for line in text.splitlines():
        if room <= 0:
            break
        found.append(line if len(line) <= room else shorten(line, room))
        room -= len(line)
    return found


def statement(session: Session, letter: Letter) -> Context | None:
    """The statement itself (DSA Art. 17); nothing when it was taken back before it left."""
    it = _mine(session, letter)
    if it is None or it.undone_at is not None:
        return None
    frame = letter.frame
    return {
        "it": it, "effects": effects(it, frame), "facts": facts(it, frame.site.name),
        "content": paragraphs(plain(cook(it.content).html)),
        "explanation": paragraphs(plain(cook(it.explanation).html), 4 * TEXT),
    }  # fmt: skip


def undone(session: Session, letter: Letter) -> Context | None:
    """A decision was taken back."""
    it = _mine(session, letter)
    return {"it": it} if it is not None and it.undone_at is not None else None


def _mine(session: Session, letter: Letter) -> Any:
    try:
        return my_statement(session, letter.reader, letter.subject.id, letter.frame.locale)
    except NotFound:
        return None


def receipt(session: Session, letter: Letter) -> Context | None:
    """An objection has arrived."""
    return _appeal(session, letter)


def answer(session: Session, letter: Letter) -> Context | None:
    """An objection was answered."""
    found = _appeal(session, letter)
    return found if found is not None and found["it"].state != "open" else None


def _appeal(session: Session, letter: Letter) -> Context | None:
    row = session.get(Appeal, letter.subject.id)
    it = my_appeal(session, letter.reader, row.decision_id) if row is not None else None
    if row is None or it is None:
        return None
    return {"it": it, "side": row.side, "words": paragraphs(it.body), "reasons": paragraphs(it.reasons, 4 * TEXT)}
