"""For reading and printing: HTML that stands alone, and PDF."""

from functools import cache
from pathlib import Path
from typing import BinaryIO

import msgspec
from markupsafe import Markup

from forum.feedback.exports import phrases
from forum.feedback.exports.formats.sheets import Told
from forum.feedback.exports.formats.texts import SECTIONS
from forum.feedback.exports.snapshot import Opened
from forum.feedback.exports.views import Said
from forum.kit.i18n import N_
from forum.kit.jinja import Templates

HERE = Path(__file__).parent
MOST = 300
"""Items on the sheets of a PDF: typesetting keeps all of them in memory. The other files have the rest."""


@cache
def _templates() -> Templates:
    """A file names nothing that lies beside it."""
    return Templates(static=str)


@cache
def _style() -> Markup:
    return Markup(f"<style>\n{(HERE / 'page.css').read_text('utf-8')}</style>")  # noqa: S704  ours


def as_html(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """The summary, and all items and themes below it."""
    context = {"said": Said(opened.page, base_url), "style": _style()}
    out.write(_templates().render(opened.page.locale, "feedback/exports_page.html", context).encode("utf-8"))


def as_pdf(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """The summary on an A4 sheet, and all items and themes on those that follow.

    What people wrote reaches the program as data: none of it is read as markup.
    """
    import typst  # a whole typesetter, 6 MB: not before a PDF is made

    made = typst.compile(
        (HERE / "summary.typ").read_bytes(), format="pdf", ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(_data(opened, base_url)).decode()},
        timestamp=int(opened.page.made_at.timestamp()),
    )  # fmt: skip
    assert isinstance(made, bytes)
    out.write(made)


def _data(opened: Opened, base_url: str) -> dict[str, object]:
    """What the sheet shows, all in words."""
    page, said = opened.page, Said(opened.page, base_url)
    locale = page.locale
    return {
        "lang": locale, "headline": page.headline, "snapshot": page.snapshot, "site": page.site,
        "team": page.team.name if page.team else phrases.say(N_("All teams"), locale), "period": said.period,
        "before": said.period_before, "made": said.made, "method": [*page.method, *filter(None, [said.taken_out])],
        "figures": said.figures, "words": _words(locale), "top": [_top(said, n) for n in range(len(page.top))],
        "sections": [part for part in _sections(said) if part["lines"]],
        "moves": [
            {"name": it.name, "course": said.course(it), "before": said.people(it.people.before),
             "now": said.people(it.people.now), "bars": [_bar(it.people.before), _bar(it.people.now)]}
            for it in said.moves
        ],
        "tables": [{"title": it.title, "heads": it.heads, "rows": it.rows} for it in said.first(MOST)],
    }  # fmt: skip


def _bar(people: int | None) -> int:
    """How long a bar is; those of small groups are all as short, and tell no figure."""
    return 2 if people is None else people


def _words(locale: str) -> dict[str, str]:
    words = {
        "five": N_("The five that count"), "item": N_("Item"), "people": N_("People"), "delta": N_("Difference"),
        "pain": N_("Pain"), "since": N_("Since"), "status": N_("Status"), "formula": N_("people × pain"),
        "moves": N_("Rising and fading"), "method": N_("Method"), "snapshot": N_("Snapshot"), "post": N_("post"),
        "nothing": N_("Nobody has said anything about this in the period."), "compared": N_("compared with"),
        "figures": N_("Figures"),
    }  # fmt: skip
    return {key: phrases.say(msgid, locale) for key, msgid in words.items()}


def _top(said: Said, n: int) -> dict[str, object]:
    top = said.page.top[n]
    line = said.page.line(top.item)
    return {
        "title": said.title(line), "people": said.people(line.people.now), "delta": said.difference(line.people),
        "pain": line.pain, "since": said.short(line.since) if line.since else "",
        "status": ", ".join(filter(None, (said.status(line), line.owner))),
        "bar": _bar(line.people.now), "url": f"{said.base}/feedback/items/{line.id}",
        "quotes": [{"text": it.text, "url": f"{said.base}{it.link}" if it.link else ""} for it in top.quotes
                   if not it.redacted],
    }  # fmt: skip


def _sections(said: Said) -> list[dict[str, object]]:
    """The lower half, but for the themes, which are drawn."""
    page, locale = said.page, said.locale
    praise = [f"“{it.text}”" for it in page.praise if not it.redacted]
    meetups = [
        ", ".join(filter(None, (it.title, said.day(it.day), said.meetup(it), said.missing(it)))) for it in page.meetups
    ]
    asks = [f"{n}. {it.text} ({it.item})" for n, it in enumerate(page.asks, 1)]
    promises = [f"{it.text} ({it.item}): {said.day(it.due)}, {said.promise(it)}" for it in page.promises]
    found = zip(SECTIONS[1:], (praise, meetups, asks, promises, [said.polarity] if said.polarity else []), strict=True)
    return [{"title": phrases.say(title, locale), "lines": lines} for title, lines in found]
