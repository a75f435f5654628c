"""The manager's pages of delivery."""

from forum.feedback.delivery.web.overview import Overview
from forum.feedback.delivery.web.places import Destinations
from forum.feedback.delivery.web.timetable import Runs, Schedules

CONTROLLERS = [Overview, Destinations, Schedules, Runs]
