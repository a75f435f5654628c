"""A date as a calendar has it."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from forum.kit.i18n import N_, Text, translate
from forum.kit.ical import Entry, Person, calendar
from forum.kit.markdown import shorten
from forum.meetups import words
from forum.meetups.models import SEATED
from forum.meetups.queries import FeedRow

WORDS = 1500
"""Characters of the announcement in an entry: the rest is behind its address."""

UNSURE = {
    "waiting": N_("You are on the waiting list."), "maybe": N_("You said perhaps."),
    "offered": N_("A seat is held for you until %(moment)s."),
}  # fmt: skip


def host_of(base_url: str) -> str:
    """What makes UIDs unique in the world."""
    return urlsplit(base_url).hostname or "localhost"


def entry(
    found: FeedRow,
    *,
    base_url: str,
    locale: str,
    link: bool = False,
    organizer: Person | None = None,
    attendees: tuple[Person, ...] = (),
    unsure: str = "",
) -> Entry:
    """`link`: the reader may know the address of the online room. `locale`: of our own words; theirs stay.

    `unsure`: why it is not certain that the reader comes; the entry then takes none of their time.
    """
    date, place = found.row.occurrence, found.place
    zone = ZoneInfo(date.timezone)
    return Entry(
        uid=f"{date.uid}@{host_of(base_url)}",
        sequence=date.sequence,
        title=date.title,
        # moments first: a time that happens twice, and a zone whose rules have changed, come out right
        starts=date.starts_at.astimezone(zone),
        ends=date.ends_at.astimezone(zone),
        changed=date.changed_at,
        text="\n\n".join(part for part in (unsure, _text(found, base_url, locale, link)) if part),
        place=place.line if place else (date.online_url if link else ""),
        position=(place.latitude, place.longitude)
        if place and place.latitude is not None and place.longitude is not None
        else None,
        url=base_url + found.row.url,
        cancelled=date.is_cancelled,
        tentative=date.status == "tentative" or bool(unsure),
        free=bool(unsure),
        organizer=organizer,
        attendees=attendees,
    )


def _text(found: FeedRow, base_url: str, locale: str, link: bool) -> str:
    """What matters now comes first: why it is cancelled, what is special about this date."""
    date, parts = found.row.occurrence, []
    if date.is_cancelled:
        reason = date.cancel_reason
        parts.append(
            translate(Text(N_("Cancelled: %(reason)s"), {"reason": reason}) if reason else N_("Cancelled."), locale)
        )
    parts.append(date.note)
    if link and date.online_url and found.place:
        parts.append(date.online_url)
    if found.place:
        parts += [found.place.transit, found.place.access]
    body = found.body if len(found.body) <= WORDS else shorten(found.body, WORDS)
    parts += [body, base_url + found.row.url]
    return "\n\n".join(part for part in parts if part)


def _unsure(found: FeedRow, locale: str, timezone: str) -> str:
    """Why somebody does not have a seat for certain on a date that they answered; empty: they have, or do not come."""
    state = found.row.state
    if found.row.occurrence.is_cancelled or state not in UNSURE:
        return ""
    until = words.moment(found.held_until, timezone, locale) if found.held_until else ""
    return translate(Text(UNSURE[state], {"moment": until}), locale)


def file(
    rows: Iterable[FeedRow], *, name: str, url: str, base_url: str, locale: str, timezone: str, mine: bool = False
) -> bytes:
    """A feed. `mine`: of somebody's own dates; they know the rooms of those that they have a seat for.

    `timezone`: on whose clocks a seat is held.
    """
    made = [
        entry(
            row, base_url=base_url, locale=locale, link=mine and row.row.state in SEATED,
            unsure=_unsure(row, locale, timezone) if mine else "",
        )
        for row in rows
    ]  # fmt: skip
    return calendar(made, name=name, url=url, locale="")
