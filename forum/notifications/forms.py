"""What people send about their notices."""

import msgspec


class NoticesQuery(msgspec.Struct):
    """`/notifications?after=`."""

    after: str = ""


class MarkForm(msgspec.Struct):
    """One notice, or all of them when empty."""

    id: str = ""


class NoticesForm(msgspec.Struct):
    """`/settings/notices`: the kinds that are ticked."""

    site: list[str] = []
    mail: list[str] = []


class UnsubscribeForm(msgspec.Struct):
    """`again=1` turns the mails on again; mail programs send `List-Unsubscribe=One-Click`."""

    again: str = ""
