"""What changed between two versions, for people: word by word, with the rules' numbers, long calm stretches folded."""

import re
from collections.abc import Iterator
from typing import Final

from forum.guidelines.text import rule_lines
from forum.kit.worddiff import Piece, diff

CALM: Final = 240
"""Characters that change nothing and are still shown: less is not worth a click."""
_RULE = re.compile(r"^\d+ · ", re.MULTILINE)


def compare(old: str, new: str) -> list[Piece]:
    """The pieces of `kit.worddiff`, `gap` for what may be folded. All `same` (one piece) when nothing changed."""
    pieces = diff(numbered(old), numbered(new))
    if all(piece.kind == "same" for piece in pieces):
        return pieces
    last = len(pieces) - 1
    return [
        part
        for index, piece in enumerate(pieces)
        for part in (_folded(piece.text, index > 0, index < last) if piece.kind == "same" else [piece])
    ]


def numbered(source: str) -> str:
    """`source` with its rules as decisions cite them: “3 · Title” where Markdown has “## Title”."""
    lines = source.split("\n")
    for number, (line, title) in enumerate(rule_lines(source), 1):
        lines[line] = f"{number} · {title}"
    return "\n".join(lines)


def _folded(text: str, after_change: bool, before_change: bool) -> Iterator[Piece]:
    """The paragraph beside each change, and the title of the rule in which the next one stands."""
    start = _end_of_paragraph(text) if after_change else 0
    end = text.rfind("\n\n") + 2 if before_change and "\n\n" in text else (0 if before_change else len(text))
    if end <= start:
        yield Piece("same", text)
        return
    yield from _same(text[:start])
    titles = [match.start() for match in _RULE.finditer(text, start, end)]
    if before_change and titles:
        title_end = text.find("\n", titles[-1], end)
        title_end = end if title_end < 0 else title_end + 1
        yield from _calm(text[start : titles[-1]])
        yield from _same(text[titles[-1] : title_end])
        yield from _calm(text[title_end:end])
    else:
        yield from _calm(text[start:end])
    yield from _same(text[end:])


def _end_of_paragraph(text: str) -> int:
    found = text.find("\n\n")
    return len(text) if found < 0 else found + 2


def _same(text: str) -> Iterator[Piece]:
    if text:
        yield Piece("same", text)


def _calm(text: str) -> Iterator[Piece]:
    if text:
        yield Piece("gap" if len(text) > CALM else "same", text)
