"""What the forms of the law send. Lenient on purpose: the domain says what is wrong, per field."""

from datetime import datetime

import msgspec

from forum.kit.dates import zone


class NoticeForm(msgspec.Struct):
    """`/report/illegal` and `/report/bullying`. `website`: the field that people do not see."""

    category: str = ""
    urls: str = ""
    explanation: str = ""
    law: str = ""
    name: str = ""
    mail: str = ""
    capacity: str = ""
    good_faith: str = ""
    website: str = ""


class NoticeQuery(msgspec.Struct):
    """`?url=` fills in an address, `?about=minors` asks nobody who they are; `?key=` opens a notice."""

    url: str = ""
    about: str = ""
    key: str = ""
    thanks: str = ""


class TextForm(msgspec.Struct):
    """A few sentences. `key`: of the notice they are about."""

    text: str = ""
    key: str = ""


class DeskQuery(msgspec.Struct):
    """A view of the notices at the desk."""

    view: str = ""
    after: str = ""


class MarkForm(msgspec.Struct):
    """`unfounded`: "1" or "0"."""

    unfounded: str = ""


class OutcomeForm(msgspec.Struct):
    """The answer to an objection. `override`: why who decided first decides again, where nobody else could."""

    outcome: str = ""
    reasons: str = ""
    override: str = ""


class GroundForm(msgspec.Struct):
    """The ground of a restriction. `illegal`: "1" or "0"."""

    illegal: str = ""
    legal_ground: str = ""
    category: str = ""
    keyword: str = ""


class SettingsForm(msgspec.Struct):
    """`/manage/legal`. The four duties: "" as the size says, "1" on, "0" off."""

    operator: str = ""
    address: str = ""
    representative: str = ""
    authority_mail: str = ""
    user_mail: str = ""
    languages: list[str] = []
    size: str = ""
    complaints: str = ""
    disputes: str = ""
    misuse: str = ""
    reporting: str = ""
    dispute_bodies: str = ""
    active_users: str = ""


class FlaggerForm(msgspec.Struct):
    """A trusted flagger. `ended`: "1" to end the status, "0" when it was looked up and holds."""

    name: str = ""
    mail: str = ""
    member: str = ""
    ended: str = ""


class OrderForm(msgspec.Struct):
    """An authority's order, or a step in it."""

    article: str = ""
    authority: str = ""
    country: str = ""
    order_ref: str = ""
    legal_basis: str = ""
    category: str = ""
    urls: str = ""
    scope: str = ""
    received_at: str = ""
    step: str = ""
    effect: str = ""
    version: str = ""


class DisputeForm(msgspec.Struct):
    """A dispute before a certified body, or its end."""

    body: str = ""
    case_ref: str = ""
    statement: str = ""
    opened_at: str = ""
    result: str = ""
    implemented: str = ""


class MisuseForm(msgspec.Struct):
    """A measure. `days`: of a suspension."""

    side: str = ""
    who: str = ""
    kind: str = ""
    gravity: str = ""
    days: str = "30"


class HoldForm(msgspec.Struct):
    """What is kept. `url`: an address of this site."""

    url: str = ""
    reason: str = ""
    authority_ref: str = ""
    seal: str = ""


class ReportQuery(msgspec.Struct):
    """Which year, and which file of it."""

    year: str = ""
    part: str = ""


def moment(text: str, timezone: str) -> datetime | None:
    """What a date-and-time field sends, in the sender's zone; None when it is no moment."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone(timezone))


def whole(text: str) -> int:
    """A number as typed; 0 when it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
