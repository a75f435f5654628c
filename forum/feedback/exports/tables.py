"""The tables of an export, cell by cell: every format writes these, so all of them say the same."""

from forum.feedback.exports import phrases
from forum.feedback.exports.shapes import Document, EvidenceLine, ItemLine, ThemeLine
from forum.kit.i18n import N_

Cell = str | int | None
"""Text, a number, or nothing to say."""
Columns = dict[str, str]
"""Key → label."""

ITEMS: Columns = {
    "id": N_("No."), "title": N_("Item"), "kind": N_("Kind"), "theme": N_("Theme"), "team": N_("Team"),
    "area": N_("Area"), "pain": N_("Pain"), "status": N_("Status"), "owner": N_("In hand"), "created": N_("Collected"),
    "since": N_("Since"), "people": N_("People"), "before": N_("Before"), "delta": N_("Difference"),
    "percent": N_("Per cent"), "priority": N_("Priority"), "pieces": N_("Evidence"), "threads": N_("Threads"),
    "withheld": N_("Not quoted"), "late": N_("Days late"),
}  # fmt: skip
THEMES: Columns = {
    "id": N_("No."), "name": N_("Theme"), "above": N_("Part of"), "items": N_("Items"), "people": N_("People"),
    "before": N_("Before"), "delta": N_("Difference"), "percent": N_("Per cent"), "course": N_("Course"),
    "done": N_("Last done"),
}  # fmt: skip
EVIDENCE: Columns = {
    "id": N_("No."), "item": N_("Item no."), "said": N_("Day"), "alias": N_("Pseudonym"), "text": N_("Words"),
    "link": N_("Link"), "source": N_("Source"),
}  # fmt: skip
FIGURES: Columns = {"figure": N_("Figure"), "value": N_("Value")}
FEW_CELL = "<5"
TAKEN_OUT = N_("taken out again")


def labels(columns: Columns, locale: str) -> list[str]:
    """The heads of a table."""
    return [phrases.say(label, locale) for label in columns.values()]


def item(line: ItemLine, locale: str) -> list[Cell]:
    """A row under `ITEMS`."""
    few = line.people.now is None
    return [
        line.id, line.title, phrases.kind(line.kind, locale), line.theme, line.team, line.area, line.pain,
        phrases.status(line.status, locale), line.owner, line.created.isoformat(),
        line.since.isoformat() if line.since else None, _people(line.people.now), _people(line.people.before),
        line.people.delta, line.people.percent, FEW_CELL if few else line.priority, FEW_CELL if few else line.pieces,
        FEW_CELL if few else line.threads, line.withheld, line.late,
    ]  # fmt: skip


def theme(line: ThemeLine, locale: str) -> list[Cell]:
    """A row under `THEMES`."""
    return [
        line.id, line.name, line.above, line.items, _people(line.people.now), _people(line.people.before),
        line.people.delta, line.people.percent, phrases.say(phrases.COURSES[line.course], locale),
        line.done.isoformat() if line.done else None,
    ]  # fmt: skip


def evidence(line: EvidenceLine, locale: str, base_url: str) -> list[Cell]:
    """A row under `EVIDENCE`."""
    text = f"[{phrases.say(TAKEN_OUT, locale)}]" if line.redacted else line.text
    return [
        line.id, line.item, line.said.isoformat(), line.alias, text, f"{base_url}{line.link}" if line.link else "",
        line.source,
    ]  # fmt: skip


def figures(page: Document) -> list[tuple[str, Cell]]:
    """(key, value) of the figures at the head of the page."""
    heard = page.heard
    return [
        ("heard", _people(heard.now)), ("heard_before", _people(heard.before)), ("heard_percent", heard.percent),
        ("items", page.items), ("new", page.new), ("answered", page.answered), ("due", page.due),
        ("pieces", page.pieces), ("redacted", page.redacted),
    ]  # fmt: skip


def figure_label(key: str, locale: str) -> str:
    """A figure's words."""
    more = {"heard_before": N_("people heard before"), "heard_percent": N_("difference in per cent")}
    return phrases.say({**phrases.FIGURES, **more}[key], locale)


def plain(cell: Cell) -> str:
    """A cell as text."""
    return "" if cell is None else str(cell)


def _people(value: int | None) -> Cell:
    return FEW_CELL if value is None else value
