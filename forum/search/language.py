"""What people type: words, "phrases", -not, and filters such as author:sara or before:2026-05."""

from datetime import date
from typing import Literal

import msgspec

MAX_QUERY = 400
"""Characters that are read; the rest is dropped, which the page says."""
MAX_TERMS = 32


class Term(msgspec.Struct, frozen=True):
    """One thing to look for. `words`: one for a word, several in their order for a phrase; as typed.

    `prefix`: the last word may go on ("past*", or the word being typed). `field`: "title" for in:title.
    """

    words: tuple[str, ...]
    negative: bool = False
    prefix: bool = False


class Query(msgspec.Struct, frozen=True):
    """A search, understood. Filters that name nothing known find nothing, as anybody would expect."""

    terms: tuple[Term, ...] = ()
    in_title: bool = False
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # slugs
    tags: tuple[str, ...] = ()
    before: date | None = None  # first day that does not count any more
    after: date | None = None  # first day that counts
    has: frozenset[Literal["image"]] = frozenset()
    is_: frozenset[Literal["unanswered"]] = frozenset()
    cut: bool = False  # more was typed than is read

    @property
    def is_empty(self) -> bool:
        """Neither words nor filters."""
        return not (
            self.terms or self.authors or self.categories or self.tags or self.before or self.after
            or self.has or self.is_
        )  # fmt: skip
