"""The words of delivery: kinds of destinations, states, days. Message ids; whoever knows the reader translates."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_day_names

from forum.kit.i18n import N_

KINDS = {
    "webhook": (N_("Webhook"), N_("For programs: the figures as JSON, signed as Standard Webhooks say.")),
    "slack": (N_("Slack"), N_("A message of some lines, for Slack and what understands the same.")),
    "jira": (N_("Jira"), N_("An issue of a Jira Cloud project for an item that you choose.")),
    "github": (N_("GitHub"), N_("An issue of a GitHub repository for an item that you choose.")),
}
"""Name and what it is for."""
MAIL = N_("Mail")
STATES = {
    "on": N_("on"), "failing": N_("trying again"), "off": N_("switched off"),
    "broken": N_("switched off: nothing arrived"),
}  # fmt: skip
RUNS = {
    "due": N_("being made"), "waiting": N_("waits for a look"), "sent": N_("sent"),
    "skipped": N_("left out: nothing was said"), "rejected": N_("not sent"),
}  # fmt: skip
DELIVERIES = {"waiting": N_("on its way"), "sent": N_("arrived"), "failed": N_("given up")}
WHATS = {"summary": N_("Summary"), "issue": N_("Issue"), "test": N_("Test")}
EVERY = {"week": N_("On days of the week"), "month": N_("On days of the month")}
PERIODS = {"week": N_("The whole week before, Monday to Sunday"), "month": N_("The whole month before")}
FORMATS = {
    "csv": "CSV", "xlsx": "Excel", "json": "JSON", "md": "Markdown", "html": "HTML", "pdf": "PDF",
}  # fmt: skip
LANGUAGES = {"it": "Italiano", "en": "English"}


def weekdays(locale: str) -> list[tuple[str, str]]:
    """("0", "Monday") and so on, as the reader says them."""
    names = get_day_names("wide", "stand-alone", locale=locale)
    return [(str(n), str(names[n])) for n in range(7)]


def zones() -> list[str]:
    """All zones that have a city, for a list that helps while one types."""
    return sorted(it for it in available_timezones() if "/" in it and not it.startswith(("Etc/", "posix/", "right/")))


def wall(at: datetime, zone: str) -> datetime:
    """What clocks in `zone` show."""
    return at.astimezone(ZoneInfo(zone))
