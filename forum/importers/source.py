"""Reading the folder of the import format `jsonl` (CONTRACT.md): lines in, checked records or a reason out."""

import gzip
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import click
import msgspec

MAX_ID = 120  # characters of a foreign id
JOINERS = "\u200c\u200d"  # hold emoji and some scripts together
BATCH = 500  # lines that are written in one transaction


class UserLine(msgspec.Struct, frozen=True):
    """A line of users.jsonl."""

    id: str | int
    name: str | None = None
    joined: str | float | None = None


class ThreadLine(msgspec.Struct, frozen=True):
    """A line of threads.jsonl."""

    id: str | int
    author: str | int
    title: str | None = None
    category: str | None = None
    tags: list[Any] | None = None
    created: str | float | None = None


class PostLine(msgspec.Struct, frozen=True):
    """A line of posts.jsonl."""

    id: str | int
    thread: str | int
    author: str | int
    body: str
    created: str | float | None = None
    format: str | None = "markdown"
    reply_to: str | int | None = None
    n: Any = None


Line = TypeVar("Line", bound=UserLine | ThreadLine | PostLine)


class Numbered(msgspec.Struct, Generic[Line], frozen=True):
    """A line that was read. `number` counts from 1; `record` is None when `problem` says what is wrong with it."""

    number: int
    record: Line | None
    problem: str = ""


def key(foreign: str | int) -> str:
    """A foreign id as it is kept: 7 and "7" are the same."""
    return str(foreign)


def find(folder: Path, stem: str) -> Path:
    """`stem`.jsonl or `stem`.jsonl.gz in `folder`. Raises ClickException."""
    for name in (f"{stem}.jsonl", f"{stem}.jsonl.gz"):
        if (folder / name).is_file():
            return folder / name
    raise click.ClickException(f"there is no {stem}.jsonl or {stem}.jsonl.gz in {folder}")


def batches(path: Path, kind: type[Line], advance: Callable[[int], None]) -> Iterator[list[Numbered[Line]]]:
    """The lines of `path` in batches. `advance` hears how many bytes of the file each batch took.

    Raises ClickException for a file that ends in the middle or is no gzip file.
    """
    decoder = msgspec.json.Decoder(kind, strict=True)
    told = 0
    batch: list[Numbered[Line]] = []
    with path.open("rb") as raw:
        lines: Iterable[bytes] = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        try:
            for number, line in enumerate(lines, start=1):
                batch.append(_read(number, line, decoder))
                if len(batch) == BATCH:
                    yield batch
                    advance(raw.tell() - told)
                    told, batch = raw.tell(), []
        except (EOFError, gzip.BadGzipFile) as error:
            raise click.ClickException(f"{path.name} is damaged: {error}") from error
        if batch:
            yield batch
        advance(raw.tell() - told)


def _read(number: int, line: bytes, decoder: "msgspec.json.Decoder[Any]") -> Numbered[Any]:
    if number == 1:
        line = line.removeprefix(b"\xef\xbb\xbf")
    if not line.strip():
        return Numbered(number, None, "blank line")
    try:
        record = decoder.decode(line)
    except msgspec.ValidationError as error:
        return Numbered(number, None, f"not as the format says: {error}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Numbered(number, None, "not JSON")
    foreign = key(record.id)
    if not foreign or len(foreign) > MAX_ID or not foreign.isprintable():
        return Numbered(number, None, f"an id must have 1 to {MAX_ID} printable characters")
    return Numbered(number, record)


def clean(text: str) -> str:
    """What every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str, limit: int) -> str:
    """`text` without control and format characters and doubled spaces, cut to `limit` characters with an ellipsis."""
    kept = (
        c if c.isprintable() or c in JOINERS else "" if unicodedata.category(c) == "Cf" else " " for c in clean(text)
    )
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(char: str) -> str:
    if char.isprintable() or char in JOINERS:
        return char
    return "" if unicodedata.category(char) == "Cf" else " "  # a soft hyphen parts no word


def same(text: str, other: str) -> bool:
    """True when the two differ at most in blanks."""
    return text.split() == other.split()
