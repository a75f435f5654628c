"""What changed between two texts, word by word. Free of markup: a template writes <ins> and <del>."""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from rapidfuzz.distance import Indel

Kind = Literal["same", "add", "del", "gap"]

MAX_TOKENS: Final = 20_000
"""Words, spaces and signs of a text compared one by one (32 kB of prose has about 12,000); above it, lines are."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|\s+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(r"\w")
_CONTEXT_WORD = re.compile(r"\S+\s*")


class Piece(msgspec.Struct, frozen=True):
    """A run of text. `kind`: same, add (only in the new one), del (only in the old one), gap (see `collapse`)."""

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


def collapse(pieces: Iterable[Piece], context: int = 25) -> list[Piece]:
    """Shorten long unchanged runs to `context` words beside each change; the middle becomes a `gap`.

    The gap holds the text left out, so that a page may offer it. Runs that would hide less than `context` words
    stay whole, and so does everything if nothing changed.
    """
    given = list(pieces)
    if all(piece.kind == "same" for piece in given):
        return given
    out: list[Piece] = []
    for index, piece in enumerate(given):
        if piece.kind != "same":
            out.append(piece)
            continue
        words = _CONTEXT_WORD.findall(piece.text)
        head = context if index > 0 else 0
        tail = context if index < len(given) - 1 else 0
        if len(words) <= head + tail + context:
            out.append(piece)
            continue
        start, end = len("".join(words[:head])), len("".join(words[len(words) - tail :]))
        lead = len(piece.text) - len("".join(words))  # white space before the first word
        start = start + lead if head else 0
        stop = len(piece.text) - end
        kept = [("same", piece.text[:start]), ("gap", piece.text[start:stop]), ("same", piece.text[stop:])]
        out += [Piece(kind, text) for kind, text in kept if text]  # type: ignore[arg-type]
    return out


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
