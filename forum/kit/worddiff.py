"""What changed between two texts, word by word. Free of markup: a template writes <ins> and <del>."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec
from rapidfuzz.distance import Indel

Kind = Literal["same", "add", "del", "gap"]

MAX_TOKENS: Final = 20_000
"""Words, spaces and signs of a text compared one by one (32 kB of prose has about 12,000); above it, lines are."""
CALM: Final = 240
"""Characters that change nothing and are still shown: less is not worth a click."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|\s+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(r"\w")


class Piece(msgspec.Struct, frozen=True):
    """A run of text. `kind`: same, add (only in the new one), del (only in the old one), gap (see `fold`)."""

    kind: Kind
    text: str


def diff(old: str, new: str) -> list[Piece]:
    """Return the pieces, in reading order, a deletion before the addition that replaces it.

    The texts of `same` and `del` joined are `old`, those of `same` and `add` are `new`. Line ends count as they
    are; two of one kind never follow each other. Bounded: 32 kB against 32 kB of other words take a tenth of a
    second.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > MAX_TOKENS:
        before, after = _LINE.findall(old), _LINE.findall(new)
    raw: list[Piece] = []
    for step in Indel.opcodes(before, after):
        if step.tag == "equal":
            raw.append(Piece("same", "".join(before[step.src_start : step.src_end])))
            continue
        if step.src_end > step.src_start:
            raw.append(Piece("del", "".join(before[step.src_start : step.src_end])))
        if step.dest_end > step.dest_start:
            raw.append(Piece("add", "".join(after[step.dest_start : step.dest_end])))
    return _joined(raw)


def fold(pieces: Iterable[Piece], heading: re.Pattern[str] | None = None) -> list[Piece]:
    """Turn long unchanged stretches into `gap` pieces, which hold their text: a page may offer it.

    The paragraph beside each change stays, and so does the line that `heading` finds last above one. Stretches of up
    to `CALM` characters stay whole, and so does everything if nothing changed. The texts joined are what they were.
    """
    given = list(pieces)
    if all(piece.kind == "same" for piece in given):
        return given
    last = len(given) - 1
    return [
        part
        for index, piece in enumerate(given)
        for part in (_folded(piece.text, index > 0, index < last, heading) if piece.kind == "same" else [piece])
    ]


def _folded(text: str, after_change: bool, before_change: bool, heading: re.Pattern[str] | None) -> Iterator[Piece]:
    start = _end_of_paragraph(text) if after_change else 0
    end = text.rfind("\n\n") + 2 if before_change and "\n\n" in text else (0 if before_change else len(text))
    if end <= start:
        yield Piece("same", text)
        return
    yield from _same(text[:start])
    titles = [match.start() for match in heading.finditer(text, start, end)] if heading and before_change else []
    if titles:
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


def _joined(raw: list[Piece]) -> list[Piece]:
    """Neighbours put together; a space or comma between two changed words changes with them."""
    out: list[Piece] = []
    gone: list[str] = []
    come: list[str] = []

    def flush() -> None:
        if any(gone):
            out.append(Piece("del", "".join(gone)))
        if any(come):
            out.append(Piece("add", "".join(come)))
        gone.clear()
        come.clear()

    for index, piece in enumerate(raw):
        if piece.kind == "del":
            gone.append(piece.text)
        elif piece.kind == "add":
            come.append(piece.text)
        elif _is_glue(piece.text) and gone and come and _changes_on_both_sides(raw, index):
            gone.append(piece.text)
            come.append(piece.text)
        else:
            flush()
            out.append(piece)
    flush()
    return out


def _is_glue(text: str) -> bool:
    return "\n" not in text and len(text) <= 3 and _WORD.search(text) is None


def _changes_on_both_sides(raw: list[Piece], index: int) -> bool:
    """True if both a deletion and an addition follow: words were replaced by words, not only added."""
    following = {piece.kind for piece in raw[index + 1 : index + 3] if piece.kind != "same"}
    return index + 1 < len(raw) and raw[index + 1].kind != "same" and len(following) == 2
