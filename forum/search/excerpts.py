"""The words around a match, and which of them matched: for results, in plain text that templates escape.

The text is `plain(html)`: what a spoiler hides and what a post quotes of others is not in it, so neither can show here.
"""

from collections.abc import Sequence

import msgspec

from forum.kit.markdown import plain
from forum.kit.markdown.plain import CELL
from forum.search.analysis import Token, detect, stems, tokens
from forum.search.language import Query
from forum.search.views import Excerpt, Piece

LENGTH = 240  # characters of an excerpt, about three lines
LEAD = 70  # of them before the first match
READ = 12_000  # characters of a post that are looked through: matches further down are found, but not shown


class Needle(msgspec.Struct, frozen=True):
    """One thing that is looked for. `stems`: for each of its words whatever that may stand under, in any language."""

    stems: tuple[frozenset[str], ...]
    prefix: str = ""
    """The beginning of a word, folded; then `stems` is empty."""


def needles(query: Query) -> tuple[Needle, ...]:
    """What to look for."""
    found = []
    for term in query.wanted:
        read = [token.text for token in tokens(" ".join(term.words), "") if not token.part]
        if term.prefix and len(read) == 1:
            found.append(Needle((), read[0]))
        elif read:
            found.append(Needle(tuple(frozenset(stems(word)) for word in read)))
    return tuple(found)


class Match(msgspec.Struct, frozen=True):
    """A match: characters `start` to `end` of the text, for needle number `of`."""

    start: int
    end: int
    of: int


def matches(text: str, locale: str, wanted: Sequence[Needle]) -> list[Match]:
    """Where the needles are in `text`, in its order; overlapping ones (a compound and its parts) are one."""
    if not wanted:
        return []
    read = tokens(text, locale)
    whole = [token for token in read if not token.part]
    found: list[Match] = []
    for of, needle in enumerate(wanted):
        if needle.prefix:
            found += [Match(it.start, it.end, of) for it in read if it.text.startswith(needle.prefix)]
        elif len(needle.stems) == 1:
            found += [Match(it.start, it.end, of) for it in read if _is(it, needle.stems[0])]
        else:
            found += _phrases(whole, needle.stems, of)
    return _merged(found)


def _is(token: Token, stems: frozenset[str]) -> bool:
    return token.stem in stems or token.text in stems


def _phrases(read: Sequence[Token], words: Sequence[frozenset[str]], of: int) -> list[Match]:
    last = len(words) - 1
    return [
        Match(read[i].start, read[i + last].end, of)
        for i in range(len(read) - last)
        if _is(read[i], words[0]) and all(_is(read[i + step], words[step]) for step in range(1, last + 1))
    ]


def _merged(found: Sequence[Match]) -> list[Match]:
    merged: list[Match] = []
    for match in sorted(found, key=lambda it: (it.start, -it.end)):
        if merged and match.start < merged[-1].end:
            merged[-1] = msgspec.structs.replace(merged[-1], end=max(merged[-1].end, match.end))
        else:
            merged.append(match)
    return merged


def marked(text: str, locale: str, wanted: Sequence[Needle]) -> tuple[Piece, ...]:
    """The whole of a short text, with its matches: for titles."""
    return _pieces(text, matches(text, locale, wanted), 0, len(text))


def excerpt(html: str, locale: str, wanted: Sequence[Needle]) -> Excerpt:
    """The best place of a post: where most of the needles stand close together; its beginning when none does."""
    text = _line(plain(html))
    locale = detect(text, locale)
    found = matches(text[:READ], locale, wanted)
    start = _best(found)
    low = _word_start(text, max(0, start - LEAD))
    high = _word_end(text, min(len(text), low + LENGTH))
    return Excerpt(_pieces(text, found, low, high), before=low > 0, after=high < len(text), locale=locale)


def _line(text: str) -> str:
    """All on one line; the rows of a table go on as its cells do."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines:
            lines.append(CELL if CELL in line and CELL in lines[-1] else " ")
        lines.append(line)
    return " ".join("".join(lines).split())


def _best(found: Sequence[Match]) -> int:
    """Where the excerpt's first match is."""
    best, best_rank = 0, (0, 0)
    for index, first in enumerate(found):
        inside = []
        for match in found[index : index + 30]:
            if match.end - first.start > LENGTH - LEAD:
                break
            inside.append(match)
        rank = (len({match.of for match in inside}), min(len(inside), 4))
        if rank > best_rank:
            best, best_rank = first.start, rank
    return best


def _word_start(text: str, at: int) -> int:
    """The beginning of a sentence or a word at or after `at`; `at` itself inside a very long word."""
    if at == 0:
        return 0
    stop = max(text.rfind(mark, at, at + LEAD // 2) for mark in (". ", "? ", "! "))
    if stop >= 0:
        return stop + 2
    space = text.find(" ", at, at + 30)
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int) -> int:
    """The end of a word at or before `at`."""
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - 30, at + 1)
    return space if space > 0 else at


def _pieces(text: str, found: Sequence[Match], low: int, high: int) -> tuple[Piece, ...]:
    pieces, at = [], low
    for match in found:
        start, end = max(match.start, low), min(match.end, high)
        if start >= end:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], hit=True))
        at = end
    if at < high:
        pieces.append(Piece(text[at:high]))
    return tuple(pieces)
