"""Words with what could tell who somebody is masked: for files, mails, and the pages of teams."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import phonenumbers
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from forum.feedback.models import Evidence
from forum.members.models import Member
from forum.prevention.phases.personal import REGION, found

ROUNDS: Final = 12
"""How often a text is searched for another piece of personal data; what has more of it is not quoted at all."""
_MAIL: Final = re.compile(
    r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|\(chiocciola\)|\[chiocciola\])\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]+)+",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"@|[(\[](?:at|chiocciola)[)\]]", re.IGNORECASE)
"""In every text that `_MAIL` finds something in."""
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.])/u/\S+", re.IGNORECASE)
_LINKED: Final = re.compile(r"://|www\.|/u/", re.IGNORECASE)
"""The same for `_LINK`."""
_MENTION: Final = re.compile(r"(?<!\w)@[\w.-]+")
_DIGITS: Final = re.compile(r"(?<![\w])[+(]?\d(?:[ ()./-]{0,2}\d){7,}")
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"\w+")
_FIRST: Final = re.compile(r"^[^\w\n]*(\w*).*$", re.MULTILINE)
"""The first word of each line, or nothing."""
_PART: Final = re.compile(r"[^\W\d_]{3,}")
"""What of a name may name somebody alone: initials and "di" do not."""
PARTICLES: Final = frozenset(
    {"dal", "dalla", "del", "della", "delle", "dello", "degli", "dei", "den", "der", "des", "las", "los", "van", "von"}
)
"""Parts of names that are nobody's: "Del resto" begins many sentences."""
HIDDEN: Final = "[…]"


class Called(NamedTuple):
    """Names, in words, that begin with the same one. `present`: it is the whole name of somebody who spoke."""

    names: frozenset[tuple[str, ...]]
    present: bool


class Names(NamedTuple):
    """Of members: a line for the handle, a line for the shown name, and so on. `spoke`: of whose words are evidence."""

    spoke: str = ""
    others: str = ""


class Mask:
    """Takes names, addresses, numbers and links out of words that leave the house."""

    def __init__(self, names: Names) -> None:
        """Names of one word are masked as names are written, with a capital; those of who spoke however written.

        So is any part of a shown name, of who spoke also of the handle: "Giulia" is named by her first name more often
        than by both. A part that is a word or a place as well ("Rosa", "Bologna") goes with it: a word too few can be
        read over, a name too many cannot be taken back.
        """
        # An accent may come as a sign of its own: one form for all, in one go.
        spoke, others = _nfc(names.spoke), _nfc(names.others)
        mine = spoke.split("\n")
        self.names, self.present = [*mine, *others.split("\n")], len(mine)
        self.called = defaultdict[str, list[int]](list)
        self.read: dict[str, Called] = {}
        # One search for the first words of all of them; the rest of a name is read when its first word is met: most
        # never are, and ten thousand searches cost as much as the figures of a summary.
        for n, first in enumerate("\n".join(_FIRST.findall(f"{spoke}\n{others}")).casefold().split("\n")):
            if first:
                self.called[first].append(n)
        self.parts = _parts("\n".join([spoke, *self.names[self.present + 1 :: 2]]))

    def _called(self, first: str) -> "Called":
        """The names that begin with this word."""
        known = self.read.get(first)
        if known is None:
            found, present = set[tuple[str, ...]](), False
            for n in self.called.get(first, ()):
                words = tuple(word.casefold() for word in _WORD.findall(self.names[n]))
                if len(words) > 1 or len(words[0]) > 1:
                    found.add(words)
                present = present or (n < self.present and len(words) == 1)
            known = self.read[first] = Called(frozenset(found), present)
        return known

    def __call__(self, text: str) -> str:
        """`text` with what could tell who somebody is left out."""
        if not text:
            return text
        text = _nfc(text)
        if _AT.search(text):  # cheap questions first: most words hold nothing of it
            text = _MAIL.sub("[e-mail]", text)
        if _LINKED.search(text):
            text = _LINK.sub("[link]", text)
        if "@" in text:
            text = _MENTION.sub("@…", text)
        for _ in range(ROUNDS):
            hits = [what for _, what in found(text)]
            if not hits:
                break
            for what in hits:
                text = text.replace(what, HIDDEN)
        else:
            return HIDDEN
        return self._names(_numbers(text))

    def _names(self, text: str) -> str:
        spoken = [word.casefold() for word in _WORD.findall(text)]
        if self.called.keys().isdisjoint(spoken) and self.parts.isdisjoint(spoken):
            return text
        words = list(_WORD.finditer(text))
        out, at, n = [], 0, 0
        while n < len(words):
            length = self._length(spoken, n, words[n][0])
            if not length:
                n += 1
                continue
            out += [text[at : words[n].start()], HIDDEN]
            at = words[n + length - 1].end()
            n += length
        return "".join([*out, text[at:]])

    def _length(self, spoken: Sequence[str], n: int, word: str) -> int:
        """How many words from the nth on are a member's name, or a part of one."""
        capital = not word.islower()
        part = int(capital and spoken[n] in self.parts)
        if spoken[n] not in self.called:
            return part
        called = self._called(spoken[n])
        alone = capital or called.present or _telling(word)
        fits = [
            len(name) for name in called.names if tuple(spoken[n : n + len(name)]) == name and (len(name) > 1 or alone)
        ]
        return max(fits, default=part)


def _nfc(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _parts(names: str) -> frozenset[str]:
    """The parts of all these names that are masked alone, also as people write them who leave accents out."""
    found = set(_PART.findall(names.casefold()))
    plain = {
        "".join(sign for sign in unicodedata.normalize("NFD", part) if not unicodedata.combining(sign))
        for part in found
        if not part.isascii()
    }
    return frozenset(found | plain) - PARTICLES


def _telling(word: str) -> bool:
    """No word of a language: a digit or an underscore is in it."""
    return any(sign.isdigit() or sign == "_" for sign in word)


def _numbers(text: str) -> str:
    """Without whatever may be a telephone number, with or without a word that says so."""
    if len(_DIGIT.findall(text)) < 6:
        return text
    for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, REGION))):
        text = text[: match.start] + "[tel.]" + text[match.end :]
    return _DIGITS.sub("[tel.]", text)


def names_of_members(session: Session) -> Names:
    """Of everybody, for somebody may speak of anybody: one statement, two rows. No name has a line break in it."""
    wrote = Member.id.in_(select(Evidence.author_id).where(Evidence.author_id.is_not(None)))
    spoke = case((wrote, 1), else_=0).label("spoke")
    both = func.aggregate_strings(Member.name + "\n" + func.replace(Member.display_name, "\n", " "), "\n")
    told = {row[0]: row[1] for row in session.execute(select(spoke, both).group_by("spoke"))}
    return Names(told.get(1, ""), told.get(0, ""))
