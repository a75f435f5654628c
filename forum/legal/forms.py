"""What the forms of the law send. Lenient on purpose: the domain says what is wrong, per field."""

import msgspec


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
