"""Dates for calendar files and feeds: cancelled ones too, so that calendars hear of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from forum.categories.queries import CategoryView, House
from forum.db import MAX_ID, columns
from forum.errors import NotFound
from forum.kit import tokens
from forum.kit.markdown import plain
from forum.meetups.models import CalendarToken, Occurrence, Place
from forum.meetups.queries.columns import PLACE, row_of
from forum.meetups.queries.lists import Filters, _joined, _values
from forum.meetups.views import OccurrenceRow, PlaceView
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.policy.actors import Actor
from forum.threads.models import Post, Thread

BACK: Final = timedelta(days=90)
"""A feed goes this far back: calendars drop what a feed no longer holds."""
MOST: Final = 500
MOST_OF_ONE: Final = 52


class FeedRow(msgspec.Struct, frozen=True):
    """A date with what a calendar file says of it. `body`: the opening post, plain text.

    `held_until`: how long a seat is held for the reader; None: none is.
    """

    row: OccurrenceRow
    place: PlaceView | None
    body: str
    held_until: datetime | None = None


def feed(
    session: Session, actor: Actor, house: House, *, now: datetime,
    categories: tuple[CategoryView, ...] | None = None, chapter_id: int | None = None, mine: bool = False,
    limit: int = MOST,
) -> list[FeedRow]:  # fmt: skip
    """Dates from ninety days back, in the order of time: at most `limit`, and 52 coming ones of a series.

    Where there are more, what is coming stays, and of the past the newest.
    """
    filters = Filters(categories is not None, chapter_id is not None, mine)
    query, values = _joined(actor.kind, filters), _values(actor, categories, chapter_id)
    nth = func.row_number().over(partition_by=Occurrence.meetup_id, order_by=(Occurrence.starts_at, Occurrence.id))
    # counted among the dates of this very feed: of a series somebody may have answered for the last date alone
    counted = query.with_only_columns(Occurrence.id, nth.label("nth")).where(Occurrence.starts_at >= now).subquery()
    coming = query.join(counted, and_(counted.c.id == Occurrence.id, counted.c.nth <= MOST_OF_ONE))
    found = _feed_rows(session, actor, house, coming, values, limit)
    if len(found) < limit:
        past = query.where(Occurrence.starts_at < now, Occurrence.starts_at > now - BACK)
        found = _feed_rows(session, actor, house, past, values, limit - len(found), newest=True)[::-1] + found
    return found


def feed_one(session: Session, actor: Actor, house: House, occurrence_id: int) -> FeedRow:
    """One date. Raises NotFound."""
    found = feed_some(session, actor, house, (occurrence_id,))
    if not found:
        raise NotFound()
    return found[0]


def feed_some(session: Session, actor: Actor, house: House, ids: Sequence[int]) -> list[FeedRow]:
    """Those of these dates that `actor` may find, in the order of time."""
    query = _joined(actor.kind, Filters()).where(Occurrence.id.in_([key for key in ids if 0 < key <= MAX_ID]))
    return _feed_rows(session, actor, house, query, _values(actor, None, None), len(ids))


def _feed_rows(
    session: Session, actor: Actor, house: House, query: Any, values: dict[str, Any], limit: int, *,
    newest: bool = False,
) -> list[FeedRow]:  # fmt: skip
    opening = and_(Post.thread_id == Thread.id, Post.number == 1, Post.state == "visible")
    query = query.outerjoin(Post, opening).add_columns(Post.html.label("body"), *PLACE)
    order = (Occurrence.starts_at.desc(), Occurrence.id.desc()) if newest else (Occurrence.starts_at, Occurrence.id)
    query = query.order_by(*order).limit(limit)
    rows: Sequence[Any] = columns(session, query, values).all()
    found = []
    for row in rows:
        place = row[-len(PLACE) :]
        guest = actor.is_guest
        listed = row_of(
            row, house, None if guest else row.my_state, entitled=not guest and (bool(row.is_host) or actor.can_manage)
        )  # fmt: skip
        where, until = PlaceView(*place) if place[0] is not None else None, None if guest else row.my_until
        found.append(FeedRow(listed, where, plain(row.body or ""), until))
    return found


def calendar_reader(session: Session, token: str, now: datetime) -> Actor | None:
    """Whose calendar address this is, with what they may see now; None: unknown, or ended."""
    row: Any = session.execute(
        select(*READER, Member.name, Member.display_name, Member.locale, Member.timezone)
        .join(CalendarToken, CalendarToken.member_id == Member.id)
        .where(CalendarToken.token_hash == tokens.digest(token[:100]))
    ).first()
    if row is None:
        return None
    return msgspec.structs.replace(
        reader_of(row, now), name=row.name, display_name=row.display_name, locale=row.locale, timezone=row.timezone
    )


__all__ = ["FeedRow", "Place", "calendar_reader", "feed", "feed_one", "feed_some"]
