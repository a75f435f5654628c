"""What the pages of search are sent: fields, words, and the query that they mean together."""

from datetime import date
from urllib.parse import urlencode

import msgspec

from forum.search import language
from forum.search.language import Filter, Query

FIELDS = ("category", "tag", "author", "before", "after_date", "in_", "has", "is_")
"""The filters that have a field of their own, in the order of addresses."""
KINDS = {"after_date": "after", "in_": "in", "is_": "is"}
"""Field → the filter's name in the query language, where it is another one."""
ORDERS = ("relevance", "newest")
MAX_PAGE = 50


class SearchForm(msgspec.Struct, frozen=True, rename={"in_": "in", "is_": "is"}):
    """The query string of /search. Every field may be left out, and nothing in it is an error."""

    q: str = ""
    category: str = ""
    tag: str = ""
    author: str = ""
    before: str = ""
    after_date: str = ""
    in_: str = ""
    has: str = ""
    is_: str = ""
    order: str = ""
    page: str = ""


class SimilarForm(msgspec.Struct, frozen=True):
    """What somebody is about to write."""

    title: str = ""


class SavedForm(msgspec.Struct, frozen=True):
    """A search to keep, or a kept one to change."""

    query: str = ""
    name: str = ""
    weekly: str = ""
    next: str = ""


class Asked(msgspec.Struct, frozen=True):
    """A search as it was asked: the words, the fields, and what they mean together."""

    q: str
    fields: dict[str, str]
    order: str
    page: int
    query: Query
    typed: Query
    """What the words alone mean."""
    begun: Query
    """`query`, if its last word was not finished."""

    @property
    def text(self) -> str:
        """The whole search in the query language: fields first, so that a long text cannot push them out."""
        return told(self.q, self.fields)

    def href(self, q: str | None = None, *, order: str | None = None, page: int = 1, **fields: str) -> str:
        """The address of this search with other words or fields (empty: without that field)."""
        kept = {**self.fields, **fields}
        pairs = [("q", self.q if q is None else q)]
        pairs += [(name.rstrip("_"), kept[name]) for name in FIELDS if kept.get(name)]
        chosen = self.order if order is None else order
        pairs += [("order", chosen)] if chosen != "relevance" else []
        pairs += [("page", str(page))] if page > 1 else []
        return "/search?" + urlencode([pair for pair in pairs if pair[0] == "q" or pair[1]])

    def without_field(self, name: str) -> str:
        """The address of this search without a field."""
        return msgspec.structs.replace(self, fields={k: v for k, v in self.fields.items() if k != name}).href()

    def without(self, filter_: Filter) -> str:
        """The address of this search without a filter of its words."""
        return self.href(language.without(self.q, filter_))

    def paged(self) -> str:
        """The address of page {page}."""
        return self.href(page=2).replace("page=2", "page={page}")

    def bare(self) -> str:
        """The address of the words alone, with no filter at all."""
        q = language.clean(self.q)
        for filter_ in reversed(self.typed.filters):
            q = q[: filter_.start] + " " + q[filter_.end :]
        return msgspec.structs.replace(self, fields={}).href(" ".join(q.split()))

    def words(self) -> str:
        """What is looked for, as a title could begin."""
        return " ".join(word for term in self.typed.wanted for word in term.words)[:150]

    def words_without(self, kind: str) -> str:
        """The words, without their (positive) filters of a kind."""
        q = language.clean(self.q)
        for filter_ in reversed([it for it in self.typed.filters if it.kind == kind and not it.negative]):
            q = q[: filter_.start] + " " + q[filter_.end :]
        return " ".join(q.split())

    def chosen(self, kind: str) -> tuple[str, ...]:
        """The values that a kind of filter has now."""
        return tuple(it.value for it in self.query.filters if it.kind == kind and not it.negative)


def told(q: str, fields: dict[str, str]) -> str:
    """Fields and words as one text in the query language."""
    text = ""
    for name in FIELDS:
        if fields.get(name):
            text = language.adding(text, KINDS.get(name, name), fields[name])
    return f"{text} {' '.join(language.clean(q).split())}".strip()


def asked(form: SearchForm, *, today: date) -> Asked:
    """The search that a form means; never raises."""
    q = " ".join(form.q[:20_000].split())[: language.MAX_QUERY * 2]
    fields = {name: value for name in FIELDS if (value := _field(name, getattr(form, name), today))}
    query = language.parse(told(q, fields), today=today)
    typed = language.parse(q, today=today)
    number = int(form.page) if form.page.isascii() and form.page.isdigit() and len(form.page) < 4 else 1
    return Asked(
        q=q, fields=fields, order=form.order if form.order in ORDERS else "relevance",
        page=min(max(number, 1), MAX_PAGE), query=query, typed=typed,
        begun=language.parse(told(q, fields), today=today, typing=True),
    )  # fmt: skip


def _field(name: str, value: str, today: date) -> str:
    """The value as the language keeps it; "" when it means nothing."""
    value = " ".join(language.clean(value[:80]).replace('"', " ").split())
    if not value:
        return ""
    kind = KINDS.get(name, name)
    found = language.parse(language.adding("", kind, value), today=today).filters
    return found[0].value if len(found) == 1 and found[0].kind == kind else ""
