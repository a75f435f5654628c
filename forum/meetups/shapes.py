"""Meetups as the JSON API shows and takes them: names and meanings as the contract has them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from forum.api.schema import about
from forum.kit.i18n import N_

MOMENT = "2027-04-10T17:00:00Z"
WALL = {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"}
Next = Annotated[
    str | None, about(N_("Cursor of the next piece, for after; null at the end."), "WyIyMDI3LTA0LTEwIiw3XQ")
]
Local = Annotated[
    str,
    about(
        N_("Wall time in timezone, without offset. One that does not exist there is refused."), "2027-04-10T19:00:00",
        schema=WALL,
    ),
]  # fmt: skip
Zone = Annotated[str, about(N_("IANA name of the time zone in which people meet."), "Europe/Rome")]
Capacity = Annotated[
    int | None, about(N_("How many people fit, guests included; null: no limit."), 20, schema={"minimum": 1})
]
Known = Annotated[bool | None, about(N_("null: nobody has looked."), True)]


class Access(msgspec.Struct, forbid_unknown_fields=True):
    """Who can get in, and get there."""

    step_free: Known = None
    toilet: Known = None
    hearing_loop: Known = None
    quiet_room: Known = None
    transit: Annotated[str, about(N_("How to get there without a car."), "Bus 8, stop Cascina")] = ""
    notes: Annotated[str, about(N_("Anything else: which door, which lift."), "Ring at the gate.")] = ""


class MeetingPlace(msgspec.Struct, forbid_unknown_fields=True):
    """Where people meet."""

    name: Annotated[str, about(N_("What people call it."), "Cascina Fanzaga", max_length=120)]
    address: Annotated[str, about(N_("Street and town."), "via Lodivecchia 12, Lodi", max_length=300)] = ""
    latitude: Annotated[float | None, about(N_("Degrees north."), 45.31)] = None
    longitude: Annotated[float | None, about(N_("Degrees east."), 9.5)] = None
    access: Annotated[
        Access | str | None, about(N_("Who can get in: in fields, or in a few words."), {"step_free": True})
    ] = None


class Repeat(msgspec.Struct, forbid_unknown_fields=True):
    """How often it comes again."""

    freq: Annotated[Literal["daily", "weekly", "monthly"], about(N_("The rhythm."), "monthly")]
    interval: Annotated[int, about(N_("Every how many days, weeks or months."), 1)] = 1
    by_day: Annotated[
        list[str],
        about(N_("Weekly: MO to SU. Monthly: one, as in 2SA (the second Saturday) or -1FR (the last)."), ["2SA"]),
    ] = []
    by_month_day: Annotated[int | None, about(N_("Monthly: the day, if by_day is empty."), 15)] = None
    count: Annotated[int | None, about(N_("How many dates there are, the first one included."), 6)] = None
    until: Annotated[str | None, about(N_("The last day, inclusive."), "2027-12-31", schema={"format": "date"})] = None


class NewMeetup(msgspec.Struct, forbid_unknown_fields=True):
    """A meetup to announce, with the thread that announces it."""

    title: Annotated[str, about(N_("One line of 3 to 150 characters."), "Officina aperta")]
    body: Annotated[str, about(N_("The opening post, in Markdown."), "Bring your **own** tools.")]
    starts_at_local: Local
    ends_at_local: Local
    timezone: Zone
    place: Annotated[MeetingPlace | None, about(N_("Where. Without a place an online_url is needed."))] = None
    category: Annotated[str, about(N_("Where the thread is opened, by slug; empty: the chapter’s."), "officina")] = ""
    fold: Annotated[
        int, about(N_("Of two equal hours (in autumn) the first or the second."), 0, schema={"enum": [0, 1]})
    ] = 0
    capacity: Capacity = None
    guests_allowed: Annotated[int, about(N_("How many people each member may bring."), 1)] = 0
    rsvp_deadline: Annotated[
        str | None, about(N_("Until when people may say yes: a moment, or wall time in timezone."), MOMENT)
    ] = None
    repeat: Annotated[Repeat | str | None, about(N_("How often it comes again; also as an RRULE of RFC 5545."))] = None
    online_url: Annotated[str, about(N_("Address of an online room; told only to those who come."), "")] = ""
    chapter: Annotated[str, about(N_("The local chapter, by slug."), "lodi")] = ""
    privacy: Annotated[
        Literal["public", "members", "attendees", "hosts"], about(N_("Who may read who comes."), "members")
    ] = "members"
    offer_minutes: Annotated[
        int | None, about(N_("How long a freed seat is held for the first in the queue; null: it is given at once."))
    ] = None


class Date(msgspec.Struct):
    """One date of a meetup."""

    id: Annotated[int, about(N_("Its number, for good."), 7)]
    starts_at: Annotated[datetime, about(N_("When it starts."), MOMENT)]
    ends_at: Annotated[datetime, about(N_("When it ends."), "2027-04-10T20:00:00Z")]
    status: Annotated[
        str,
        about(
            N_("confirmed; tentative: waits for a host’s word; cancelled."), "confirmed",
            schema={"enum": ["tentative", "confirmed", "cancelled"]},
        ),
    ]  # fmt: skip
    capacity: Capacity
    going: Annotated[int, about(N_("Seats taken: people, guests and seats on offer included."), 18)]
    waiting: Annotated[int, about(N_("How many answers wait in the queue."), 0)]
    meetup_id: Annotated[int, about(N_("The meetup it belongs to."), 3)]
    title: Annotated[str, about(N_("What this date is called."), "Officina aperta")]
    timezone: Zone
    starts_at_local: Local
    ends_at_local: Local
    rsvp_deadline: Annotated[datetime | None, about(N_("Until when people may say yes."), MOMENT)]
    cancel_reason: Annotated[str, about(N_("Why it does not take place."), "")]
    url: Annotated[str, about(N_("Its page."), "https://forum.example/meetups/3/officina-aperta?date=7")]


class Meetup(msgspec.Struct):
    """A meetup with its dates: the coming ones, and the last that were."""

    id: Annotated[int, about(N_("Its number, for good."), 3)]
    slug: Annotated[str, about(N_("The title in its address; changes with the title."), "officina-aperta")]
    title: Annotated[str, about(N_("What it is called."), "Officina aperta")]
    thread_id: Annotated[int, about(N_("Where it is announced and talked about."), 42)]
    category: Annotated[str, about(N_("The category of its thread, by slug."), "officina")]
    timezone: Zone
    place: MeetingPlace | None
    guests_allowed: Annotated[int, about(N_("How many people each member may bring."), 1)]
    repeat: Annotated[str | None, about(N_("How often it comes again, as RFC 5545 spells it; null: once."), None)]
    privacy: Annotated[str, about(N_("Who may read who comes."), "members")]
    occurrences: list[Date]
    url: Annotated[str, about(N_("Its page."), "https://forum.example/meetups/3/officina-aperta")]
    version: Annotated[int, about(N_("Grows with every change."), 1)]


class MeetupList(msgspec.Struct):
    """A piece of the list of meetups."""

    items: list[Meetup]
    next: Next


class NewRsvp(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the token’s member comes."""

    answer: Annotated[Literal["yes", "maybe", "no"], about(N_("The answer."), "yes")]
    guests: Annotated[int, about(N_("Whom they bring; they come together, or wait together."), 0)] = 0
    note: Annotated[str | None, about(N_("For the hosts alone; null: as it was."), None)] = None


