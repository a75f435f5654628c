"""What meetups look like from outside: read structs, made by `queries`, shown by templates, files and the API."""

from datetime import date, datetime
from urllib.parse import quote, urlencode

import msgspec

from forum.categories.queries import CategoryView
from forum.kit import walltime
from forum.members.queries import MemberCard
from forum.threads.views import ThreadView, thread_url


def meetup_url(meetup_id: int, slug: str, occurrence_id: int | None = None) -> str:
    """The meetup's address; with `occurrence_id` that of one of its dates."""
    return f"/meetups/{meetup_id}/{slug}" + (f"?date={occurrence_id}" if occurrence_id else "")


class PlaceView(msgspec.Struct, frozen=True):
    """Somewhere to meet. None: nobody has looked."""

    id: int
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    step_free: bool | None
    toilet: bool | None
    hearing_loop: bool | None
    quiet_room: bool | None
    transit: str
    access: str
    shared: bool
    archived_at: datetime | None
    version: int

    @property
    def line(self) -> str:
        """Name and address on one line."""
        return ", ".join(part for part in (self.name, self.address) if part)

    @property
    def facts(self) -> tuple[tuple[str, bool | None], ...]:
        """The four questions of access, in their order."""
        return (
            ("step_free", self.step_free), ("toilet", self.toilet), ("hearing_loop", self.hearing_loop),
            ("quiet_room", self.quiet_room),
        )  # fmt: skip

    @property
    def directions(self) -> tuple[tuple[str, str], ...]:
        """(name, address) of the maps that show the way. Plain links: nothing is fetched from them."""
        where = f"{self.latitude},{self.longitude}" if self.latitude is not None else self.line
        osm = (
            f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=17/{self.latitude}/{self.longitude}"
            if self.latitude is not None
            else "https://www.openstreetmap.org/search?" + urlencode({"query": self.line})
        )
        return (
            ("OpenStreetMap", osm),
            ("Google Maps", "https://www.google.com/maps/dir/?" + urlencode({"api": 1, "destination": where})),
            ("Apple Maps", "https://maps.apple.com/?" + urlencode({"daddr": where, "q": self.name}, quote_via=quote)),
        )


class ChapterView(msgspec.Struct, frozen=True):
    """A local group."""

    id: int
    slug: str
    name: str
    about: str
    category_id: int
    town: str
    latitude: float | None
    longitude: float | None
    timezone: str
    archived_at: datetime | None
    version: int

    @property
    def url(self) -> str:
        """Its page: who looks after it, and its calendar."""
        return f"/meetups/chapters/{self.slug}"


class QuestionView(msgspec.Struct, frozen=True):
    """What hosts ask. `kind`: text, choice (one of `choices`), yesno, diet, access."""

    id: int
    position: int
    kind: str
    prompt: str
    choices: tuple[str, ...]
    required: bool


class HostView(msgspec.Struct, frozen=True):
    """Who looks after a meetup. `role`: host, or helper (checks people in)."""

    member: MemberCard
    role: str


class MeetupView(msgspec.Struct, frozen=True):
    """A series, if only of one."""

    id: int
    thread_id: int
    author_id: int
    chapter_id: int | None
    title: str
    slug: str
    locale: str
    timezone: str
    starts_local: datetime
    ends_local: datetime
    fold: int
    rule: str
    place_id: int | None
    online_url: str
    capacity: int | None
    guests_allowed: int
    deadline_minutes: int | None
    offer_minutes: int | None
    privacy: str
    keep_days: int
    asks_hosts: bool
    survey: bool
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    version: int

    @property
    def url(self) -> str:
        """Its page."""
        return meetup_url(self.id, self.slug)

    @property
    def is_series(self) -> bool:
        """It comes again."""
        return bool(self.rule)


