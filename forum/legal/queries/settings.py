"""Who keeps this site, and what applies to them: the settings with their defaults filled in."""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from forum.legal.models import LegalSettings

LANGUAGES = {"it": "Italiano", "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "pt": "Português"}
"""Languages that people can be answered in, by their own names."""
DEFAULTS = {
    "small": {"complaints": True, "disputes": False, "misuse": False, "reporting": False},
    "platform": {"complaints": True, "disputes": True, "misuse": True, "reporting": True},
}
"""What the operator's size decides unless they decide otherwise. Small: under 50 people and 10 million euro a year, the
whole group counted (Art. 19, 29); objections stay open to everybody all the same, since they cost little and mend much.
"""


class Contact(msgspec.Struct, frozen=True):
    """Who keeps this site. `complaints` …: whether the duty is switched on, by choice or by size."""

    operator: str = ""
    address: str = ""
    representative: str = ""
    authority_mail: str = ""
    user_mail: str = ""
    languages: tuple[str, ...] = ("it", "en")
    size: str = "small"
    complaints: bool = True
    disputes: bool = False
    misuse: bool = False
    reporting: bool = False
    dispute_bodies: str = ""
    active_users: int | None = None
    active_users_at: datetime | None = None

    @property
    def language_names(self) -> list[str]:
        """In their own words."""
        return [LANGUAGES[one] for one in self.languages if one in LANGUAGES]


def settings_row(session: Session) -> LegalSettings:
    """The row, or one with its defaults that is in no session."""
    found = session.get(LegalSettings, 1)
    return found or LegalSettings(
        id=1, operator="", address="", representative="", authority_mail="", user_mail="", languages="it,en",
        size="small", dispute_bodies="",
    )  # fmt: skip


def contact(session: Session) -> Contact:
    """The settings in force. One statement."""
    row = settings_row(session)
    defaults = DEFAULTS[row.size]

    def chosen(name: str) -> bool:
        own = getattr(row, name)
        return defaults[name] if own is None else bool(own)

    return Contact(
        operator=row.operator, address=row.address, representative=row.representative,
        authority_mail=row.authority_mail, user_mail=row.user_mail,
        languages=tuple(one for one in row.languages.split(",") if one), size=row.size,
        complaints=chosen("complaints"), disputes=chosen("disputes"), misuse=chosen("misuse"),
        reporting=chosen("reporting"), dispute_bodies=row.dispute_bodies, active_users=row.active_users,
        active_users_at=row.active_users_at,
    )  # fmt: skip
