"""Categories and tags of an import."""

from datetime import datetime
from typing import Any

from anyascii import anyascii
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.importers import store
from forum.importers.report import Entry
from forum.importers.source import one_line
from forum.kit.slugs import slugify

MAX_NAME = 60
MAX_TAG = 30
MAX_TAGS = 400  # characters of all tag names of a thread
COLOURS = ("#315e86", "#8a5a2b", "#2f7d63", "#7a4a78", "#a3473f", "#5b5f2a", "#9a6b12", "#3d5a9b")


class Places:
    """Foreign category → ours. A category that is missing is made: public, at the end of the list."""

    def __init__(self, source: str, now: datetime) -> None:
        """`source`: also the name of the category for threads that have none."""
        self.source, self.now = source, now
        self._found: dict[str, int] = {}
        self._fresh: dict[str, int] = {}

    def find(self, session: Session, entry: Entry, category: str | None) -> int:
        """The id of the category for a thread. It counts as known once `committed` was called."""
        foreign = one_line(category or "", MAX_NAME)
        found = self._found.get(foreign) or self._fresh.get(foreign)
        if found is None:
            found = store.known_ids(session, self.source, "category", [foreign]).get(foreign)
            if found and not session.execute(select(Category.id).where(Category.id == found)).first():
                store.forget(session, self.source, "category", foreign)  # it was empty, and somebody removed it
                found = None
        if found is None:
            found = self._make(session, entry, foreign or one_line(self.source, MAX_NAME))
            store.remember(session, self.source, "category", [(foreign, found)])
        self._fresh[foreign] = found
        return found

    def begin(self) -> None:
        """A transaction begins: what an earlier one made and did not commit is forgotten."""
        self._fresh.clear()

    def committed(self) -> None:
        """What `find` made is there for good."""
        self._found.update(self._fresh)
        self._fresh.clear()

    def _make(self, session: Session, entry: Entry, name: str) -> int:
        slugs = set(session.execute(select(Category.slug)).scalars())
        base = slugify(name)
        slug, number = base, 2
        while slug in slugs:
            suffix = f"-{number}"
            slug, number = base[: MAX_NAME - len(suffix)].rstrip("-") + suffix, number + 1
        if session.execute(select(Category.id).where(func.lower(Category.name) == name.lower())).first():
            told = f" ({self.source})"
            other = name[: MAX_NAME - len(told)] + told if len(told) < MAX_NAME - 10 else name
            entry.change("another category", f"{name!r} is {other!r} here: there was one of that name")
            name = other
        top = select(func.count(), func.coalesce(func.max(Category.position), -1)).where(Category.parent_id.is_(None))
        count, last = session.execute(top).one()
        row = Category(
            slug=slug, name=name, colour=COLOURS[count % len(COLOURS)], position=last + 1, created_at=self.now
        )
        session.add(row)
        session.flush()
        return row.id


def tag_names(entry: Entry, tags: list[Any]) -> list[str]:
    """`tags` as ours: lower case with hyphens, each once, in alphabetical order."""
    names: set[str] = set()
    for tag in tags:
        raw = str(tag)
        name = slugify(raw)[:MAX_TAG].strip("-") if any(c.isalnum() for c in anyascii(raw)) else ""
        if name != raw.strip().lower():
            entry.change("another tag", f"{raw!r} is {name!r} here" if name else f"{raw!r} is left out")
        if name and len(" ".join([*names, name])) <= MAX_TAGS:
            names.add(name)
    return sorted(names)
