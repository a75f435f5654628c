"""What people type: words, "phrases", -not, past* and filters such as author:sara or before:2026-05.

There is no wrong query: what is not understood is read as words. Filters have English and Italian names.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal

import msgspec

from forum.kit.slugs import slugify

MAX_QUERY = 400
"""Characters that are read; the rest is dropped, which the page says."""
MAX_TERMS = 32
MIN_PREFIX = 2  # "a*" would be half of the index
MAX_PREFIXES = 4
"""Beginnings of one search, for each stands for many words: further ones are left out, which the page says."""


class Term(msgspec.Struct, frozen=True):
    """One thing to look for. `words`: one for a word, several in their order for a phrase; as typed.

    A word may hold marks ("C++", "foo_bar", "l'aereo"): the engine's analysis splits it. `prefix`: it may go on
    ("past*", or the word being typed). `quoted`: it stood in quotation marks, so nothing found may lack it.
    """

    words: tuple[str, ...]
    negative: bool = False
    prefix: bool = False
    quoted: bool = False


class Placed(msgspec.Struct, frozen=True):
    """A term where it stands in `clean(text)`, marks and all. `words`: where each of its words begins and ends."""

    term: Term
    start: int
    end: int
    words: tuple[tuple[int, int], ...]


class Filter(msgspec.Struct, frozen=True):
    """A filter as understood, and where it stands in `clean(text)`: for "remove this filter"."""

    kind: str  # "author", "category", "tag", "in", "before", "after", "has", "is", or one that was registered
    value: str  # "sara", "2026-05", "title"; the value that `adding` takes
    negative: bool = False  # -tag:old
    start: int = 0
    end: int = 0


class Query(msgspec.Struct, frozen=True):
    """A search, understood. Filters that name nothing known find nothing, as anybody would expect."""

    terms: tuple[Term, ...] = ()
    in_title: bool = False
    authors: tuple[str, ...] = ()  # any of them
    categories: tuple[str, ...] = ()  # slugs; any of them
    tags: tuple[str, ...] = ()  # all of them
    before: date | None = None  # first day that does not count any more
    after: date | None = None  # first day that counts
    has: frozenset[Literal["image"]] = frozenset()
    is_: frozenset[Literal["unanswered"]] = frozenset()
    cut: bool = False  # more was typed than is read
    not_authors: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()  # (kind, value) of the filters that other features registered
    filters: tuple[Filter, ...] = ()  # all of the above, as typed, in their order

    @property
    def is_empty(self) -> bool:
        """Neither words nor filters."""
        return not self.terms and not self.filters

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that must be there."""
        return tuple(term for term in self.terms if not term.negative)


NAMES: dict[str, str] = {
    "author": "author", "autore": "author", "autrice": "author", "by": "author", "user": "author", "utente": "author",
    "category": "category", "categoria": "category",
    "tag": "tag", "etichetta": "tag",
    "in": "in",
    "before": "before", "prima": "before",
    "after": "after", "since": "after", "dopo": "after", "dal": "after",
    "has": "has", "ha": "has", "con": "has", "with": "has",
    "is": "is", "senza": "is",
}  # fmt: skip
"""What people write in front of the colon → the kind of filter."""
SLUGS = frozenset({"category", "tag"})
NEGATABLE = frozenset({"author", "category", "tag"})
VALUES: dict[str, dict[str, str]] = {
    "in": dict.fromkeys(("title", "titles", "titolo", "titoli"), "title"),
    "has": dict.fromkeys(("image", "images", "photo", "photos", "immagine", "immagini", "foto"), "image"),
    "is": dict.fromkeys(("unanswered", "risposta", "risposte", "senza-risposta"), "unanswered"),
}
_READERS: dict[str, Callable[[str], str | None]] = {}


