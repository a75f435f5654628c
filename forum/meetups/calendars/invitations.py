"""Invitations by mail (iTIP): a date enters a calendar, changes there, and leaves it again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.kit.ical import MEDIA_TYPE, Method, Person, calendar
from forum.kit.mail import Attachment, Mail
from forum.meetups import queries
from forum.meetups.calendars.entries import entry
from forum.meetups.letters import concerning
from forum.meetups.models import SEATED, News, Rsvp
from forum.meetups.queries import FeedRow
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.settings import Settings

METHODS: dict[str, Method] = {"changed": "REQUEST", "promoted": "REQUEST", "cancelled": "CANCEL", "removed": "CANCEL"}
"""What news does to a calendar. Reminders do nothing, nor do offers and their end: a seat that is held is no entry."""
FILE: Final = "meetups.ics"


class Invitation(msgspec.Struct, frozen=True):
    """The file for one reader, and the dates as they may see them."""

    data: bytes
    method: Method
    rows: tuple[FeedRow, ...]


def of_news(
    session: Session, reader: Actor, house: House, news_id: int, email: str, settings: Settings
) -> Invitation | None:
    """What goes with the mail about some news; None: nothing."""
    news = session.get(News, news_id)
    if news is None or news.kind not in METHODS:
        return None
    rows = [row for _, row in concerning(session, reader.id, news) if row is not None]
    # a change or a cancellation concerns the calendars of those who have an entry: whoever waits has none
    if news.kind in {"changed", "promoted", "cancelled"}:
        rows = [row for row in rows if row.state in SEATED]
    return invitation(session, reader, house, rows, email, METHODS[news.kind], settings)


def invitation(
    session: Session, reader: Actor, house: House, rsvps: Sequence[Rsvp], email: str, method: Method,
    settings: Settings,
) -> Invitation | None:  # fmt: skip
    """For answers to dates of one meetup; None: there are none, or the reader may not see the meetup (any more).

    The site invites: answers are given on its pages, where places are counted, so no mail of theirs has to be read.
    What is asked with one REQUEST or CANCEL has one UID (RFC 5546, 3.2.2 and 3.2.5), and each date has its own: of
    several, mail programs take the first. So several dates go as a file of entries (PUBLISH, 3.2.1), which names
    nobody and is opened by hand; it changes, and takes out, what stands in the calendar under the same UIDs.
    """
    theirs = {row.occurrence_id: row for row in rsvps}
    found = queries.feed_some(session, reader, house, list(theirs))
    if not found:
        return None
    name = session.scalar(select(Member.display_name).where(Member.id == reader.id)) or ""
    locale, cancel, alone = reader.locale or settings.locale, method == "CANCEL", len(found) == 1
    made = []
    for row in found:
        rsvp = theirs[row.row.occurrence.id]
        asked = (Person(name, email, "no" if cancel else rsvp.answer),) if alone else ()
        one = entry(
            row, base_url=settings.base_url, locale=locale, link=rsvp.state in SEATED,
            organizer=Person(house.site.name, settings.sender), attendees=asked,
        )  # fmt: skip
        # of two files with one SEQUENCE, calendars take the one that was made later: their own answer is a change
        changed = max(one.changed, rsvp.changed_at)
        made.append(msgspec.structs.replace(one, changed=changed, cancelled=one.cancelled or cancel))
    how: Method = method if alone else "PUBLISH"
    return Invitation(calendar(made, method=how), how, tuple(found))


def enclose(mail: Mail, made: Invitation) -> Mail:
    """The mail with its file: where programs act on it for one date, beside the words for several."""
    if made.method == "PUBLISH":
        return replace(mail, files=(*mail.files, Attachment(FILE, MEDIA_TYPE, made.data)))
    return replace(mail, calendar=made.data, method=made.method)