class OccurrenceView(msgspec.Struct, frozen=True):
    """One date. Local times are naive, in `timezone`; `starts_at`, `ends_at`, `deadline_at` are moments."""

    id: int
    meetup_id: int
    uid: str
    original_local: datetime
    timezone: str
    starts_local: datetime
    ends_local: datetime
    fold: int
    starts_at: datetime
    ends_at: datetime
    title: str
    note: str
    place_id: int | None
    online_url: str
    capacity: int | None
    guests_allowed: int
    deadline_at: datetime | None
    own: str
    status: str
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    change_reason: str
    previous_starts_at: datetime | None
    sequence: int
    changed_at: datetime
    taken: int
    waiting: int
    maybe: int
    closed_at: datetime | None
    recap_post_id: int | None
    version: int
    is_online: bool = False
    """There is an online room; `online_url` is empty for whoever may not know its address."""

    @property
    def free(self) -> int | None:
        """Seats left; None: as many as like."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        """Whoever says yes now waits."""
        return self.free is not None and (self.free == 0 or self.waiting > 0)

    @property
    def is_cancelled(self) -> bool:
        """It does not take place."""
        return self.status == "cancelled"

    def is_over(self, now: datetime) -> bool:
        """It has ended."""
        return self.ends_at <= now

    def is_open(self, now: datetime) -> bool:
        """Answers are taken (a no always is, until it starts)."""
        return self.status != "cancelled" and now < (self.deadline_at or self.starts_at)

    def replies(self, state: str, now: datetime) -> tuple[str, ...]:
        """What somebody may answer whose own answer's state is `state` (empty: they have not answered).

        After the deadline whoever is concerned may go, and a seat that is held for somebody may be taken up.
        """
        if self.is_open(now):
            return ("yes", "maybe", "no")
        if self.status == "cancelled" or self.starts_at <= now:
            return ()
        return {"offered": ("yes", "no"), **dict.fromkeys(("going", "waiting", "maybe"), ("no",))}.get(state, ())

    def starts_in(self, timezone: str) -> datetime:
        """The wall time at which it starts for somebody in `timezone`; naive. To be shown beside `starts_local`."""
        return walltime.wall_of(self.starts_at, walltime.zone(timezone))


class OccurrenceRow(msgspec.Struct, frozen=True):
    """A date in a list: agenda, month, card, feed."""

    occurrence: OccurrenceView
    slug: str
    rule: str
    chapter_id: int | None
    thread_id: int
    thread_slug: str
    thread_posts: int
    locale: str
    category: CategoryView
    place_name: str
    place_address: str
    host: MemberCard
    """Who announced it."""
    state: str = ""
    """The reader's own (RSVP_STATES); empty: they have not answered."""

    @property
    def url(self) -> str:
        """The page of this date."""
        return meetup_url(self.occurrence.meetup_id, self.slug, self.occurrence.id)

    @property
    def thread_url(self) -> str:
        """Where it is talked about."""
        return thread_url(self.thread_id, self.thread_slug)


class DayCell(msgspec.Struct, frozen=True):
    """A day of the month's table, in the reader's zone. `more`: there are others than `rows`."""

    day: date
    rows: tuple[OccurrenceRow, ...]
    more: bool
    outside: bool
    """Of the month before or after."""


class MonthView(msgspec.Struct, frozen=True):
    """Whole weeks, Monday first."""

    year: int
    month: int
    weeks: tuple[tuple[DayCell, ...], ...]


class Near(msgspec.Struct, frozen=True):
    """A date and how far it is from a town, in whole kilometres."""

    row: OccurrenceRow
    km: int


class MyAnswer(msgspec.Struct, frozen=True):
    """The reader's own answer for one date. `position`: 1 is first in the queue; None: not in it."""

    id: int
    answer: str
    state: str
    guests: int
    note: str
    hidden: bool
    photos: bool
    position: int | None
    offered_until: datetime | None
    arrived_at: datetime | None
    answers: dict[int, str]
    """Question id → what they answered."""
    version: int

    @property
    def party(self) -> int:
        """They and their guests."""
        return 1 + self.guests


class Attendee(msgspec.Struct, frozen=True):
    """Who comes, as those see it who may see the list."""

    member: MemberCard
    guests: int
    state: str
    first_time: bool
    """They have been at none before."""
    is_host: bool = False


class PhotoView(msgspec.Struct, frozen=True):
    """A picture of the album. `member`: who added it; None: the reader may not know."""

    id: int
    member: MemberCard | None
    file: str
    width: int
    height: int
    alt: str
    created_at: datetime
    may_remove: bool

    @property
    def src(self) -> str:
        """Its address."""
        return f"/uploads/meetups/{self.file}"


class Rights(msgspec.Struct, frozen=True):
    """What the reader may do here."""

    change: bool = False
    check_in: bool = False
    answer: bool = False
    names: bool = False
    """Read who comes."""
    link: bool = False
    """Read the address of the online room."""
    album: bool = False
    """Add pictures."""
    survey: bool = False
    """Say how it was."""
    announce: bool = False
    """Announce another one like it."""


class MeetupPage(msgspec.Struct, frozen=True):
    """A meetup with one of its dates, as one reader may see it."""

    meetup: MeetupView
    occurrence: OccurrenceView
    dates: tuple[OccurrenceView, ...]
    """The coming dates of a series (at most 12), cancelled ones included, and the one that is shown."""
    thread: ThreadView
    category: CategoryView
    chapter: ChapterView | None
    place: PlaceView | None
    hosts: tuple[HostView, ...]
    questions: tuple[QuestionView, ...]
    mine: MyAnswer | None
    attendees: tuple[Attendee, ...]
    """The first 24 who may be named; empty unless `rights.names`."""
    unnamed: int
    """How many of those who come chose not to be named."""
    rights: Rights
    standing: str = ""
    """The reader's answer to the whole series; empty: none."""

    @property
    def url(self) -> str:
        """The page of this date."""
        return meetup_url(self.meetup.id, self.meetup.slug, self.occurrence.id)