def register(kind: str, names: tuple[str, ...], read: Callable[[str], str | None]) -> None:
    """A filter of another feature: it arrives in `Query.extra`.

    `names`: what people may write before the colon, in every language. `read`: the value as typed → as it is kept, or
    None when it means nothing (then it is read as words). Raises ValueError if a name is taken.
    """
    taken = [name for name in names if NAMES.get(name, kind) != kind]
    if taken or kind in VALUES or kind in NEGATABLE:
        raise ValueError(f"taken: {kind} {taken}")
    NAMES.update(dict.fromkeys(names, kind))
    _READERS[kind] = read


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "＂": '"'})
_PIECE = re.compile(
    r"""
      (?P<filter>-?(?P<name>\w+):(?:"(?P<quoted>[^"]+)"|(?P<plain>[^\s"]+)))
    | (?P<phrase>(?P<no>-?)"(?P<inner>[^"]*)")
    | (?P<word>[^\s"]+)
    | "
    """,
    re.VERBOSE,
)


_WORDS = re.compile(r"\S+")


def clean(text: str) -> str:
    """What is read of a text: at most `MAX_QUERY` characters, composed, one kind of quotes, no control characters."""
    text = unicodedata.normalize("NFC", text[: MAX_QUERY * 2]).translate(_QUOTES)
    return "".join(" " if unicodedata.category(it) in ("Cc", "Cs", "Co", "Cn") else it for it in text)[:MAX_QUERY]


def parse(text: str, *, today: date, typing: bool = False) -> Query:
    """The query a text means; never raises.

    `today`: for before:yesterday. `typing`: the last word is not finished yet, so it counts as a beginning.
    """
    read = clean(text)
    terms: list[Term] = []
    filters: list[Filter] = []
    last = None
    for found in _PIECE.finditer(read):
        last = None
        if found["filter"] and (filter_ := _filter(found, today)):
            filters.append(filter_)
            continue
        for it in _terms(found):
            terms.append(it.term)
            last = found
    if typing and last is not None and last["word"] and last.end() == len(read) and not terms[-1].negative:
        terms[-1] = msgspec.structs.replace(terms[-1], prefix=len(terms[-1].words[0]) >= MIN_PREFIX)
    terms = list(dict.fromkeys(terms))  # a word pasted a thousand times is one word
    many = set([it for it in terms if it.prefix][MAX_PREFIXES:])
    kept = tuple(it for it in terms if it not in many)[:MAX_TERMS]
    cut = len(kept) < len(terms) or len(unicodedata.normalize("NFC", text[: MAX_QUERY * 2]).rstrip()) > MAX_QUERY
    return _query(kept, tuple(filters[:MAX_TERMS]), today, cut=cut)


def placed(text: str, *, today: date) -> list[Placed]:
    """Every term of a text each time that it stands there, in their order."""
    pieces = _PIECE.finditer(clean(text))
    return [it for found in pieces if not (found["filter"] and _filter(found, today)) for it in _terms(found)]


def _filter(found: re.Match[str], today: date) -> Filter | None:
    """The filter, or None when its name, its value or a minus before it means nothing."""
    kind = NAMES.get(found["name"].casefold())
    value = (found["quoted"] or found["plain"]).strip().strip(",;.!?").strip()
    negative = found["filter"].startswith("-")
    if kind is None or not value or (negative and kind not in NEGATABLE):
        return None
    kept = _value(kind, value, found["name"].casefold(), today)
    return Filter(kind, kept, negative, found.start(), found.end()) if kept else None


def _value(kind: str, value: str, name: str, today: date) -> str | None:
    """The value as it is kept, None when it means nothing."""
    if kind in _READERS:
        return _READERS[kind](value)
    if kind in ("before", "after"):
        return value.casefold() if day(value, today) else None
    value = value.casefold()
    if name == "senza" or (kind == "is" and value in ("risposta", "risposte")):  # senza:risposta, never is:risposta
        return VALUES["is"].get(value) if name == "senza" else None
    if kind in VALUES:
        return VALUES[kind].get(value)
    value = value.lstrip("@#")
    if kind in SLUGS:  # "Città" names what is kept as "citta"
        value = slugify(value, fallback=value)
    return value or None


