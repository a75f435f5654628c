"""What hosts do from their desk: a word to those who come, the list as a file."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.errors import Conflict, Invalid, TooMany
from forum.kit.i18n import N_, Message
from forum.meetups.domain.after import tell_all
from forum.meetups.domain.locks import lock_date, team_of_date
from forum.meetups.domain.plan import words
from forum.meetups.models import News, Question, Rsvp, RsvpAnswer
from forum.members.models import Member
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_writer

MESSAGE: Final = 500  # characters
A_DAY: Final = 5
"""Words to all about one date in one day: more is noise."""
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
FORMATS: Final = ("csv", "xlsx")
STATES: Final = {
    "going": N_("has a seat"), "offered": N_("a seat is held"), "waiting": N_("waits"), "lapsed": N_("let the seat go"),
    "maybe": N_("perhaps"), "no": N_("does not come"), "walk_in": N_("came without answering"),
}  # fmt: skip


def message_party(
    session: Session, *, actor: Actor, occurrence_id: int, text: str, everybody: bool, now: datetime
) -> int:
    """Tell those who have a seat (`everybody`: those too who wait or said perhaps) something; how many they are.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(text), Conflict (cancelled), TooMany.
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    require_writer(actor)
    said = words(text, "text", MESSAGE)
    if not said:
        raise Invalid({"text": N_("Write something first.")})
    date = lock_date(session, occurrence_id)
    if date.status == "cancelled":
        raise Conflict(N_("This date was cancelled."))
    today = select(func.count()).where(
        News.occurrence_id == date.id, News.kind == "message", News.at > now.replace(hour=0, minute=0, second=0)
    )
    number = session.execute(today).scalar_one()
    if number >= A_DAY:
        raise TooMany(N_("That was enough for today: write in the thread."), retry_after=3600)
    to = ("going", "offered", "waiting", "maybe") if everybody else ("going", "offered")
    key = f"message:{date.id}:{now:%Y%m%d}:{number}"
    tell_all(session, date, "message", key=key, now=now, reason=said, what=" ".join(to), by_id=actor.id)
    audit(
        session, action="meetup.message", actor_id=actor.id, target=f"meetup:{crew.meetup_id}",
        data={"category": crew.category_id, "date": date.id}, now=now,
    )  # fmt: skip
    return session.execute(select(func.count()).where(Rsvp.occurrence_id == date.id, Rsvp.state.in_(to))).scalar_one()


def export_attendees(
    session: Session, *, actor: Actor, occurrence_id: int, kind: str, say: Callable[[Message], str], now: datetime
) -> bytes:
    """Everybody who answered, with notes and answers, as "csv" or "xlsx"; the log keeps who took it.

    No cell is a formula. `say` gives the words of the heads. Raises NotFound, SignInNeeded, Forbidden.
    """
    crew = team_of_date(session, actor, occurrence_id)
    policy.require_change(actor, crew)
    assert crew is not None
    table = _table(session, crew.meetup_id, occurrence_id, say)
    audit(
        session, action="attendees.exported", actor_id=actor.id, target=f"meetup:{crew.meetup_id}",
        data={"category": crew.category_id, "date": occurrence_id, "rows": len(table) - 1}, now=now,
    )  # fmt: skip
    return _xlsx(table) if kind == "xlsx" else _csv(table)


def _table(
    session: Session, meetup_id: int, occurrence_id: int, say: Callable[[Message], str]
) -> list[list[str | int]]:
    questions = session.execute(
        select(Question.id, Question.prompt).where(Question.meetup_id == meetup_id).order_by(Question.position)
    ).all()
    given: dict[tuple[int, int], str] = {}
    query = select(RsvpAnswer).join(Rsvp, Rsvp.id == RsvpAnswer.rsvp_id).where(Rsvp.occurrence_id == occurrence_id)
    for answer in session.scalars(query):
        given[answer.rsvp_id, answer.question_id] = answer.value
    heads = [N_("Name"), N_("Address here"), N_("State"), N_("People"), N_("Note"), N_("Came"), N_("On pictures")]
    table: list[list[str | int]] = [[*(say(head) for head in heads), *(prompt for _, prompt in questions)]]
    rows = session.execute(
        select(Rsvp, Member.display_name, Member.name)
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.occurrence_id == occurrence_id)
        .order_by(Rsvp.state, Rsvp.ticket, Member.display_key, Rsvp.id)
    ).all()
    for row, display, name in rows:
        said = [given.get((row.id, key), "") for key, _ in questions]
        pictures = say(N_("Yes") if row.photos else N_("No"))
        state = say(STATES[row.state])
        table.append([display, name, state, 1 + row.guests, row.note, row.arrived or 0, pictures, *said])
    return table


def _defused(cell: str | int) -> str | int:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def _csv(table: list[list[str | int]]) -> bytes:
    """With a mark by which spreadsheets know that it is UTF-8."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([_defused(cell) for cell in row] for row in table)
    return made.getvalue().encode("utf-8-sig")


def _xlsx(table: list[list[str | int]]) -> bytes:
    import xlsxwriter  # not before a sheet is made

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        for y, row in enumerate(table):
            for x, cell in enumerate(row):
                value = _defused(cell)
                if isinstance(value, int):
                    sheet.write_number(y, x, value)
                else:
                    sheet.write_string(y, x, value, bold if y == 0 else None)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
    return made.getvalue()
