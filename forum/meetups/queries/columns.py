"""The columns of the read structs, in order, and the structs of a row."""

from typing import Any, Final

import msgspec

from forum.categories.models import Category
from forum.categories.queries import House
from forum.errors import NotFound
from forum.meetups.models import Chapter, Meetup, Occurrence, Place, Question
from forum.meetups.views import (
    ChapterView,
    MeetupView,
    OccurrenceRow,
    OccurrenceView,
    PlaceView,
    QuestionView,
)
from forum.members.queries import CARD, MemberCard
from forum.threads.models import Thread
from forum.threads.views import ThreadView


def _columns(table: Any, view: type[msgspec.Struct], *, without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(getattr(table, name) for name in view.__struct_fields__ if name not in without)


OCCURRENCE: Final = _columns(Occurrence, OccurrenceView, without=("is_online",))
MEETUP: Final = _columns(Meetup, MeetupView)
PLACE: Final = _columns(Place, PlaceView)
CHAPTER: Final = _columns(Chapter, ChapterView)
QUESTION: Final = _columns(Question, QuestionView)
THREAD: Final = _columns(Thread, ThreadView)
_FIELDS = tuple(column.key for column in OCCURRENCE)
ENTITLED: Final = frozenset({"going", "offered"})
"""Whose answer opens the online room."""


def occurrence_of(values: Any, *, entitled: bool) -> OccurrenceView:
    """The struct of the columns OCCURRENCE; the address of the online room only for who may know it."""
    found: Any = dict(zip(_FIELDS, values, strict=False))
    found["is_online"] = bool(found["online_url"])
    if not entitled:
        found["online_url"] = ""
    return OccurrenceView(**found)


ROW: Final[tuple[Any, ...]] = (
    *OCCURRENCE, Meetup.slug, Meetup.rule, Meetup.chapter_id, Thread.id, Thread.slug, Thread.post_count,
    Meetup.locale, Thread.locale, Category.locale, Thread.category_id, Place.name, Place.address,
)  # fmt: skip


def row_of(row: Any, house: House, state: str | None, *, entitled: bool = False) -> OccurrenceRow:
    """The struct of a row that begins with ROW and goes on with CARD."""
    width = len(OCCURRENCE)
    (slug, rule, chapter_id, thread_id, thread_slug, posts, own, of_thread, of_category, category_id, place,
     address) = row[width : len(ROW)]  # fmt: skip
    category = house.by_id(category_id)
    if category is None:  # made a moment ago by another process
        raise NotFound()
    return OccurrenceRow(
        occurrence_of(row, entitled=entitled or state in ENTITLED), slug, rule, chapter_id, thread_id, thread_slug,
        posts, own or of_thread or of_category, category, place or "", address or "",
        MemberCard(*row[len(ROW) : len(ROW) + len(CARD)]), state or "",
    )  # fmt: skip


def question_of(values: Any) -> QuestionView:
    """The struct of the columns QUESTION."""
    key, position, kind, prompt, choices, required = values
    return QuestionView(key, position, kind, prompt, tuple(choices), required)
