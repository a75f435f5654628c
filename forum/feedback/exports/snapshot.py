"""A snapshot as it is kept: lines of JSON under zlib, the page first, then its evidence, some hundreds in a line.

It is written and read piece by piece, so that fifty thousand quotes need no more memory than five.
"""

import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.feedback.exports import meetups, privacy
from forum.feedback.exports.counting import day_of, in_scope, said_within, with_posts
from forum.feedback.exports.figures import Run, summary
from forum.feedback.exports.models import Named, Shown, Snapshot
from forum.feedback.exports.privacy import Aliases, gone, may_quote
from forum.feedback.exports.shapes import Document, EvidenceLine, Page, Privacy, Quote
from forum.feedback.masking import Mask, Names, names_of_members
from forum.feedback.models import Evidence, Item

CHUNK = 500
"""Pieces of evidence that are in memory at once."""
READ = 64 * 1024
Lines = Iterator[list[EvidenceLine]]
T = TypeVar("T")


def new_id() -> str:
    """64 random bits, hex."""
    return secrets.token_hex(8)


class Packed(msgspec.Struct, frozen=True):
    """A run that was counted and is not yet kept. `shown`: (evidence, author) of what is quoted."""

    page: Page
    data: bytes
    shown: list[tuple[int, int | None]]


def pack(session: Session, run: Run, *, secret: bytes, told: Callable[[int], None] | None = None) -> Packed:
    """Count and quote; nothing is written. `told`: hears how many pieces are done. Raises NotFound (no such team)."""
    mask = Mask(names_of_members(session) if run.titled else Names())
    page = summary(session, run, mask)
    packer, shown = Packer(page), list[tuple[int, int | None]]()
    if run.quoted:
        enough = {it.id for it in page.lines if it.people.now is not None}
        aliases = Aliases(secret, run.snapshot)
        for rows in _evidence(session, run):
            packer.add([_line(row, mask, aliases, enough) for row in rows])
            shown += [(row[0], row[2]) for row in rows]
            if told:
                told(len(shown))
    return Packed(page, packer.finish(), shown)


def keep(session: Session, run: Run, packed: Packed, *, by_id: int | None) -> None:
    """Write the snapshot, and whose words are in it."""
    kept = session.get(Snapshot, run.snapshot)
    if kept is None:
        kept = empty(run, by_id)
        session.add(kept)
    kept.data = packed.data
    session.flush()
    quoted = {it.evidence for it in packed.page.quotes}
    for some in _chunks(packed.shown):
        session.execute(
            insert(Shown),
            [
                {"snapshot_id": run.snapshot, "evidence_id": evidence, "author_id": author,
                 "on_page": evidence in quoted}
                for evidence, author in some
            ],
        )  # fmt: skip
    if dates := {it.id for it in packed.page.meetups if it.id}:
        session.execute(insert(Named), [{"snapshot_id": run.snapshot, "occurrence_id": it} for it in sorted(dates)])


def empty(run: Run, by_id: int | None) -> Snapshot:
    """The row of a run that is still to be counted."""
    return Snapshot(
        id=run.snapshot, team_id=run.team_id, starts=run.starts, ends=run.ends, privacy=run.privacy,
        locale=run.locale, created_by_id=by_id, created_at=run.now, data=b"",
    )  # fmt: skip


def run_of(kept: Snapshot) -> Run:
    """What was asked for."""
    return Run(
        kept.id, kept.team_id, kept.starts, kept.ends, cast(Privacy, kept.privacy), kept.locale, kept.created_at
    )  # fmt: skip


def _evidence(session: Session, run: Run) -> Iterator[list[Any]]:
    """What may be quoted of the period: the numbers at once, the words some hundreds a statement."""
    columns = (
        Evidence.id, Evidence.item_id, Evidence.author_id, Evidence.quote, Evidence.said_at, Evidence.post_id,
        Evidence.source,
    )  # fmt: skip
    ids = list(
        session.scalars(
            with_posts(select(Evidence.id).join(Item, Item.id == Evidence.item_id))
            .where(in_scope(run.team_id), said_within(run.over.starts, run.over.ends), may_quote())
            .order_by(Evidence.id)
        )
    )
    for some in _chunks(ids):
        yield list(session.execute(select(*columns).where(Evidence.id.in_(some)).order_by(Evidence.id)))


def _line(row: Any, mask: Mask, aliases: Aliases, enough: set[int]) -> EvidenceLine:
    """`enough`: items of five people or more; of others nobody learns which words are one person's."""
    id_, item_id, author_id, quote, said_at, post_id, source = row
    return EvidenceLine(
        id=id_, item=item_id, said=day_of(said_at), alias=aliases.of(author_id) if item_id in enough else "",
        text=mask(" ".join(quote.split())), link=f"/p/{post_id}" if post_id else "", source=source,
    )  # fmt: skip


