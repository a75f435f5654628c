"""Personal data in the open: telephone, street address, e-mail, codice fiscale, IBAN (GDPR; Russmedia, C-492/23).

Numbers count only when they are right: check characters by python-stdnum, telephone numbers by the numbering plans in
phonenumbers. So a part number or a meter reading is none.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import phonenumbers
import re2
from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale

from forum.kit.i18n import N_, Text
from forum.prevention.facts import Facts
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules
from forum.prevention.verdicts import Phase, Seen

REGION: Final = "IT"
"""Where a number without country code is taken to be from."""
MOST: Final = 3
"""Candidates of a kind that are looked at; a text with more has been found out long before."""
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


def _codes(text: str) -> Iterator[str]:
    for match in _some(_CODE, text):
        try:
            codicefiscale.validate(match.group())
        except ValidationError:
            continue
        yield match.group()


def _ibans(text: str) -> Iterator[str]:
    for match in _some(_IBAN, text):
        try:
            iban.validate(match.group())
        except ValidationError:
            continue
        yield match.group()


def _phones(text: str) -> Iterator[str]:
    for match in _some(_PHONE, text):
        found = _first_number(match.group())
        abroad = found.startswith(("+", "00"))
        if not abroad and not _CALL.search(text, max(0, match.start() - _NEAR), match.start()):
            continue
        try:
            number = phonenumbers.parse(f"+{found[2:]}" if found.startswith("00") else found, REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            yield found


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


def _mails(text: str) -> Iterator[str]:
    for match in _some(_MAIL, text):
        if not _NOBODY.search(match.group()):
            yield match.group()


def _streets(text: str) -> Iterator[str]:
    yield from (match.group() for match in _some(_STREET, text))


def _roads(text: str) -> Iterator[str]:
    yield from (match.group() for match in _some(_ROAD, text))


def _some(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for number, match in enumerate(pattern.finditer(text)):
        if number == MOST:
            return
        yield match


STREETS: Final = r"(?:[Vv]i[ac]|[Vv]\.le|P\.zza|[Pp]iazza|[Cc]orso|C\.so|[Ll]argo|[Ss]trada|[Ll]ungotevere)"
KINDS: Final[tuple[tuple[str, str, Callable[[str], Iterator[str]]], ...]] = (
    (N_("a codice fiscale"), r"[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]", _codes),
    (N_("an IBAN"), r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{3}", _ibans),
    (N_("a telephone number"), r"[0-9](?:[ ().-]{0,2}[0-9]){7}", _phones),
    (N_("a street address"), STREETS + r"[a-z]{0,5} [A-Zd]", _streets),
    (N_("a street address"), r" (?:Street|St\.|Road|Rd\.|Ave\.|Avenue|Lane|Drive|Close|Square)", _roads),
    (N_("an e-mail address"), r"[A-Za-z0-9]@[A-Za-z0-9-]+\.[A-Za-z]", _mails),
)  # fmt: skip
"""(words for it, a broader pattern for one pass of RE2 over the text, the closer look that it saves mostly)."""


@cache
def _hints() -> "re2.Set":
    hints = re2.Set.SearchSet()
    for _, pattern, _ in KINDS:
        hints.Add(pattern)
    hints.Compile()
    return hints


def found(text: str) -> list[tuple[str, str]]:
    """(words for what it is, the first of it) of each kind in `text`, once a kind."""
    hits: dict[str, str] = {}
    for index in sorted(_hints().Match(text.encode("utf-8", "replace")) or ()):
        words, _, search = KINDS[index]
        first = next(search(text), None)
        if first is not None:
            hits.setdefault(words, first)
    return list(hits.items())


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
