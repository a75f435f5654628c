"""What a mail about a meetup says: the facts of the date, what happened to it, and where one answers."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.categories.queries import House
from forum.meetups import queries, words
from forum.meetups.codes import answer_path
from forum.meetups.domain.crew import looked_after
from forum.meetups.domain.seats import PASSED
from forum.meetups.domain.telling import act_of, of_act
from forum.meetups.models import COMING, SEATED, TO_CREW, News, Occurrence, Rsvp
from forum.meetups.queries import FeedRow
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
    passed: bool = False
    """Of an offer that ended: somebody else has the seat now."""
    what: str = ""
    """Of a change: what it was, as in News."""
    others: tuple["MeetupLetter", ...] = ()
    """The further dates of one act: called off, changed, given a seat with the same tap."""

    @property
    def every(self) -> tuple["MeetupLetter", ...]:
        """This one and the others, in the order of time."""
        return (self, *self.others)


STANDS: Final = {"promoted": SEATED, "offered": ("offered",), "lapsed": ("lapsed",)}
"""Of one act on many dates: states in which the news still hold for its reader; other news: while it concerns them."""


def letter(
    session: Session, reader: Actor, house: House, news_id: int, *, secret: bytes, now: datetime
) -> MeetupLetter | None:
    """None: there is no such news, or `reader` may not find its meetup (any more). `reader.locale` is set.

    Of an act on many dates, all that concern the reader are in it: one change, one mail.
    """
    news = session.get(News, news_id)
    if news is None:
        return None
    told = concerning(session, reader.id, news)
    rows = queries.feed_some(session, reader, house, [one.occurrence_id for one, _ in told])
    dates = {row.row.occurrence.id: row for row in rows}
    found = [
        _letter(one, mine, dates[one.occurrence_id], reader, secret, now)
        for one, mine in told
        if one.occurrence_id in dates
    ]
    return msgspec.structs.replace(found[0], others=tuple(found[1:])) if found else None


def concerning(session: Session, reader_id: int, news: News) -> list[tuple[News, Rsvp | None]]:
    """What one mail about `news` tells, each with the reader's own answer; nothing when it was overtaken.

    News alone stand for themselves; of one act on many dates, all of this kind that concern the reader: all of them,
    who looks after the meetup.
    """
    act, rows, date = act_of(news.key), [news], session.get_one(Occurrence, news.occurrence_id)
    if act:
        every = of_act(session, date.meetup_id, act)
        rows = [one for one in every if one.kind == news.kind and one.member_id in {None, reader_id}]
    dates = [one.occurrence_id for one in rows]
    theirs = select(Rsvp).where(Rsvp.member_id == reader_id, Rsvp.occurrence_id.in_(dates))
    mine = {row.occurrence_id: row for row in session.scalars(theirs)}
    found = [(one, mine.get(one.occurrence_id)) for one in rows]
    if not act and news.kind != "lapsed":
        return found
    if act and news.kind in TO_CREW and looked_after(session, date.meetup_id, Account.member_id == reader_id):
        return found
    states = STANDS.get(news.kind, COMING)
    return [(one, row) for one, row in found if row is not None and row.state in states]


def _letter(news: News, mine: Rsvp | None, found: FeedRow, reader: Actor, secret: bytes, now: datetime) -> MeetupLetter:
    date = found.row.occurrence
    say = words.sayer(reader.locale, now, reader.timezone)
    before = None
    if news.starts_before is not None and news.starts_before != date.starts_at:
        moved = news.starts_before + (date.ends_at - date.starts_at)
        before = say(msgspec.structs.replace(date, starts_at=news.starts_before, ends_at=moved))
    until = mine.offered_until if mine is not None and mine.state == "offered" else None
    taken = news.kind in ANSWERABLE and mine is not None and date.replies(mine.state, now)
    return MeetupLetter(
        news.kind, found.row, found.place, say(date), before, news.reason,
        words.moment(until, reader.timezone, reader.locale) if until else "", date.online_url,
        answer_path(secret, reader.id, date.id) if taken else "",
        mine is not None and mine.state in SEATED, not date.is_open(now), news.what == PASSED, what=news.what,
    )  # fmt: skip
