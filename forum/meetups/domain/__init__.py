"""The verbs of meetups. Each runs inside the caller's write transaction and never commits."""

from forum.meetups.domain.after import (
    add_photo,
    answer_survey,
    link_recap,
    remove_photo,
)
from forum.meetups.domain.announce import MeetupRef, announce
from forum.meetups.domain.answers import Reply, Seat, answer, answer_series, end_standing, remove_party
from forum.meetups.domain.cancel import cancel_occurrence, cancel_series, end_series
from forum.meetups.domain.change import change_capacity, change_occurrence, change_series, confirm_occurrence
from forum.meetups.domain.chapters import NewChapter, archive_chapter, save_chapter
from forum.meetups.domain.choices import new_calendar_token, revoke_calendar_token, set_reminders, set_town
from forum.meetups.domain.crew import leave_crew
from forum.meetups.domain.door import (
    Arrival,
    check_in,
    excuse,
    party_token,
    read_party_token,
    remove_walk_in,
    undo_check_in,
    walk_in,
)
from forum.meetups.domain.placing import archive_place, save_place
from forum.meetups.domain.plan import DatePlan, NewPlace, NewQuestion, Plan

__all__ = [
    "Arrival", "DatePlan", "MeetupRef", "NewChapter", "NewPlace", "NewQuestion", "Plan", "Reply", "Seat",
    "add_photo", "announce", "answer", "answer_series", "answer_survey", "archive_chapter", "archive_place",
    "cancel_occurrence", "cancel_series", "change_capacity", "change_occurrence", "change_series", "check_in",
    "confirm_occurrence", "end_series", "end_standing", "excuse", "leave_crew", "link_recap",
    "new_calendar_token", "party_token", "read_party_token", "remove_party", "remove_photo", "remove_walk_in",
    "revoke_calendar_token", "save_chapter", "save_place", "set_reminders", "set_town", "undo_check_in",
    "walk_in",
]  # fmt: skip
