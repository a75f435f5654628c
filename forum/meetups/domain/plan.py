"""What somebody plans, and what is wrong with it. Wall time is naive; nothing here looks at the database."""

from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

import msgspec

from forum.errors import Invalid
from forum.kit import walltime
from forum.kit.i18n import N_, Message, Text
from forum.meetups import recurrence
from forum.meetups.models import PRIVACIES, QUESTION_KINDS

MAX_PEOPLE = 100_000
MAX_GUESTS = 20
MAX_QUESTIONS = 5
MAX_CHOICES = 12
MAX_KEEP = 365  # days
MAX_LENGTH = timedelta(days=14)
AHEAD = timedelta(days=5 * 366)
"""Nobody plans further; beyond it a year was mistyped."""
OFFERS = (None, 60, 180, 360, 720, 1440, 2880)
"""Minutes for which a freed seat may be held."""


class NewPlace(msgspec.Struct, frozen=True):
    """A place as somebody describes it; None: not said."""

    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    step_free: bool | None = None
    toilet: bool | None = None
    hearing_loop: bool | None = None
    quiet_room: bool | None = None
    transit: str = ""
    access: str = ""
    shared: bool = True


class NewQuestion(msgspec.Struct, frozen=True):
    """A question to those who come. `id`: of the one it replaces; 0: new."""

    prompt: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = False
    id: int = 0


class Plan(msgspec.Struct, frozen=True):
    """A meetup as somebody wants it. `deadline`: naive is wall time, aware a moment. `place`: an id, or a new one.

    `thread_id`: talk goes on in that thread; None: one is opened, with `body`, in `category` (slug; empty: the
    chapter's, else the first where the actor may). `hosts`, `helpers`: names of members.
    """

    title: str
    starts_local: datetime
    ends_local: datetime
    timezone: str
    body: str = ""
    category: str = ""
    fold: int = 0
    place: int | NewPlace | None = None
    online_url: str = ""
    capacity: int | None = None
    guests_allowed: int = 0
    deadline: datetime | None = None
    rule: str = ""
    offer_minutes: int | None = None
    privacy: str = "members"
    keep_days: int = 30
    asks_hosts: bool = False
    survey: bool = True
    questions: tuple[NewQuestion, ...] = ()
    hosts: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    chapter: str = ""
    thread_id: int | None = None
    locale: str = ""
    tags: tuple[str, ...] = ()


class DatePlan(msgspec.Struct, frozen=True):
    """One date as it shall be; every field is given."""

    title: str
    starts_local: datetime
    ends_local: datetime
    timezone: str
    fold: int = 0
    note: str = ""
    place: int | NewPlace | None = None
    online_url: str = ""
    capacity: int | None = None
    guests_allowed: int = 0
    deadline: datetime | None = None


class Times(msgspec.Struct, frozen=True):
    """Wall time that was checked, and the moments it means now."""

    starts_at: datetime
    ends_at: datetime
    deadline_at: datetime | None