class AnswerState(msgspec.Struct):
    """What came of an answer."""

    answer: Annotated[str, about(N_("As it was given."), "yes")]
    state: Annotated[
        str,
        about(
            N_("going: has a seat. waiting: in the queue, or has a seat on offer until offered_until."), "going",
            schema={"enum": ["going", "waiting", "maybe", "no"]},
        ),
    ]  # fmt: skip
    position: Annotated[int | None, about(N_("1 is first in the queue; null: not in it."), None)]
    guests: Annotated[int, about(N_("Whom they bring."), 0)]
    offered_until: Annotated[datetime | None, about(N_("Until when a yes takes up the seat on offer."), None)]


class Party(msgspec.Struct):
    """Somebody who comes, with their guests. What hosts alone see is empty for others."""

    name: Annotated[str, about(N_("The member’s name."), "ezio.p")]
    display_name: Annotated[str, about(N_("As it stands beside their posts."), "Ezio Pantaleoni")]
    guests: Annotated[int, about(N_("Whom they bring."), 0)]
    state: Annotated[
        str,
        about(
            N_("Those who have a seat; for hosts the others, too."), "going",
            schema={"enum": ["going", "offered", "waiting", "lapsed", "maybe", "no", "walk_in"]},
        ),
    ]  # fmt: skip
    first_time: Annotated[bool | None, about(N_("They have been at none before; null: not said."), False)]
    note: Annotated[str, about(N_("What they told the hosts."), "")] = ""
    checked_in: Annotated[bool, about(N_("They are there; for hosts."), False)] = False


class PartyList(msgspec.Struct):
    """Those who come, as far as the caller may see. unnamed: how many are not named."""

    items: list[Party]
    next: Next
    unnamed: Annotated[int, about(N_("How many come whose names the caller may not read."), 0)]


class Cancellation(msgspec.Struct, forbid_unknown_fields=True):
    """Why a date does not take place."""

    reason: Annotated[
        str, about(N_("Those who wanted to come read it."), "The roof leaks.", min_length=1, max_length=500)
    ]


SCHEMAS = [
    Access, MeetingPlace, Repeat, NewMeetup, Date, Meetup, MeetupList, NewRsvp, AnswerState, Party, PartyList,
    Cancellation,
]  # fmt: skip
