"""The files of a year's report: one place for the page and the command."""

from sqlalchemy.orm import Session

from forum.categories.queries import house
from forum.legal import transparency
from forum.legal.queries.records import lines
from forum.legal.queries.settings import contact
from forum.legal.queries.transparency import figures, span
from forum.legal.records import record

PARTS = (
    "01_identification", "02_member_state_orders", "03_notices", "04_own_initiative_illegal",
    "05_own_initiative_terms", "06_complaints_disputes_misuse", "07_automated_means", "08_human_resources",
    "09_active_recipients", "10_qualitative",
)  # fmt: skip
NAMES = (*(f"{name}.csv" for name in PARTS), "handling.csv", "report.json", "statements.csv", "statements.json")


def file(session: Session, year: int, name: str, base_url: str) -> bytes:
    """One file. Raises KeyError for a name that is none of `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    if name.startswith("statements"):
        found = [record(line.facts) for line in lines(session, *span(year), base_url)]
        return transparency.statements_csv(found) if name.endswith("csv") else transparency.statements_json(found)
    counted, who, site = figures(session, year, base_url), contact(session), house(session).site.name
    if name == "report.json":
        return transparency.as_json(counted, who, site, base_url)
    if name == "handling.csv":
        return transparency.to_csv(transparency.handling(counted))
    return transparency.to_csv(transparency.parts(counted, who, site, base_url)[name.removesuffix(".csv")])
