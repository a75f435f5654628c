"""The figures of a year: notices, restrictions, complaints, disputes, orders. Aggregates, nobody's data."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.legal import words
from forum.legal.models import AuthorityOrder, DisputeCase, LegalNotice, MisuseMeasure, NoticeComplaint
from forum.legal.queries.records import Line, lines, of_notices
from forum.legal.records import category_of, record
from forum.members.models import Member
from forum.moderation.models import Appeal
from forum.prevention.models import Check

Key = tuple[str, str]
TOTAL = "TOTAL"


class Figures(msgspec.Struct, frozen=True):
    """Counts and medians of one year. Keys of the mappings: category, source, language and the like."""

    year: int
    orders: dict[str, dict[str, Any]]
    """The Commission's category, or TOTAL → act, inform, median_hours."""
    notices: dict[str, dict[str, Any]]
    """category or TOTAL → notices, items, median_hours, by_law, by_terms, and the same of `flaggers`."""
    measures: dict[str, dict[str, Counter[str]]]
    """"illegal" or "terms" → category or TOTAL → restriction's value → how many; "measures", "detected" among them."""
    handling: list[dict[str, Any]]
    """by, value, decisions, median_hours, reversed."""
    complaints: dict[str, Any]
    disputes: dict[str, Any]
    misuse: dict[str, int]
    automated: dict[str, Any]
    staff: dict[str, int]


def span(year: int) -> tuple[datetime, datetime]:
    """[first moment of the year, first of the next), UTC."""
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def middle(values: list[float]) -> float | None:
    """The median, to a tenth; None of nothing."""
    return round(median(values), 1) if values else None


def _hours(start: datetime, end: datetime | None) -> list[float]:
    return [(end - start).total_seconds() / 3600] if end is not None else []


def figures(session: Session, year: int, base_url: str) -> Figures:
    """All the figures of `year`. A statement for each table, and one walk through the year's restrictions."""
    since, until = span(year)
    found = list(lines(session, since, until, base_url))
    return Figures(
        year=year, orders=_orders(session, since, until), notices=_notices(session, since, until),
        measures=_measures(found), handling=_handling(found), complaints=_complaints(session, since, until),
        disputes=_disputes(session, since, until), misuse=_misuse(session, since, until),
        automated=_automated(session, since, until), staff=_staff(session),
    )  # fmt: skip


