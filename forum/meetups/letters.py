"""What a mail about a meetup says: the facts of the date, what happened to it, and where one answers."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.errors import NotFound
from forum.meetups import queries, words
from forum.meetups.codes import answer_path
from forum.meetups.models import SEATED, News, Rsvp
from forum.meetups.views import OccurrenceRow, PlaceView
from forum.policy.actors import Actor

ANSWERABLE = frozenset({"changed", "promoted", "offered", "lapsed", "removed", "week", "day", "hours", "message"})
"""News to which an answer may follow."""


class MeetupLetter(msgspec.Struct, frozen=True):
    """News about a date for one reader (templates/mail/meetups/news.*). Paths begin with "/"."""

    kind: str
    """One of models.NEWS."""
    row: OccurrenceRow
    place: PlaceView | None
    when: words.When
    before: words.When | None
    """Where it stood before it was moved."""
    reason: str
    """The host's own words."""
    until: str
    """How long a seat is held, on the reader's clocks; empty: none is."""
    online_url: str
    """For who has a seat, and for hosts."""
    answer: str
    """Where the reader answers with one tap, without signing in; empty: no answer is taken."""
    seated: bool
    closed: bool
    """The time to answer is over: whoever is concerned may take up what is held for them, or go, and no more."""


def letter(
    session: Session, reader: Actor, house: House, news_id: int, *, secret: bytes, now: datetime
) -> MeetupLetter | None:
    """None: there is no such news, or `reader` may not find its meetup (any more). `reader.locale` is set."""
    news = session.get(News, news_id)
    if news is None:
        return None
    try:
        found = queries.feed_one(session, reader, house, news.occurrence_id)
    except NotFound:
        return None
    date = found.row.occurrence
    say = words.sayer(reader.locale, now, reader.timezone)
    before = None
    if news.starts_before is not None and news.starts_before != date.starts_at:
        moved = news.starts_before + (date.ends_at - date.starts_at)
        before = say(msgspec.structs.replace(date, starts_at=news.starts_before, ends_at=moved))
    mine = session.scalars(
        select(Rsvp).where(Rsvp.occurrence_id == date.id, Rsvp.member_id == reader.id)
    ).first()  # fmt: skip
    until = mine.offered_until if mine is not None and mine.state == "offered" else None
    taken = news.kind in ANSWERABLE and mine is not None and date.replies(mine.state, now)
    return MeetupLetter(
        news.kind, found.row, found.place, say(date), before, news.reason,
        words.moment(until, reader.timezone, reader.locale) if until else "", date.online_url,
        answer_path(secret, reader.id, date.id) if taken else "",
        mine is not None and mine.state in SEATED, not date.is_open(now),
    )  # fmt: skip