class Packer:
    """Writes a snapshot."""

    def __init__(self, page: Page) -> None:
        """`page`: without evidence."""
        self.zlib, self.out = zlib.compressobj(6), bytearray()
        self._write(page)

    def add(self, lines: list[EvidenceLine]) -> None:
        """Some more evidence."""
        self._write(lines)

    def finish(self) -> bytes:
        """What is kept."""
        return bytes(self.out + self.zlib.flush())

    def _write(self, value: Any) -> None:
        self.out += self.zlib.compress(msgspec.json.encode(value) + b"\n")


class Opened:
    """A snapshot that is being read: the page, and its evidence as often as it is asked for."""

    def __init__(self, data: bytes, redacted: int = 0) -> None:
        """`redacted`: how many pieces were taken out by now."""
        self.data = data
        page = msgspec.json.decode(next(_json_lines(data)), type=Document)
        self.page = msgspec.structs.replace(page, redacted=redacted)

    def evidence(self) -> Lines:
        """Some hundreds at a time, in the order of their ids."""
        decoder = msgspec.json.Decoder(list[EvidenceLine])
        for line in islice(_json_lines(self.data), 1, None):
            yield decoder.decode(line)


def _json_lines(data: bytes) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), b""
    view = memoryview(data)
    for start in range(0, len(data), READ):
        *whole, rest = (rest + unpacker.decompress(view[start : start + READ])).split(b"\n")
        yield from whole
    *whole, rest = (rest + unpacker.flush()).split(b"\n")
    yield from whole


def opened(session: Session, snapshot_id: str) -> Opened:
    """As it is kept. Raises NotFound."""
    row = session.execute(select(Snapshot.data, Snapshot.redacted).where(Snapshot.id == snapshot_id)).first()
    if row is None:
        raise NotFound()
    return Opened(row[0], row[1])


def check(session: Session, snapshot_id: str, now: datetime) -> int:
    """Take out what may not be shown any more; how much was taken out by now. A write session.

    That is quotes, and titles of meetups that not every guest may see now. The figures stay as they were.
    Raises NotFound.
    """
    kept = session.scalars(select(Snapshot).where(Snapshot.id == snapshot_id).with_for_update()).first()
    if kept is None:
        raise NotFound()
    away = set(session.scalars(gone(snapshot_id)))
    dates = set(session.scalars(select(Named.occurrence_id).where(Named.snapshot_id == snapshot_id)))
    closed = dates - meetups.public(session, dates) if dates else dates
    if away or closed:
        kept.data = without(kept.data, away, closed)
        for some in _chunks(sorted(away)):
            session.execute(
                update(Shown)
                .where(Shown.snapshot_id == snapshot_id, Shown.evidence_id.in_(some))
                .values(redacted_at=now)
            )
        session.execute(delete(Named).where(Named.snapshot_id == snapshot_id, Named.occurrence_id.in_(closed)))
        quotes = session.scalar(
            select(func.count()).where(Shown.snapshot_id == snapshot_id, Shown.redacted_at.is_not(None))
        )
        kept.redacted = (quotes or 0) + Opened(kept.data).page.titles_taken_out
        session.flush()
    return kept.redacted


def touched(session: Session) -> list[str]:
    """The snapshots that hold what may not be shown any more."""
    named = session.execute(select(Named.snapshot_id, Named.occurrence_id)).all()
    public = {it for some in _chunks(sorted({row[1] for row in named})) for it in meetups.public(session, some)}
    return sorted({*session.scalars(privacy.touched()), *(row[0] for row in named if row[1] not in public)})


def without(data: bytes, away: set[int], closed: set[int]) -> bytes:
    """The same snapshot with these pieces of evidence, and the titles of these dates, empty wherever they stand."""
    found = Opened(data)
    replace = msgspec.structs.replace

    def cleared(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
        return tuple(replace(it, text="", link="", redacted=True) if it.evidence in away else it for it in quotes)

    page = replace(
        found.page, praise=cleared(found.page.praise),
        top=tuple(replace(it, quotes=cleared(it.quotes)) for it in found.page.top),
        meetups=tuple(
            replace(it, title="", id=0, redacted=True) if it.id in closed else it for it in found.page.meetups
        ),
    )  # fmt: skip
    packer = Packer(replace(page, redacted=0))
    for lines in found.evidence():
        packer.add([
            replace(it, text="", link="", alias="", redacted=True) if it.id in away else it for it in lines
        ])  # fmt: skip
    return packer.finish()


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, CHUNK)):
        yield some
