"""Personal data in the open: telephone, street address, e-mail, codice fiscale, IBAN (GDPR; Russmedia, C-492/23).

Numbers count only when they are right: check characters by python-stdnum, telephone numbers by the numbering plans in
phonenumbers. So a part number or a meter reading is none.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import msgspec
import phonenumbers
import re2
from stdnum import iban
from stdnum.it import codicefiscale

from forum.kit.i18n import N_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Phase, Seen

REGION: Final = "IT"
"""Where a number without country code is taken to be from."""
MOST: Final = 3
"""Candidates of a kind whose numbers are checked; a text with more has been found out long before."""
MOST_LIKE: Final = 40
"""Places that look like one, of each kind."""
_WINDOW: Final = 240
"""Bytes of such a place, and after it, that are looked at."""
_CODE: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{6}[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{2}"
                          r"[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?![A-Za-z0-9])")  # fmt: skip
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?+[A-Z0-9]{1,4}+){3,8}+(?![A-Za-z0-9])")
_PHONE: Final = re.compile(r"(?<![\w.,/:=#-])(?:\+|00)?\(?[0-9](?:[ ().-]{0,2}+[0-9]){7,}+(?![\w]|[.,/:-][0-9])")
_LONGEST: Final = 15
"""Digits of a telephone number (E.164); a longer run is a table or several numbers: its first part is looked at."""
_CALL: Final = re.compile(
    r"\b(?:tel|telefon\w*|cell|cellulare|mobile|phone|whatsapp|telegram|chiama\w*|call|sms|numero|number)\b",
    re.IGNORECASE,
)
_NEAR: Final = 40
"""Characters before a national number in which a word must say that it is a telephone's."""
_MAIL: Final = re.compile(
    r"(?<![\w.@+/:-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,12}\b"
)
_STREET: Final = re.compile(
    r"\b(?:[Vv]ia|[Vv]iale|[Vv]\.le|[Pp]iazza(?:le)?|P\.zza|[Cc]orso|C\.so|[Ll]argo|[Vv]icolo|[Ss]trada|[Ll]ungotevere)"
    r"(?: (?:d[aeio]\w{0,3}|d[’']|[A-ZÀ-Ý][\wÀ-ÿ’'.]{1,25})){1,5},? (?:n\.? ?)?[0-9]{1,4}(?:/?[a-zA-Z])?(?![\w°%:])"
)
_ROAD: Final = re.compile(
    r"(?<![\w.,])[1-9][0-9]{0,4}[A-Za-z]? (?:[A-Z][A-Za-z’'.]{1,20} ){1,3}"
    r"(?:Street|St\.|Road|Rd\.|Avenue|Ave\.|Lane|Drive|Close|Square)(?!\w)"
)
_NOBODY: Final = re.compile(
    r"@(?:example\.|localhost|test\.)|\.(?:example|test|invalid)$|^(?:info|noreply|no-reply|admin|webmaster|support)@",
    re.IGNORECASE,
)


def _code(found: str, before: str) -> str:
    return found if codicefiscale.is_valid(found) else ""


def _iban(found: str, before: str) -> str:
    return found if iban.is_valid(found) else ""


def _phone(found: str, before: str) -> str:
    first = _first_number(found)
    abroad = first.startswith(("+", "00"))
    if not abroad and not _CALL.search(before):
        return ""
    try:
        number = phonenumbers.parse(f"+{first[2:]}" if first.startswith("00") else first, REGION)
    except phonenumbers.NumberParseException:
        return ""
    return first if phonenumbers.is_valid_number(number) else ""


def _first_number(run: str) -> str:
    """A run of digits as it is, or of a longer one the parts that make the first number."""
    if sum(sign.isdigit() for sign in run[:60]) <= _LONGEST:
        return run
    parts, digits = list[str](), 0
    for part in run[:60].split(" "):
        count = sum(sign.isdigit() for sign in part)
        if digits >= 9 or digits + count > _LONGEST:
            break
        parts, digits = [*parts, part], digits + count
    return " ".join(parts)


def _mail(found: str, before: str) -> str:
    return "" if _NOBODY.search(found) else found


def _place(found: str, before: str) -> str:
    return found


class Kind(msgspec.Struct, frozen=True):
    """A kind of personal data. `like`: somewhat broader, over bytes, for RE2; `exact`: what it is, from where `like`
    begins; `real`: (what was found, the text before it) → what counts of it, "" when it cannot be a real one.
    """

    words: str
    like: bytes
    exact: re.Pattern[str]
    real: Callable[[str, str], str]


