"""Meetups in HTML: calendar, pages, answers, the hosts' desk, the door, what stays."""

from forum.meetups.calendars.web import Calendars
from forum.meetups.web.after import Albums, Recaps, Surveys
from forum.meetups.web.announce import Announcements, Dates
from forum.meetups.web.chapters import ChapterDesk, Chapters, Places
from forum.meetups.web.desk import Desk, People
from forum.meetups.web.door import Codes, Door
from forum.meetups.web.embed import Embeds
from forum.meetups.web.lists import Lists
from forum.meetups.web.mailed import Mailed
from forum.meetups.web.series import Series
from forum.meetups.web.settings import Settings, Subscriptions
from forum.meetups.web.show import Answers, Meetups

CONTROLLERS = [
    Lists, Meetups, Answers, Mailed, Announcements, Dates, Series, Desk, People, Door, Codes, Albums, Surveys, Recaps,
    Chapters, ChapterDesk, Places, Settings, Subscriptions, Embeds, Calendars,
]  # fmt: skip
