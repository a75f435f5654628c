"""Notices about meetups: what a reader may see now of the news about a date."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.kit import dates
from forum.kit.i18n import N_, NN_, Message, Text, translate
from forum.meetups.domain.seats import PASSED
from forum.meetups.domain.telling import act_of
from forum.meetups.models import COMING, Meetup, News, Occurrence, Place, Rsvp
from forum.meetups.views import meetup_url
from forum.members.models import Member
from forum.members.queries import CARD, card_of
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.meetups import listed_meetups
from forum.threads.models import Thread

SENTENCES = {
    "changed": N_("Something has changed."),
    "confirmed": N_("It takes place: a host has confirmed it."),
    "tentative": N_("It is still to be confirmed by a host. You will hear."),
    "cancelled": N_("It does not take place."),
    "promoted": N_("A seat has become free: you are in."),
    "offered": N_("A seat has become free. It is held for you until %(until)s: say yes, and it is yours."),
    "lapsed": N_("The time to take up your seat is over."),
    "passed": N_("The time to take up your seat is over, so it went to whoever was next."),
    "removed": N_("The hosts have taken you off the list."),
    "week": N_("It is in a week."),
    "day": N_("It is tomorrow."),
    "hours": N_("It begins in two hours."),
    "confirm": N_("Does it take place? Those who want to come wait for your word."),
    "survey": N_("How was it? Three questions, one minute."),
    "message": N_("A word from the hosts:"),
}

OF_WHAT = (PASSED, "confirmed", "tentative")
"""What happened, where it says more than the kind of the news."""


def news_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """News about dates whose meetup `reader` may find in the calendar; what is about one member, for them alone."""
    columns = (
        News.id.label("news_id"), News.key, News.kind, News.what, News.reason, News.starts_before,
        Occurrence.id.label("occurrence_id"), Occurrence.timezone,
        Occurrence.starts_at, Occurrence.title, Place.name.label("place"), Meetup.id.label("meetup_id"), Meetup.slug,
        Rsvp.offered_until, func.coalesce(func.nullif(Meetup.locale, ""), Thread.locale).label("locale"),
        Category.locale.label("category_locale"),
    )  # fmt: skip
    query = (
        select(*CARD, *columns)
        .join(Occurrence, Occurrence.id == News.occurrence_id)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == func.coalesce(News.by_id, Meetup.author_id))
        .outerjoin(Place, Place.id == Occurrence.place_id)
        .outerjoin(Rsvp, (Rsvp.occurrence_id == Occurrence.id) & (Rsvp.member_id == reader.id))
        .where(News.id.in_(ids), listed_meetups(reader), or_(News.member_id.is_(None), News.member_id == reader.id))
    )
    rows: Sequence[Any] = session.execute(query).all()
    further = _further(session, reader, rows)
    return {row.news_id: _shown(row, reader, further.get(row.news_id, 0)) for row in rows}


def _further(session: Session, reader: Actor, rows: Sequence[Any]) -> dict[int, int]:
    """Of news that one act left of many dates: how many more of these concern the reader. One statement, or none."""
    acts = {row.news_id: (name, row.kind) for row in rows if (name := act_of(row.key))}
    if not acts:
        return {}
    theirs = and_(Rsvp.occurrence_id == News.occurrence_id, Rsvp.member_id == reader.id, Rsvp.state.in_(COMING))
    of_all = and_(News.member_id.is_(None), select(Rsvp.id).where(theirs).exists())
    named = or_(*(News.key.like(f"%:{name}") for name in {name for name, _ in acts.values()}))
    dates = select(Occurrence.id).where(Occurrence.meetup_id.in_({row.meetup_id for row in rows}))
    query = select(News.key, News.kind).where(
        News.occurrence_id.in_(dates), named, or_(News.member_id == reader.id, of_all)
    )
    found = Counter((act_of(row.key), row.kind) for row in session.execute(query))
    return {news_id: max(0, found[act] - 1) for news_id, act in acts.items()}


def _shown(row: Any, reader: Actor, further: int) -> Shown:
    locale = "it" if reader.locale == "it" else "en"
    words: list[Message] = [SENTENCES[row.what if row.what in OF_WHAT else row.kind]]
    if row.kind == "offered":
        until = row.offered_until or row.starts_at
        words = [Text(SENTENCES["offered"], {"until": _when(until, locale, reader.timezone)})]
    lines = [translate(word, locale) for word in words]
    if row.reason:
        lines.append(row.reason)
    if row.starts_before is not None and row.starts_before != row.starts_at:
        before = Text(N_("Before: %(when)s"), {"when": _when(row.starts_before, locale, row.timezone)})
        lines.append(translate(before, locale))
    lines.append(_when(row.starts_at, locale, row.timezone) + (f", {row.place}" if row.place else ""))
    if further:
        one, many = NN_("And %(n)s more date.", "And %(n)s more dates.")
        lines.append(translate(Text(one, {"n": further}, many), locale))
    url = meetup_url(row.meetup_id, row.slug, row.occurrence_id)
    return Shown(
        url=url, title=row.title, text="\n".join(lines), by=card_of(row),
        locale=row.locale or row.category_locale, conversation=f"meetup-{row.occurrence_id}",
    )  # fmt: skip


def _when(at: datetime, locale: str, timezone: str) -> str:
    """In words, with the zone: whoever reads may live in another one."""
    return f"{dates.full(at, locale=locale, timezone=timezone)} ({timezone})"
