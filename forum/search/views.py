"""What a search looks like from outside: read structs, made by `finding`, shown by templates and the API."""

from datetime import datetime
from typing import Literal

import msgspec

from forum.categories.queries import CategoryLabel
from forum.members.queries import MemberCard
from forum.threads.views import ThreadView, post_url

GROUPS = 20
"""Threads on a page of results."""


class Piece(msgspec.Struct, frozen=True):
    """Some characters of a text; `hit`: they are what was looked for."""

    text: str
    hit: bool = False


class Excerpt(msgspec.Struct, frozen=True):
    """The words around a match, plain: templates escape them. `before`, `after`: the post goes on there."""

    pieces: tuple[Piece, ...]
    before: bool = False
    after: bool = False
    locale: str = ""

    @property
    def text(self) -> str:
        """The words alone, with “…” where something is left out."""
        words = "".join(piece.text for piece in self.pieces)
        return f"{'… ' if self.before else ''}{words}{' …' if self.after else ''}"


class Row(msgspec.Struct, frozen=True):
    """A post that was found and that the reader may see: what filters and counts need of it."""

    post_id: int
    thread_id: int
    number: int
    author_id: int
    author: str
    """The name in addresses, lower case."""
    author_shown: str
    created_at: datetime
    category_id: int
    tags: tuple[str, ...]
    unanswered: bool
    has_image: bool


class Also(msgspec.Struct, frozen=True):
    """A further post of a thread that was found."""

    number: int
    author: str
    created_at: datetime
    url: str


class Group(msgspec.Struct, frozen=True):
    """A thread that was found, by its best post. `more`: other posts of it that match; `also`: the first of them."""

    thread: ThreadView
    category: CategoryLabel
    post_id: int
    number: int
    author: MemberCard
    created_at: datetime
    has_image: bool
    title: tuple[Piece, ...]
    excerpt: Excerpt
    score: float
    also: tuple[Also, ...] = ()
    more: int = 0

    @property
    def url(self) -> str:
        """To the post."""
        return post_url(self.thread.id, self.thread.slug, self.number)


class Option(msgspec.Struct, frozen=True):
    """One value to narrow a search by. `href`: the search with it (or, when it is chosen, without it).

    `count`: the posts with it that are in sight; `more`: there may be others.
    """

    label: str
    count: int
    href: str
    chosen: bool = False
    depth: int = 0
    locale: str = ""
    more: bool = False


class Facet(msgspec.Struct, frozen=True):
    """The values of one kind that the results have. `anything`: the search without any of them."""

    kind: Literal["category", "tag", "author", "time"]
    options: tuple[Option, ...]
    anything: str
    chosen: bool


class Chip(msgspec.Struct, frozen=True):
    """A filter that counts now, and the search without it."""

    kind: str
    value: str
    negative: bool
    href: str


class Suggestion(msgspec.Struct, frozen=True):
    """A better spelling that does find something. `pieces`: `hit` where it differs from what was typed."""

    pieces: tuple[Piece, ...]
    href: str


class Results(msgspec.Struct, frozen=True):
    """One page of what was found."""

    groups: tuple[Group, ...]
    posts: int
    """How many posts there are in all; at least so many when `more_exist`."""
    threads: int
    page: int
    pages: int
    facets: tuple[Facet, ...] = ()
    chips: tuple[Chip, ...] = ()
    suggestion: Suggestion | None = None
    fewer: tuple[tuple[str, str], ...] = ()
    """When nothing was found: (a word that was left out, the search without it)."""
    more_exist: bool = False
    """Further posts match than are looked at for one search."""
    hurried: bool = False
    """There was no time to rank everything."""
    shortened: bool = False
    """More words begin like that than were looked for."""
    begun: str = ""
    """The last word, where nothing holds it and what begins so was looked for instead."""
    rebuilding: bool = False
    degraded: bool = False
    """The index cannot be used: only titles were looked at."""


class SimilarThread(msgspec.Struct, frozen=True):
    """A thread about the same."""

    thread: ThreadView
    category: CategoryLabel


class SavedView(msgspec.Struct, frozen=True):
    """A search that a member keeps."""

    id: int
    name: str
    query: str
    weekly: bool
    created_at: datetime
    mailed_at: datetime | None
    href: str
    said: str
    """The search in words."""

    @property
    def label(self) -> str:
        """What to call it."""
        return self.name or self.said
