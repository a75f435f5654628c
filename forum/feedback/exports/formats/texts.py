"""For programs and for reading as it is: JSON and Markdown."""

import re
from collections.abc import Iterable
from typing import BinaryIO, Final

import msgspec

from forum.feedback.exports import phrases, tables
from forum.feedback.exports.formats.sheets import Told
from forum.feedback.exports.shapes import Document, Quote, TopLine
from forum.feedback.exports.snapshot import Opened
from forum.kit.i18n import N_

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_START: Final = re.compile(r"^(\s*)([-+=]|\d+[.)])")


def as_json(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """The document of `docs/feedback-export.schema.json`, in one line."""
    head = msgspec.json.encode(opened.page)
    assert head.endswith(b'"evidence":[]}')
    out.write(head[:-2])
    done = 0
    for lines in opened.evidence():
        out.write((b"," if done else b"") + msgspec.json.encode(lines)[1:-1])
        done += len(lines)
        told(done)
    out.write(b"]}\n")


def as_markdown(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """The page, and all items below it. CommonMark with tables."""
    page = opened.page
    parts = [*_head(page), *_top(page, base_url), *_sides(page, base_url), *_all(page), *_foot(page)]
    out.write(("\n\n".join(parts) + "\n").encode("utf-8"))


def escaped(text: str) -> str:
    """Words that stay words in Markdown, on one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _START.sub(r"\1\\\2", line)


def _head(page: Document) -> list[str]:
    locale = page.locale
    who = page.team.name if page.team else phrases.say(N_("All teams"), locale)
    figures = [
        f"- {tables.figure_label(key, locale)}: {escaped(tables.plain(value))}" for key, value in tables.figures(page)
    ]
    when = phrases.period(page.starts, page.last, locale)
    return [
        f"# {escaped(page.headline)}",
        f"{escaped(page.site)} · {escaped(who)} · {escaped(when)} · `{page.snapshot}`",
        "\n".join(figures),
    ]


def _top(page: Document, base_url: str) -> list[str]:
    heading = f"## {phrases.say(N_('The five that count'), page.locale)}"
    if not page.top:
        return [heading, phrases.say(N_("Nobody has said anything about this in the period."), page.locale)]
    rows = [tables.item(page.line(it.item), page.locale) for it in page.top]
    chosen = ("id", "title", "people", "delta", "pain", "priority", "since", "status", "owner")
    places = [list(tables.ITEMS).index(key) for key in chosen]
    labels = tables.labels(tables.ITEMS, page.locale)
    table = _table([labels[n] for n in places], ([row[n] for n in places] for row in rows))
    return [heading, table, *(quoted for it in page.top for quoted in _quotes(page, it, base_url))]


def _quotes(page: Document, top: TopLine, base_url: str) -> list[str]:
    return [f"> {_quote(quote, page.locale, base_url)} ({top.item})" for quote in top.quotes]


def _quote(quote: Quote, locale: str, base_url: str) -> str:
    if quote.redacted:
        return f"\\[{phrases.say(tables.TAKEN_OUT, locale)}\\]"
    link = f" [{phrases.say(N_('post'), locale)}]({base_url}{quote.link})" if quote.link else ""
    return f"“{escaped(quote.text)}”{link}"


def _sides(page: Document, base_url: str) -> list[str]:
    locale, found = page.locale, list[str]()
    moves = [
        f"- {escaped(it.name)} ({phrases.say(phrases.COURSES[it.course], locale)}): "
        f"{escaped(phrases.people(it.people.before, locale))} → {escaped(phrases.people(it.people.now, locale))}"
        for it in [*page.moving("new", "returning", "rising"), *page.moving("fading")]
    ]
    praise = [f"- {_quote(it, locale, base_url)}" for it in page.praise]
    meetups = [
        "- " + escaped(", ".join(part for part in (
            it.title, phrases.day(it.day, locale), phrases.meetup(it, locale, year=page.starts.year),
            phrases.missing(it, locale),
        ) if part)) for it in page.meetups
    ]  # fmt: skip
    asks = [f"{n}. {escaped(it.text)} ({it.item})" for n, it in enumerate(page.asks, 1)]
    promises = [
        f"- {escaped(it.text)} ({it.item}): {phrases.day(it.due, locale)}, {promise_state(it.kept, it.late, locale)}"
        for it in page.promises
    ]
    polarity = [escaped(phrases.polarity(page.polarity, locale))] if page.polarity else []
    for label, lines in zip(SECTIONS, (moves, praise, meetups, asks, promises, polarity), strict=True):
        if lines:
            found += [f"## {phrases.say(label, locale)}", "\n".join(lines)]
    return found


SECTIONS: Final = (
    N_("Rising and fading"), N_("Praise to pass on"), N_("From the meetups"), N_("What we need from you"),
    N_("Promises due"), N_("Polarity"),
)  # fmt: skip


def promise_state(kept: bool, late: bool, locale: str) -> str:
    """Kept, late or open."""
    return phrases.say(N_("kept") if kept else N_("overdue") if late else N_("open"), locale)


def _all(page: Document) -> list[str]:
    found = []
    if page.lines:
        rows = (tables.item(line, page.locale) for line in page.lines)
        found += [
            f"## {phrases.say(N_('All items'), page.locale)}",
            _table(tables.labels(tables.ITEMS, page.locale), rows),
        ]
    if page.themes:
        rows = (tables.theme(line, page.locale) for line in page.themes)
        found += [
            f"## {phrases.say(N_('Themes'), page.locale)}",
            _table(tables.labels(tables.THEMES, page.locale), rows),
        ]
    return found


def _foot(page: Document) -> list[str]:
    taken = phrases.taken_out(page)
    words = [*page.method, *([taken] if taken else [])]
    return [f"## {phrases.say(N_('Method'), page.locale)}", "\n".join(f"- {escaped(it)}" for it in words)]


def _table(labels: list[str], rows: Iterable[list[tables.Cell]]) -> str:
    lines = [labels, ["---"] * len(labels), *([escaped(tables.plain(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
