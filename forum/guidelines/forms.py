"""What the forms of the guidelines send. Lenient on purpose: the domain says what is wrong, per field."""

from datetime import date, datetime, time

import msgspec

from forum.errors import Invalid
from forum.kit.dates import zone
from forum.kit.i18n import N_


class DraftForm(msgspec.Struct):
    """The words of a draft. `version`: the one they started from."""

    source_en: str = ""
    source_it: str = ""
    changes_en: str = ""
    changes_it: str = ""
    version: str = ""


class AnnounceForm(msgspec.Struct):
    """How a draft is announced. `significant`: "1" or "0"; `date`: as in 2026-12-05, or empty for at once."""

    significant: str = "1"
    date: str = ""
    version: str = ""


class VersionForm(msgspec.Struct):
    """Which version of a draft the button was meant for."""

    version: str = ""


class DraftQuery(msgspec.Struct):
    """`preview`: en or it."""

    preview: str = ""


def number(text: str) -> int:
    """A draft's version from a form field; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def beginning_of(text: str, timezone: str) -> datetime | None:
    """The first moment of a day in `timezone`; None for no day. Raises Invalid(date)."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
        return datetime.combine(day, time(), zone(timezone))
    except (ValueError, OverflowError) as error:
        raise Invalid({"date": N_("Write the day as year-month-day, as in 2027-01-31.")}) from error