def _orders(session: Session, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    rows = session.scalars(
        select(AuthorityOrder).where(AuthorityOrder.received_at >= since, AuthorityOrder.received_at < until)
    )
    by: dict[str, list[AuthorityOrder]] = defaultdict(list)
    for row in rows:
        by[TOTAL].append(row)
        by[words.code(row.category)].append(row)
    return {
        category: {
            "act": sum(row.article == 9 for row in some), "inform": sum(row.article == 10 for row in some),
            "items": sum(len(row.urls) for row in some),
            "median_hours": middle([hours for row in some for hours in _hours(row.received_at, row.acted_at)]),
        }
        for category, some in sorted(by.items())
    }  # fmt: skip


def _notices(session: Session, since: datetime, until: datetime) -> dict[str, dict[str, Any]]:
    by: dict[str, list[Any]] = defaultdict(list)
    for row in of_notices(session, LegalNotice.created_at >= since, LegalNotice.created_at < until):
        by[TOTAL].append(row)
        by[words.code(row.category)].append(row)
    return {category: _of_category(some) for category, some in sorted(by.items())}


def _of_category(rows: list[Any]) -> dict[str, Any]:
    trusted = [row for row in rows if row.flagger_id]

    def taken(some: list[Any]) -> float | None:
        return middle([hours for row in some for hours in _hours(row.created_at, row.decided_at)])

    return {
        "notices": len(rows), "flaggers": len(trusted), "items": sum(row.items for row in rows),
        "flagger_items": sum(row.items for row in trusted), "median_hours": taken(rows),
        "flagger_median_hours": taken(trusted), "by_law": sum(row.by_law for row in rows),
        "flagger_by_law": sum(row.by_law for row in trusted),
        "by_terms": sum(row.acted - row.by_law for row in rows),
        "flagger_by_terms": sum(row.acted - row.by_law for row in trusted),
    }  # fmt: skip


def _measures(found: list[Line]) -> dict[str, dict[str, Counter[str]]]:
    made: dict[str, dict[str, Counter[str]]] = {"illegal": {}, "terms": {}}
    for line in found:
        if line.facts.source in ("article16", "flagger"):
            continue  # counted with the notices
        one = record(line.facts)
        values = (*one.get("decision_visibility", ()), one.get("decision_provision"), one.get("decision_account"))
        for code in (TOTAL, one["category"]):
            count = made["illegal" if line.facts.illegal else "terms"].setdefault(code, Counter())
            count["measures"] += 1
            count["detected"] += line.facts.detected
            count.update(value for value in values if value)
    return made


def _handling(found: list[Line]) -> list[dict[str, Any]]:
    groups: dict[Key, list[Line]] = defaultdict(list)
    for line in found:
        groups["all", ""].append(line)
        groups["category", category_of(line.facts)[0]].append(line)
        groups["language", line.facts.language].append(line)
        groups["source", line.facts.source].append(line)
    return [
        {
            "by": by, "value": value, "decisions": len(some),
            "median_hours": middle([line.hours for line in some if line.hours is not None]),
            "reversed": sum(line.undone for line in some),
        }
        for (by, value), some in sorted(groups.items())
    ]  # fmt: skip


def _complaints(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    rows: list[Any] = []
    for table in (Appeal, NoticeComplaint):
        query = select(table.state, table.created_at, table.decided_at)
        rows += session.execute(query.where(table.created_at >= since, table.created_at < until)).all()
    return {
        "received": len(rows), "upheld": sum(row.state == "upheld" for row in rows),
        "reversed": sum(row.state == "reversed" for row in rows), "open": sum(row.state == "open" for row in rows),
        "median_hours": middle([hours for row in rows for hours in _hours(row.created_at, row.decided_at)]),
    }  # fmt: skip


def _disputes(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    rows = list(
        session.scalars(select(DisputeCase).where(DisputeCase.opened_at >= since, DisputeCase.opened_at < until))
    )
    closed = [row for row in rows if row.closed_at is not None]
    return {
        "received": len(rows), **{result: sum(row.result == result for row in rows) for result in
                                  ("upheld", "reversed", "partly", "withdrawn")},
        "median_days": middle([hours / 24 for row in closed for hours in _hours(row.opened_at, row.closed_at)]),
        "implemented": sum(row.implemented is True for row in closed),
    }  # fmt: skip


def _misuse(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    query = select(MisuseMeasure.side, MisuseMeasure.kind, func.count()).group_by(
        MisuseMeasure.side, MisuseMeasure.kind
    )
    rows = session.execute(query.where(MisuseMeasure.at >= since, MisuseMeasure.at < until))
    return {f"{side}_{kind}": many for side, kind, many in rows}


def _automated(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    query = (
        select(Check.judged, func.count()).where(Check.outcome.in_(("flag", "hold", "block"))).group_by(Check.judged)
    )
    found = session.execute(query.where(Check.created_at >= since, Check.created_at < until)).all()
    rows = {row[0]: row[1] for row in found}
    judged = rows.get("good", 0) + rows.get("bad", 0)
    return {
        "marked": sum(rows.values()), "judged": judged,
        "error_rate": round(rows.get("good", 0) / judged, 4) if judged else None,
    }  # fmt: skip


def _staff(session: Session) -> dict[str, int]:
    staff = Member.role.in_(("moderator", "manager", "admin"))
    rows = session.execute(select(Member.locale, func.count()).where(staff).group_by(Member.locale))
    return {locale or "any": many for locale, many in rows}