def line(text: str, most: int) -> str:
    """`text` on one line, without what cannot be seen, at most `most` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most]


def words(text: str, field: str, most: int) -> str:
    """A text of one or more lines. Raises Invalid(field) beyond `most` characters."""
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text.replace("\r\n", "\n")).strip()
    if len(plain) > most:
        raise Invalid({field: Text(N_("That is too long: at most %(n)s characters."), {"n": most})})
    return plain


def check_times(
    starts: datetime, ends: datetime, timezone: str, fold: int, deadline: datetime | None, *, now: datetime,
) -> Times:  # fmt: skip
    """What wall time means. Raises Invalid(starts_local, ends_local, timezone, rsvp_deadline, fold)."""
    try:
        where = walltime.zone(timezone)
    except walltime.UnknownZone:
        raise Invalid({"timezone": N_("Choose a time zone from the list.")}) from None
    if fold not in {0, 1}:
        raise Invalid({"fold": N_("This is 0 for the first of two equal hours, 1 for the second.")})
    starts_at = _moment(starts, where, fold, "starts_local")
    ends_at = _moment(ends, where, fold, "ends_local")
    if ends_at <= starts_at:
        ends_at = _moment(ends, where, 1, "ends_local")
    problems = _order_problems(starts_at, ends_at, now)
    deadline_at = None
    if deadline is not None:
        deadline_at = deadline if deadline.tzinfo is not None else _moment(deadline, where, 0, "rsvp_deadline")
        if deadline_at > starts_at:
            problems["rsvp_deadline"] = N_("Answers close before it begins.")
    if problems:
        raise Invalid(problems)
    return Times(starts_at, ends_at, deadline_at)


def _order_problems(starts_at: datetime, ends_at: datetime, now: datetime) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if ends_at <= starts_at:
        problems["ends_local"] = N_("It ends before it begins.")
    elif ends_at - starts_at > MAX_LENGTH:
        problems["ends_local"] = N_("It lasts longer than two weeks: announce each part on its own.")
    if starts_at <= now:
        problems["starts_local"] = N_("This is in the past.")
    elif starts_at - now > AHEAD:
        problems["starts_local"] = N_("This is more than five years ahead.")
    return problems


def _moment(wall: datetime, where: tzinfo, fold: int, field: str) -> datetime:
    if wall.tzinfo is not None:
        raise Invalid({field: N_("Give the time on the wall, without a zone.")})
    if wall.second or wall.microsecond:
        wall = wall.replace(second=0, microsecond=0)
    try:
        return walltime.moment(wall, where, fold)
    except walltime.Gap:
        raise Invalid(
            {field: N_("This hour does not exist there: the clocks go forward that night. Choose another one.")}
        ) from None
    except (OverflowError, ValueError):
        raise Invalid({field: N_("This is more than five years ahead.")}) from None


def check_numbers(capacity: int | None, guests: int) -> None:
    """Raises Invalid(capacity, guests_allowed)."""
    problems: dict[str, Message] = {}
    if capacity is not None and not 1 <= capacity <= MAX_PEOPLE:
        problems["capacity"] = N_("Give a number of at least 1, or leave it empty.")
    if not 0 <= guests <= MAX_GUESTS:
        problems["guests_allowed"] = Text(N_("Choose a number from 0 to %(n)s."), {"n": MAX_GUESTS})
    if problems:
        raise Invalid(problems)


def check_rule(rule: str) -> str:
    """The rule as it is kept. Raises Invalid(repeat)."""
    if not rule.strip():
        return ""
    try:
        return str(recurrence.parse(rule.strip().upper().removeprefix("RRULE:")))
    except recurrence.BadRule as error:
        if error.field == "nth":
            message: Message = N_("Choose the first to the fourth, or the last: many months have no fifth.")
        elif error.field == "count":
            message = Text(N_("Repeat it 1 to %(n)s times, or until a day."), {"n": recurrence.MAX_COUNT})
        else:
            message = N_("We do not know this kind of repetition.")
        raise Invalid({"repeat": message}) from None


def check_url(url: str, field: str = "online_url") -> str:
    """An http(s) address. Raises Invalid."""
    url = line(url, 400)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= 300
    except ValueError:
        fine = False
    if not fine:
        raise Invalid({field: N_("Give a whole address that begins with https://.")})
    return url


def check_place(place: NewPlace) -> NewPlace:
    """The place as it is kept. Raises Invalid(place)."""
    name = line(place.name, 120)
    if not name:
        raise Invalid({"place": N_("Where do you meet? Give the place a name.")})
    if (place.latitude is None) != (place.longitude is None):
        raise Invalid({"place": N_("Give both latitude and longitude, or neither.")})
    if place.latitude is not None and place.longitude is not None:
        fine = -90 <= place.latitude <= 90 and -180 <= place.longitude <= 180  # also refuses NaN
        if not fine:
            raise Invalid({"place": N_("Latitude runs from -90 to 90, longitude from -180 to 180.")})
    return msgspec.structs.replace(
        place, name=name, address=line(place.address, 300), transit=line(place.transit, 300),
        access=words(place.access, "place", 500),
    )  # fmt: skip


def check_questions(questions: tuple[NewQuestion, ...]) -> tuple[NewQuestion, ...]:
    """Raises Invalid(questions)."""
    found = []
    for question in questions:
        prompt = line(question.prompt, 200)
        if not prompt:
            continue
        choices = tuple(dict.fromkeys(one for one in (line(choice, 80) for choice in question.choices) if one))
        if question.kind not in QUESTION_KINDS:
            raise Invalid({"questions": N_("Choose from the list.")})
        if question.kind == "choice" and not 2 <= len(choices) <= MAX_CHOICES:
            raise Invalid({"questions": Text(N_("Give 2 to %(n)s answers to choose from."), {"n": MAX_CHOICES})})
        kept = choices if question.kind == "choice" else ()
        found.append(msgspec.structs.replace(question, prompt=prompt, choices=kept))
    if len(found) > MAX_QUESTIONS:
        raise Invalid({"questions": Text(N_("At most %(n)s questions: people answer few."), {"n": MAX_QUESTIONS})})
    return tuple(found)


def check_settings(plan: Plan) -> None:
    """Raises Invalid(privacy, keep_days, offer_minutes)."""
    problems: dict[str, Message] = {}
    if plan.privacy not in PRIVACIES:
        problems["privacy"] = N_("Choose from the list.")
    if not 1 <= plan.keep_days <= MAX_KEEP:
        problems["keep_days"] = Text(N_("Choose a number of days from 1 to %(n)s."), {"n": MAX_KEEP})
    if plan.offer_minutes not in OFFERS:
        problems["offer_minutes"] = N_("Choose from the list.")
    if problems:
        raise Invalid(problems)


def check_reason(reason: str) -> str:
    """Why something changes, for those who are told. Raises Invalid(reason)."""
    reason = words(reason, "reason", 500)
    if not reason:
        raise Invalid({"reason": N_("Say why: those who wanted to come will read it.")})
    return reason


def lead(starts: datetime, deadline_at: datetime | None, timezone: str) -> int | None:
    """Minutes on the wall from deadline to start: what the dates of a series share."""
    if deadline_at is None:
        return None
    wall = walltime.wall_of(deadline_at.astimezone(UTC), walltime.zone(timezone))
    return max(0, walltime.minutes(starts - wall.replace(fold=0)))
