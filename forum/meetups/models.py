"""Meetups: places, chapters, series and their occurrences, answers, and what stays afterwards.

A meetup is a series, if only of one. Whatever happens at a time (an answer, a cancellation, a check-in) points at an
occurrence. Wall time and IANA zone are what people agreed on; the UTC columns are derived (`forum.kit.walltime`) and
derived again when the rules of a zone change.
"""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

STATUSES = ("tentative", "confirmed", "cancelled")
"""As iCalendar spells them. tentative: a date of a series that waits for a host's yes."""
PRIVACIES = ("public", "members", "attendees", "hosts")
"""Who may read the names of those who come. How many they are is said to whoever sees the meetup."""
ANSWERS = ("yes", "maybe", "no")
RSVP_STATES = ("going", "offered", "waiting", "lapsed", "maybe", "no", "walk_in")
"""What came of an answer. yes: going, waiting, offered (a seat is held until `offered_until`) or lapsed (it was not
taken up in time). walk_in: came without having answered, and takes no seat of the plan."""
SEATED = ("going", "offered")
"""Who takes seats: an offer that is still open counts."""
COMING = ("going", "offered", "waiting", "maybe")
"""Whom a change of the date concerns."""
QUESTION_KINDS = ("text", "choice", "yesno", "diet", "access")
HOST_ROLES = ("host", "helper")
"""host: changes, cancels, sees answers. helper: checks people in."""
NEWS = (
    "changed", "cancelled", "promoted", "offered", "lapsed", "removed", "week", "day", "hours", "confirm", "survey",
    "message",
)  # fmt: skip
"""What people are told of a date. confirm: hosts are asked whether it takes place. message: a word
from a host. week, day, hours: reminders."""
TO_CREW = ("changed", "cancelled")
"""Of these, who looks after the meetup hears, too, whether they answered or not."""
OWN_FIELDS = ("time", "title", "note", "place", "capacity", "guests", "deadline", "hosts_note")
"""What an occurrence may have on its own; the series leaves these alone when it changes."""
MEMBER = "members.id"

Wall = DateTime(timezone=False)
"""Wall time: what the clock in the room says. Never compared with a moment."""


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Chapter(Base):
    """A local group: a category to talk in, a town, hosts, a calendar of its own."""

    __tablename__ = "chapters"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(Text, server_default="")  # plain text, paragraphs
    category_id: Mapped[int] = mapped_column(Id, ForeignKey("categories.id"), index=True)
    town: Mapped[str] = mapped_column(String(80), server_default="")
    latitude: Mapped[float | None]  # degrees, WGS 84
    longitude: Mapped[float | None]
    timezone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class ChapterHost(Base):
    """Who announces meetups for a chapter."""

    __tablename__ = "chapter_hosts"

    chapter_id: Mapped[int] = mapped_column(Id, ForeignKey("chapters.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)


class Place(Base):
    """Somewhere to meet, used again and again. Of what nobody has looked at (None) nothing is said."""

    __tablename__ = "places"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300), server_default="")
    latitude: Mapped[float | None]  # degrees, WGS 84
    longitude: Mapped[float | None]
    step_free: Mapped[bool | None]
    toilet: Mapped[bool | None]  # one that a wheelchair user can use
    hearing_loop: Mapped[bool | None]
    quiet_room: Mapped[bool | None]
    transit: Mapped[str] = mapped_column(String(300), server_default="")  # how to get there without a car
    access: Mapped[str] = mapped_column(String(500), server_default="")  # anything else: which door, which lift
    shared: Mapped[bool] = mapped_column(server_default="1")  # other hosts may choose it; a home is not
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # offered to nobody any more
    version: Mapped[int] = mapped_column(server_default="1")


class Meetup(Base):
    """What was announced. Its thread decides who sees it; `rule` says when it comes again."""

    __tablename__ = "meetups"
    __table_args__ = (
        _one_of("privacy", PRIVACIES),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
        CheckConstraint("guests_allowed >= 0", name="guests"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[int] = mapped_column(Id, ForeignKey("threads.id"), index=True)
    author_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER), index=True)
    chapter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("chapters.id"), index=True)
    cloned_from_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meetups.id"))
    title: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(8), server_default="")  # language of the words; empty: the thread's
    # the first date as it was agreed on; every occurrence keeps its own
    timezone: Mapped[str] = mapped_column(String(64))  # IANA
    starts_local: Mapped[datetime] = mapped_column(Wall)
    ends_local: Mapped[datetime] = mapped_column(Wall)
    fold: Mapped[int] = mapped_column(server_default="0")  # which of two equal hours (PEP 495)
    rule: Mapped[str] = mapped_column(String(120), server_default="")  # RRULE subset (recurrence.py); empty: once
    # what new occurrences get
    place_id: Mapped[int | None] = mapped_column(Id, ForeignKey("places.id"), index=True)
    online_url: Mapped[str] = mapped_column(String(300), server_default="")  # told to who comes
    capacity: Mapped[int | None]  # people; None: no limit
    guests_allowed: Mapped[int] = mapped_column(server_default="0")  # whom one member may bring
    deadline_minutes: Mapped[int | None]  # of wall time before the start; None: until it starts
    # how answers are dealt with
    offer_minutes: Mapped[int | None]  # a freed seat is held this long for the first in the queue; None: given at once
    privacy: Mapped[str] = mapped_column(String(10), server_default="members")
    keep_days: Mapped[int] = mapped_column(server_default="30")  # answers and notes go this long after the end
    asks_hosts: Mapped[bool] = mapped_column(server_default="0")  # each date waits for a host's yes
    survey: Mapped[bool] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # the series goes no further: no new dates
    version: Mapped[int] = mapped_column(server_default="1")


