"""Invitations by mail (iTIP): a date enters a calendar, changes there, and leaves it again."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.errors import NotFound
from forum.kit.ical import Method, Person, calendar
from forum.meetups import queries
from forum.meetups.calendars.entries import entry
from forum.meetups.models import SEATED, News, Rsvp
from forum.meetups.queries import FeedRow
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.settings import Settings

METHODS: dict[str, Method] = {
    "changed": "REQUEST", "promoted": "REQUEST", "cancelled": "CANCEL", "removed": "CANCEL", "lapsed": "CANCEL",
}  # fmt: skip
"""What news does to a calendar. Reminders and offers do nothing: the one knows, the other has no seat yet."""


class Invitation(msgspec.Struct, frozen=True):
    """The file for one reader, and the date as they may see it."""

    data: bytes
    method: Method
    found: FeedRow


def of_news(
    session: Session, reader: Actor, house: House, news_id: int, email: str, settings: Settings
) -> Invitation | None:
    """What goes with the mail about some news; None: nothing."""
    news = session.get(News, news_id)
    if news is None or news.kind not in METHODS:
        return None
    row = session.scalars(
        select(Rsvp).where(Rsvp.occurrence_id == news.occurrence_id, Rsvp.member_id == reader.id)
    ).first()
    # a change or a cancellation concerns the calendars of those who have an entry: whoever waits has none
    if row is None or (news.kind in {"changed", "promoted", "cancelled"} and row.state not in SEATED):
        return None
    return invitation(session, reader, house, row, email, METHODS[news.kind], settings)


def invitation(
    session: Session, reader: Actor, house: House, rsvp: Rsvp, email: str, method: Method, settings: Settings
) -> Invitation | None:
    """For one answer; None: the reader may not see the meetup (any more).

    The site invites: answers are given on its pages, where places are counted, so no mail of theirs has to be read.
    """
    try:
        found = queries.feed_one(session, reader, house, rsvp.occurrence_id)
    except NotFound:
        return None
    name = session.scalar(select(Member.display_name).where(Member.id == reader.id)) or ""
    locale = reader.locale or settings.locale
    made = entry(
        found, base_url=settings.base_url, locale=locale, link=rsvp.state in SEATED,
        organizer=Person(house.site.name, settings.sender),
        attendees=(Person(name, email, "no" if method == "CANCEL" else rsvp.answer),),
    )  # fmt: skip
    # of two files with one SEQUENCE, calendars take the one that was made later: their own answer counts as a change
    made = msgspec.structs.replace(
        made, changed=max(made.changed, rsvp.changed_at), cancelled=made.cancelled or method == "CANCEL"
    )
    return Invitation(calendar([made], method=method), method, found)
