"""Every select() of meetups, by who reads."""

from forum.meetups.queries.feeds import FeedRow, calendar_reader, feed, feed_one, feed_some
from forum.meetups.queries.lists import Agenda, agenda, month, near, row, rows_of_thread
from forum.meetups.queries.more import (
    ChapterPage,
    ChoicesView,
    Recap,
    album,
    album_if_shown,
    chapter,
    chapters,
    chapters_of,
    choices,
    may_see_photo,
    my_survey,
    not_on_pictures,
    place,
    places,
    recap,
    survey,
)
from forum.meetups.queries.page import NewsView, hosts_of, my_answer, news, page, plan_of, questions_of
from forum.meetups.queries.people import AttendeePage, attendees, attendees_if_shown, door, no_show_rates

__all__ = [
    "Agenda", "AttendeePage", "ChapterPage", "ChoicesView", "FeedRow", "NewsView", "Recap", "agenda", "album",
    "album_if_shown",
    "attendees", "attendees_if_shown", "calendar_reader", "chapter", "chapters", "chapters_of", "choices",
    "door", "feed", "feed_one", "feed_some", "hosts_of", "may_see_photo", "month", "my_answer", "my_survey",
    "near", "news", "no_show_rates", "not_on_pictures", "page", "place", "places", "plan_of", "questions_of", "recap",
    "row", "rows_of_thread", "survey",
]  # fmt: skip
