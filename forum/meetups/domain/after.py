"""When a date is over: who was missing, how it was, the album, the recap. And what is forgotten in time."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Forbidden, Invalid, NotFound
from forum.events import record
from forum.kit.i18n import N_
from forum.meetups.domain import seats
from forum.meetups.domain.locks import TeamView, lock_date, team_of_date
from forum.meetups.domain.plan import line, words
from forum.meetups.domain.telling import leave
from forum.meetups.domain.times import stamp
from forum.meetups.events import SurveyAnswered
from forum.meetups.models import Meetup, News, Occurrence, Photo, Rsvp, RsvpAnswer, Survey, WalkIn
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_member, require_writer
from forum.threads.models import Post

REMEMBERED: Final = timedelta(days=365)
"""A no-show is forgotten after this."""
MOST_PHOTOS: Final = 30
"""Of one member in one album."""
SURVEY_OPEN: Final = timedelta(days=60)


def close(session: Session, *, occurrence_id: int, ends_at: datetime, now: datetime) -> None:
    """Do once what follows the end of a date; nothing if it was moved, cancelled, or is closed.

    Who had a seat and did not come is noted, but only where somebody was checked in at all: an empty list says that
    nobody counted. Who gave the seat back, however late, is not meant. A date that no host ever confirmed took place
    if somebody was counted at its door; otherwise nothing is known: nobody was missing, and nobody is asked.
    """
    date = lock_date(session, occurrence_id)
    if date.closed_at is not None or date.ends_at != ends_at or date.ends_at > now:
        return
    date.closed_at = now
    if date.status == "cancelled":
        return
    meetup = session.get_one(Meetup, date.meetup_id)
    seats.lapse(session, date, now=now)
    if date.status == "tentative":
        if not anybody_came(session, date.id):
            return
        date.status, date.confirmed_at = "confirmed", now  # it took place, whatever its hosts forgot to say
        date.sequence, date.changed_at, date.version = date.sequence + 1, now, date.version + 1
    counted = select(Rsvp.id).where(Rsvp.occurrence_id == date.id, Rsvp.arrived_at.is_not(None)).limit(1)
    if session.execute(counted).first() is not None:
        missing = (Rsvp.occurrence_id == date.id, Rsvp.state == "going", Rsvp.arrived_at.is_(None))
        session.execute(update(Rsvp).where(*missing).values(no_show_at=now))
    if meetup.survey:
        tell_all(session, date, "survey", key=f"survey:{date.id}", now=now)
    session.flush()


def anybody_came(session: Session, occurrence_id: int) -> bool:
    """Somebody was counted at the door."""
    arrived = select(Rsvp.id).where(Rsvp.occurrence_id == occurrence_id, Rsvp.arrived_at.is_not(None))
    passing = select(WalkIn.id).where(WalkIn.occurrence_id == occurrence_id)
    return bool(session.execute(select(or_(arrived.exists(), passing.exists()))).scalar_one())


def tell_all(
    session: Session, date: Occurrence, kind: str, *, key: str, now: datetime, reason: str = "", what: str = "",
    by_id: int | None = None, starts_before: datetime | None = None,
) -> None:  # fmt: skip
    """Leave news for everybody concerned; the same `key` again leaves none."""
    if session.scalar(select(News.id).where(News.key == key)) is not None:
        return
    news = News(
        occurrence_id=date.id, kind=kind, key=key, by_id=by_id, sequence=date.sequence, what=what, reason=reason,
        starts_before=starts_before, at=now,
    )  # fmt: skip
    leave(session, news, now=now)


def remind(session: Session, *, occurrence_id: int, kind: str, starts_at: datetime, now: datetime) -> None:
    """Leave a reminder, unless the date was moved or cancelled, waits for its hosts, or has begun."""
    date = lock_date(session, occurrence_id)
    if date.status != "confirmed" or date.starts_at != starts_at or date.starts_at <= now:
        return
    tell_all(session, date, kind, key=f"{kind}:{date.id}:{stamp(starts_at)}", now=now)


def ask_hosts(session: Session, *, occurrence_id: int, starts_at: datetime, now: datetime) -> None:
    """Ask the hosts whether a date takes place, unless they said so."""
    date = lock_date(session, occurrence_id)
    if date.status == "tentative" and date.starts_at == starts_at and date.starts_at > now:
        tell_all(session, date, "confirm", key=f"confirm:{date.id}:{stamp(starts_at)}", now=now)


# -- what members leave ---------------------------------------------------------------------------------------------


def all_there(occurrence_id: int) -> ColumnElement[bool]:
    """SQL on Rsvp, of that date: whoever was there, as `was_there` says."""
    counted = select(Rsvp.id).where(Rsvp.occurrence_id == occurrence_id, Rsvp.arrived_at.is_not(None))
    there = or_(Rsvp.arrived_at.is_not(None), and_(Rsvp.state == "going", ~counted.exists()))
    return and_(Rsvp.occurrence_id == occurrence_id, there)


def was_there(session: Session, occurrence_id: int, member_id: int) -> bool:
    """Checked in; or, where nobody was checked in, had a seat."""
    row = session.scalar(select(Rsvp).where(Rsvp.occurrence_id == occurrence_id, Rsvp.member_id == member_id))
    if row is None:
        return False
    if row.arrived_at is not None:
        return True
    any_in = select(Rsvp.id).where(Rsvp.occurrence_id == occurrence_id, Rsvp.arrived_at.is_not(None)).limit(1)
    return row.state == "going" and session.execute(any_in).first() is None


def _over(session: Session, actor: Actor, occurrence_id: int, now: datetime) -> tuple[Occurrence, TeamView]:
    """A date that has begun, for somebody who was there or looks after it. Raises NotFound, SignInNeeded, Forbidden."""
    crew = team_of_date(session, actor, occurrence_id)
    if crew is None:
        raise NotFound()
    require_member(actor)
    date = lock_date(session, occurrence_id)
    if date.starts_at > now or date.status == "cancelled":
        raise Forbidden(N_("It has not taken place yet."))
    if date.status == "tentative":
        raise Forbidden(N_("No host has ever confirmed this date."))
    if not (policy.may_change(actor, crew) or was_there(session, date.id, actor.id)):
        raise Forbidden(N_("This is for those who were there."))
    return date, crew


def answer_survey(
    session: Session, *, actor: Actor, occurrence_id: int, rating: int, liked: str, better: str, quotable: bool,
    now: datetime,
) -> int:  # fmt: skip
    """Say how it was; again: say it otherwise. The id of the answer.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(rating, liked, better).
    """
    date, _ = _over(session, actor, occurrence_id, now)
    if now > date.ends_at + SURVEY_OPEN:
        raise Forbidden(N_("The questions about this meetup are closed."))
    if not 1 <= rating <= 5:
        raise Invalid({"rating": N_("Choose one of the five.")})
    said = {"liked": words(liked, "liked", 2000), "better": words(better, "better", 2000)}
    row = session.scalar(select(Survey).where(Survey.occurrence_id == date.id, Survey.member_id == actor.id))
    if row is None:
        row = Survey(occurrence_id=date.id, member_id=actor.id, created_at=now)
    row.rating, row.liked, row.better = rating, said["liked"], said["better"]
    row.quotable, row.changed_at = quotable, now
    session.add(row)
    session.flush()
    record(session, SurveyAnswered(row.id), now=now)
    return row.id


def add_photo(
    session: Session, *, actor: Actor, occurrence_id: int, file: str, width: int, height: int, alt: str,
    consent: bool, now: datetime,
) -> int:  # fmt: skip
    """Put a picture (stored by the caller, re-encoded) into the album; its id.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(consent, photo).
    """
    date, _ = _over(session, actor, occurrence_id, now)
    require_writer(actor)
    if not consent:
        raise Invalid({"consent": N_("Ask everybody who can be recognised first.")})
    mine = select(Photo.id).where(
        Photo.occurrence_id == date.id, Photo.member_id == actor.id, Photo.removed_at.is_(None)
    )
    if len(session.scalars(mine.limit(MOST_PHOTOS)).all()) >= MOST_PHOTOS:
        raise Invalid({"photo": N_("You have added many pictures: choose the best ones.")})
    row = Photo(
        occurrence_id=date.id, member_id=actor.id, file=file, width=width, height=height, alt=line(alt, 300),
        created_at=now, consent_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def remove_photo(session: Session, *, actor: Actor, photo_id: int, now: datetime) -> str:
    """Take a picture out: who added it, hosts, staff, and whoever was there (they may be on it). Its file's name.

    Raises NotFound, SignInNeeded, Forbidden.
    """
    row = session.get(Photo, photo_id) if 0 < photo_id <= MAX_ID else None
    crew = team_of_date(session, actor, row.occurrence_id) if row is not None else None
    if row is None or crew is None or row.removed_at is not None:
        raise NotFound()
    require_member(actor)
    allowed = row.member_id == actor.id or policy.may_change(actor, crew) or actor.moderates_in(crew.category_id)
    if not (allowed or was_there(session, row.occurrence_id, actor.id)):
        raise Forbidden(N_("This is for those who were there."))
    row.removed_at, row.removed_by_id = now, actor.id
    session.flush()
    return row.file


def link_recap(session: Session, *, actor: Actor, occurrence_id: int, post_id: int, now: datetime) -> None:
    """Remember which post tells how it was. Raises NotFound, SignInNeeded, Forbidden, Invalid(post_id)."""
    date, crew = _over(session, actor, occurrence_id, now)
    policy.require_change(actor, crew)
    post = session.get(Post, post_id) if 0 < post_id <= MAX_ID else None
    if post is None or post.author_id != actor.id:
        raise Invalid({"post_id": N_("Choose a post of yours.")})
    date.recap_post_id = post.id
    session.flush()


# -- what is forgotten ------------------------------------------------------------------------------------------------


def forget(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Take away notes, answers and walk-ins' names whose time is over, and no-shows older than a year; how many dates.

    Call again while it answers `limit`.
    """
    old = now - REMEMBERED
    session.execute(update(Rsvp).where(Rsvp.no_show_at <= old).values(no_show_at=None))
    told = or_(Rsvp.note != "", select(RsvpAnswer.rsvp_id).where(RsvpAnswer.rsvp_id == Rsvp.id).exists())
    noted = select(Rsvp.id).where(Rsvp.occurrence_id == Occurrence.id, told).exists()
    named = select(WalkIn.id).where(WalkIn.occurrence_id == Occurrence.id, WalkIn.name != "").exists()
    query = (
        select(Occurrence.id, Occurrence.ends_at, Meetup.keep_days)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .where(Occurrence.ends_at <= now, or_(noted, named))
        .order_by(Occurrence.ends_at)
    )
    due = [row.id for row in session.execute(query).all() if row.ends_at + timedelta(days=row.keep_days) <= now][:limit]
    if due:
        theirs = select(Rsvp.id).where(Rsvp.occurrence_id.in_(due))
        session.execute(delete(RsvpAnswer).where(RsvpAnswer.rsvp_id.in_(theirs)))
        session.execute(update(Rsvp).where(Rsvp.occurrence_id.in_(due), Rsvp.note != "").values(note=""))
        session.execute(update(WalkIn).where(WalkIn.occurrence_id.in_(due)).values(name=""))
    return len(due)
