"""The posts of an import, and the threads and categories that come with them.

A thread is made in the transaction that brings its first post, so no reader ever meets an empty one.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.importers import store
from forum.importers.bodies import FORMATS, Body, Kitchen
from forum.importers.dates import moment
from forum.importers.places import Places, tag_names
from forum.importers.report import HERE, Entry, Report
from forum.importers.source import Numbered, PostLine, ThreadLine, key, one_line, same
from forum.kit.markdown import shorten
from forum.kit.slugs import slugify
from forum.members.models import Member
from forum.threads.models import Post, Thread

MAX_TITLE = 200
TITLE_FROM_TEXT = 80  # characters of the opening post that stand in for a missing title
MAX_NUMBER = 1_000_000  # an `n` above this is a mistake, not a place in a thread


class Draft(msgspec.Struct):
    """A post between reading and writing. `parent`: (id, thread id) of the post it answers, if that is here."""

    entry: Entry
    line: PostLine
    thread: str
    body: Body
    parent: tuple[int, int] | None = None
    created: datetime | None = None
    id: int = 0
    thread_id: int = 0
    number: int = 0


ThreadRow = Row[int, int, str, int, datetime]
"""Id, category, state, last number, time of the newest post."""


class Batch(msgspec.Struct):
    """What one transaction wrote; it counts once it is committed."""

    drafts: list[Draft]
    threads: dict[str, int] = {}
    entries: list[Entry] = []
    numbers: dict[int, int] = {}
    orphans: list[tuple[str, str, int, bool]] = []


class Posts:
    """Reads posts in batches (`prepare`), writes them (`write`), ties up what is left (`connect`)."""

    def __init__(
        self, *, source: str, users: dict[str, int], threads: dict[str, int],
        waiting: dict[str, tuple[int, ThreadLine]], report: Report, now: datetime, kitchen: Kitchen,
    ) -> None:  # fmt: skip
        """`threads`: foreign id → id of those that are here; `waiting`: those that wait for their first post."""
        self.source, self.users, self.threads, self.waiting = source, users, threads, waiting
        self.report, self.now, self.kitchen = report, now, kitchen
        self.places = Places(source, now)
        self.numbers: dict[int, int] = {}
        self.orphans: list[tuple[str, str, int, bool]] = []
        """(post, the one it answers, line, whether it counts as changed already), by foreign ids."""

    # -- reading: no lock is held ----------------------------------------------------------------------------

    def prepare(self, session: Session, batch: list[Numbered[PostLine]]) -> list[Draft]:
        """The new posts of `batch`, cooked; the others are counted as skipped."""
        records = [line.record for line in batch if line.record]
        here = store.known_ids(session, self.source, "post", {key(record.id) for record in records})
        answered = {key(record.reply_to) for record in records if record.reply_to is not None}
        parents = store.parents(session, self.source, answered)
        self._look_again(session, batch, here)
        drafts: dict[str, Draft] = {}
        for line in batch:
            self.report.tallies["posts"].read += 1
            foreign = key(line.record.id) if line.record else ""
            reason, detail = self._refusal(line, foreign in here or foreign in drafts)
            if reason or line.record is None:
                self.report.skip("posts", line.number, foreign, reason, detail)
                continue
            body = self.kitchen.prepare(line.record.body, line.record.format or "markdown")
            entry = Entry(line.number, foreign, list(body.problems))
            drafts[foreign] = Draft(entry, line.record, key(line.record.thread), body)
            if line.record.reply_to is not None:
                drafts[foreign].parent = parents.get(key(line.record.reply_to))
        return list(drafts.values())

    def _refusal(self, line: Numbered[PostLine], here: bool) -> tuple[str, str]:
        record = line.record
        if record is None:
            head, colon, tail = line.problem.partition(": ")
            return head, colon + tail
        if here:
            return HERE, ""
        if key(record.thread) not in self.threads and key(record.thread) not in self.waiting:
            return "its thread is missing", f": {record.thread}"
        if key(record.author) not in self.users:
            return "its author is missing", f": {record.author}"
        if (record.format or "markdown") not in FORMATS:
            return "its format is unknown", f": {record.format}"
        return "", ""

    def _look_again(self, session: Session, batch: list[Numbered[PostLine]], here: dict[str, int]) -> None:
        """After a kill: posts that came in before the one they answer have to be tied to it now."""
        answers = {key(r.id): key(r.reply_to) for line in batch if (r := line.record) and r.reply_to is not None}
        loose = store.without_parent(session, self.source, answers.keys() & here.keys())
        numbers = {key(line.record.id): line.number for line in batch if line.record}
        self.orphans += [(child, answers[child], numbers[child], True) for child in sorted(loose)]

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, session: Session, drafts: list[Draft]) -> Batch:
        """Insert `drafts`, with the threads and categories they need. Locks: members, threads, categories."""
        done = Batch(drafts)
        self.places.begin()
        for draft in drafts:
            draft.entry.changes = list(draft.body.problems)  # as if for the first time: this may be another try
        authors = {self.users[key(draft.line.author)] for draft in drafts}
        store.lock(session, Member, authors)
        opened = self._open_threads(session, drafts, done)
        ids = {**self.threads, **done.threads}
        for draft, post_id in zip(drafts, store.allot(session, Post, len(drafts)), strict=True):
            draft.id, draft.thread_id = post_id, ids[draft.thread]
        rows = self._rows(session, drafts)
        self._date(drafts, rows)
        self._number(session, drafts, rows, done)
        self._parents(drafts, done)
        store.insert_rows(session, Post, [self._row(draft) for draft in drafts])
        store.remember(session, self.source, "post", ((draft.entry.foreign, draft.id) for draft in drafts))
        store.count_threads(session, {draft.thread_id for draft in drafts})
        self._count(session, drafts, rows, opened)
        self.report.write("threads", done.entries)
        self.report.write("posts", [draft.entry for draft in drafts])
        return done

    def _open_threads(self, session: Session, drafts: list[Draft], done: Batch) -> dict[int, int]:
        """Insert the threads whose first posts these are; thread id → author id."""
        first: dict[str, Draft] = {}
        for draft in drafts:
            if draft.thread not in self.threads:
                first.setdefault(draft.thread, draft)
        rows, tagged, opened = [], [], {}
        for foreign, thread_id in zip(first, store.allot(session, Thread, len(first)), strict=True):
            number, line = self.waiting[foreign]
            entry = Entry(number, foreign)
            row, tags = self._thread(session, entry, line, first[foreign])
            rows.append({"id": thread_id, **row})
            tagged.append((thread_id, tags))
            opened[thread_id] = row["author_id"]
            done.threads[foreign] = thread_id
            done.entries.append(entry)
        store.insert_rows(session, Thread, rows)
        store.remember(session, self.source, "thread", done.threads.items())
        store.tag_threads(session, tagged)
        return opened

    def _thread(
        self, session: Session, entry: Entry, line: ThreadLine, first: Draft
    ) -> tuple[dict[str, Any], list[str]]:
        title = one_line(line.title or "", MAX_TITLE)
        if not title:
            title = shorten(first.body.cooked.text, TITLE_FROM_TEXT) or f"#{entry.foreign}"
        if not same(title, line.title or ""):
            entry.change("another title", f"{line.title!r} is {title!r} here")
        created = moment(line.created, self.now)
        if created is None:
            created = moment(first.line.created, self.now) or self.now
            entry.change("an odd date", f"{line.created!r}: {created.isoformat()} stands there")
        tags = tag_names(entry, line.tags or [])
        author = self.users[key(line.author)]
        return {
            "category_id": self.places.find(session, entry, line.category), "author_id": author, "title": title,
            "slug": slugify(title), "tag_names": " ".join(tags), "created_at": created, "last_post_at": created,
            "last_poster_id": author,
        }, tags  # fmt: skip

    def _rows(self, session: Session, drafts: list[Draft]) -> dict[int, ThreadRow]:
        """The threads that the drafts go to, locked."""
        ids = {draft.thread_id for draft in drafts}
        store.lock(session, Thread, ids)
        columns = (Thread.id, Thread.category_id, Thread.state, Thread.last_number, Thread.last_post_at)
        return {row.id: row for row in session.execute(select(*columns).where(Thread.id.in_(ids)))}

    def _date(self, drafts: list[Draft], rows: dict[int, ThreadRow]) -> None:
        """A post with an odd date gets that of the post before it, or of its thread."""
        before: dict[int, datetime] = {}
        for draft in drafts:
            created = moment(draft.line.created, self.now)
            if created is None:
                created = before.get(draft.thread_id, rows[draft.thread_id].last_post_at)
                draft.entry.change("an odd date", f"{draft.line.created!r}: {created.isoformat()} stands there")
            draft.created = before[draft.thread_id] = created

    def _number(self, session: Session, drafts: list[Draft], rows: dict[int, ThreadRow], done: Batch) -> None:
        """Give each post its `n`, or the next number after all others where that is taken or no number."""
        bits = {thread_id: self.numbers.get(thread_id, 0) for thread_id in rows}
        stale = {thread_id for thread_id, row in rows.items() if _top(bits[thread_id]) != row.last_number}
        bits.update(store.numbers(session, stale) if stale else {})
        for draft in drafts:
            taken, wanted = bits[draft.thread_id], draft.line.n
            sound = type(wanted) is int and 0 < wanted <= MAX_NUMBER and not taken >> wanted & 1
            draft.number = wanted if sound else _top(taken) + 1
            bits[draft.thread_id] = taken | 1 << draft.number
        done.numbers = bits

    def _parents(self, drafts: list[Draft], done: Batch) -> None:
        """Tie answers to what they answer, in the same thread; what is not here yet is looked for at the end."""
        earlier: dict[str, tuple[int, int]] = {}
        for draft in drafts:
            if draft.line.reply_to is not None:
                wanted = key(draft.line.reply_to)
                draft.parent = draft.parent or earlier.get(wanted)
                if draft.parent is None:
                    orphan = (draft.entry.foreign, wanted, draft.entry.number, bool(draft.entry.changes))
                    done.orphans.append(orphan)
                elif draft.parent[1] != draft.thread_id:
                    draft.parent = None
                    draft.entry.change("answers a post of another thread", f"{wanted}; it stands alone here")
            earlier[draft.entry.foreign] = (draft.id, draft.thread_id)

    def _row(self, draft: Draft) -> dict[str, Any]:
        return {
            "id": draft.id, "thread_id": draft.thread_id, "number": draft.number,
            "author_id": self.users[key(draft.line.author)], "reply_to_id": draft.parent[0] if draft.parent else None,
            "source": draft.body.source, "html": draft.body.cooked.html, "renderer": draft.body.cooked.renderer,
            "created_at": draft.created,
        }  # fmt: skip

    def _count(self, session: Session, drafts: list[Draft], rows: dict[int, ThreadRow], opened: dict[int, int]) -> None:
        people: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        places: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for draft in drafts:
            _add(people, self.users[key(draft.line.author)], 0, 1)
            if rows[draft.thread_id].state == "visible":
                _add(places, rows[draft.thread_id].category_id, 0, 1)
        for thread_id, author in opened.items():
            _add(people, author, 1, 0)
            _add(places, rows[thread_id].category_id, 1, 0)
        store.add_counts(session, Member, people)
        store.add_counts(session, Category, places)

    def committed(self, done: Batch) -> None:
        """What `write` did is there for good."""
        self.places.committed()
        self.threads.update(done.threads)
        for foreign in done.threads:
            del self.waiting[foreign]
        self.numbers.update(done.numbers)
        self.orphans += done.orphans
        self.report.count("threads", done.entries)
        self.report.count("posts", [draft.entry for draft in done.drafts])

    # -- at the end ------------------------------------------------------------------------------------------

    def connect(self, session: Session) -> None:
        """Tie the answers that stood before what they answer; report those whose post never came."""
        wanted = sorted({foreign for child, parent, _, _ in self.orphans for foreign in (child, parent)})
        found: dict[str, tuple[int, int]] = {}
        for start in range(0, len(wanted), 1000):
            found |= store.parents(session, self.source, wanted[start : start + 1000])
        pairs = []
        for child, parent, number, told in self.orphans:
            here, there = found[child], found.get(parent)
            if there and there[1] == here[1] and there[0] != here[0]:
                pairs.append((here[0], there[0]))
            elif not told:
                what = "answers a post that is not here"
                self.report.amend("posts", number, child, what, f"{parent}; it stands alone here")
        store.set_parents(session, pairs)

    def leave_out_empty(self) -> None:
        """Threads that no post came for are left out."""
        for foreign, (number, _) in self.waiting.items():
            self.report.skip("threads", number, foreign, "it has no posts")


def _add(counts: dict[int, tuple[int, int]], row: int, threads: int, posts: int) -> None:
    old = counts[row]
    counts[row] = (old[0] + threads, old[1] + posts)


def _top(bits: int) -> int:
    """The highest number among `bits`; 0 when there is none."""
    return max(0, bits.bit_length() - 1)
