"""An import from start to end: users, then threads and posts, in batches that are each whole or not there.

What was committed is found again by its foreign id, so a run that was killed is simply started once more.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from forum.accounts.domain.names import check_name
from forum.categories.queries import house
from forum.db import Database
from forum.errors import Busy, Invalid
from forum.events import IndexStale, record
from forum.importers import source as reading
from forum.importers import store
from forum.importers.bodies import Kitchen
from forum.importers.dates import moment
from forum.importers.names import Handles
from forum.importers.posts import Posts
from forum.importers.report import HERE, Entry, Report
from forum.importers.source import Numbered, ThreadLine, UserLine, key, one_line, same
from forum.members.models import Member

MAX_DISPLAY = 60
TRIES = 5  # times that a batch waits for the database's other writers, each as long as the busy timeout
Advance = Callable[[str, int], None]
T = TypeVar("T")


class Import:
    """One run over one folder."""

    def __init__(
        self, db: Database, *, folder: Path, source: str, uploads: Path, report: Report, now: datetime,
        advance: Advance = lambda _kind, _bytes: None, base_url: str | None = None,
    ) -> None:  # fmt: skip
        """`advance`: hears the kind and how many bytes of its file were done; `base_url`: of the old site."""
        self.db, self.folder, self.source, self.uploads = db, folder, source, uploads
        self.report, self.now, self.advance, self.base_url = report, now, advance, base_url
        self.users: dict[str, int] = {}

    def run(self) -> None:
        """Everything. Raises ClickException (files), Unavailable, OSError (a picture could not be written)."""
        paths = {kind: reading.find(self.folder, kind) for kind in ("users", "threads", "posts")}
        self._users(paths["users"])
        with self.db.read() as session:
            known = known_names(store.names_of(session, self.source))
            threads = store.all_ids(session, self.source, "thread")
        waiting = self._threads(paths["threads"], threads)
        posts = Posts(
            source=self.source, users=self.users, threads=threads, waiting=waiting, report=self.report, now=self.now,
            kitchen=Kitchen(self.uploads, known, self.base_url),
        )  # fmt: skip
        for batch in reading.batches(paths["posts"], reading.PostLine, self._advance("posts")):
            with self.db.read() as session:
                drafts = posts.prepare(session, batch)
            if drafts:
                posts.committed(self._write(lambda session, drafts=drafts: posts.write(session, drafts)))  # type: ignore[misc]
        self._write(posts.connect)
        posts.leave_out_empty()
        self._number()
        self._write(lambda session: record(session, IndexStale(), now=self.now))  # the triggers noted every post

    def _write(self, work: Callable[[Session], T]) -> T:
        for _ in range(TRIES - 1):
            try:
                with self.db.write() as session:
                    return work(session)
            except Busy:
                time.sleep(0.2)
        with self.db.write() as session:
            return work(session)

    def _advance(self, kind: str) -> Callable[[int], None]:
        return lambda size: self.advance(kind, size)

    # -- users -----------------------------------------------------------------------------------------------

    def _users(self, path: Path) -> None:
        with self.db.read() as session:
            self.users = store.all_ids(session, self.source, "user")
            site = house(session).site
            handles = Handles(store.taken_names(session), lambda name: may_be_called(name, (site.name, site.brand)))
        for batch in reading.batches(path, UserLine, self._advance("users")):
            fresh = self._new_users(batch, handles)
            if fresh:
                self.users.update(self._write(lambda session, fresh=fresh: self._insert_users(session, fresh)))  # type: ignore[misc]
                self.report.count("users", [entry for entry, _ in fresh])

    def _new_users(self, batch: list[Numbered[UserLine]], handles: Handles) -> list[tuple[Entry, dict[str, object]]]:
        fresh: dict[str, tuple[Entry, dict[str, object]]] = {}
        for line in batch:
            self.report.tallies["users"].read += 1
            if line.record is None:
                self.report.skip("users", line.number, "", *_reason(line.problem))
                continue
            foreign = key(line.record.id)
            if foreign in self.users or foreign in fresh:
                self.report.skip("users", line.number, foreign, HERE)
                continue
            fresh[foreign] = self._member(line.number, foreign, line.record, handles)
        return list(fresh.values())

    def _member(self, number: int, foreign: str, user: UserLine, handles: Handles) -> tuple[Entry, dict[str, object]]:
        entry = Entry(number, foreign)
        original = user.name or ""
        name = handles.give(original)
        display = one_line(original, MAX_DISPLAY) or name
        joined = moment(user.joined, self.now)
        if name != original:
            entry.change("another name", f"{original!r} is @{name} here")
        if not same(display, original):
            entry.change("another display name", f"{original!r} is shown as {display!r}")
        if joined is None:
            entry.change("an odd date", f"joined {user.joined!r}: the day of the import stands there")
        return entry, {
            "name": name, "name_key": name.lower(), "display_name": display, "role": "member", "links": [],
            "joined_at": joined or self.now,
        }  # fmt: skip

    def _insert_users(self, session: Session, fresh: Sequence[tuple[Entry, dict[str, object]]]) -> dict[str, int]:
        ids = store.allot(session, Member, len(fresh))
        rows = [{"id": row_id, **row} for row_id, (_, row) in zip(ids, fresh, strict=True)]
        store.insert_rows(session, Member, rows)
        made = {entry.foreign: row_id for row_id, (entry, _) in zip(ids, fresh, strict=True)}
        store.remember(session, self.source, "user", made.items())
        self.report.write("users", [entry for entry, _ in fresh])
        return made

    # -- threads ---------------------------------------------------------------------------------------------

    def _threads(self, path: Path, here: dict[str, int]) -> dict[str, tuple[int, ThreadLine]]:
        """Foreign id → (line number, line) of the threads that wait for their first post."""
        waiting: dict[str, tuple[int, ThreadLine]] = {}
        for batch in reading.batches(path, ThreadLine, self._advance("threads")):
            for line in batch:
                self.report.tallies["threads"].read += 1
                if line.record is None:
                    self.report.skip("threads", line.number, "", *_reason(line.problem))
                    continue
                foreign, author = key(line.record.id), key(line.record.author)
                if foreign in here or foreign in waiting:
                    self.report.skip("threads", line.number, foreign, HERE)
                elif author not in self.users:
                    self.report.skip("threads", line.number, foreign, "its author is missing", f": {author}")
                else:
                    waiting[foreign] = (line.number, line.record)
        return waiting

    def _number(self) -> None:
        with self.db.read() as session:
            gappy = store.gappy_threads(session, self.source)
        for thread_id in gappy:
            self._write(lambda session, thread_id=thread_id: store.close_gaps(session, thread_id))  # type: ignore[misc]


def _reason(problem: str) -> tuple[str, str]:
    head, colon, tail = problem.partition(": ")
    return head, colon + tail


def may_be_called(name: str, ours: tuple[str, str]) -> bool:
    """False for what people would take for the house itself: imported members are no more trusted than new ones."""
    try:
        check_name(name, site_names=ours)
    except Invalid:
        return False
    return True


def known_names(people: list[tuple[str, str]]) -> dict[str, str]:
    """Lower-case handle → handle of those who kept their name and share it with nobody: whom an `@name` means."""
    same = Counter(display.lower() for _, display in people)
    return {name.lower(): name for name, display in people if name == display and same[name.lower()] == 1}
