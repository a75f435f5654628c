"""JSON into structs, strictly, with one message per field that says what is wrong."""

import re
from typing import TypeVar

import msgspec

from forum.kit.i18n import N_, Message, Text

T = TypeVar("T")
FIELD = re.compile(r"`\$\.([^`\[]+)[^`]*`$")
NAMED = re.compile(r"Object (missing required|contains unknown) field `([^`]*)`")
EXPECTED = re.compile(r"Expected `([^`]+)`, got")
SIZE = re.compile(r"Expected `(?:str|array|object)` of length (<=|>=) (\d+)")
KINDS = {
    "str": N_("a text"), "int": N_("a whole number"), "float": N_("a number"), "bool": N_("true or false"),
    "array": N_("a list"), "object": N_("an object"), "null": N_("null"), "datetime": N_("a date and time"),
}  # fmt: skip


def decode(kind: type[T], raw: bytes) -> T:
    """`raw` as `kind`; nothing is coerced. Raises msgspec.DecodeError for broken JSON, msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=kind)


def explain(error: str) -> tuple[str, Message]:
    """(field, or "" when it cannot be told; what is wrong there) from msgspec's words."""
    if named := NAMED.search(error):
        message = N_("This is missing.") if "missing" in named[1] else N_("This field is not known here.")
        return named[2], message
    place = FIELD.search(error)
    return (place[1] if place else ""), _wrong(error)


def _wrong(error: str) -> Message:
    if size := SIZE.search(error):
        words = N_("This holds more than %(n)s.") if size[1] == "<=" else N_("This holds fewer than %(n)s.")
        return Text(words, {"n": int(size[2])})
    if "Invalid enum value" in error:
        return N_("This is not one of the possible values.")
    if expected := EXPECTED.search(error):
        kinds = [part.strip() for part in expected[1].split("|") if part.strip() != "null"]
        name = kinds[0] if kinds else ""
        return Text(N_("This should be %(kind)s."), {"kind": Text(KINDS.get(name, name))})
    return N_("This value is outside the limits.")
