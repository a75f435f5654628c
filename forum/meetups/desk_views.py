"""What hosts see of a date: the list at the door, and what people said afterwards."""

from datetime import datetime

import msgspec

from forum.meetups.views import QuestionView
from forum.members.queries import MemberCard


class DoorRow(msgspec.Struct, frozen=True):
    """A party on the hosts' list. `missed`, `known`: of their last dates (twelve months), missed of how many."""

    rsvp_id: int
    member: MemberCard
    answer: str
    state: str
    guests: int
    note: str
    hidden: bool
    photos: bool
    ticket: int | None
    offered_until: datetime | None
    changed_at: datetime
    arrived_at: datetime | None
    arrived: int | None
    no_show_at: datetime | None
    left_late_at: datetime | None
    answers: dict[int, str]
    missed: int = 0
    known: int = 0


class WalkInRow(msgspec.Struct, frozen=True):
    """Somebody without an account who came."""

    id: int
    name: str
    people: int
    at: datetime


class Door(msgspec.Struct, frozen=True):
    """Everything the hosts see of a date. `parties`, `people`: distinct parties that came, and heads."""

    rows: tuple[DoorRow, ...]
    walk_ins: tuple[WalkInRow, ...]
    questions: tuple[QuestionView, ...]
    parties: int
    people: int
    expected: int
    """People who have a seat."""


class SurveyAnswer(msgspec.Struct, frozen=True):
    """What one who was there says of a date; hosts read it without the name."""

    rating: int
    liked: str
    better: str
    quotable: bool


class SurveySummary(msgspec.Struct, frozen=True):
    """All answers of a date. `ratings`: how many gave 1, 2, 3, 4, 5."""

    ratings: tuple[int, int, int, int, int]
    answers: tuple[SurveyAnswer, ...]

    @property
    def count(self) -> int:
        """How many answered."""
        return sum(self.ratings)

    @property
    def mean(self) -> float | None:
        """1..5."""
        return sum(stars * n for stars, n in enumerate(self.ratings, 1)) / self.count if self.count else None