_ALONE: Final = rb"(?:^|[^A-Za-z0-9])"
KINDS: Final = (
    Kind(N_("a codice fiscale"),
         _ALONE + rb"[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]", _CODE, _code),
    Kind(N_("an IBAN"), _ALONE + rb"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){3}", _IBAN, _iban),
    Kind(N_("a telephone number"),
         rb"(?:^|[^A-Za-z0-9_.,/:=#-])(?:\+|00)?\(?[0-9](?:[ ().-]{0,2}[0-9]){7,}", _PHONE, _phone),
    Kind(N_("a street address"),
         rb"\b(?:[Vv]ia(?:le)?|[Vv]\.le|[Pp]iazza(?:le)?|P\.zza|[Cc]orso|C\.so|[Ll]argo|[Vv]icolo|[Ss]trada|[Ll]ungotevere)"
         rb"(?: (?:d[^ \n]+|[A-Z\xc3][^ \n]+)){1,5},? (?:n\.? ?)?[0-9]", _STREET, _place),
    Kind(N_("a street address"),
         rb"(?:^|[^A-Za-z0-9_.,])[1-9][0-9]{0,4}[A-Za-z]? (?:[A-Z][^ \n]+ ){1,3}"
         rb"(?:Street|St\.|Road|Rd\.|Ave\.|Avenue|Lane|Drive|Close|Square)", _ROAD, _place),
    Kind(N_("an e-mail address"),
         rb"(?:^|[^A-Za-z0-9_.@+/:-])[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+\.[A-Za-z]", _MAIL, _mail),
)  # fmt: skip


@cache
def _hints() -> tuple["re2.Set", tuple["re2._Regexp", ...]]:
    """(one pass that tells which kinds there may be, the closer look for each kind). Bytes, not letters: smaller."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    together = re2.Set.SearchSet(options)
    for kind in KINDS:
        together.Add(kind.like)
    together.Compile()
    return together, tuple(re2.compile(kind.like, options) for kind in KINDS)


def found(text: str) -> list[tuple[str, str]]:
    """(words for what it is, the first of it) of each kind in `text`, once a kind."""
    together, likes = _hints()
    body, hits = text.encode("utf-8", "replace"), dict[str, str]()
    for index in sorted(together.Match(body) or ()):
        first = next(_real(body, KINDS[index], likes[index]), None)
        if first is not None:
            hits.setdefault(KINDS[index].words, first)
    return list(hits.items())


def _real(body: bytes, kind: Kind, like: "re2._Regexp") -> Iterator[str]:
    """What can be real of a kind. `MOST_LIKE` places are looked at, and `MOST` of them asked about."""
    start, asked = 0, 0
    for _ in range(MOST_LIKE):
        place = like.search(body, start)
        if place is None or asked == MOST:
            return
        begin, end = place.span()
        while begin < end and body[begin] & 0xC0 == 0x80:  # the sign before it, of several bytes, is no part of it
            begin += 1
        before = body[max(0, begin - 4 * _NEAR) : begin].decode("utf-8", "ignore")[-_NEAR:]
        window = before + body[begin : min(end, begin + _WINDOW) + _WINDOW].decode("utf-8", "ignore")
        exact = kind.exact.match(window, len(before)) or kind.exact.match(window, len(before) + 1)
        if exact is not None:
            asked += 1
            if real := kind.real(exact.group(), window[: exact.start()]):
                yield real
        # What is none may begin within what looked like one; but all that begins in a run of digits ends with it.
        start = end if exact is not None or kind.real is _phone else begin + 1


def look(text: Reading, facts: Facts, rules: Rules) -> Seen | None:
    """What there is, and its first characters: enough to find it, too few to spread it."""
    hits = found(text.whole)
    if not hits:
        return None
    what = Text(hits[0][0])
    for words, _ in hits[1:]:
        what = Text(N_("%(these)s, %(this)s"), {"these": what, "this": Text(words)})
    return Seen(
        Text(N_("Holds %(what)s (it begins “%(start)s…”)."), {"what": what, "start": hits[0][1][:4]}), "personal_data"
    )


PHASE = Phase(
    name="personal", title=N_("Personal data"),
    about=N_("Telephone numbers, addresses, e-mail, codice fiscale and IBAN, if they can be real ones."),
    asks=N_("Take out telephone numbers, addresses and other personal data: everybody can read them here."), look=look,
    mode="observe", reason="personal_data",
)  # fmt: skip
