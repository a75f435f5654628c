"""Writing the index: batches, merging, building anew. One writer at a time, whichever process it is in."""

import contextlib
import errno
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from whoosh.codec.base import Segment
from whoosh.codec.whoosh3 import W3Codec
from whoosh.index import LockError
from whoosh.writing import NO_MERGE, SegmentWriter

from forum.errors import ForumError
from forum.search.engines.base import Document, IndexBusy, IndexUnusable
from forum.search.engines.whoosh.fields import entry
from forum.search.engines.whoosh.library import Library
from forum.search.engines.whoosh.segments import Part
from forum.search.engines.whoosh.shelf import Shelf, settle
from forum.search.engines.whoosh.weights import RANKING, Ranking

WAIT = 5.0
"""Seconds for which another writer is waited for: as long as it takes to commit a batch."""
GLANCE = 1.0
"""Seconds for which a build waits: others look whether there is one, for a moment."""
MEMORY = 48  # megabytes of postings before Whoosh puts them aside on the disk
BLOCK = 512  # postings that are packed together: fewer, larger blocks are read faster, and none is skipped
BUILT = 8_000
"""Posts of a rebuild that become one segment: they take about 60 MB while they are written."""
TIER = 8
"""So many segments of about the same size become one: no more than this many of each size, and few rewritings."""
LARGEST = 40_000
"""A segment of so many posts is merged no more, unless a third of them is gone."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE})
Merging = Callable[[SegmentWriter, list[Segment]], list[Segment]]


def write(
    library: Library, documents: Sequence[Document], gone: Collection[int], begin: Callable[[str], str],
    ranking: Ranking = RANKING,
) -> None:  # fmt: skip
    """Put documents in place of older ones, take posts out; durable when it returns.

    `begin`: given the index's stamp, the one of this write; raises what keeps it from being written.
    Segments are merged afterwards, in a commit of its own: nobody waits for that to find a new post.
    Raises IndexBusy (somebody else writes, or the disk takes no more), IndexUnusable, Unavailable, Busy.
    """
    shelf = library.shelf
    touched = {it.post_id for it in documents} | set(gone)
    with _writing(shelf):
        folder = shelf.current()
        parts = library.parts()
        shelf.mark(folder, begin(shelf.stamp(folder)))
        with _commit(shelf, folder, NO_MERGE) as writer:
            for number in _numbers(parts, touched):
                writer.delete_document(number)
            for document in documents:
                writer.add_document(**entry(document, ranking))
        if shelf.held("build"):
            shelf.note(touched)
    if _crowd(library):
        _merge(library)


def _crowd(library: Library) -> list[int]:
    return crowded([(it.size, it.living) for it in library.parts()])


def _merge(library: Library) -> None:
    """What was seen without the lock is looked at again with it: another index may have been put up meanwhile."""
    with _writing(library.shelf):
        folder = library.shelf.current()
        if crowd := _crowd(library):
            with _commit(library.shelf, folder, _merging(crowd)):
                pass


def turn(shelf: Shelf) -> contextlib.AbstractContextManager[None]:
    """See `Engine.turn`: a lock of its own, around that of the writer. Raises IndexBusy, IndexUnusable."""
    return _writing(shelf, "turn")


@contextlib.contextmanager
def _writing(shelf: Shelf, what: str = "write") -> Iterator[None]:
    try:
        with shelf.alone(what, wait=WAIT) as had:
            if not had:
                raise IndexBusy("another process writes the index")
            yield
    except (IndexBusy, IndexUnusable, ForumError):
        raise
    except LockError as error:
        raise IndexBusy("another process writes the index") from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise IndexBusy(f"the index cannot be written: {error.strerror}") from error
        raise IndexUnusable(f"{type(error).__name__}: {error}") from error
    except Exception as error:  # a broken file makes whatever it likes of itself
        raise IndexUnusable(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _commit(shelf: Shelf, folder: Path, merging: Merging) -> Iterator[SegmentWriter]:
    """One commit, on the disk when it ends well; nothing has happened when it does not.

    Not as one compound file: Whoosh would copy such a file into memory, all of it, for each who reads it.
    """
    shutil.rmtree(folder / "MAIN.tmp", ignore_errors=True)  # a killed writer's
    before = {it.name for it in folder.iterdir()}
    writer = shelf.open(folder).writer(limitmb=MEMORY, compound=False, codec=W3Codec(blocklimit=BLOCK, compression=1))
    try:
        yield writer
    except BaseException:
        with contextlib.suppress(Exception):  # what went wrong first is what counts
            writer.cancel()
        raise
    writer.commit(mergetype=merging)
    settle([*(it for it in folder.iterdir() if it.name not in before and it.is_file()), folder])


def _numbers(parts: Iterable[Part], posts: Collection[int]) -> Iterator[int]:
    base = 0
    for part in parts:
        yield from (base + number for number in part.numbers_of(posts))
        base += part.size


def crowded(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """Which segments are to become one: those of a size of which there are too many, or one that is mostly gone.

    `sizes`: all posts, and those that count, of each. Sizes are powers of `TIER`; the smallest crowd goes first.
    """
    tiers: dict[int, list[int]] = {}
    for at, (size, living) in enumerate(sizes):
        if size > 64 and living * 3 < size * 2:
            return [at]
        if living < LARGEST:
            tiers.setdefault(_tier(living), []).append(at)
    for tier in sorted(tiers):
        if len(tiers[tier]) >= TIER:
            return tiers[tier]
    return []


def _tier(size: int) -> int:
    tier = 0
    while size >= TIER:
        size, tier = size // TIER, tier + 1
    return tier


def _merging(chosen: Sequence[int]) -> Merging:
    def merge(writer: Any, segments: list[Segment]) -> list[Segment]:
        from whoosh.reading import SegmentReader

        for at in chosen:
            reader = SegmentReader(writer.storage, writer.schema, segments[at])
            writer.add_reader(reader)
            reader.close()
        return [it for at, it in enumerate(segments) if at not in chosen]

    return merge


def build(
    library: Library,
    documents: Callable[[], Iterable[Document]],
    progress: Callable[[int], None],
    again: Callable[[Sequence[int]], None],
    claim: Callable[[str, str], None],
    ranking: Ranking = RANKING,
) -> None:
    """Build a new index beside the old one, then change places.

    `again`: told of the posts that were written to the old one meanwhile, before the places change. `claim`: told of
    the stamps of the old and the new one. Raises IndexBusy when somebody is at it already, or the disk is full;
    Unavailable, Busy.
    """
    shelf = library.shelf
    with shelf.alone("build", wait=GLANCE) as had:
        if not had:
            raise IndexBusy("the index is being built")
        with _writing(shelf):  # whoever writes from now on notes what
            shelf.journal.unlink(missing_ok=True)
            _leave_only_current(shelf)
        folder = shelf.create()
        try:
            _fill(shelf, folder, documents, progress, ranking)
            with _writing(shelf):
                if posts := shelf.noted():
                    again(posts)
                stamp = secrets.token_hex(16)
                shelf.mark(folder, stamp)
                claim(_stamp(shelf), stamp)
                shelf.put_up(folder)
                shelf.journal.unlink(missing_ok=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _stamp(shelf: Shelf) -> str:
    with contextlib.suppress(IndexUnusable):
        return shelf.stamp(shelf.current())
    return ""


def _leave_only_current(shelf: Shelf) -> None:
    """A build that was killed has left its folder behind."""
    with contextlib.suppress(IndexUnusable):
        shelf.sweep(keep=shelf.current())
        return
    shelf.sweep()


def _fill(
    shelf: Shelf, folder: Path, documents: Callable[[], Iterable[Document]], progress: Callable[[int], None],
    ranking: Ranking,
) -> None:  # fmt: skip
    done, stream = 0, iter(documents())
    try:
        while batch := list(islice(stream, BUILT)):
            with _commit(shelf, folder, NO_MERGE) as writer:
                for document in batch:
                    writer.add_document(**entry(document, ranking))
                    done += 1
                    if done % 100 == 0:
                        progress(done)
            progress(done)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise IndexBusy(f"the index cannot be written: {error.strerror}") from error
        raise