class MeetupHost(Base):
    """Who looks after a meetup."""

    __tablename__ = "meetup_hosts"
    __table_args__ = (_one_of("role", HOST_ROLES),)

    meetup_id: Mapped[int] = mapped_column(Id, ForeignKey("meetups.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(8), server_default="host")


class Question(Base):
    """What hosts want to know from who comes; at most five. Answers are read by hosts alone."""

    __tablename__ = "meetup_questions"
    __table_args__ = (UniqueConstraint("meetup_id", "position"), _one_of("kind", QUESTION_KINDS))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meetup_id: Mapped[int] = mapped_column(Id, ForeignKey("meetups.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8), server_default="text")
    prompt: Mapped[str] = mapped_column(String(200))
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    required: Mapped[bool] = mapped_column(server_default="0")


class Occurrence(Base):
    """One date. `taken`, `waiting`, `maybe` are counted under the row's lock, with every change of an answer."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("meetup_id", "original_local"),
        _one_of("status", STATUSES),
        CheckConstraint("taken >= 0 AND waiting >= 0 AND maybe >= 0", name="counts"),
        CheckConstraint("capacity IS NULL OR taken <= capacity", name="capacity"),
        CheckConstraint("ends_at > starts_at", name="order"),
        Index("ix_occurrences_start", "starts_at", "id"),
        Index("ix_occurrences_end", "ends_at", "id"),
        Index("ix_occurrences_meetup_start", "meetup_id", "starts_at", "id"),
        Index("ix_occurrences_place", "place_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meetup_id: Mapped[int] = mapped_column(Id, ForeignKey("meetups.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(String(64), unique=True)  # of its VEVENT, for good
    original_local: Mapped[datetime] = mapped_column(Wall)  # where the rule put it
    timezone: Mapped[str] = mapped_column(String(64))
    starts_local: Mapped[datetime] = mapped_column(Wall)
    ends_local: Mapped[datetime] = mapped_column(Wall)
    fold: Mapped[int] = mapped_column(server_default="0")
    starts_at: Mapped[datetime]  # derived
    ends_at: Mapped[datetime]  # derived
    zone_rules: Mapped[str] = mapped_column(String(8))  # version of the zone data that derived them
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), server_default="")  # about this date alone
    place_id: Mapped[int | None] = mapped_column(Id, ForeignKey("places.id"))
    online_url: Mapped[str] = mapped_column(String(300), server_default="")
    capacity: Mapped[int | None]
    guests_allowed: Mapped[int] = mapped_column(server_default="0")
    deadline_at: Mapped[datetime | None]  # derived
    own: Mapped[str] = mapped_column(String(80), server_default="")  # space-separated names of OWN_FIELDS
    status: Mapped[str] = mapped_column(String(10), server_default="confirmed")
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    cancel_reason: Mapped[str] = mapped_column(String(500), server_default="")
    change_reason: Mapped[str] = mapped_column(String(500), server_default="")  # of the newest change, as hosts put it
    previous_starts_at: Mapped[datetime | None]  # where it stood before it was moved
    sequence: Mapped[int] = mapped_column(server_default="0")  # of its VEVENT: raised by every change that matters
    changed_at: Mapped[datetime]
    taken: Mapped[int] = mapped_column(server_default="0")  # seats: people, guests included, open offers too
    waiting: Mapped[int] = mapped_column(server_default="0")  # parties in the queue
    maybe: Mapped[int] = mapped_column(server_default="0")  # parties
    last_ticket: Mapped[int] = mapped_column(server_default="0")  # newest number of the queue
    closed_at: Mapped[datetime | None]  # what follows the end is done: no-shows, the survey
    recap_post_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id"))
    version: Mapped[int] = mapped_column(server_default="1")


class Rsvp(Base):
    """A member's answer for one date, with their guests: a party."""

    __tablename__ = "rsvps"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "member_id"),
        _one_of("answer", ANSWERS),
        _one_of("state", RSVP_STATES),
        CheckConstraint("guests >= 0", name="guests"),
        CheckConstraint("(ticket IS NOT NULL) = (state = 'waiting')", name="ticket"),
        CheckConstraint("(offered_until IS NOT NULL) = (state = 'offered')", name="offer"),
        Index("ix_rsvps_queue", "occurrence_id", "ticket", unique=True,
              postgresql_where=text("ticket IS NOT NULL"), sqlite_where=text("ticket IS NOT NULL")),
        Index("ix_rsvps_state", "occurrence_id", "state", "id"),
        Index("ix_rsvps_member", "member_id", "occurrence_id"),
        Index("ix_rsvps_no_show", "member_id", "no_show_at",
              postgresql_where=text("no_show_at IS NOT NULL"), sqlite_where=text("no_show_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(Id, ForeignKey("occurrences.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"))
    answer: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    guests: Mapped[int] = mapped_column(server_default="0")
    note: Mapped[str] = mapped_column(String(500), server_default="")  # for the hosts; goes after `keep_days`
    hidden: Mapped[bool] = mapped_column(server_default="0")  # on no list but the hosts'
    photos: Mapped[bool] = mapped_column(server_default="0")  # may be seen on pictures
    ticket: Mapped[int | None]  # place in the queue: the lowest is first
    offered_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    left_late_at: Mapped[datetime | None]  # said no after the deadline: not a no-show
    arrived_at: Mapped[datetime | None]
    arrived: Mapped[int | None]  # people of the party who came
    checked_in_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    no_show_at: Mapped[datetime | None]  # told by hosts alone; forgotten after twelve months
    version: Mapped[int] = mapped_column(server_default="1")


class RsvpAnswer(Base):
    """What somebody answered to a question; goes `keep_days` after the end."""

    __tablename__ = "rsvp_answers"

    rsvp_id: Mapped[int] = mapped_column(Id, ForeignKey("rsvps.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        Id, ForeignKey("meetup_questions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[str] = mapped_column(String(500))


class StandingAnswer(Base):
    """An answer to a whole series: each date that is added later gets it. Those that exist have their own."""

    __tablename__ = "standing_answers"
    __table_args__ = (_one_of("answer", ANSWERS),)

    meetup_id: Mapped[int] = mapped_column(Id, ForeignKey("meetups.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(8))
    guests: Mapped[int] = mapped_column(server_default="0")
    hidden: Mapped[bool] = mapped_column(server_default="0")
    at: Mapped[datetime]


class News(Base):
    """Something to tell about a date: what notices and mails are about. `key` makes telling it twice impossible."""

    __tablename__ = "meetup_news"
    __table_args__ = (_one_of("kind", NEWS), Index("ix_meetup_news_occurrence", "occurrence_id", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(Id, ForeignKey("occurrences.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"))  # None: all concerned
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # None: the software
    sequence: Mapped[int]  # of the date when this was said
    what: Mapped[str] = mapped_column(String(80), server_default="")  # changed: names of OWN_FIELDS
    reason: Mapped[str] = mapped_column(String(500), server_default="")
    starts_before: Mapped[datetime | None]  # changed: when it stood there before
    at: Mapped[datetime]


class WalkIn(Base):
    """Somebody without an account who came. The name is for the list at the door, and goes after `keep_days`."""

    __tablename__ = "walk_ins"
    __table_args__ = (CheckConstraint("people > 0", name="people"), UniqueConstraint("occurrence_id", "submission"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(Id, ForeignKey("occurrences.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60), server_default="")
    people: Mapped[int] = mapped_column(server_default="1")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    submission: Mapped[str | None] = mapped_column(String(64))  # the form's own key: a double tap counts once


class Photo(Base):
    """A picture of the album: of members who were there, with the consent of who is on it."""

    __tablename__ = "meetup_photos"
    __table_args__ = (Index("ix_meetup_photos_album", "occurrence_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(Id, ForeignKey("occurrences.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), index=True)
    file: Mapped[str] = mapped_column(String(64))  # in uploads/meetups
    width: Mapped[int]  # pixels
    height: Mapped[int]
    alt: Mapped[str] = mapped_column(String(300), server_default="")
    created_at: Mapped[datetime]
    consent_at: Mapped[datetime]  # the uploader said that everybody on it agrees
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))


class Survey(Base):
    """Three answers about a date, by somebody who was there."""

    __tablename__ = "meetup_surveys"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "member_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(Id, ForeignKey("occurrences.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), index=True)
    rating: Mapped[int]
    liked: Mapped[str] = mapped_column(Text, server_default="")
    better: Mapped[str] = mapped_column(Text, server_default="")
    quotable: Mapped[bool] = mapped_column(server_default="1")  # may be quoted to the teams, without the name
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CalendarToken(Base):
    """The secret of a member's own calendar address; a new one ends the old."""

    __tablename__ = "calendar_tokens"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MeetupChoice(Base):
    """What a member chose: reminders, and roughly where they live. No row: all reminders, no town."""

    __tablename__ = "meetup_choices"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True)
    remind_week: Mapped[bool] = mapped_column(server_default="1")
    remind_day: Mapped[bool] = mapped_column(server_default="1")
    remind_hours: Mapped[bool] = mapped_column(server_default="1")
    town: Mapped[str] = mapped_column(String(80), server_default="")
    latitude: Mapped[float | None]  # degrees, rounded to a tenth: some ten kilometres
    longitude: Mapped[float | None]
