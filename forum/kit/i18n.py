"""Messages and their translations. English is the message id; other languages are `.po` files read at start."""

import gettext
import io
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "forum"
ROOT = Path(__file__).resolve().parent.parent / "locale"


class Text(msgspec.Struct, frozen=True):
    """A message with parameters, translated at the edge: `Text("At most %(n)s.", {"n": 5})`. A day (`date`) is written
    out in the reader's language.

    With `plural`, `params["n"]` chooses the form.
    """

    msgid: str
    params: dict[str, Any] = {}
    plural: str | None = None

    def __str__(self) -> str:
        """The English words, for logs."""
        return translate(self, "en")


Message = str | Text


def N_(msgid: str) -> str:  # noqa: N802  the name that gettext tools look for
    """Mark `msgid` for extraction; it is translated later, by whoever knows the reader."""
    return msgid


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802  as above
    """Mark a pair for extraction: `Text(one, {"n": 3}, many)` chooses between them."""
    return one, many


@cache
def catalog(locale: str) -> gettext.NullTranslations:
    """The translations of `locale`; English (and anything unknown) translates to itself."""
    path = ROOT / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        parsed = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: Message, locale: str) -> str:
    """`message` in the words of `locale`."""
    words = catalog(locale)
    if isinstance(message, str):
        return words.gettext(message) if message else ""
    if message.plural is not None:
        chosen = words.ngettext(message.msgid, message.plural, int(message.params["n"]))
    else:
        chosen = words.gettext(message.msgid)
    params = {key: _param(value, locale) for key, value in message.params.items()}
    return chosen % params if params else chosen


def _param(value: Any, locale: str) -> Any:
    if isinstance(value, Text):
        return translate(value, locale)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value, "EEEE d MMMM y", locale=locale)
    return value


def negotiate(header: str, offered: tuple[str, ...], default: str) -> str:
    """The best of `offered` for an Accept-Language `header` (RFC 9110 §12.5.4); `default` if none fits."""
    best, weight = default, 0.0
    for part in header[:500].split(","):
        tag, _, rest = part.partition(";")
        language = tag.strip().lower().split("-")[0]
        try:
            quality = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language in offered and quality > weight:
            best, weight = language, quality
    return best