def _terms(found: re.Match[str]) -> Iterator[Placed]:
    """The terms of a piece that is no filter: none for a lone mark."""
    start, end = found.span()
    if found["phrase"]:
        inner = [(found.start("inner") + it.start(), it.group()) for it in _WORDS.finditer(found["inner"])]
        speaking = [(at, word) for at, word in inner if _speaks(word)]
        if speaking:
            term = Term(tuple(word for _, word in speaking), negative=bool(found["no"]), quoted=True)
            yield Placed(term, start, end, tuple((at, at + len(word)) for at, word in speaking))
        return
    word = found["word"] or found["filter"] or ""
    # a minus before a number belongs to it ("error -1073", "-10 degrees"), two of them are a program's option
    negative = bool(re.match(r"-[^\W\d]", word))
    bare = word.lstrip("-+") if negative else word
    at, parts = end - len(bare), bare.split('"')  # a filter that was none may hold quotes
    for part in parts:
        bare = part.strip("*")
        if _speaks(bare):
            term = Term((bare,), negative=negative, prefix=part.endswith("*") and len(bare) >= MIN_PREFIX)
            first = at + part.index(bare)
            place = (start, end) if len(parts) == 1 else (at, at + len(part))
            yield Placed(term, *place, ((first, first + len(bare)),))
        at += len(part) + 1


def _speaks(word: str) -> bool:
    """It holds a letter or a digit."""
    return any(it.isalnum() for it in word)


def _query(terms: tuple[Term, ...], filters: tuple[Filter, ...], today: date, *, cut: bool) -> Query:
    """Put together."""

    def of(kind: str, *, negative: bool = False) -> tuple[str, ...]:
        kept = (it.value for it in filters if it.kind == kind and it.negative == negative)
        return tuple(dict.fromkeys(kept))

    before = [day(it, today) for it in of("before")]
    after = [day(it, today) for it in of("after")]
    return Query(
        terms=terms,
        in_title=bool(of("in")),
        authors=of("author"), categories=of("category"), tags=of("tag"),
        before=min((it for it in before if it), default=None),
        after=max((it for it in after if it), default=None),
        has=frozenset({"image"} if of("has") else ()),
        is_=frozenset({"unanswered"} if of("is") else ()),
        cut=cut,
        not_authors=of("author", negative=True),
        not_categories=of("category", negative=True),
        not_tags=of("tag", negative=True),
        extra=tuple((it.kind, it.value) for it in filters if it.kind in _READERS),
        filters=filters,
    )  # fmt: skip


FIRST_YEAR = 1000  # a day of the year 1 begins, somewhere on Earth, before there are dates
_DAYS_BACK = {"today": 0, "oggi": 0, "yesterday": 1, "ieri": 1}


def day(text: str, today: date) -> date | None:
    """The first day of 2026, 2026-05, 2026-05-31, 31/5/2026, 5/2026, today, yesterday, oggi, ieri; None for others."""
    text = text.casefold()
    if text in _DAYS_BACK:
        return today - timedelta(days=_DAYS_BACK[text])
    if found := re.fullmatch(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?", text):
        year, month, of_month = (int(it or 1) for it in found.groups())
    elif found := re.fullmatch(r"(?:([0-9]{1,2})[-/.])?([0-9]{1,2})[-/.]([0-9]{4})", text):
        of_month, month, year = (int(it or 1) for it in found.groups())
    else:
        return None
    if not (FIRST_YEAR <= year <= 9998 and 1 <= month <= 12 and 1 <= of_month <= monthrange(year, month)[1]):
        return None
    return date(year, month, of_month)


def without(text: str, filter_: Filter) -> str:
    """The text without this filter of it."""
    text = clean(text)
    return " ".join((text[: filter_.start] + " " + text[filter_.end :]).split())


def adding(text: str, kind: str, value: str, *, negative: bool = False) -> str:
    """The text with a filter more, quoted if it has to be: `adding("pane", "tag", "lievito")`."""
    value = clean(value).replace('"', " ").strip()
    quoted = f'"{value}"' if any(it.isspace() for it in value) else value
    return f"{' '.join(clean(text).split())} {'-' if negative else ''}{kind}:{quoted}".strip()
