"""What happens to meetups. What follows from each stands in `forum.events.ROUTES`, as for all events."""

from datetime import datetime

from forum.outbox import Event


class MeetupAnnounced(Event, frozen=True):
    """A meetup stands in the calendar."""

    meetup_id: int


class MeetupTold(Event, frozen=True):
    """There is news about a date of a meetup; those after `after_id` have still to hear."""

    news_id: int
    after_id: int = 0


class SeriesTold(Event, frozen=True):
    """One act on many dates left news that share its name; members after `after_id` have still to hear."""

    meetup_id: int
    act: str
    after_id: int = 0


class SeatChanged(Event, frozen=True):
    """A member took a seat, gave it back, or brings others along: `version` is their answer's after it.

    `others`: (answer, version) of further dates of the series, when one tap was for all of them. `passed`: the seat
    that they gave back went to somebody else at once.
    """

    rsvp_id: int
    version: int
    passed: bool = False
    others: tuple[tuple[int, int], ...] = ()


class PlaceChanged(Event, frozen=True):
    """A place where dates are coming has another name, address or position, since `at`.

    Meetups after `after_id` have still to hear. `reason`: the words of whoever changed it; no row keeps them.
    """

    place_id: int
    by_id: int
    at: datetime
    reason: str
    after_id: int = 0


class OfferEnds(Event, frozen=True):
    """The time to take up a seat that was offered is over."""

    rsvp_id: int
    until: datetime


class ReminderDue(Event, frozen=True):
    """A date is near. `kind`: week, day, hours; `starts_at`: when it began as this was timed."""

    occurrence_id: int
    kind: str
    starts_at: datetime


class ConfirmationDue(Event, frozen=True):
    """The hosts of a series are asked whether this date takes place."""

    occurrence_id: int
    starts_at: datetime


class OccurrenceEnded(Event, frozen=True):
    """A date is over: who was missing, and how it was. `ends_at`: as this was timed."""

    occurrence_id: int
    ends_at: datetime


class SurveyAnswered(Event, frozen=True):
    """Somebody said how a meetup was."""

    survey_id: int
