"""The yearly report in the shape of the harmonised templates: ten parts as CSV, all of it as JSON.

Source: Implementing Regulation (EU) 2024/2835, Annex I. Codes are the Commission's. What a forum cannot have (payments,
advertising, several services) is left out; what it has beyond the templates is `handling.csv`.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec

from forum.legal import words
from forum.legal.queries.settings import Contact
from forum.legal.queries.transparency import TOTAL, Figures
from forum.legal.schema import SCHEMA

Cell = str | int | float | None
Table = list[list[Cell]]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
RESTRICTIONS = (
    "DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED", "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER", "DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION", "DECISION_PROVISION_TOTAL_TERMINATION", "DECISION_ACCOUNT_SUSPENDED",
    "DECISION_ACCOUNT_TERMINATED",
)  # fmt: skip


def defused(cell: Cell) -> Cell:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def to_csv(table: Table) -> bytes:
    """RFC 4180, UTF-8, cells defused; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([["" if cell is None else defused(cell) for cell in row] for row in table])
    return out.getvalue().encode("utf-8")


def _by_code(found: Mapping[str, Mapping[str, Any]], names: tuple[str, ...]) -> Table:
    """A row for the total and for each of the Commission's categories; a median of nothing is empty."""
    rows: Table = []
    for code in (TOTAL, *words.CODES):
        values = found.get(code, {})
        rows.append([code, *(values.get(name, None if "median" in name else 0) for name in names)])
    return rows


def parts(figures: Figures, contact: Contact, site: str, url: str) -> dict[str, Table]:
    """Name of the part → its table, header first. Always ten."""
    notice = (
        "notices", "flaggers", "items", "flagger_items", "median_hours", "flagger_median_hours", "by_law",
        "flagger_by_law", "by_terms", "flagger_by_terms",
    )  # fmt: skip
    order = ("act", "inform", "items", "median_hours")
    return {
        "01_identification": _identification(figures, contact, site, url),
        "02_member_state_orders": [["category", *order], *_by_code(figures.orders, order)],
        "03_notices": [["category", *notice], *_by_code(figures.notices, notice)],
        "04_own_initiative_illegal": _own(figures.measures["illegal"]),
        "05_own_initiative_terms": _own(figures.measures["terms"]),
        "06_complaints_disputes_misuse": _complaints(figures),
        "07_automated_means": [["indicator", "value"], *_pairs(figures.automated)],
        "08_human_resources": [["language", "moderators"], *_pairs(figures.staff)],
        "09_active_recipients": [
            ["average_monthly_active_recipients", "counted_at"],
            [contact.active_users, f"{contact.active_users_at:%Y-%m-%d}" if contact.active_users_at else None],
        ],
        "10_qualitative": _qualitative(),
    }


def _pairs(found: Mapping[str, Any]) -> Table:
    return [[name, value] for name, value in sorted(found.items())]


def handling(figures: Figures) -> Table:
    """Medians and reversals by category, language and source: beyond the templates."""
    names = ("by", "value", "decisions", "median_hours", "reversed")
    return [list(names), *([row[name] for name in names] for row in figures.handling)]


def _identification(figures: Figures, contact: Contact, site: str, url: str) -> Table:
    return [
        ["field", "value"],
        ["name_of_service_provider", contact.operator or site],
        ["name_of_service", site],
        ["address_of_service", url],
        ["reporting_period_start", f"{figures.year}-01-01"],
        ["reporting_period_end", f"{figures.year}-12-31"],
        ["type_of_service", "online platform" if contact.size == "platform" else "hosting service"],
        ["template", "Implementing Regulation (EU) 2024/2835"],
    ]


def _own(found: Mapping[str, Mapping[str, Any]]) -> Table:
    names = ("measures", "detected", *RESTRICTIONS)
    return [["category", "measures", "detected_by_automated_means", *RESTRICTIONS], *_by_code(found, names)]


def _complaints(figures: Figures) -> Table:
    rows: Table = [["section", "indicator", "value"]]
    for section, values in (
        ("complaints", figures.complaints), ("disputes", figures.disputes), ("misuse", figures.misuse),
    ):  # fmt: skip
        rows += [[section, name, value] for name, value in values.items()]
    return rows


def _qualitative() -> Table:
    return [
        ["indicator", "description"],
        ["own_initiative", "Members report, moderators decide; automatic checks mark texts for a person to look at."],
        ["automated_means", "Ordered checks of new texts; none removes anything by itself after publication."],
        ["safeguards", "A person decides; statements of reasons; undo; objections answered by somebody else."],
        ["training", "Guidelines in versions, canned explanations, similar decisions shown beside each case."],
        ["complaints", "Free of charge, six months, not decided by automated means, reversible."],
    ]


def as_json(figures: Figures, contact: Contact, site: str, url: str) -> bytes:
    """All parts and the figures beyond them, as one JSON document."""
    named = {
        name: [dict(zip(table[0], row, strict=True)) for row in table[1:]]
        for name, table in {**parts(figures, contact, site, url), "handling": handling(figures)}.items()
    }
    return msgspec.json.format(msgspec.json.encode({"year": figures.year, "parts": named}), indent=2)


def statements_csv(found: list[dict[str, Any]]) -> bytes:
    """One row a statement, columns as in the schema; several values stand with a bar between them."""
    names = list(SCHEMA["properties"])
    rows: Table = [[*names]]
    for one in found:
        values = (one.get(name) for name in names)
        rows.append(["|".join(value) if isinstance(value, list) else value for value in values])
    return to_csv(rows)


def statements_json(found: list[dict[str, Any]]) -> bytes:
    """As the Commission's API takes them, many at once."""
    return msgspec.json.format(msgspec.json.encode({"statements": found}), indent=2)
