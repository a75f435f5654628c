"""For spreadsheets: CSV and XLSX. Both are written row by row, and neither holds a formula."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from forum.feedback.exports import phrases, tables
from forum.feedback.exports.snapshot import Opened
from forum.feedback.exports.tables import Cell
from forum.kit.i18n import N_

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Told = Callable[[int], None]
COLUMNS: Final = (
    "snapshot", "record", "id", "name", "kind", "theme", "team", "area", "pain", "status", "owner", "created", "since",
    "people", "before", "delta", "percent", "priority", "pieces", "threads", "withheld", "late", "items", "item",
    "said", "alias", "text", "link", "source", "value",
)  # fmt: skip
"""Of the CSV file: figures, items, themes and evidence in one table, told apart by `record`."""
_DANGEROUS: Final = tuple("=+-@\t\r\n＝＋－＠")
_WITHIN: Final = re.compile(r"([;\t\r\n])(?=[\s\"]*(?:[=+@＝＋－＠]|-(?!\))))")
"""What begins a cell for whoever opens the file with another separator, as Italian spreadsheets do, before a sign that
begins a formula. A ";-)" is none, for nothing can be made of a bracket that nobody opened."""
_NAMES: Final = {"title": "name", "above": "theme", "course": "status", "done": "since"}
WIDE: Final = {"title": 60, "text": 80, "link": 34, "theme": 24, "name": 30, "figure": 34, "value": 60}


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula (CWE-1236), whatever it takes for the end of a cell.

    What could begin one gets an apostrophe: at the beginning, and behind what may separate cells.
    """
    text = _WITHIN.sub(r"\1'", text)
    return f"'{text}" if text.startswith(_DANGEROUS) or text.lstrip().startswith(_DANGEROUS) else text


def as_csv(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """RFC 4180, UTF-8 with a byte-order mark, so that spreadsheets take the accents for what they are.

    Every text is quoted, for programs that divide at semicolons and tabs as well as at commas.
    """
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    write, page = writes_to(text), opened.page
    write(COLUMNS)

    def row(record: str, keys: Iterable[str], cells: Iterable[Cell]) -> None:
        known = {_NAMES.get(key, key): cell for key, cell in zip(keys, cells, strict=True)}
        found: dict[str, Cell] = {"snapshot": page.snapshot, "record": record, **known}
        write(found.get(column) for column in COLUMNS)

    for key, value in tables.figures(page):
        row("figure", ("id", "name", "value"), (key, tables.figure_label(key, page.locale), value))
    for line in page.lines:
        row("item", tables.ITEMS, tables.item(line, page.locale))
    for theme in page.themes:
        row("theme", tables.THEMES, tables.theme(theme, page.locale))
    done = 0
    for lines in opened.evidence():
        for piece in lines:
            row("evidence", tables.EVIDENCE, tables.evidence(piece, page.locale, base_url))
        done += len(lines)
        told(done)
    text.detach()


def writes_to(out: TextIO) -> Callable[[Iterable[Cell]], None]:
    """What writes a row of CSV."""
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)

    def write(cells: Iterable[Cell]) -> None:
        writer.writerow([_text(cell) for cell in cells])

    return write


def _text(cell: Cell) -> str | int:
    if cell is None:
        return ""
    return defused(cell) if isinstance(cell, str) else cell


def as_xlsx(opened: Opened, out: BinaryIO, base_url: str, told: Told) -> None:
    """Items, evidence, themes, method: a row at a time, in constant memory."""
    page = opened.page
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # not before a sheet is made

    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": page.headline, "created": page.made_at.replace(tzinfo=None), "comments": page.snapshot}
        )
        head = book.add_format({"bold": True, "bottom": 1})

        def sheet(name: str, columns: tables.Columns) -> "Worksheet":
            made = book.add_worksheet(phrases.say(name, page.locale))
            for n, key in enumerate(columns):
                made.set_column(n, n, WIDE.get(key, 12))
            made.freeze_panes(1, 0)
            _row(made, 0, tables.labels(columns, page.locale), head)
            return made

        items = sheet(N_("Items"), tables.ITEMS)
        for n, line in enumerate(page.lines, 1):
            _row(items, n, tables.item(line, page.locale))
        evidence, n = sheet(N_("Evidence"), tables.EVIDENCE), 0
        for lines in opened.evidence():
            for piece in lines:
                n += 1
                _row(evidence, n, tables.evidence(piece, page.locale, base_url))
            told(n)
        themes = sheet(N_("Themes"), tables.THEMES)
        for n, theme in enumerate(page.themes, 1):
            _row(themes, n, tables.theme(theme, page.locale))
        method = sheet(N_("Method"), tables.FIGURES)
        for n, cells in enumerate(_method(opened), 1):
            _row(method, n, cells)


def _method(opened: Opened) -> list[list[Cell]]:
    page = opened.page
    found: list[list[Cell]] = [
        [phrases.say(N_("Snapshot"), page.locale), page.snapshot],
        [phrases.say(N_("Period"), page.locale), phrases.period(page.starts, page.last, page.locale)],
        [
            phrases.say(N_("Team"), page.locale),
            page.team.name if page.team else phrases.say(N_("All teams"), page.locale),
        ],
        [phrases.say(N_("In one line"), page.locale), page.headline],
    ]
    found += [[tables.figure_label(key, page.locale), value] for key, value in tables.figures(page)]
    if page.redacted:
        found.append([phrases.taken_out(page), None])
    return found + [[sentence, None] for sentence in page.method]


def _row(sheet: "Worksheet", n: int, cells: Iterable[Cell], look: object = None) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str) and cell:
            sheet.write_string(n, column, cell[:32_767], look)
        elif isinstance(cell, int):
            sheet.write_number(n, column, cell, look)
